// The page that compares runs.
import { ask, complain, element, figure, count, duration, speed, stateOf, namesOfPage, runPage, pictureOf, listen,
  pixels, seldom, nameFolder } from "./common.js";
import { Charts } from "./controls.js";
import { keyOf, colorOf } from "./chart.js";

let names = namesOfPage(); // but for those that are damaged
const asked = names, byId = (id) => document.getElementById(id);
let found = null;

function heads(place, first = "") {
  document.querySelector(place).replaceChildren(element("tr", {}, element("th", {}, first), ...names.map((name) =>
    element("th", { scope: "col" }, name))));
}

function table() {
  document.querySelector("#runs thead").replaceChildren(element("tr", {}, ...["Run", "State", "Steps", "Loss", "Speed",
    "Time"].map((title, k) => element("th", { scope: "col", class: k > 1 ? "number" : null }, title))));
  document.querySelector("#runs tbody").replaceChildren(...found.runs.map((r, k) => element("tr", {},
    element("td", {}, keyOf(colorOf(k)), element("a", { class: "name", href: runPage(r.name) }, r.name)),
    element("td", {}, stateOf(r)), ...[count(Math.max(r.step, r.saved)), figure(r.loss), speed(r), duration(r.seconds)]
      .map((text) => element("td", { class: "number" }, text)))));
}

function scores() {
  heads("#scores thead");
  document.querySelector("#scores tbody").replaceChildren(...found.scores.map((s) => element("tr", {},
    element("th", { scope: "row" }, s.title), ...s.numbers.map((text) => element("td", {}, text || "–")))));
  document.querySelector("#scores thead").hidden = found.scores.length === 0;
  const apart = [...found.apart];
  if (!found.scores.length) apart.unshift("No two of these runs have a score that was measured alike.");
  byId("apart").replaceChildren(...apart.map((text) => element("li", {}, text)));
}

function settings() {
  heads("#settings thead");
  document.querySelector("#settings tbody").replaceChildren(...found.settings.map((s) => element("tr", {},
    element("th", { scope: "row" }, s.key), ...s.texts.map((text) => element("td", { class: "text" }, text || "–")))));
  if (!found.settings.length) document.querySelector("#settings tbody").append(element("tr", {}, element("td",
    { colspan: names.length + 1 }, "They have the same settings.")));
}

// pictures shows of each run the newest picture up to the step of the slider.
function pictures() {
  const steps = [...new Set(found.pictures.flat().map((p) => p.step))].sort((a, b) => a - b), slider = byId("at");
  byId("film").hidden = steps.length === 0;
  if (!steps.length) return;
  const last = Number(slider.value) >= Number(slider.max);
  slider.max = steps.length - 1;
  if (last) slider.value = steps.length - 1;
  const at = steps[Number(slider.value)];
  byId("step").textContent = count(at);
  slider.setAttribute("aria-valuetext", `step ${at}`);
  found.runs.forEach((r, k) => {
    const p = found.pictures[k].filter((p) => p.step <= at).at(-1);
    const side = byId("sides").children[k] ?? byId("sides").appendChild(element("figure", {}, element("figcaption"),
      pixels(element("img"))));
    const [caption, image] = side.children;
    caption.replaceChildren(keyOf(colorOf(k)), p ? `${r.name}, step ${count(p.step)}` : `${r.name}: no picture yet`);
    image.hidden = !p;
    if (!p) return;
    const source = pictureOf(r.name, p.file);
    if (image.getAttribute("src") !== source) image.src = source;
    image.alt = `samples of ${r.name} after step ${p.step}`;
  });
}

const charts = new Charts(() => curves());
const curves = seldom(() => charts.load(Promise.all(names.map(async (run, k) => ({ name: run, color: colorOf(k),
  curves: await ask("/api/curves", { run, smooth: charts.smoothing }) })))), 2000);

const all = seldom(async () => {
  found = await ask("/api/compare", asked.map((name) => ["run", name]));
  const now = found.runs.map((r) => r.name);
  if (now.join("\n") !== names.join("\n")) byId("sides").replaceChildren();
  names = now;
  byId("left-out").hidden = !found.left_out.length;
  byId("left-out").textContent = found.left_out.join(" ");
  table();
  byId("unlike").hidden = !found.unlike;
  byId("unlike").textContent = found.unlike;
  if (found.unlike) charts.hide(["loss", "grad_norm"]);
  const units = [...new Set(found.runs.map((r) => r.unit))];
  charts.unit(units.length === 1 ? units[0] : "examples");
  byId("unlike-speeds").hidden = units.length === 1;
  if (units.length > 1) charts.hide(["rate"]);
  pictures();
  scores();
  settings();
}, 2000);

nameFolder().catch(complain);
byId("at").addEventListener("input", pictures);
await all();
if (found) {
  await curves();
  const seen = new Map();
  listen(asked, (now) => {
    const before = seen.get(now.name);
    seen.set(now.name, now);
    if (!before) return;
    if (before.log !== now.log) curves();
    all();
  });
}
