// Pictures of a run on points that are drawn when they are asked for.
import { complain, element } from "./common.js";
import { request, progress, quoted } from "./request.js";

const titles = { ways: "Ways of 200 points", growth: "Growth of the cells" };
const forms = { ways: "ways", growth: "picture" };

// showsOf puts a button for each picture into a place, and the picture below when it was drawn.
export function showsOf(host, run, shows) {
  if (host.dataset.shows === shows.join()) return; // the same as before
  host.dataset.shows = shows.join();
  host.replaceChildren(...shows.map((show) => element("div", { class: "show" }, ...picture(run, show))));
}

function picture(run, show) {
  const button = element("button", { type: "button" }, "Draw"), cancel = element("button", { type: "button",
    disabled: true }, "Cancel"), status = element("span", { role: "status" }), note = element("p", { class: "note",
    hidden: true }), image = element("img", { hidden: true, alt: `${titles[show].toLowerCase()} of ${run}` });
  let working = null;
  button.addEventListener("click", async () => {
    complain(null);
    working = new AbortController();
    button.disabled = true;
    cancel.disabled = false;
    try {
      const asked = { run, show, n: show === "ways" ? 200 : 0, seed: "0" };
      const { id, command } = await request(asked, working.signal, (word) => { status.textContent = progress(word); });
      image.src = "/api/drawn?" + new URLSearchParams({ id, form: forms[show] });
      image.hidden = note.hidden = false;
      note.replaceChildren("This command draws the same: ", element("code", {}, quoted(command)));
      status.textContent = "";
    } catch (error) {
      status.textContent = error.name === "AbortError" ? "cancelled" : "";
      if (error.name !== "AbortError") complain(error);
    }
    button.disabled = false;
    cancel.disabled = true;
  });
  cancel.addEventListener("click", () => working?.abort());
  return [element("h3", {}, titles[show]), element("div", { class: "bar" }, button, cancel, status), image, note];
}
