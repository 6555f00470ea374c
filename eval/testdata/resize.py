"""Golden pixels for the tests of eval/resize: Pillow's bicubic filter, PyTorch's bilinear interpolation, and TensorFlow 1's
rule written out pixel by pixel. python3 resize.py writes resize.json; with --check it compares instead."""
import json
import pathlib
import sys

import numpy as np
import torch
from PIL import Image

from pseudo import pixels


def clean(image, height, width):
    """image [h, w, c] of uint8, each channel resized in floating point."""
    planes = []
    for c in range(image.shape[2]):
        plane = Image.fromarray(image[:, :, c].astype(np.float32), mode="F")
        planes.append(np.asarray(plane.resize((width, height), resample=Image.BICUBIC)).clip(0, 255))
    return np.stack(planes, axis=2)


def legacy_pytorch(image, height, width):
    x = torch.from_numpy(image.astype(np.float32)).permute(2, 0, 1)[None]
    y = torch.nn.functional.interpolate(x, size=(height, width), mode="bilinear", align_corners=False)
    return y[0].permute(1, 2, 0).numpy()


def legacy_tf(image, height, width):
    """Positions are float32, as in TensorFlow's ResizeBilinear."""
    h, w, channels = image.shape
    out = np.zeros((height, width, channels))
    for i in range(height):
        y = float(np.float32(i) * (np.float32(h) / np.float32(height)))
        top = int(np.floor(y))
        bottom = min(top + 1, h - 1)
        for j in range(width):
            x = float(np.float32(j) * (np.float32(w) / np.float32(width)))
            left = int(np.floor(x))
            right = min(left + 1, w - 1)
            upper = image[top, left] + (x - left) * (image[top, right].astype(float) - image[top, left])
            lower = image[bottom, left] + (x - left) * (image[bottom, right].astype(float) - image[bottom, left])
            out[i, j] = upper + (y - top) * (lower - upper)
    return out


def main():
    cases = []
    sizes = [((32, 32), (299, 299)), ((28, 28), (299, 299)), ((5, 7), (11, 9)), ((1, 1), (3, 4)), ((13, 9), (13, 9)), ((64, 96), (64, 30)),
             ((333, 500), (299, 299)), ((64, 48), (17, 7)), ((2, 200), (5, 13))]
    for n, ((h, w), (height, width)) in enumerate(sizes):
        for channels in (1, 3):
            image = pixels(100 + n, h, w, channels)
            for name, resize in (("clean", clean), ("legacy-pytorch", legacy_pytorch), ("legacy-tf", legacy_tf)):
                y = resize(image, height, width)
                flat = np.repeat(y, 3 // channels, axis=2).ravel()
                step = max(1, len(flat) // 100)
                step += 1 - step % 2  # odd and, below, no multiple of 3: so all channels and columns have their turn
                step += 2 * (step % 3 == 0)
                cases.append(dict(mode=name, salt=100 + n, channels=channels, height=h, width=w, toHeight=height, toWidth=width,
                                  step=step, values=[round(float(v), 5) for v in flat[::step]], mean=float(flat.mean(dtype=np.float64))))
    file = pathlib.Path(__file__).with_name("resize.json")
    if "--check" in sys.argv:
        # PyTorch 1.13 rounds the scale to float32, current ones the position too: 0.0022 at 500 pixels.
        limits, worst = {"clean": 1e-3, "legacy-pytorch": 3e-3, "legacy-tf": 1e-3}, {}
        for c, kept in zip(cases, json.loads(file.read_text()), strict=True):
            off = float(np.abs(np.subtract(c["values"], kept["values"])).max())
            worst[c["mode"]] = max(off, worst.get(c["mode"], 0.0))
        print("resize.json: %d images, off by %s grey levels at most" % (len(cases), worst))
        sys.exit(int(any(off > limits[mode] for mode, off in worst.items())))
    file.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
