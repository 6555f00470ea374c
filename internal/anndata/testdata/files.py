"""Writes .h5ad files and what anndata reads from them: python files.py FOLDER, with anndata; then pack.py.

Run it with each version of anndata that counts: 0.7.8 and a new one. The new one writes a file as anndata 0.6 did, too,
by h5py.
"""

import json
import os
import sys

import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp

FOLDER = sys.argv[1]
NEW = not anndata.__version__.startswith("0.7")
N = 12


def make(x):
    rng = np.random.default_rng(1)
    obs = pd.DataFrame(
        {
            "day": np.repeat([0, 2, 7], 4),
            "stage": pd.Categorical(np.repeat(["day 0", "day 2", "day 7"], 4)),
            "phase": pd.Categorical(np.tile(["G1", "S", "G2M"], 4), categories=["G1", "S", "G2M"], ordered=True),
            "score": np.round(rng.normal(size=N), 2).astype("f4"),
            "late": np.repeat([False, True], 6),
            "gaps": pd.Categorical(["a", None] * 6),
        },
        index=[f"cell{i}" for i in range(N)],
    )
    if NEW:
        obs["count"] = pd.array([1, None, 3] * 4, dtype="Int64")
    a = anndata.AnnData(x, obs=obs, var=pd.DataFrame(index=["A", "B", "A", "A-1", "B"]))
    a.obsm["X_pca"] = np.round(rng.normal(size=(N, 3)), 2)
    a.obsm["table"] = pd.DataFrame({"u": np.arange(N) / 4, "v": np.arange(N)}, index=a.obs_names)
    a.layers["counts"] = sp.csc_matrix(np.arange(N * 5).reshape(N, 5) % 7)
    a.raw = a.copy()
    return a


def plain(v):
    """Numbers as Python writes them, texts, and None for what isn't there."""
    found = []
    for x in np.asarray(v, dtype=object).ravel():
        if x is None or x is pd.NA or isinstance(x, float) and np.isnan(x):
            found.append(None)
        elif isinstance(x, (str, bytes)):
            found.append(x.decode() if isinstance(x, bytes) else x)
        else:
            found.append(float(x))
    return found


def truth(a):
    dense = lambda m: m.toarray() if sp.issparse(m) else np.asarray(m)
    found = {"cells": a.n_obs, "columns": {c: plain(a.obs[c]) for c in a.obs}, "matrices": {}}
    found["ordered"] = {c: list(a.obs[c].cat.categories) for c in a.obs if hasattr(a.obs[c], "cat")
                        and a.obs[c].cat.ordered}
    a.var_names_make_unique()
    found["genes"] = list(a.var_names)
    for name, m in [("X", a.X), ("layers/counts", a.layers["counts"]), ("obsm/X_pca", a.obsm["X_pca"]),
                    ("obsm/table", a.obsm["table"]), ("raw/X", a.raw.X)]:
        m = dense(m)
        found["matrices"][name] = [m.shape[1], plain(m)]
    return found


def old(path):
    """As anndata 0.6 wrote it."""
    rng = np.random.default_rng(2)
    x = np.round(rng.normal(size=(N, 5)), 1).astype("f4")
    obs = np.zeros(N, dtype=[("index", "S8"), ("day", "<i8"), ("stage", "i1"), ("score", "<f4")])
    obs["index"] = [f"cell{i}".encode() for i in range(N)]
    obs["day"], obs["stage"], obs["score"] = np.repeat([0, 2, 7], 4), np.repeat([0, 1, 2], 4), np.arange(N) / 4
    obsm = np.zeros(N, dtype=[("X_pca", "<f4", (3,)), ("X_umap", "<f8", (2,))])
    obsm["X_pca"], obsm["X_umap"] = x[:, :3], x[:, 3:]
    var = np.zeros(5, dtype=[("index", "S2"), ("n", "<i4")])
    var["index"] = [b"A", b"B", b"C", b"D", b"E"]
    with h5py.File(path, "w") as f:
        f.create_dataset("X", data=x, compression="gzip")
        f.create_dataset("obs", data=obs, compression="gzip")
        f.create_dataset("obsm", data=obsm, compression="gzip")
        f.create_dataset("var", data=var, compression="gzip")
        f.create_dataset("uns/stage_categories", data=np.array([b"day 0", b"day 2", b"day 7"]))
        g, csr = f.create_group("raw.X"), sp.csr_matrix(np.maximum(x, 0))
        g.attrs["h5sparse_format"], g.attrs["h5sparse_shape"] = "csr", np.array(x.shape)
        for part in ["data", "indices", "indptr"]:
            g[part] = getattr(csr, part)
        f.create_dataset("raw.var", data=var)
    stages = [f"day {d}" for d in obs["day"]]
    return {"cells": N, "columns": {"day": plain(obs["day"]), "stage": stages, "score": plain(obs["score"])},
            "ordered": {}, "genes": list("ABCDE"),
            "matrices": {"X": [5, plain(x)], "obsm/X_pca": [3, plain(x[:, :3])], "obsm/X_umap": [2, plain(x[:, 3:])],
                         "raw.X": [5, plain(np.maximum(x, 0))]}}


def main():
    truths = {}
    x = np.round(np.random.default_rng(3).poisson(0.7, size=(N, 5)) * 1.5, 1).astype("f4")
    version = "-".join(anndata.__version__.split(".")[:2])
    for name, m, options in [("dense", x, {}), ("csr", sp.csr_matrix(x), {"compression": "gzip"}),
                             ("csc", sp.csc_matrix(x), {"compression": "lzf"})]:
        a = make(m)
        name = f"{name}-{version}"
        a.write_h5ad(os.path.join(FOLDER, name + ".h5ad"), **options)
        truths[name] = truth(anndata.read_h5ad(os.path.join(FOLDER, name + ".h5ad")))
    if NEW:
        truths["old-0-6"] = old(os.path.join(FOLDER, "old-0-6.h5ad"))
    with open(os.path.join(FOLDER, f"truth-{version}.json"), "w") as f:
        json.dump(truths, f, separators=(",", ":"))


main()
