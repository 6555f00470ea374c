"""A growing population of two branches: 2 000 cells in 30 columns at days 2, 4, 5, 7 and 10 (250 to 590 cells).

From day 4 on branch B grows faster: its log odds rise by 0.45 between each two days. `growing_branches.py DIR` writes
DIR/clean.csv, which has no branches, DIR/branches.csv, which has, and DIR/genes.csv: the same cells with names, their
columns called gene1 to gene30, and their types. `growing_branches.py DIR SAMPLES.csv` prints the
weighted share of branch B in samples at these days, by linear discriminants of the true cells. It needs numpy."""
import csv, os, sys
import numpy as np

DIM, COUNTS, DAYS = 30, [250, 300, 380, 480, 590], [2, 4, 5, 7, 10]


def write(folder):
    os.makedirs(folder, exist_ok=True)
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, DIM)), rng.normal(size=(3, DIM)) * 0.5
    scale, offset = np.exp(rng.normal(size=DIM) * 0.7), rng.normal(size=DIM) * 3
    rows, days, branches = [], [], []
    for t, n in enumerate(COUNTS):
        odds = np.exp(0.45 * max(t - 1, 0))
        branch = rng.random(n) < odds / (odds + 1)
        z = np.zeros((n, 3))
        z[:, 0] = t * 1.2
        z[:, 1] = np.where(branch, 1, -1) * max(t - 1.0, 0) * 0.8
        z[:, 2] = np.sin(t) * 0.8
        z = z + rng.normal(size=(n, 3)) * 0.3
        rows.append((z @ a + np.tanh(z) @ b + rng.normal(size=(n, DIM)) * 0.15) * scale + offset)
        days += [DAYS[t]] * n
        branches += list(branch.astype(int))
    rows, order = np.concatenate(rows), rng.permutation(sum(COUNTS))
    for name, more in ("clean.csv", []), ("branches.csv", ["branch"]):
        with open(os.path.join(folder, name), "w") as f:
            w = csv.writer(f)
            w.writerow(["day"] + [f"PC{i + 1}" for i in range(DIM)] + more)
            for i in order:
                w.writerow([days[i]] + ["%.5f" % v for v in rows[i]] + [branches[i]] * len(more))
    with open(os.path.join(folder, "genes.csv"), "w") as f:
        w = csv.writer(f)
        w.writerow(["cell", "day"] + [f"gene{i + 1}" for i in range(DIM)] + ["type"])
        for i in order:
            kind = "progenitor" if days[i] < 5 else "AB"[branches[i]]
            w.writerow([f"c{i + 1}", days[i]] + ["%.5f" % v for v in rows[i]] + [kind])


def table(path):
    with open(path) as f:
        r = csv.reader(f)
        return next(r), np.array([[float(v) for v in row] for row in r])


def shares(folder, samples):
    _, true = table(os.path.join(folder, "branches.csv"))
    head, drawn = table(samples)
    deviation = true[:, 1:31].std(0)
    for day in DAYS[2:]:
        cells = true[true[:, 0] == day]
        x, b = cells[:, 1:31] / deviation, cells[:, 31] == 1
        w = np.linalg.solve(np.cov(x[b].T) + np.cov(x[~b].T), x[b].mean(0) - x[~b].mean(0))
        at = drawn[np.isclose(drawn[:, 0], day)]
        mass = np.exp(at[:, 31]) if "log_weight" in head else np.ones(len(at))
        in_b = at[:, 1:31] / deviation @ w > w @ (x[b].mean(0) + x[~b].mean(0)) / 2
        print(f"day {day}: share of B {np.average(in_b, weights=mass):.3f}, truth {b.mean():.3f}")


if __name__ == "__main__":
    write(sys.argv[1]) if len(sys.argv) == 2 else shares(*sys.argv[1:])
