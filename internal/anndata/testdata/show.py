"""Prints what anndata reads of an .h5ad, as JSON: of each array its type and its values as texts."""
import json
import sys

import anndata
import numpy as np
import pandas as pd

a = anndata.read_h5ad(sys.argv[1])


def text(value):
    value = "nan" if isinstance(value, float) and np.isnan(value) else str(value)
    return value if len(value) < 100 else f"{len(value.encode())} bytes"


def column(series):
    if isinstance(series.dtype, pd.CategoricalDtype):
        kind = ["category", bool(series.cat.ordered), *series.cat.categories]
    elif series.dtype.kind in "biuf":
        kind = [str(series.dtype)]
    else:
        kind = ["text"]
    return [kind, [text(v) for v in series]]


def array(x):
    return [[str(x.dtype), *x.shape], [text(v) for v in np.asarray(x).ravel()]]


found = {"X": array(a.X), "obs": list(a.obs_names), "var": list(a.var_names)}
for name in a.obs:
    found["obs/" + name] = column(a.obs[name])
for name in a.var:
    found["var/" + name] = column(a.var[name])
for name in a.obsm:
    found["obsm/" + name] = array(a.obsm[name])
for name in a.layers:
    found["layers/" + name] = array(a.layers[name])
for name in a.uns:
    found["uns/" + name] = text(a.uns[name])
json.dump(found, sys.stdout)
