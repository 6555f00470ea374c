// The pictures of a run over its steps, to be played or looked at one by one.
import { element, count, pictureOf, pixels } from "./common.js";

export class Film {
  constructor(host, run) {
    this.run = run;
    this.pictures = [];
    this.at = 0;
    this.image = pixels(element("img", { alt: "" }));
    this.slider = element("input", { type: "range", min: 0, max: 0, value: 0, "aria-label": "step of the picture" });
    this.label = element("output");
    this.button = element("button", { type: "button" }, "Play");
    this.slider.addEventListener("input", () => { this.stop(); this.show(Number(this.slider.value)); });
    this.button.addEventListener("click", () => this.timer ? this.stop() : this.play());
    host.classList.add("screen");
    host.append(this.image, element("div", { class: "bar" }, this.button, this.slider, this.label));
  }

  // set takes the list of pictures; the newest is shown as long as nobody chose another.
  set(pictures) {
    const last = this.at >= this.pictures.length - 1;
    this.pictures = pictures;
    this.slider.max = Math.max(0, pictures.length - 1);
    this.button.disabled = pictures.length < 2;
    if (pictures.length) this.show(last && !this.timer ? pictures.length - 1 : Math.min(this.at, pictures.length - 1));
  }

  show(k) {
    this.at = k;
    const { step, file } = this.pictures[k];
    const source = pictureOf(this.run, file);
    if (this.image.getAttribute("src") !== source) this.image.src = source;
    this.image.alt = `samples after step ${step}`;
    this.slider.value = k;
    this.slider.setAttribute("aria-valuetext", `step ${step}`);
    this.label.textContent = `step ${count(step)}, ${k + 1} of ${this.pictures.length}`;
  }

  // play shows each picture for a while, and waits until it is loaded.
  play() {
    this.button.textContent = "Stop";
    this.timer = true;
    let k = this.at >= this.pictures.length - 1 ? 0 : this.at;
    const next = async () => {
      if (!this.timer) return;
      this.show(k);
      try { await this.image.decode(); } catch { /* one that can't be shown is passed over */ }
      if (++k >= this.pictures.length) { this.stop(); return; }
      if (this.timer) this.timer = setTimeout(next, Math.max(80, Math.min(500, 8000 / this.pictures.length)));
    };
    next();
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
    this.button.textContent = "Play";
  }
}
