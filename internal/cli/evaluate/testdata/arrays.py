"""Arrays of images and weighted points as people save them, with what they mean; evalarray_test.go reads them.

    arrays.py arrays.json           write the file
    arrays.py --check arrays.json   compute again and compare

By NumPy and SciPy alone; files and pixels are packed by zlib. Of an array that is read, pixels are the 8-bit images that it was made of; of one that isn't, says is part of the error.
"""

import base64
import io
import json
import sys
import zlib

import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.spatial.distance


def npy(x):
    b = io.BytesIO()
    np.save(b, x)
    return b.getvalue()


def npz(**arrays):
    b = io.BytesIO()
    np.savez(b, **arrays)
    return b.getvalue()


def text(data):
    return base64.b64encode(zlib.compress(data, 9)).decode()


def images(rng, n=4, side=5, channels=3):
    """Smooth pictures with all levels from black to white, and some of each."""
    y, x = np.mgrid[:side, :side] / (side - 1)
    out = [np.sin(3 * rng.random() * x + 5 * rng.random() * y + k + np.arange(channels)[:, None, None]) for k in range(n)]
    out = np.stack(out).transpose(0, 2, 3, 1)
    out = (out - out.min()) / (out.max() - out.min())
    return np.rint(255 * out).astype("u1")


def arrays():
    rng = np.random.default_rng(11)
    k = images(rng)
    grey = images(rng, channels=1)[..., 0]
    mask = grey > 100
    black = np.where(mask, 255, 0).astype("u1")
    mean, std = np.array([0.4914, 0.4822, 0.4465]), np.array([0.247, 0.2435, 0.2616])
    f = np.asfortranarray

    def read(name, x, pixels, args=()):
        return {"name": name, "file": text(npy(x)), "pixels": text(pixels.tobytes()), "shape": list((pixels[..., None] if pixels.ndim == 3 else pixels).shape), "range": list(args)}

    def refused(name, x, says, args=()):
        return {"name": name, "file": text(npy(x)), "says": says, "range": list(args)}

    k32 = k.astype("f4")
    for name, x, pixels, *args in (
        ("as they are", k, k),
        ("Fortran, colour", f(k), k),
        ("Fortran, grey", f(grey), grey),
        ("turned in memory", k.transpose(0, 2, 1, 3), k.transpose(0, 2, 1, 3)),
        ("PyTorch's axes", k.transpose(0, 3, 1, 2).copy(), k),
        ("PyTorch's axes, a view", k.transpose(0, 3, 1, 2), k),
        ("PyTorch's grey", grey[:, None], grey),
        ("int64", k.astype("i8"), k),
        ("big-endian int16", k.astype(">i2"), k),
        ("uint16 of 8 bits", k.astype("u2"), k),
        ("floats of 8 bits", k32, k),
        ("0 to 1", k32 / 255, k),
        ("0 to 1, Fortran, float16", f((k / 255).astype("f2")), k),
        ("0 to 1, float64, PyTorch's axes", (k / 255).transpose(0, 3, 1, 2), k),
        ("0 to 1, resampled", k32 / 255 + np.where(np.arange(k.size).reshape(k.shape) % 200 == 0, -0.001, 0), k),
        ("-1 to 1", k32 / 127.5 - 1, k),
        ("-1 to 1, Fortran, big-endian", f((k / 127.5 - 1).astype(">f8")), k),
        ("-1 and 1", np.where(mask, 1.0, -1.0), black),
        ("0 to 255, not whole", k + 0.25, k),
        ("0 to 255, overshooting", np.where(np.arange(k.size).reshape(k.shape) % 200 == 0, np.where(k > 127, 262.5, -5.5), k + 0.25),
         np.where(np.arange(k.size).reshape(k.shape) % 200 == 0, np.where(k > 127, 255, 0), k).astype("u1")),
        ("masks", mask, black),
        ("masks, PyTorch's axes, Fortran", f(mask[:, None]), black),
        ("masks of 0 and 1", mask.astype("i4"), black, "0,1"),
        ("masks of 0 and 1 as floats", mask.astype("f8"), black, "0,1"),
        ("16 bits", k.astype("u2") * 257, k, "0,65535"),
        ("0 to 100", k / 2.55, k, "0,100"),
        ("around 0", k / 255 - 0.5, k, "-0.5,0.5"),
        ("int8", (k.astype("i2") - 128).astype("i1"), k, "-128,127"),
        ("16 levels", np.rint(k / 17), np.rint(k / 17).astype("u1") * 17, "0,15"),
    ):
        yield read(name, x, pixels, args)
    for name, x, says, *args in (
        ("masks of 0 and 1", mask.astype("u1"), "no pixels but 0 and 1"),
        ("masks of 0 and 1, Fortran", f(mask.astype("f2")), "pass --range with the numbers of black and white, as 0,1 or 0,255"),
        ("nothing", np.zeros((4, 8, 8)), "no pixels but 0 and 1"),
        ("normalised as CIFAR-10", (k / 255 - mean) / std, "undo a normalisation"),
        ("normalised as CIFAR-10, PyTorch", ((k32 / 255 - mean.astype("f4")) / std.astype("f4")).transpose(0, 3, 1, 2), "undo a normalisation"),
        ("normalised by itself", (k - k.mean()) / k.std(), "undo a normalisation"),
        ("normalised by itself, smooth", (k + rng.random(k.shape) - k.mean()) / k.std(), "undo a normalisation"),
        ("normalised as Fashion-MNIST", (grey / 255 - 0.286) / 0.353, "undo a normalisation"),
        ("a mean subtracted", k - 127.5, "what is black and white isn't clear"),
        ("around 0", k / 255 - 0.5, "what is black and white isn't clear"),
        ("below 0 a little", k / 255 * 1.3 - 0.3, "what is black and white isn't clear"),
        ("divided twice", k / 255 / 255, "what is black and white isn't clear"),
        ("16 bits", k.astype("u2") * 257, "0,65535"),
        ("int8", (k.astype("i2") - 128).astype("i1"), "as -128,127"),
        ("int8, halves", (k // 2).astype("i1"), "pixels of int8 from 0 to 127"),
        ("16 levels", np.rint(k / 17), "0,15 or 0,255"),
        ("NaN", np.where(k == 255, np.nan, k / 255), "that are NaN or infinite"),
        ("infinite", np.where(k == 255, np.inf, k / 255), "that are NaN or infinite"),
        ("another range", k, "most of them beyond 0 to 1", "0,1"),
        ("one picture", k[0], "looks like a single image"),
        ("many channels", np.zeros((4, 8, 8, 5), "u1"), "no axis of 1 or 3 channels"),
        ("five axes", k[None], "shape [1 4 5 5 3]"),
        ("objects", np.array([1, "a", None], object), "pickled objects of Python"),
        ("complex", k[:, :, :, 0] * 1j, "x.real"),
    ):
        yield refused(name, x, says, args)


def transport(a, b, p, q, order):
    """The linear program itself."""
    costs = scipy.spatial.distance.cdist(a, b) ** order
    n, m = costs.shape
    rows = np.kron(np.eye(n), np.ones(m))
    cols = np.kron(np.ones(n), np.eye(m))
    found = scipy.optimize.linprog(costs.ravel(), A_eq=np.concatenate([rows, cols]), b_eq=np.concatenate([p, q]), bounds=(0, None), method="highs")
    return found.fun ** (1 / order)


def weighted():
    rng = np.random.default_rng(12)
    a, b = rng.normal(size=(24, 3)), rng.normal(size=(18, 3)) + [1, 0, 0]
    logs, weights = rng.normal(size=24) * 2 + 50, rng.random(18)
    weights[3] = 0
    logs[5] = -np.inf
    p, q = np.exp(logs - logs.max()), weights
    p, q = p / p.sum(), q / q.sum()
    mu = [np.average(x, axis=0, weights=w) for x, w in ((a, p), (b, q))]
    sigma = [np.cov(x, rowvar=False, aweights=w) for x, w in ((a, p), (b, q))]
    root = scipy.linalg.sqrtm(sigma[0] @ sigma[1]).real
    return {
        "samples": text(npz(samples=np.asfortranarray(a), log_weights=logs)),
        "reference": text(npz(x=b.astype("f4"), weights=weights[:, None])),
        "plain": text(npz(x=b.astype("f4"))),
        "w1": transport(a, b.astype("f4").astype("f8"), p, q, 1),
        "w2": transport(a, b.astype("f4").astype("f8"), p, q, 2),
        "w2 plain": transport(a, b.astype("f4").astype("f8"), p, np.full(18, 1 / 18), 2),
        "fid": ((mu[0] - mu[1]) ** 2).sum() + np.trace(sigma[0]) + np.trace(sigma[1]) - 2 * np.trace(root),
    }


def main():
    found = {"arrays": list(arrays()), "weighted": weighted()}
    out = json.dumps(found, indent=0) + "\n"
    if sys.argv[1] == "--check":
        kept = json.load(open(sys.argv[2]))
        sys.exit(kept["arrays"] != found["arrays"] and "arrays differ" or None)
    open(sys.argv[1], "w").write(out)


if __name__ == "__main__":
    main()
