// The page of a run.
import { ask, complain, element, figure, count, duration, ago, speed, stateOf, namesOfPage, listen, seldom,
  nameFolder } from
  "./common.js";
import { Charts } from "./controls.js";
import { Film } from "./film.js";
import { reportsTable } from "./reports.js";
import { showsOf } from "./shows.js";

const [name] = namesOfPage(), byId = (id) => document.getElementById(id);
let settings = [], row = null, film = null;

function facts() {
  const at = Math.max(row.step, row.saved);
  const steps = row.steps ? `${count(at)} of ${count(row.steps)}` : at ? count(at) : "–";
  const list = [["State", stateOf(row)], ["Steps", steps],
    ["Loss (mean of the last 10 lines)", figure(row.loss)], ["Speed", speed(row)], ["Time", duration(row.seconds)]];
  if (row.eta !== null) list.push(["Left", duration(row.eta)]);
  list.push(["Data", row.data || "–"], ["Network", row.network || "–"], ["Objective", row.objective || "–"],
    ["Path", row.path || "–"], ["Changed", ago(row.changed)]);
  byId("facts").replaceChildren(...list.map(([title, value]) => element("div", {}, element("dt", {}, title),
    element("dd", {}, value))));
  byId("draw").hidden = !row.saved || row.state === "damaged";
  if (row.state === "damaged") complain(new Error("This run is damaged: " + row.why));
  charts.unit(row.unit || "examples");
}

const charts = new Charts(() => curves());
const curves = seldom(() => charts.load(ask("/api/curves", { run: name, smooth: charts.smoothing }).then((curves) =>
  [{ name, color: "c0", curves }])), 1000);

const all = seldom(async () => {
  const answer = await ask("/api/run", { run: name });
  row = answer.row;
  settings = answer.settings;
  facts();
  byId("film").hidden = answer.pictures.length === 0;
  film ??= new Film(byId("screen"), name);
  film.set(answer.pictures);
  byId("pictures").hidden = answer.shows.length === 0;
  showsOf(byId("shows"), name, answer.shows);
  byId("evaluations").hidden = answer.reports.length + answer.reports_left_out === 0;
  byId("newest").replaceChildren(...row.scores.map((s) => element("li", {}, s.title + " ", element("b", {}, s.number),
    ` at step ${count(s.step)}` + (s.beside ? ` (${s.beside})` : ""))));
  reportsTable(byId("reports"), answer.reports, answer.reports_left_out);
  await configuration();
}, 1000);

// configuration shows the settings, and beside them those of another run in which it differs.
async function configuration() {
  const other = byId("other").value, head = document.querySelector("#settings thead");
  const cell = (text) => element("td", { class: "text" }, text || "–");
  const line = (key, ...texts) => element("tr", {}, element("th", { scope: "row" }, key), ...texts.map(cell));
  const body = document.querySelector("#settings tbody");
  const unread = (run) => `The config.toml of ${run} can't be read, so no settings are shown.`;
  byId("unread").hidden = settings.length > 0;
  byId("unread").textContent = unread(name) + (row.why ? ` ${row.why}` : "");
  byId("beside").hidden = settings.length === 0;
  byId("own").replaceChildren(...(other ? [] : settings.filter((s) => s.text !== "").map((s) => element("div", {},
    element("dt", {}, s.key), element("dd", {}, s.text)))));
  if (!other) {
    head.replaceChildren();
    body.replaceChildren();
    return;
  }
  const theirs = (await ask("/api/run", { run: other })).settings;
  if (!theirs.length) {
    head.replaceChildren();
    body.replaceChildren(element("tr", {}, element("td", {}, unread(other))));
    return;
  }
  const texts = new Map(theirs.map((s) => [s.key, s.text]));
  const differing = settings.filter((s) => s.text !== texts.get(s.key));
  head.replaceChildren(element("tr", {}, element("th"), element("th", { scope: "col" }, name), element("th",
    { scope: "col" }, other)));
  body.replaceChildren(...differing.map((s) => line(s.key, s.text, texts.get(s.key))));
  if (!differing.length) body.replaceChildren(element("tr", {}, element("td", { colspan: 3 }, "They are equal.")));
}

async function lines() {
  if (!byId("logged").open) return;
  const list = await ask("/api/log", { run: name });
  document.querySelector("#lines thead").replaceChildren(element("tr", {}, ...["step", "loss", "gradient norm",
    "learning rate", "per second", "time", "left"].map((title) => element("th", { scope: "col" }, title))));
  document.querySelector("#lines tbody").replaceChildren(...list.reverse().map((l) => element("tr", {}, ...[
    count(l.step), figure(l.loss), figure(l.grad_norm), figure(l.lr), figure(l.rate, 4), duration(l.seconds),
    duration(l.eta)].map((text) => element("td", {}, text)))));
}
const log = seldom(lines, 1000);

async function others() {
  const { runs } = await ask("/api/runs", {}), chosen = byId("other").value;
  byId("other").replaceChildren(element("option", { value: "" }, "no other run"), ...runs.filter((r) => r.name !==
    name).map((r) => element("option", { selected: r.name === chosen }, r.name)));
}

document.title = `${name} · amgen`;
byId("name").textContent = name;
byId("draw").href = "/draw?" + new URLSearchParams({ run: name });
byId("logged").addEventListener("toggle", log);
byId("other").addEventListener("change", () => configuration().catch(complain));
let seen = null;
nameFolder().catch(complain);
byId("draw").hidden = true; // until the run is known
await all();
if (row) {
  await curves();
  others().catch(complain);
  listen([name], (now) => {
    const before = seen;
    seen = row = now;
    facts();
    if (before && before.log !== now.log) { curves(); log(); }
    if (before && (before.picture !== now.picture || before.state !== now.state || before.saved !== now.saved ||
      JSON.stringify(before.scores) !== JSON.stringify(now.scores))) all();
  });
}
