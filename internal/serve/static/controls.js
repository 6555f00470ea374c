// The four charts of the figures of the log, and what is set above them.
import { Chart } from "./chart.js";

const figures = [["loss", "Loss"], ["grad_norm", "Gradient norm"], ["lr", "Learning rate"], ["rate", "Speed"]];
const byId = (id) => document.getElementById(id);

export class Charts {
  // changed is called when the curves have to be asked for anew: another smoothing.
  constructor(changed) {
    this.charts = Object.fromEntries(figures.map(([name, title]) => [name, new Chart(byId("charts"), title)]));
    const smooth = byId("smooth"), log = byId("log"), over = byId("over");
    let wait;
    smooth.addEventListener("input", () => {
      this.weight();
      clearTimeout(wait);
      wait = setTimeout(changed, 150);
    });
    log.addEventListener("change", () => this.redraw());
    over.addEventListener("change", () => this.redraw());
    byId("bar").addEventListener("submit", (event) => event.preventDefault());
    this.weight();
  }

  weight() { byId("weight").textContent = Number(byId("smooth").value).toFixed(2); }
  get smoothing() { return byId("smooth").value; }
  unit(text) { this.charts.rate.panel.querySelector("h3").textContent = `Speed (${text} per second)`; }
  hide(names) { for (const name of names) this.charts[name].panel.hidden = true; }

  redraw() {
    for (const [name, chart] of Object.entries(this.charts)) {
      chart.log = byId("log").checked && name !== "rate";
      chart.over = byId("over").value;
      chart.draw();
    }
  }

  // load draws curves when they come. Until then, and where they can't be read, the charts say so.
  async load(promised) {
    const say = (text) => {
      for (const chart of Object.values(this.charts)) if (!chart.lines.length) { chart.empty = text; chart.draw(); }
    };
    say("the log is being read …");
    try { this.set(await promised); } catch (error) { say("the log can't be read"); throw error; }
  }

  // set draws curves: each {name, color, curves}.
  set(list) {
    for (const [name, chart] of Object.entries(this.charts)) {
      chart.empty = "nothing is logged yet";
      chart.lines = list.map(({ name: of, color, curves }) => ({ name: of, color, raw: curves.raw[name],
        smooth: curves.smooth[name] }));
    }
    this.redraw();
  }
}
