"""Grids of images as other programs lay them out, with what they hold.

    grids.py grids.json    write the file

Pillow pastes them and writes the text. Each holds fewer images than it has places, but for one.
"""

import base64
import io
import json
import sys

import numpy as np
from PIL import Image, PngImagePlugin


def pasted(images, side, cols, rows, gap, scale, background):
    grey = images.ndim == 3
    size = ((side * scale + gap) * cols - gap, (side * scale + gap) * rows - gap)
    canvas = Image.new("L" if grey else "RGB", size, background)
    for i, x in enumerate(images):
        tile = Image.fromarray(x).resize((side * scale, side * scale), Image.NEAREST)
        canvas.paste(tile, ((i % cols) * (side * scale + gap), (i // cols) * (side * scale + gap)))
    return canvas


def main():
    rng = np.random.default_rng(3)
    found = []
    for name, n, cols, rows, gap, scale, colour, background, text in (
        ("one left", 5, 3, 2, 2, 2, False, 0, None),
        ("a row left", 6, 3, 3, 1, 1, False, 0, None),
        ("white, no gap", 4, 3, 2, 0, 1, True, (255, 255, 255), None),
        ("a colour", 4, 3, 2, 3, 1, True, (10, 200, 30), None),
        ("full", 6, 3, 2, 2, 1, False, 0, None),
        ("told", 3, 3, 2, 2, 1, False, 0, "4"),  # the fourth is black
        ("told by another text", 3, 3, 2, 2, 1, False, 0, None),
    ):
        side = 4
        images = rng.integers(1, 255, (n, side, side, 3) if colour else (n, side, side)).astype("u1")
        info = PngImagePlugin.PngInfo()
        info.add_text("Software", "Pillow")
        info.add_text("Title", "x" * 500)
        if text:
            info.add_text("amgen:images", text)
        b = io.BytesIO()
        pasted(images, side, cols, rows, gap, scale, background).save(b, "PNG", pnginfo=info)
        held = int(text or n)
        pixels = np.concatenate([images.ravel(), np.zeros((held - n) * side * side * (3 if colour else 1), "u1")])
        found.append({"name": name, "file": base64.b64encode(b.getvalue()).decode(), "side": side, "gap": gap, "scale": scale,
                      "images": held, "empty": cols * rows - held, "pixels": base64.b64encode(pixels.tobytes()).decode()})
    with open(sys.argv[1], "w") as f:
        json.dump(found, f, indent=0)
        f.write("\n")


if __name__ == "__main__":
    main()
