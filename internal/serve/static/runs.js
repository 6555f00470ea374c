// The table of runs.
import { ask, complain, element, figure, count, counted, duration, ago, speed, stateOf, runPage, pictureOf } from
  "./common.js";

// The columns: title, what is sorted by, what is shown, and the class in the narrow table.
const columns = [
  { title: "Run", by: (r) => r.name, show: name, class: "who" },
  { title: "State", by: (r) => r.state, show: stateOf },
  { title: "Data", by: (r) => r.data, show: (r) => r.data || "–", class: "text", label: true },
  { title: "Objective", by: (r) => r.objective, show: (r) => r.objective || "–", label: true },
  { title: "Steps", by: (r) => r.step || r.saved, show: steps, class: "number", label: true },
  { title: "Loss", by: (r) => r.loss, show: (r) => figure(r.loss), class: "number", label: true },
  { title: "Speed", by: (r) => r.rate, show: speed, class: "number", label: true },
  { title: "Left", by: (r) => r.eta, show: (r) => duration(r.eta), class: "number", label: true },
  { title: "Changed", by: (r) => r.changed || null, show: (r) => ago(r.changed), class: "number", label: true },
  { title: "Scores", by: (r) => r.scores[0]?.value ?? null, show: scores, class: "rest" },
];

let runs = [], sorted = { column: 8, down: true };
const chosen = new Set();
const byId = (id) => document.getElementById(id);

function name(r) {
  return element("span", {}, element("a", { class: "name", href: runPage(r.name) }, r.name),
    element("div", { class: "more" }, r.state === "damaged" ? r.why : r.network));
}

function steps(r) {
  const at = Math.max(r.step, r.saved);
  if (!r.steps) return at ? count(at) : "–";
  return element("span", {}, count(at) + " / " + count(r.steps),
    element("progress", { class: "share", max: r.steps, value: Math.min(at, r.steps), "aria-hidden": "true" }));
}

function scores(r) {
  if (r.scores.length === 0) return "–";
  const list = element("ul", { class: "scores" });
  for (const s of r.scores.slice(0, 3)) list.append(element("li", {}, s.title + " ", element("b", {}, s.number)));
  if (r.scores.length > 3) list.append(element("li", {}, `${r.scores.length - 3} more`));
  return list;
}

function compared(a, b) {
  const by = columns[sorted.column].by, x = by(a), y = by(b);
  if (x === null || x === "" || y === null || y === "") { // what has none is last
    return (x === null || x === "") - (y === null || y === "") || a.name.localeCompare(b.name);
  }
  const order = typeof x === "string" ? x.localeCompare(y, "en", { numeric: true }) : x - y;
  return (sorted.down ? -order : order) || a.name.localeCompare(b.name, "en", { numeric: true });
}

function head() {
  const row = document.querySelector("#runs thead tr");
  row.replaceChildren(element("th", {}, element("span", { class: "more" }, "")), element("th"));
  columns.forEach((column, k) => {
    const sign = k === sorted.column ? (sorted.down ? "descending" : "ascending") : "none";
    const button = element("button", { type: "button" }, column.title);
    button.addEventListener("click", () => {
      sorted = { column: k, down: k === sorted.column ? !sorted.down : typeof columns[k].by(runs[0] ?? {
        name: "", state: "", data: "", objective: "", scores: [] }) !== "string" };
      head(); body();
      document.querySelectorAll("#runs thead button")[k].focus();
    });
    row.append(element("th", { "aria-sort": sign, scope: "col", class: column.class === "number" ? "number" : null },
      button));
  });
}

const rows = new Map(); // of each run, its row in the table and what it was made of

function rowOf(r) {
  const text = JSON.stringify(r), known = rows.get(r.name);
  if (known?.text === text) {
    known.row.cells[2 + 8].textContent = ago(r.changed);
    return known.row;
  }
  const box = element("input", { type: "checkbox", "aria-label": "choose " + r.name });
  box.checked = chosen.has(r.name);
  box.addEventListener("change", () => {
    if (box.checked) chosen.add(r.name); else chosen.delete(r.name);
    choice();
  });
  const row = element("tr", {}, element("td", { class: "pick" }, box), element("td", { class: "shot" }, r.picture ?
    element("img", { class: "thumb", src: pictureOf(r.name, r.picture), loading: "lazy", alt: "" }) : null));
  for (const column of columns) {
    const shown = column.show(r);
    row.append(element("td", { class: [column.class, shown === "–" ? "none" : ""].filter(Boolean).join(" ") || null,
      "data-label": column.label ? column.title : null }, shown));
  }
  rows.set(r.name, { row, text });
  return row;
}

function body() {
  const words = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean), state = byId("state").value;
  const shown = runs.filter((r) => (!state || r.state === state) && words.every((word) =>
    [r.name, r.data, r.objective, r.network, r.path].join(" ").toLowerCase().includes(word))).sort(compared);
  const place = document.querySelector("#runs tbody"), focus = document.activeElement;
  const wanted = shown.map(rowOf);
  if (wanted.length !== place.rows.length || wanted.some((row, k) => place.rows[k] !== row)) {
    place.replaceChildren(...wanted);
    if (place.contains(focus)) focus.focus();
  }
  byId("count").textContent = shown.length === runs.length ? counted(runs.length, "run") :
    `${shown.length} of ${counted(runs.length, "run")}`;
}

function choice() {
  const button = byId("compare");
  button.disabled = chosen.size < 2 || chosen.size > 16;
  button.textContent = chosen.size > 16 ? "Compare at most 16" : chosen.size ? `Compare ${chosen.size}` : "Compare";
}

async function refresh() {
  let pause = 3000;
  try {
    const answer = await ask("/api/runs", {});
    runs = answer.runs;
    pause = Math.max(pause, 50 * answer.milliseconds); // so that looking takes 2 % of a core at most
    byId("folder").textContent = answer.folder;
    byId("empty").hidden = runs.length > 0;
    const names = new Set(runs.map((r) => r.name));
    for (const name of [...chosen]) if (!names.has(name)) chosen.delete(name);
    for (const name of [...rows.keys()]) if (!names.has(name)) rows.delete(name);
    choice(); body();
    if (answer.links) byId("count").textContent += `, and ${counted(answer.links, "symbolic link",
      "symbolic links")}, which ${answer.links === 1 ? "isn't" : "aren't"} followed`;
    complain(null);
  } catch (error) { complain(error); }
  setTimeout(() => document.hidden ? document.addEventListener("visibilitychange", refresh, { once: true }) :
    refresh(), pause);
}

byId("filter").addEventListener("input", body);
byId("state").addEventListener("change", body);
byId("bar").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!byId("compare").disabled) {
    location.href = "/compare?" + new URLSearchParams([...chosen].sort().map((name) => ["run", name]));
  }
});
head();
refresh();
