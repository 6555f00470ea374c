"""Writes HDF5 files and what h5py reads from them: python files.py, with h5py and NumPy."""

import json
import os
import tempfile
import zipfile

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(1)


def arrays(f):
    """All kinds of arrays."""
    g = f.create_group("types")
    for t in ["i1", "u1", "<i2", ">i2", "<u2", "<i4", ">i4", "<u4", "<i8", ">i8", "<u8"]:
        g[t.replace("<", "l").replace(">", "b")] = np.array([0, 1, 2, 100, 7]).astype(t)
    g["negative"] = np.array([-1, -128, 127], "i1")
    for t in ["<f2", "<f4", ">f4", "<f8", ">f8"]:
        g[t.replace("<", "l").replace(">", "b")] = np.array([0, -1.5, 1e-3, np.inf, 6e-8]).astype(t)
    g["bool"] = np.array([True, False, True])
    g["fixed"] = np.array([b"a", b"bcd", b""], "S3")
    g["long"] = np.array(["a", "", "ä€x" * 3], dtype=h5py.string_dtype())
    g["none"] = np.zeros((0, 3))
    g["number"] = 2.5
    g["text"] = "a text"
    g["cube"] = np.arange(24.).reshape(2, 3, 4)
    g["records"] = np.array([(b"x", 1, 2.5, [1, 2]), (b"yz", 2, -1, [3, 4])],
                            dtype=[("name", "S4"), ("n", "i1"), ("v", "<f4"), ("pair", "<f8", (2,))])
    g["empty"] = h5py.Empty("f4")


def chunked(f):
    """Packed arrays."""
    g = f.create_group("chunks")
    x = np.round(rng.normal(size=(11, 7)), 2)
    g.create_dataset("gzip", data=x, chunks=(4, 3), compression="gzip")
    g.create_dataset("shuffle", data=x.astype("f4"), chunks=(3, 7), compression="gzip", shuffle=True)
    g.create_dataset("checksum", data=x, chunks=(4, 3), fletcher32=True)
    g.create_dataset("lzf", data=np.round(x, 0), chunks=(11, 7), compression="lzf")
    g.create_dataset("plain", data=x, chunks=(4, 3))
    g.create_dataset("grows", data=np.arange(50), chunks=(3,), maxshape=(None,), compression="gzip")
    g.create_dataset("both", data=x, chunks=(4, 3), maxshape=(None, None))
    g.create_dataset("bothpacked", data=x, chunks=(4, 3), maxshape=(None, None), compression="gzip")
    g.create_dataset("second", data=x, chunks=(4, 3), maxshape=(11, None))
    g.create_dataset("larger", data=x, chunks=(4, 3), maxshape=(22, 14))
    g.create_dataset("one", data=x, chunks=(11, 7))
    g.create_dataset("onepacked", data=x, chunks=(11, 7), compression="gzip")
    g.create_dataset("texts", data=np.array([f"gene{i}" for i in range(40)], dtype=h5py.string_dtype()), chunks=(9,),
                     compression="gzip")
    pairs = g.create_dataset("pairs", (6,), dtype=np.dtype(("<f4", (2,))), chunks=(4,))
    pairs[...] = np.arange(12, dtype="f4").reshape(6, 2)
    cube = g.create_dataset("cube", data=np.arange(5 * 6 * 7).reshape(5, 6, 7), chunks=(2, 4, 3))
    cube.attrs["units"] = "counts"


def attributes(f):
    """Few and many attributes, few and many objects."""
    f.attrs["encoding-type"] = "anndata"
    f.attrs["shape"] = np.array([3, 4])
    f.attrs["names"] = np.array(["a", "bb"], dtype=h5py.string_dtype())
    f.attrs["flag"] = True
    g = f.create_group("many")
    for i in range(30):
        g.attrs[f"attribute{i}"] = i
        g.create_group(f"group{i}/inner")


def truth(f):
    """What h5py reads: [path, shape, values] of arrays and of attributes."""
    found = {"arrays": [], "attributes": []}

    def plain(v):
        a = np.asarray(v)
        if a.dtype.kind == "O":
            return [s.decode() if isinstance(s, bytes) else s for s in a.ravel()]
        if a.dtype.kind in "SU":
            return [s.decode() if isinstance(s, bytes) else str(s) for s in a.ravel()]
        return [repr(float(x)) for x in a.ravel()]

    def visit(name, o):
        for key, v in o.attrs.items():
            found["attributes"].append([name, key, list(np.shape(v)), plain(v)])
        if not isinstance(o, h5py.Dataset) or o.shape is None:
            return
        if o.dtype.names:
            for field in o.dtype.names:
                v = o[field]
                found["arrays"].append([name, field, list(v.shape), plain(v)])
        else:
            v = o[()]
            found["arrays"].append([name, "", list(np.shape(v)), plain(v)])

    visit("", f)
    f.visititems(visit)
    return found


def many(f):
    """Indices of several pages and levels."""
    f.create_dataset("fixed", data=np.arange(1500, dtype="i2"), chunks=(1,))  # 1024 to a page
    f.create_dataset("grows", data=np.arange(400, dtype="i2"), chunks=(1,), maxshape=(None,))
    f.create_dataset("both", data=np.arange(400, dtype="i2").reshape(20, 20), chunks=(1, 1), maxshape=(None, None))


def small(f):
    """A little of each, for the test of damage."""
    f.attrs["encoding-type"] = "anndata"
    g = f.create_group("obs", track_order=False)
    g.create_dataset("day", data=np.array([0, 0, 1, 1, 2], "i4"), chunks=(2,), compression="gzip")
    g.create_dataset("kind", data=np.array([0, 1, 0, 1, 1], "i1"), chunks=(5,), fletcher32=True)
    g.create_dataset("names", data=np.array(["a", "b", "cc", "d", "e"], dtype=h5py.string_dtype()), chunks=(5,),
                     compression="gzip")
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    for k in range(9):
        g.attrs[f"a{k}"] = k
        d = h5py.h5d.create(g.id, f"n{k}".encode(), h5py.h5t.STD_I16LE, h5py.h5s.create_simple((2,)), compact)
        d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([k, -k], "i2"))


def main():
    all_truths = {}
    folder = tempfile.mkdtemp()
    for libver in ["earliest", "v108", "latest"]:
        name = "small-" + libver
        path = os.path.join(folder, name + ".h5")
        with h5py.File(path, "w", libver=libver if libver != "v108" else ("v108", "v108"),
                       track_order=libver == "latest") as f:
            small(f)
        with h5py.File(path) as f:
            all_truths[name] = truth(f)
    for name, libver, options in [
        ("earliest", "earliest", {}), ("v108", ("v108", "v108"), {}), ("v110", ("v110", "v110"), {}),
        ("latest", "latest", {"track_order": True}), ("userblock", "earliest", {"userblock_size": 512}),
    ]:
        path = os.path.join(folder, name + ".h5")
        with h5py.File(path, "w", libver=libver, **options) as f:
            if name != "userblock":
                arrays(f)
                attributes(f)
            chunked(f)
        with h5py.File(path) as f:
            all_truths[name] = truth(f)
    for name in ["earliest", "v110"]:
        path = os.path.join(folder, "many-" + name + ".h5")
        with h5py.File(path, "w", libver=name if name == "earliest" else (name, name)) as f:
            many(f)
        with h5py.File(path) as f:
            all_truths["many-" + name] = truth(f)
    with zipfile.ZipFile(os.path.join(HERE, "files.zip"), "w", zipfile.ZIP_DEFLATED) as z:
        for name in all_truths:
            z.write(os.path.join(folder, name + ".h5"), name + ".h5")
        z.writestr("truth.json", json.dumps(all_truths, separators=(",", ":")))


main()
