"""Images and points of amgen and of amgen_torch from the same starts, and files both ways.

    python python/test_amgen_torch.py bin/amgen     # needs numpy, torch and safetensors; `make test-python`
"""

import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

import numpy as np
import torch

import amgen_torch

AMGEN = pathlib.Path(sys.argv[1]).resolve()
MODELS = pathlib.Path(__file__).resolve().parent.parent / "models"
MOST = 1e-4


def amgen(*args):
    done = subprocess.run([AMGEN, *map(str, args)], capture_output=True, text=True)
    assert done.returncode == 0, f"amgen {args}: {done.stderr}"


def states(path):
    """The states at t = 0 and t = 1, as PyTorch has them, and the labels or None."""
    with np.load(path) as file:
        first, last = (torch.from_numpy(x.astype(np.float32)) for x in file["trajectory"])
        labels = torch.from_numpy(file["labels"].astype(np.int64)) if "labels" in file else None
    if first.ndim == 4:
        first, last = first.permute(0, 3, 1, 2), last.permute(0, 3, 1, 2)
    return first, last, labels


def same(name, model, folder, source, flags=(), **settings):
    """Samples of both programs; source are the flags of amgen that name the model."""
    settings = {"steps": 6, "solver": "ab2", **settings}
    out = folder / "samples.npz"
    amgen("sample", *source, "-n", 4, "--seed", 3, "--solver", settings["solver"], "--steps", settings["steps"],
          "--times", "0,1", "-o", out, *flags)
    start, want, labels = states(out)
    if settings.pop("labels", False):
        settings["label"] = labels
    got = amgen_torch.sample(model, start, **settings)
    scale = max(1.0, float(want.abs().max()))
    off = float((got - want).abs().max()) / scale
    assert off <= MOST, f"{name}: off by {off:.2g} of {scale:.3g}"
    assert float((want - start).abs().max()) > 0.01, f"{name}: nothing moved"
    print(f"{name}: {settings['solver']}, {settings['steps']} steps, off by {off:.1e}")


def trained(name, folder, *flags):
    """A run of a moment, its file, and its model."""
    run, file = folder / name, folder / f"{name}.safetensors"
    amgen("train", "--seed", 1, "--sample-every", 0, "--ema", 0, "--out", run, *flags)
    amgen("weights", "export", "--run", run, "-o", file)
    return run, file, amgen_torch.load(file)


def write_png(path, pixels):
    """A grey picture."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)) +
                     chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def main():
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        file = MODELS / "mnist.safetensors"
        digits = amgen_torch.load(file)
        for solver in "ab2", "heun", "euler":
            same("mnist", digits, folder, ["--model", file], ["--class", "none"], solver=solver)
        same("mnist, classes", digits, folder, ["--model", file], ["--class", "0,3,5,7"], labels=True)
        same("mnist, guidance", digits, folder, ["--model", file], ["--class", "1,2,8,9", "--guidance", 1],
             labels=True, guidance=1.0)
        same("cifar10", amgen_torch.load(MODELS / "cifar10.safetensors"), folder,
             ["--model", MODELS / "cifar10.safetensors"], ["--class", "1,2,8,9"], labels=True)

        photos = folder / "photos"
        photos.mkdir()
        for i in range(4):
            write_png(photos / f"{i}.png", np.random.default_rng(i).integers(0, 256, (28, 28), dtype=np.uint8))
        data = ["--dataset", f"folder:{photos}", "--batch", 2, "--steps", 6, "--warmup", 0, "--lr", "1e-3"]
        for name, flags in {
            "tiny": ["--preset", "tiny"], "quadratic": ["--preset", "tiny", "--action", "quadratic"],
            "flow-matching": ["--preset", "tiny", "--objective", "fm"],
            "own": ["--preset", "tiny", "--base", 12, "--multipliers", "1,2,3", "--blocks", 2, "--attention", "14,7"],
            "augmented": ["--preset", "tiny", "--augment", 0.5],
            "patches": ["--preset", "mnist-small", "--base", 8, "--time-scale", 4],
        }.items():
            run, _, model = trained(name, folder, *data, *flags)
            same(name, model, folder, ["--run", run])
        run, _, model = trained("moons", folder, "--dataset", "moons", "--steps", 50, "--batch", 64)
        same("moons", model, folder, ["--run", run], solver="heun")

        # A step of training there, and back.
        run, file, model = trained("there", folder, *data, "--preset", "tiny", "--augment", 0.5)
        optimiser = torch.optim.SGD(model.parameters(), 1e-4)
        model.action(torch.full((2,), 0.5), torch.randn(2, *model.shape)).sum().backward()
        optimiser.step()
        amgen_torch.save(model, folder / "back.safetensors")
        amgen("weights", "import", folder / "back.safetensors", "--out", folder / "back")
        same("back", model, folder, ["--run", folder / "back"])
        same("back, as a model", model, folder, ["--model", folder / "back.safetensors"])
        trained("on", folder, *data, "--from", folder / "back.safetensors")

        # The state dictionary is the network's.
        amgen("weights", "export", "--run", run, "--format", "pytorch", "-o", folder / "there.pt")
        state = torch.load(folder / "there.pt")
        model = amgen_torch.load(file)
        want = model.network.state_dict()
        assert sorted(state) == sorted(want), "the state dictionary has other names"
        assert all(torch.equal(state[key], want[key]) for key in want), "the state dictionary has other values"
        print("there.pt: the same state dictionary")
        amgen("weights", "import", folder / "there.pt", *data[:2], "--preset", "tiny", "--time-scale", 8, "--out",
              folder / "again")
        same("there.pt, imported", model, folder, ["--run", folder / "again"])


if __name__ == "__main__":
    main()
