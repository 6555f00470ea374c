// The page that draws samples.
import { ask, complain, element, pixels } from "./common.js";
import { request, progress, quoted } from "./request.js";
import { Mask } from "./mask.js";

const byId = (id) => document.getElementById(id);
const image = pixels(byId("picture"));
let working = null, drawn = null;
const mask = new Mask(byId("mask"), () => filling());

const option = (value, text) => element("option", { value }, text ?? value);

// chosen is the run or the model that is drawn from.
const chosen = () => JSON.parse(byId("from").value || "{}");

async function sources() {
  const [{ models, model, folder }, { runs }] = await Promise.all([ask("/api/sources", {}), ask("/api/runs", {})]);
  byId("folder").textContent = folder;
  const list = runs.filter((r) => r.saved > 0 && r.state !== "damaged");
  const group = (label, options) => options.length ? element("optgroup", { label }, ...options) : null;
  byId("from").append(...[group("Runs", list.map((r) => option(JSON.stringify({ run: r.name }), r.name))),
    group("Models", models.map((name) => option(JSON.stringify({ model: name }), name)))].filter(Boolean));
  const named = new URLSearchParams(location.search).get("run");
  if (named !== null && !list.some((r) => r.name === named)) {
    byId("from").selectedIndex = -1;
    byId("go").disabled = true;
    const row = runs.find((r) => r.name === named);
    throw new Error(!row ? `There is no run ${named} in this folder; choose another one.` : row.state === "damaged" ?
      `Run ${named} is damaged; choose another one.` : `Run ${named} has no checkpoint yet; choose another one.`);
  }
  byId("from").value = JSON.stringify(named === null ? { model } : { run: named });
  await source();
}

// source fills in what can be chosen of the run or the model.
async function source() {
  complain(null);
  byId("go").disabled = true;
  const { classes, solvers, checkpoints, fills: can, size, channels } = await ask("/api/source", chosen());
  byId("checkpoint").replaceChildren(...(checkpoints.length ? [option("", "latest"), option("best"), ...checkpoints.map(
    (step) => option(step, "step " + step))] : [option("", "the model's")]));
  byId("solver").replaceChildren(option("", "default"), ...solvers.map((name) => option(name)));
  byId("class").replaceChildren(option("", "as in the data"), ...(classes.length ? [option(`0-${classes.length - 1}`,
    "each in turn"), option("none", "any")] : []), ...classes.map((name, k) => option(String(k), name === String(k) ?
      name : `${k} ${name}`)));
  byId("classed").hidden = byId("guided").hidden = classes.length === 0;
  byId("filling").hidden = !can;
  if (!can) byId("filling").open = false;
  mask.reset(size, channels);
  byId("take").disabled = true;
  filling();
  byId("go").disabled = working !== null;
}

// fills tells whether a part of an image is asked for.
function fills() { return byId("filling").open; }

// filling shows what goes with samples or with a part of an image.
function filling() {
  byId("solved").hidden = fills();
  byId("go").textContent = fills() ? "Fill in" : "Draw";
  byId("class").options[0]?.replaceChildren(fills() ? "not told" : "as in the data");
  byId("n").value = fills() && byId("n").value === "36" ? "4" : byId("n").value;
}

function asked() {
  const number = (id) => Number(byId(id).value) || 0, classed = !byId("classed").hidden;
  return { ...chosen(), checkpoint: byId("checkpoint").value, n: number("n"), class: classed ? byId("class").value : "",
    guidance: classed ? number("guidance") : 0, solver: fills() ? "" : byId("solver").value, steps: number("steps"),
    seed: byId("seed").value, ...(fills() ? mask.asked() : {}) };
}

function said(word) {
  byId("share").hidden = word.ahead > 0;
  byId("share").value = word.share;
  byId("status").textContent = progress(word);
  if (word.live) onTheWay(word);
}

// onTheWay shows samples at the time that they have come to.
function onTheWay({ live, t }) {
  const next = new Image();
  next.src = "/api/drawing?" + new URLSearchParams({ id: live, t });
  next.addEventListener("load", () => {
    if (!working) return; // they were drawn, or cancelled, meanwhile
    image.src = next.src;
    image.alt = `samples on their way, at t = ${t.toFixed(2)}`;
    byId("way").textContent = t.toFixed(2);
    byId("drawn").hidden = false;
    byId("drawn").classList.add("live");
  });
}

// landed takes what is on its way from the page: what was drawn before comes back.
function landed() {
  byId("drawn").classList.remove("live");
  byId("drawn").hidden = drawn === null;
  if (drawn) show();
}

function finished({ id, frames, command }) {
  drawn = { id, frames: frames ?? 0 };
  const address = (more) => "/api/drawn?" + new URLSearchParams({ id, ...more });
  for (const form of ["png", "gif", "npz", "image"]) byId(form).href = address({ form });
  byId("masked").href = address({ form: "mask" });
  byId("command").textContent = quoted(command);
  byId("t").max = byId("t").value = Math.max(0, drawn.frames - 1);
  byId("drawn").classList.toggle("filled", drawn.frames === 0);
  byId("take").disabled = false;
}

// show shows the state at the time of the slider.
function show() {
  if (drawn.frames === 0) { // a part was filled in, without a way
    image.src = "/api/drawn?" + new URLSearchParams({ id: drawn.id, form: "png" });
    image.alt = "images with the part filled in";
    return;
  }
  const k = Number(byId("t").value), t = (k / (drawn.frames - 1)).toFixed(1);
  image.src = "/api/drawn?" + new URLSearchParams({ id: drawn.id, frame: k });
  image.alt = `samples at t = ${t}`;
  byId("at").textContent = t;
}

async function draw() {
  complain(null);
  if (fills() && !mask.image) { complain(new Error("Choose an image first.")); return; }
  working = new AbortController();
  byId("go").disabled = true;
  byId("cancel").disabled = false;
  byId("status").textContent = "";
  try {
    finished(await request(asked(), working.signal, said));
    byId("status").textContent = "";
  } catch (error) {
    byId("status").textContent = error.name === "AbortError" ? "cancelled" : "";
    if (error.name !== "AbortError") complain(error);
  }
  working = null;
  landed();
  byId("share").hidden = true;
  byId("go").disabled = false;
  byId("cancel").disabled = true;
}

byId("filling").addEventListener("toggle", filling);
byId("take").addEventListener("click", async () => {
  const answer = await fetch("/api/drawn?" + new URLSearchParams({ id: drawn.id, form: "first" }));
  if (answer.ok) mask.load(await answer.blob()); else complain(new Error((await answer.text()).trim()));
});
byId("from").addEventListener("change", () => source().catch(complain));
byId("t").addEventListener("input", show);
byId("cancel").addEventListener("click", () => working?.abort());
byId("form").addEventListener("submit", (event) => { event.preventDefault(); draw(); });
sources().catch(complain);
