// Curves, drawn as SVG: several over each other, with a linear or logarithmic axis, over steps or time.
import { figure, count } from "./common.js";

const space = "http://www.w3.org/2000/svg";

function svg(name, attributes, text) {
  const made = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// ticks are round numbers in a range, about as many as are asked for.
function ticks(from, to, many) {
  const rough = (to - from) / many, ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * ten).find((s) => s >= rough) ?? 10 * ten, list = [];
  for (let k = Math.ceil(from / step - 1e-9); k * step <= to * (1 + 1e-12) + 1e-12 * step; k++) {
    list.push(Number((k * step).toPrecision(12)));
  }
  return list;
}

// logTicks are those of a logarithmic axis.
function logTicks(from, to) {
  const low = Math.floor(Math.log10(from)), high = Math.ceil(Math.log10(to)), list = [];
  const parts = high - low > 3 ? [1] : [1, 2, 5], every = Math.max(1, Math.ceil((high - low) / 6));
  for (let k = low; k <= high; k += every) for (const m of parts) {
    const at = m * 10 ** k;
    if (at >= from * 0.999 && at <= to * 1.001) list.push(at);
  }
  return list.length >= 2 ? list : ticks(from, to, 4).filter((at) => at > 0);
}

const units = [["s", 1, 180], ["min", 60, 3 * 3600], ["h", 3600, 3 * 86400], ["days", 86400, Infinity]];

export class Chart {
  constructor(host, title) {
    this.title = title;
    this.lines = []; // each {name, color, raw, smooth}: curves as the server gives them
    this.empty = ""; // what is said where there are no curves
    this.log = false;
    this.over = "step";
    const panel = document.createElement("div"), heading = document.createElement("h3");
    panel.className = "chart";
    heading.textContent = title;
    this.svg = svg("svg", { role: "img", tabindex: "0", "aria-label": title });
    this.readout = Object.assign(document.createElement("div"), { className: "readout" });
    this.readout.setAttribute("aria-live", "polite");
    this.note = Object.assign(document.createElement("div"), { className: "note", hidden: true });
    panel.append(heading, this.svg, this.readout, this.note);
    host.append(panel);
    this.panel = panel;
    new ResizeObserver(() => this.draw()).observe(this.svg);
    this.svg.addEventListener("pointermove", (event) => this.point(event.clientX - this.svg.getBoundingClientRect()
      .left));
    this.svg.addEventListener("pointerleave", () => this.point(null));
    this.svg.addEventListener("blur", () => this.point(null));
    this.svg.addEventListener("keydown", (event) => this.key(event));
  }

  set(lines) { this.lines = lines; this.draw(); }

  // key moves the cursor from point to point.
  key(event) {
    const main = this.lines[0] && (this.lines[0].smooth ?? this.lines[0].raw), n = main?.step.length;
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: 20, PageDown: -20, Home: -1e9, End: 1e9 }[event.key];
    if (!n || !by) return;
    event.preventDefault();
    this.at = Math.max(0, Math.min(n - 1, (this.at ?? n - 1) + by));
    this.point(this.x(this.xs(main)[this.at]), true);
  }

  xs(curve) { return curve[this.over]; }
  shown(line) { return line.smooth ?? line.raw; }

  // bounds are the ranges of both axes, null if there is nothing to draw.
  bounds() {
    let [x0, x1, y0, y1, left] = [Infinity, -Infinity, Infinity, -Infinity, 0];
    for (const curve of this.lines.flatMap((line) => line.smooth ? [line.raw, line.smooth] : [line.raw])) {
      const xs = this.xs(curve);
      curve.value.forEach((y, k) => {
        if (y === null || xs[k] === null) return;
        if (this.log && y <= 0) { left++; return; }
        x0 = Math.min(x0, xs[k]); x1 = Math.max(x1, xs[k]); y0 = Math.min(y0, y); y1 = Math.max(y1, y);
      });
    }
    this.note.hidden = left === 0;
    this.note.textContent = left ? `A logarithmic axis has no place for values of 0 or less: ${count(left)} points ` +
      "aren't shown." : "";
    if (x0 > x1) return null;
    if (x0 === x1) x1 = x0 + 1;
    if (y0 === y1) [y0, y1] = this.log ? [y0 / 2, y1 * 2] : [y0 - (Math.abs(y0) || 1) / 10, y1 + (Math.abs(y1) || 1) / 10];
    const edge = this.log ? (y1 / y0) ** 0.04 : (y1 - y0) * 0.04;
    return this.log ? [x0, x1, y0 / edge, y1 * edge] : [x0, x1, y0 - edge, y1 + edge];
  }

  draw() {
    const width = this.svg.clientWidth, height = this.svg.clientHeight;
    if (!width) return;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.replaceChildren();
    this.cursor = null;
    const range = this.bounds();
    if (!range) {
      this.svg.append(svg("text", { x: width / 2, y: height / 2, "text-anchor": "middle" }, this.empty));
      return;
    }
    const [x0, x1, y0, y1] = range, [left, right, top, bottom] = [58, width - 12, 8, height - 34];
    const scale = this.log ? Math.log10 : (y) => y;
    this.x = (x) => left + (x - x0) / (x1 - x0) * (right - left);
    this.y = (y) => bottom - (scale(y) - scale(y0)) / (scale(y1) - scale(y0)) * (bottom - top);
    this.frame = { left, right, top, bottom };
    this.axes(range);
    const clip = "clip-" + Math.random().toString(36).slice(2), box = svg("clipPath", { id: clip });
    box.append(svg("rect", { x: left, y: top, width: Math.max(0, right - left), height: bottom - top }));
    const inside = svg("g", { "clip-path": `url(#${clip})` });
    for (const line of this.lines) if (line.smooth) inside.append(this.path(line, line.raw, " faint"));
    for (const line of this.lines) inside.append(this.path(line, this.shown(line), ""));
    this.svg.append(box, inside);
    this.point(null);
  }

  path(line, curve, more) {
    const xs = this.xs(curve);
    let text = "", pen = "M";
    curve.value.forEach((y, k) => {
      if (y === null || xs[k] === null || this.log && y <= 0) { pen = "M"; return; }
      text += pen + this.x(xs[k]).toFixed(1) + " " + this.y(y).toFixed(1);
      pen = "L";
    });
    if (curve.value.length === 1) text += "h0.1";
    return svg("path", { d: text, class: line.color + more, "stroke-linecap": "round" });
  }

  axes([x0, x1, y0, y1]) {
    const { left, right, top, bottom } = this.frame;
    for (const at of this.log ? logTicks(y0, y1) : ticks(y0, y1, 5)) {
      this.svg.append(svg("line", { class: "grid", x1: left, x2: right, y1: this.y(at), y2: this.y(at) }),
        svg("text", { x: left - 6, y: this.y(at) + 4, "text-anchor": "end" }, Math.abs(at) >= 1e4 && Math.abs(at) < 1e6 ?
          count(at) : figure(at, 4)));
    }
    const [unit, size] = this.over === "step" ? ["steps", 1] : units.find(([, , most]) => x1 <= most);
    for (const at of ticks(x0 / size, x1 / size, Math.max(2, Math.min(8, (right - left) / 80)))) {
      if (this.over === "step" && at % 1) continue;
      this.svg.append(svg("line", { class: "grid", x1: this.x(at * size), x2: this.x(at * size), y1: bottom, y2: bottom +
        4 }), svg("text", { x: this.x(at * size), y: bottom + 16, "text-anchor": this.x(at * size) > right - 12 ? "end" :
        "middle" }, count(at)));
    }
    this.svg.append(svg("text", { x: right, y: bottom + 30, "text-anchor": "end" }, unit));
  }

  // point says the values at a place, and marks it; null is the last ones.
  point(px, keyed = false) {
    if (!this.frame || !this.lines.length) return;
    this.cursor?.remove();
    this.cursor = null;
    if (!keyed) this.at = undefined;
    const parts = [];
    let mark = null;
    for (const line of this.lines) {
      const curve = this.shown(line), xs = this.xs(curve);
      if (!xs.length) continue;
      let k = xs.length - 1;
      if (px !== null) {
        k = 0;
        for (let i = 1; i < xs.length; i++) if (Math.abs(this.x(xs[i]) - px) < Math.abs(this.x(xs[k]) - px)) k = i;
        mark ??= this.x(xs[k]);
      }
      const name = this.lines.length > 1 ? line.name + " " : "";
      const raw = line.smooth ? line.raw.step.indexOf(curve.step[k]) : -1, more = !line.smooth ? "" : raw < 0 ?
        " (smoothed)" : ` (smoothed, logged ${figure(line.raw.value[raw])})`;
      parts.push(`${name}${figure(curve.value[k])}${more} at step ${count(curve.step[k])}`);
    }
    this.readout.textContent = this.lines.length > 4 && px === null ? "" : parts.join(" · ");
    if (mark !== null) {
      this.cursor = svg("line", { class: "cursor", x1: mark, x2: mark, y1: this.frame.top, y2: this.frame.bottom });
      this.svg.append(this.cursor);
    }
  }
}

// key is a sample of the line of a color.
export function keyOf(color) {
  const made = svg("svg", { class: "key", viewBox: "0 0 22 10", "aria-hidden": "true" });
  made.append(svg("line", { x1: 0, x2: 22, y1: 5, y2: 5, class: color }));
  return made;
}

// colorOf is the class of the k-th line: eight colors, then dashed.
export const colorOf = (k) => `c${k % 8}` + (k >= 8 ? " dash" : "");
