// Reports of amgen eval as tables.
import { element, figure, count } from "./common.js";

const text = (value) => typeof value === "number" ? (Number.isInteger(value) ? String(value) : figure(value, 6)) :
  typeof value === "string" ? value : JSON.stringify(value);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

// flat are the fields of an object with those of the objects in it, as "measure.count".
function* flat(object, above = "") {
  for (const [key, value] of Object.entries(object)) {
    if (isObject(value)) yield* flat(value, above + key + "."); else yield [above + key, value];
  }
}

// rowsTable is a table of a list of objects.
function rowsTable(list) {
  const keys = [...new Set(list.flatMap((row) => [...flat(row)].map(([key]) => key)))];
  const table = element("table", { class: "figures" }, element("thead", {}, element("tr", {}, ...keys.map((key) =>
    element("th", { scope: "col" }, key)))));
  for (const row of list) {
    const fields = new Map(flat(row));
    table.append(element("tr", {}, ...keys.map((key) => element("td", {}, fields.has(key) ? text(fields.get(key)) :
      "–"))));
  }
  return element("div", { class: "wide" }, table);
}

function result(report) {
  const value = typeof report.value === "number" ? figure(report.value) : "";
  return value + (typeof report.stderr === "number" ? " ± " + figure(report.stderr, 2) : "");
}

// reportsTable shows each report: its value, and all its fields below.
export function reportsTable(host, reports, left) {
  const open = new Set([...host.querySelectorAll("details[open]")].map((d) => d.dataset.file));
  host.replaceChildren();
  for (const { file, report } of reports) {
    const step = report.samples?.step ?? report.step, seen = report.samples?.count ?? report.measure?.count;
    const head = element("summary", {}, element("b", {}, `${report.metric ?? file} ${result(report)}`),
      [step ? ` at step ${count(step)}` : "", seen ? `${count(seen)} samples` : "", report.measure?.network,
        report.measure?.reference].filter(Boolean).join(", "));
    const table = element("table"), lists = [];
    for (const [key, value] of flat(report)) {
      if (Array.isArray(value) && value.length && value.every(isObject)) {
        lists.push(element("h3", {}, key), rowsTable(value));
      } else table.append(element("tr", {}, element("th", { scope: "row" }, key), element("td", { class: "text" },
        Array.isArray(value) ? value.map(text).join(", ") : text(value))));
    }
    host.append(element("details", { "data-file": file, open: open.has(file) }, head, ...lists, table,
      element("p", { class: "note" }, file)));
  }
  if (left) host.append(element("p", { class: "note" }, `${left} files in eval/ aren't shown: they are no reports, ` +
    "larger than 1 MB, or beyond the first 200."));
}
