// An image with a mask that is painted over it: what is painted is to be filled in.
import { complain, element } from "./common.js";

const side = 336; // of the canvas
const parts = { left: [0, 0, .5, 1], right: [.5, 0, 1, 1], top: [0, 0, 1, .5], bottom: [0, .5, 1, 1],
  center: [.25, .25, .75, .75] };

// base64 are bytes as JSON has them.
function base64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export class Mask {
  // changed is called when there is an image, or none any more.
  constructor(host, changed) {
    this.changed = changed;
    this.file = element("input", { type: "file", accept: "image/*" });
    this.part = element("select", {}, element("option", { value: "" }, "painted"), ...Object.keys(parts).map((name) =>
      element("option", { value: name }, name)));
    this.brush = element("input", { type: "range", min: 1, max: 12, value: 3 });
    this.erases = element("input", { type: "checkbox" });
    this.canvas = element("canvas", { width: side, height: side, tabindex: 0, class: "paint", role: "img",
      "aria-label": "image with its mask: arrow keys move the brush, space paints" });
    host.append(element("div", { class: "bar" }, element("label", {}, "Image", this.file), element("label", {}, "Part",
      this.part), element("label", {}, "Brush", this.brush), element("label", {}, this.erases, "Erase")), this.canvas);
    this.file.addEventListener("change", () => this.load(this.file.files[0]));
    this.part.addEventListener("change", () => this.named(this.part.value));
    this.canvas.addEventListener("dragover", (event) => event.preventDefault());
    this.canvas.addEventListener("drop", (event) => {
      event.preventDefault();
      this.load(event.dataTransfer.files[0]);
    });
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.paint(event);
    });
    this.canvas.addEventListener("pointermove", (event) => { if (event.buttons) this.paint(event); });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.reset(0, 1);
  }

  // reset empties it for images of another size.
  reset(size, channels) {
    if (size === this.size && channels === this.channels && this.image) return;
    [this.size, this.channels, this.image, this.mask] = [size, channels, null, new Uint8Array(size * size)];
    this.at = [size >> 1, size >> 1];
    this.file.value = this.part.value = "";
    this.draw();
    this.changed();
  }

  // load takes an image from a file, cropped to a square in the size of the model's.
  async load(file) {
    if (!file) return;
    let image;
    try { image = await createImageBitmap(file, { colorSpaceConversion: "none" }); } catch {
      complain(new Error("This file is no image that the browser can read."));
      return;
    }
    this.take(image);
  }

  take(image) {
    complain(null);
    const square = Math.min(image.width, image.height), scratch = element("canvas", { width: this.size,
      height: this.size }), pen = scratch.getContext("2d", { willReadFrequently: true });
    pen.drawImage(image, (image.width - square) / 2, (image.height - square) / 2, square, square, 0, 0,
      this.size, this.size);
    const levels = pen.getImageData(0, 0, this.size, this.size).data, n = this.size * this.size;
    this.image = new Uint8Array(n * this.channels);
    for (let k = 0; k < n; k++) {
      const [r, g, b] = levels.subarray(4 * k);
      if (this.channels === 1) this.image[k] = r === g && g === b ? r : Math.round(.299 * r + .587 * g + .114 * b);
      else this.image.set([r, g, b], 3 * k);
    }
    this.draw();
    this.changed();
  }

  named(name) {
    if (!name) return;
    const [left, top, right, bottom] = parts[name].map((share) => Math.floor(share * this.size));
    for (let y = 0; y < this.size; y++) for (let x = 0; x < this.size; x++) {
      this.mask[y * this.size + x] = x >= left && x < right && y >= top && y < bottom ? 1 : 0;
    }
    this.draw();
  }

  paint(event) {
    const box = this.canvas.getBoundingClientRect();
    this.dab((event.clientX - box.left) / box.width * this.size, (event.clientY - box.top) / box.height * this.size);
  }

  // dab paints or erases a disc.
  dab(x, y) {
    const radius = Number(this.brush.value) * Math.max(1, this.size / 28) / 2;
    for (let row = 0; row < this.size; row++) for (let column = 0; column < this.size; column++) {
      if (Math.hypot(column + .5 - x, row + .5 - y) <= radius) {
        this.mask[row * this.size + column] = this.erases.checked ? 0 : 1;
      }
    }
    this.part.value = "";
    this.draw();
  }

  // key moves the brush, and paints.
  key(event) {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!by && event.key !== " ") return;
    event.preventDefault();
    if (by) this.at = this.at.map((place, k) => Math.max(0, Math.min(this.size - 1, place + by[k])));
    else this.dab(this.at[0] + .5, this.at[1] + .5);
    this.draw(true);
  }

  draw(cursor = false) {
    const pen = this.canvas.getContext("2d"), cell = side / Math.max(1, this.size);
    pen.clearRect(0, 0, side, side);
    if (!this.image) {
      pen.fillStyle = "#8884";
      pen.fillRect(0, 0, side, side);
    }
    for (let k = 0; k < this.size * this.size; k++) {
      const [x, y] = [k % this.size, Math.floor(k / this.size)];
      if (this.image) {
        const [r, g, b] = this.channels === 1 ? Array(3).fill(this.image[k]) : this.image.subarray(3 * k);
        pen.fillStyle = `rgb(${r} ${g} ${b})`;
        pen.fillRect(x * cell, y * cell, cell + .5, cell + .5);
      }
      if (this.mask[k]) {
        pen.fillStyle = "rgb(216 116 28 / .7)";
        pen.fillRect(x * cell, y * cell, cell + .5, cell + .5);
      }
    }
    if (cursor) {
      pen.strokeStyle = "#2b7bba";
      pen.strokeRect(this.at[0] * cell, this.at[1] * cell, cell, cell);
    }
  }

  // asked is what the server is told.
  asked() { return { image: base64(this.image), mask: base64(this.mask) }; }
}
