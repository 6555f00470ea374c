"""Writes tables.zip: files as pandas, NumPy, R and Excel write them, and in truth.json what pandas and NumPy read of them.

Run with Python 3, numpy and pandas, in this folder: python tables.py
"""

import io
import json
import zipfile

import numpy as np
import pandas as pd

rng = np.random.default_rng(7)
N = 24
TIMES = np.repeat([0.0, 1.5, 4.0], N // 3)
GENES = ["Sox2", "GATA-6", "T", "age of reads"]
X = (rng.normal(size=(N, 4)) + TIMES[:, None] * [1, -1, 0.5, 100]).round(2)
X[:, 2] = rng.integers(0, 4, N)  # counts of the gene T
CELLS = pd.DataFrame(X, columns=GENES)
BARCODES = ["".join(rng.choice(list("ACGT"), 8)) + "-1" for _ in range(N)]

files, truth = {}, {}


def keep(name, data, frame=None, time=None, columns=None, choice=None, says=None):
    """Keeps a file, and what it holds: the counts and means of each time by pandas, or words of the error it deserves."""
    files[name] = data if isinstance(data, bytes) else data.encode()
    t = {"choice": choice or {}}
    if says:
        t.update(says=says, snapshots=True)
    else:
        columns = columns or [c for c in frame.columns if c != time and pd.api.types.is_numeric_dtype(frame[c])]
        by = frame.groupby(time)[columns]
        t.update(time=str(time), columns=[str(c) for c in columns], times=[float(v) for v in by.size().index], counts=by.size().tolist(),
                 means=by.mean().to_numpy().tolist(), snapshots=True)
    truth[name] = t


def csv(frame, **how):
    return frame.to_csv(**how)


def read(text, **how):
    return pd.read_csv(io.StringIO(text), **how)


# Names of times, and where they stand.
for name, place in {"timepoint": 4, "samples": 4, "sample_labels": 0, "hours": 2, "Age": 4, "t": 4, "Day": 1, "time_point": 4}.items():
    frame = CELLS.copy()
    frame.insert(place, name, TIMES)
    text = csv(frame, index=False)
    keep(f"named-{name}.csv", text, read(text), name)

# Names that aren't of times, or of two.
wide = CELLS.assign(batch_week=TIMES)
keep("unknown.csv", csv(wide, index=False), says="no column is named as times are")
keep("unknown-chosen.csv", csv(wide, index=False), wide, "batch_week", choice={"Time": "batch_week"})
keep("only-T.csv", csv(CELLS[["T", "Sox2"]], index=False), says="no column is named as times are")
both = CELLS.assign(Stage=TIMES, timepoint=TIMES)
keep("two.csv", csv(both, index=False), says="may both be the time")
keep("two-chosen.csv", csv(both, index=False), both, "timepoint", columns=GENES, choice={"Time": "timepoint", "Drop": ["Stage"]})
own = CELLS.assign(time=np.arange(N) * 0.37)
keep("own-times.csv", csv(own, index=False), says="have a time of their own")

# Rows that are numbered.
timed = CELLS.assign(time=TIMES)
keep("index.csv", csv(timed), says="has no name and numbers the rows")
keep("index-again.csv", csv(read(csv(timed))), says='"Unnamed: 0"')
shuffled = timed.sample(frac=1, random_state=1)
keep("index-shuffled.csv", csv(shuffled), says="has no name and numbers the rows")
keep("index-filtered.csv", csv(timed[timed["Sox2"] > 0]), says="has no name and numbers the rows")
keep("index-named.csv", csv(timed.reset_index(), index=False), says='("index") numbers the rows')
keep("index-stacked.csv", csv(pd.concat([timed[timed.time == v].reset_index(drop=True) for v in (0, 1.5, 4)]).reset_index(), index=False), says='("index") numbers the rows')
keep("X.csv", csv(timed.set_axis(range(1, N + 1)).rename_axis("X")), says='("X") numbers the rows')
keep("cell_id.csv", csv(timed.assign(cell_id=range(N)), index=False), says='("cell_id") numbers the rows')
keep("level_0.csv", csv(timed.reset_index().reset_index(), index=False), says="numbers the rows")
keep("anything.csv", csv(timed.assign(foo=range(1, N + 1)), index=False), says='("foo") numbers the rows')
keep("index-dropped.csv", csv(timed), timed, "time", choice={"Drop": ["Unnamed: 0"]})
keep("index-dropped-by-number.csv", csv(timed), timed, "time", choice={"Drop": ["1"]})
keep("barcodes.csv", csv(timed.set_axis(BARCODES)), timed, "time")
keep("barcodes-named.csv", csv(timed.assign(cell=BARCODES, batch="a", doublet=True), index=False), timed, "time")

# write.table of R has a name fewer than fields.
r_rows = "\n".join('"%s",%s' % (b, ",".join(repr(float(v)) for v in row)) for b, row in zip(range(1, N + 1), timed.to_numpy()))
r_head = ",".join('"%s"' % c for c in timed.columns)
keep("write.table.csv", r_head + "\n" + r_rows + "\n", timed, "time")
keep("write.csv.csv", '"",' + r_head + "\n" + r_rows + "\n", says="has no name and numbers the rows")
keep("short-header.csv", ",".join(timed.columns[1:]) + "\n" + csv(timed, index=False, header=False), says="line 1 names 4 columns, and line 2 has 5")

# Headers of numbers.
plain = pd.DataFrame(np.column_stack([TIMES, X[:, :3]]))
keep("header-0.csv", csv(plain, index=False), says="may number the columns")
keep("header-1.csv", csv(plain.set_axis(range(1, 5), axis=1), index=False), says="may number the columns")
keep("header-ids.csv", csv(plain[[1, 0, 2]].assign(more=X[:, 3] + 0.5).set_axis([7157, 1956, 672, 1017], axis=1), index=False), says="may number the columns")
keep("header-none.csv", csv(plain, index=False, header=False), plain, 0)
keep("header-numbered.csv", csv(plain.rename(columns={0: "time"}), index=False), plain.rename(columns={0: "time"}), "time")


def savetxt(a, **how):
    b = io.BytesIO()
    np.savetxt(b, a, **how)
    return b.getvalue()


# Lines that begin with #.
last = timed.rename(columns={"GATA-6": "G", "age of reads": "reads"})
names = ",".join(last.columns)
keep("savetxt.csv", savetxt(last.to_numpy(), delimiter=",", header=names), last, "time")
keep("savetxt-spaces.csv", savetxt(last.to_numpy(), delimiter=",", header=" ".join(last.columns)), last, "time")
keep("savetxt-two.csv", savetxt(last.to_numpy(), delimiter=",", header="made by us\n" + names), last, "time")
keep("comments.csv", "# one, two\n# a, b, c, d, e\n" + csv(timed, index=False) + "# the end, it is\n", timed, "time")
lines = csv(timed, index=False).splitlines()
lines[9] = "#" + lines[9]
keep("hidden-row.csv", "\n".join(lines) + "\n", says="line 10 begins with # and is a row")

# Encodings, ends of lines, fields.
text = csv(timed.rename(columns={"Sox2": "größe"}), index=False)
umlaut = read(text)
keep("bom.csv", b"\xef\xbb\xbf" + text.encode(), umlaut, "time")
keep("utf16le.csv", b"\xff\xfe" + text.encode("utf-16-le"), umlaut, "time")
keep("utf16be.csv", b"\xfe\xff" + text.encode("utf-16-be"), umlaut, "time")
keep("utf16.csv", text.encode("utf-16-le"), says="UTF-16 without the mark")
keep("utf32.csv", text.encode("utf-32"), says="UTF-32")
keep("latin1.csv", text.encode("latin-1"), umlaut, "time")
keep("cr.csv", text.replace("\n", "\r"), umlaut, "time")
keep("crlf.csv", text.replace("\n", "\r\n"), umlaut, "time")
keep("quoted.csv", csv(timed, index=False, quoting=1), timed, "time")
keep("tabs.csv", csv(timed, index=False, sep="\t"), timed, "time")
keep("semicolons.csv", csv(timed, index=False, sep=";"), timed, "time")
keep("excel.csv", "sep=;\n" + csv(timed, index=False, sep=";", decimal=","), timed, "time")
keep("decimal-commas.csv", csv(timed, index=False, sep=";", decimal=","), timed, "time")
keep("decimal-tabs.csv", csv(timed, index=False, sep="\t", decimal=","), timed, "time")
keep("mixed-decimals.csv", csv(timed, index=False, sep=";", decimal=",") + "4;1.5;1;1;1\n", says="other numbers have points")
keep("either.csv", "time;x\n0;1,234\n0;2,345\n1;3,456\n1;4,567\n", says="decimal comma or with a separator of thousands")
keep("trailing.csv", "".join(line + ",\n" for line in csv(timed, index=False).splitlines()), timed, "time")
keep("trailing-rows.csv", ",".join(timed.columns) + "\n" + "".join(line + ",\n" for line in csv(timed, index=False, header=False).splitlines()), timed, "time")
keep("spaces.csv", csv(timed, index=False).replace(",", ", "), timed, "time")
keep("twice.csv", csv(timed.set_axis(["a", "b", "c", "a", "time"], axis=1), index=False), says='columns 1 and 4 are both named "a"')
thousands = timed.copy()
thousands["Sox2"] = ["{:,.2f}".format(1000 * v) for v in timed["Sox2"]]
keep("thousands.csv", csv(thousands, index=False), says="separators of thousands")
keep("thousands-all.csv", csv(thousands.assign(Sox2=["{:,}".format(12345 + i) for i in range(N)]), index=False), says="separators of thousands")
keep("percent.csv", csv(timed.assign(Sox2=["%d %%" % i for i in range(N)]), index=False), says="percentage")
keep("one-word.csv", csv(timed.assign(Sox2=["high"] + ["1.5"] * (N - 1)), index=False), says='line 2 has "high"')
keep("twice-header.csv", csv(timed, index=False) + csv(timed, index=False), says="that is its name again")
for mark in ["", "NA", "N/A", "null", "<NA>", "#N/A", "None"]:
    gap = timed.astype(object)
    gap.loc[4, "T"] = mark
    keep("gap-%s.csv" % "".join(c for c in mark if c.isalpha()), csv(gap, index=False), says='line 6, column 3 ("T") has "%s"' % mark)
keep("gap-nan.csv", csv(timed.assign(Sox2=timed["Sox2"].where(timed.index != 4)), index=False, na_rep="nan"), says='line 6, column 1 ("Sox2") is NaN')
keep("huge.csv", csv(timed.assign(Sox2=timed["Sox2"] * 1e300), index=False), says='column 1 ("Sox2") is -4.5e+299')
keep("tiny.csv", csv(timed.assign(Sox2=timed["Sox2"] * 1e-200), index=False), says="Sox2")

# Choices.
keep("some.csv", csv(timed, index=False), timed, "time", columns=["T", "Sox2"], choice={"Use": ["T", "Sox2"]})
keep("some-row.csv", csv(timed, index=False), timed, "time", columns=GENES[1:4], choice={"Use": ["GATA-6..age of reads"]})
pcs = pd.DataFrame(X, columns=["PC1", "PC2", "UMAP1", "PC3"]).assign(time=TIMES)
keep("some-start.csv", csv(pcs, index=False), pcs, "time", columns=["PC1", "PC2", "PC3"], choice={"Use": ["PC*"]})
keep("some-none.csv", csv(pcs, index=False), says='no column "PC9"', choice={"Use": ["PC9"]})


def npz(**arrays):
    b = io.BytesIO()
    np.savez(b, **arrays)
    return b.getvalue()


arrays = pd.DataFrame(X, columns=["X[%d]" % i for i in range(4)]).assign(ts=TIMES)
keep("arrays.npz", npz(X=X, ts=TIMES, v=X, idx=np.arange(N)), says='no array "pcs"')
keep("arrays-chosen.npz", npz(X=X, ts=TIMES, v=X, idx=np.arange(N)), arrays, "ts", choice={"Use": ["X"], "Time": "ts"})
keep("arrays-columns.npz", npz(X=X, ts=TIMES, v=X), arrays, "ts", columns=["X[3]", "X[1]"], choice={"Use": ["X[3]", "X[1]"], "Time": "ts"})
keep("arrays-index.npz", npz(pcs=np.column_stack([np.arange(N), X]), sample_labels=TIMES), says="numbers the rows")
keep("arrays-huge.npz", npz(pcs=X * 1e200, sample_labels=TIMES), says='array "pcs", row 0, column 1 is')



# Points by themselves, as samples are.
def keep_points(name, data, x, weights=None, says=None):
    files[name] = data if isinstance(data, bytes) else data.encode()
    truth[name] = {"says": says} if says else {"points": x.to_numpy(float).tolist(), "columns": [str(c) for c in x.columns]}
    if weights is not None:
        truth[name]["weights"] = weights.tolist()


few = pd.DataFrame(X[:6], columns=["a", "b, c", "n", "age"])
log = pd.Series(np.log([0.5, 1, 2, 0.25, 1, 3]))
keep_points("points.csv", csv(few, index=False), few)
keep_points("points-weights.csv", csv(few.assign(log_weight=log), index=False), few, log)
long = pd.concat([few.assign(time=v, log_weight=log + v) for v in (0, 0.5, 1)])
keep_points("points-way.csv", csv(long, index=False), few, log + 1)
keep_points("points-one.csv", csv(few[["a"]], index=False), few[["a"]])
keep_points("points-index.csv", csv(few), None, says="has no name and numbers the rows")
keep_points("points-gap.csv", csv(few.mask(few == few.iloc[2, 1]), index=False), None, says='line 4, column 2 ("b, c") has ""')
keep_points("points-huge.csv", csv(few.assign(a=1e200), index=False), None, says='line 2, column 1 ("a") is 1e+200')
keep_points("points-excel.csv", csv(few, index=False, sep=";", decimal=","), few)
# Weights by other names, and what may be a time.
for name, logs in {"weights": 0, "weight": 0, "Weight": 0, "sample_weight": 0, "importance_weights": 0, "log_weights": 1, "logw": 1, "log_w": 1, "log weight": 1}.items():
    keep_points(f"points-by-{name}.csv", csv(few.assign(**{name: log if logs else np.exp(log)}), index=False), few, log)
keep_points("points-by-two.csv", csv(few.assign(weights=1, log_weights=log), index=False), None, says="may both be the weights")
keep_points("points-by-negative.csv", csv(few.assign(weights=log), index=False), None, says='column 5 ("weights") is -0.69')
keep_points("points-by-none.csv", csv(few.assign(sample_weights=0), index=False), None, says='column 5 ("sample_weights") is 0 for all points')
ages = pd.DataFrame(rng.normal(size=(60, 2)).round(3), columns=["a", "b"]).assign(age=rng.integers(18, 38, 60))
ages.loc[17, "age"] = 91
for name in ["age", "stage", "Day", "hours", "samples"]:
    keep_points(f"points-last-{name}.csv", csv(ages.rename(columns={"age": name}), index=False), None, says=f'column 3 ("{name}") may be a coordinate or the time')
keep_points("points-last-time.csv", csv(ages.rename(columns={"age": "time"}), index=False), None, says='column 3 ("time") leaves 1 of 60 points')
way = pd.concat([few.assign(age=v) for v in (0.5, 2, 7)])[["age", "a", "n"]]
keep_points("points-last-blocks.csv", csv(way, index=False), few[["a", "n"]])
keep_points("points-last-one.csv", csv(few.assign(age=12), index=False), few[["a", "b, c", "n"]])
keep("weights.csv", csv(timed.assign(sample_weights=rng.random(N)), index=False), says="has weights by its name, and snapshots have none")
heavy = timed.rename(columns={"Sox2": "weight"})
keep("weight.csv", csv(heavy, index=False), heavy, "time")

# Headers of numbers with a point.
for k, (names_, quote) in enumerate({(0.0, 1.0, 2.0, 3.0): 0, (1.0, 2.0, 3.0, 4.0): 0, ("0.00", "1.00", "2.00", "3.00"): 1}.items()):
    keep(f"header-floats-{k}.csv", csv(plain.set_axis(names_, axis=1), index=False, quoting=quote), says="may number the columns")
pair = pd.DataFrame(rng.normal(size=(40, 2)).round(3))
keep_points("points-header-floats.csv", csv(pair.set_axis([0.0, 1.0], axis=1), index=False, quoting=1), None, says="may number the columns")
keep_points("points-cell.csv", "0.0,1.5\n" + csv(pair, index=False, header=False), pd.concat([pd.DataFrame([[0.0, 1.5]]), pair]).set_axis(["1", "2"], axis=1))
truth["points-cell.csv"]["columns"] = None

# Fields with blanks between, as write.table of R writes them, and rows that Excel leaves empty.
keep("blanks.csv", r_head.replace(",", " ").replace("age of reads", "age") + "\n" + r_rows.replace(",", " ") + "\n", says="write.csv in R")
keep_points("points-blanks.csv", csv(pair, index=False, header=False, sep=" "), None, says="write.csv in R")
keep("empty-end.csv", csv(timed, index=False) + ",,,,\n" * 3, timed, "time")
keep_points("points-empty-end.csv", csv(few, index=False, sep=";", decimal=",") + ";;;\r\n" * 2, few)
keep("empty-middle.csv", csv(timed[:5], index=False) + ",,,,\n" + csv(timed[5:], index=False, header=False), says='line 7, column 5')

# Principal components, by NumPy: cells that two standardised components give back, in the file's units.
Z = timed[GENES].to_numpy()
mean, deviation = Z.mean(0), Z.std(0, ddof=1)
U, S, V = np.linalg.svd((Z - mean) / deviation, full_matrices=False)
back = (U[:, :2] * S[:2]) @ V[:2] * deviation + mean
files["components.csv"] = csv(timed, index=False).encode()
truth["components.csv"] = {"points": back.tolist()}

files["truth.json"] = json.dumps(truth, indent=0).encode()
with zipfile.ZipFile("tables.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for name, data in files.items():
        archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
