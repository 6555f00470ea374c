"""Arrays as NumPy and other writers put them, with the numbers that NumPy reads from them.

    golden.py golden.json           write the file
    golden.py --check golden.json   compute again and compare

Each file is base64, each number the text of float.hex. NumPy 1.24 or later on x86 (for the longdouble).
"""

import base64
import io
import json
import struct
import sys
import warnings

import numpy as np


def saved(x, **version):
    if x.dtype.char == "g":  # its padding is whatever was there; here it is what may come as well, the top of a double
        x = x.copy("K")
        x.ravel("K").view("u2").reshape(-1, 8)[:, 5:] = 0x3FF8
    b = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that format 3 is rarely needed
        np.lib.format.write_array(b, x, allow_pickle=True, **version)
    return b.getvalue()


def by_hand(header, x, version=1):
    text = header.encode("utf-8")
    size = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + x.tobytes()


def arrays():
    rng = np.random.default_rng(7)
    for kind in "?", "u1", "i1", "<u2", ">u2", "<i2", ">i4", "<i4", "<i8", ">u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "<f16":
        x = rng.integers(0, 2 if kind == "?" else 120, (2, 3, 4)) - (0 if kind in "?u1<u2>u2>u8" else 60)
        if "f" in kind:
            x = x / 7
        x = x.astype(kind)
        yield "C " + kind, saved(x)
        yield "Fortran " + kind, saved(np.asfortranarray(x))
    images = rng.integers(0, 256, (3, 4, 5, 3)).astype("u1")
    yield "Fortran images", saved(np.asfortranarray(images))
    yield "Fortran 5 axes", saved(np.asfortranarray(rng.normal(size=(2, 3, 1, 2, 3)).astype("f4")))
    yield "Fortran matrix", saved(rng.normal(size=(5, 3)).T)
    yield "Fortran row", saved(np.asfortranarray(rng.normal(size=(1, 4, 1))))
    yield "Fortran, nothing", saved(np.zeros((0, 3, 2), order="F"))
    yield "a view from behind", saved(images[::-1, :, ::2])
    yield "one number", saved(np.float64(2.5))
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1, 65504, 2**-24, -(2**-14) / 3])
    for kind in "<f2", "<f4", "<f16":
        yield "special " + kind, saved(special.astype(kind))
    far = np.array([1e-320, 1e300, 1, 1 / 3, -2.0**-1060, 0.1], "f16")
    yield "far <f16", saved(far * np.longdouble("1.0000000000000000001"))
    x = rng.normal(size=(2, 3))
    for v in (2, 0), (3, 0):
        yield "format %d" % v[0], saved(x, version=v)
    whole = "'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)"
    for name, header, version in (
        ("other order", "{'shape': (2, 3), 'fortran_order': False, 'descr': '<f8'}\n", 1),
        ("double quotes", '{"descr": "<f8", "fortran_order": False, "shape": (2, 3)}\n', 1),
        ("no space, no newline", "{'descr':'<f8','fortran_order':False,'shape':(2,3)}", 1),
        ("much space", " { 'descr' :\t'<f8' , 'fortran_order' : False , 'shape' : ( 2 , 3 , ) , }   \n", 1),
        ("Python 2", "{'descr': '<f8', 'fortran_order': False, 'shape': (2L, 3L), }\n", 1),
        ("format 3, by hand", "{" + whole + "}\n", 3),
        ("native", "{" + whole.replace("<f8", "=f8") + "}\n", 1),
        ("a word", "{" + whole.replace("<f8", "float64") + "}\n", 1),
        ("no order", "{" + whole.replace("<f8", "f8") + "}\n", 1),
        ("a bar", "{" + whole.replace("<f8", "|f8") + "}\n", 1),
    ):
        yield name, by_hand(header, x, version)
    yield "Fortran by hand", by_hand('{"fortran_order": True, "shape": (2,3,2,), "descr": "<i2"}', np.arange(12, dtype="<i2"))


def read(data):
    if b"L" in data[:60]:  # NumPy 2 has no more use for Python 2's
        data = data.replace(b"2L, 3L), }\n", b"2, 3), }  \n")
    return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)


def main():
    found = []
    for name, data in arrays():
        with np.errstate(over="ignore"):
            x = read(data)
            values = [float(v).hex() for v in x.astype("f8").ravel(order="C")]
        found.append({"name": name, "file": base64.b64encode(data).decode(), "shape": list(x.shape), "type": x.dtype.name, "values": values})
    text = "[\n" + ",\n".join(json.dumps(f) for f in found) + "\n]\n"
    if sys.argv[1] == "--check":
        sys.exit(open(sys.argv[2]).read() != text and "golden.json differs")
    open(sys.argv[1], "w").write(text)


if __name__ == "__main__":
    main()
