"""Writes the cells of HSMMSingleCell for make bench-science: the 1 000 genes whose log(1 + FPKM) varies most.

Usage: hsmm.py FOLDER hsmm.csv, with FOLDER that of the package's data, such as
/usr/lib/R/site-library/HSMMSingleCell/data of Debian's r-bioc-hsmmsinglecell. It needs pyreadr, numpy and pandas.
"""
import sys

import numpy as np
import pyreadr

folder, out = sys.argv[1:]
cells = pyreadr.read_r(folder + "/HSMM_expr_matrix.rda")["HSMM_expr_matrix"]
sheet = pyreadr.read_r(folder + "/HSMM_sample_sheet.rda")["HSMM_sample_sheet"]
x = np.log1p(cells)
x = x.loc[x.var(axis=1).nlargest(1000).index].T
x.insert(0, "time", sheet.loc[x.index, "Hours"].astype(float))
x.to_csv(out, index=False, float_format="%.6g")
