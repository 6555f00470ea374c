"""Values of the metrics of package eval by independent implementations: numpy, scipy, torch-fidelity, clean-fid, POT, prdc.

    golden.py golden.json           write the file
    golden.py --check golden.json   compute again and compare with the file

What the inputs are, golden_test.go says in Go with the same formulas. `make golden-check` installs the packages.
"""

import argparse
import contextlib
import json
import sys

import numpy as np
import ot
import prdc
import scipy.linalg
import scipy.spatial.distance
import scipy.stats
import torch
import torch_fidelity
from cleanfid import fid as cleanfid
from torch_fidelity import metric_fid, metric_isc, metric_kid, metric_prc


def uniform(seed, count):
    """count numbers in [0, 1) by SplitMix64 from a seed, as golden_test.go draws them."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / 2.0**53


def cloud(seed, rows, dim, shift, scale):
    """Correlated rows: each number is that of its column plus half the next column's, of sums of three uniform numbers."""
    u = uniform(seed, rows * dim * 3).reshape(rows, dim, 3)
    z = u[:, :, 0] + u[:, :, 1] + u[:, :, 2] - 1.5
    return shift + scale * (z + 0.5 * np.roll(z, -1, axis=1))


def frechet(found):
    for name, rows in ("", (300, 250)), ("_singular", (20, 25)):
        a, b = cloud(1, rows[0], 48, 0.1, 1.0), cloud(2, rows[1], 48, 0.3, 1.2)
        mu1, sigma1, mu2, sigma2 = a.mean(0), np.cov(a, rowvar=False), b.mean(0), np.cov(b, rowvar=False)
        # By definition, the root by eigenvectors and what it leaves by singular values.
        values, vectors = np.linalg.eigh(sigma1)
        root1 = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
        values, vectors = np.linalg.eigh(sigma2)
        root2 = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
        overlap = np.linalg.svd(root1 @ root2, compute_uv=False).sum()
        found["frechet%s/numpy" % name] = ((mu1 - mu2) ** 2).sum() + np.trace(sigma1) + np.trace(sigma2) - 2 * overlap
        if name:
            continue  # the others add 1e-6 to the diagonals, or take roots of the eigenvalues' noise
        found["frechet/clean-fid"] = cleanfid.frechet_distance(mu1, sigma1, mu2, sigma2)
        found["frechet/torch-fidelity"] = metric_fid.fid_statistics_to_metric(
            {"mu": mu1, "sigma": sigma1}, {"mu": mu2, "sigma": sigma2}, False)["frechet_inception_distance"]
        found["moments/numpy mean"] = mu1[5]
        found["moments/numpy covariance"] = sigma1[5, 6]
    weighted_moments(found)


def weighted_moments(found):
    a, b = cloud(16, 120, 6, 0.1, 1.0), cloud(17, 80, 6, 0.3, 1.2)
    p, q = 0.2 + uniform(18, 120), uniform(19, 80) ** 3
    mu1, mu2 = np.average(a, axis=0, weights=p), np.average(b, axis=0, weights=q)
    sigma1, sigma2 = np.cov(a, rowvar=False, aweights=p), np.cov(b, rowvar=False, aweights=q)
    found["moments/numpy weighted mean"] = mu1[2]
    found["moments/numpy weighted covariance"] = sigma1[2, 3]
    root = scipy.linalg.sqrtm(sigma1 @ sigma2).real
    found["frechet_weighted/scipy"] = ((mu1 - mu2) ** 2).sum() + np.trace(sigma1) + np.trace(sigma2) - 2 * np.trace(root)


def kid(found):
    # Subsets of all there is, so that nothing depends on what is drawn.
    a, b = cloud(3, 200, 48, 0.2, 1.0), cloud(4, 200, 48, 0.3, 1.1)
    found["kid/clean-fid"] = cleanfid.kernel_distance(a, b, num_subsets=1, max_subset_size=200)
    found["kid/torch-fidelity"] = metric_kid.kid_features_to_metric(
        torch.from_numpy(a), torch.from_numpy(b), kid_subsets=1, kid_subset_size=200, kid_kernel="poly",
        kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1, rng_seed=1, verbose=False,
    )["kernel_inception_distance_mean"]


def inception_score(found):
    logits = 4 * cloud(5, 210, 12, 0, 1)
    score = metric_isc.isc_features_to_metric(torch.from_numpy(logits), splits=10, shuffle=True, rng_seed=2020)  # its defaults
    found["is/torch-fidelity mean"] = score["inception_score_mean"]
    found["is/torch-fidelity deviation"] = score["inception_score_std"]
    ordered = logits[np.argsort(logits.argmax(1), kind="stable")]  # by class, as folders are read
    score = metric_isc.isc_features_to_metric(torch.from_numpy(ordered), splits=7, shuffle=True, rng_seed=2020)
    found["is_by_class/torch-fidelity mean"] = score["inception_score_mean"]
    found["is_by_class/torch-fidelity deviation"] = score["inception_score_std"]
    other = cloud(6, 300, 12, 0, 1)
    counts = [np.bincount(x.argmax(1), minlength=12).astype(float) for x in (logits, other)]
    p, q = (c / c.sum() for c in counts)
    found["balance/numpy total variation"] = np.abs(p - q).sum() / 2
    p, q = ((c + 0.5) / (c + 0.5).sum() for c in counts)
    found["balance/scipy divergence"] = scipy.stats.entropy(p, q)


def manifolds(found):
    generated, reference = cloud(7, 280, 40, 0.2, 0.8), cloud(8, 300, 40, 0.0, 1.0)
    for k in 3, 5:
        with contextlib.redirect_stdout(None):  # it prints what it is given
            values = prdc.compute_prdc(real_features=reference, fake_features=generated, nearest_k=k)
        for name, value in values.items():
            found["manifolds/prdc %s %d" % (name, k)] = value
    score = metric_prc.prc_features_to_metric(torch.from_numpy(generated), torch.from_numpy(reference),
                                              prc_neighborhood=3, prc_batch_size=1000, verbose=False)
    found["manifolds/torch-fidelity precision"] = score["precision"]
    found["manifolds/torch-fidelity recall"] = score["recall"]


def mmd(found):
    a, b = cloud(9, 150, 5, 0.1, 1.0), cloud(10, 170, 5, 0.0, 1.2)
    distances = scipy.spatial.distance.pdist(np.concatenate([a, b]))
    found["mmd/scipy median"] = np.sort(distances)[len(distances) // 2]

    def kernel(x, y, widths):
        square = scipy.spatial.distance.cdist(x, y, "sqeuclidean")
        return sum(np.exp(-square / (2 * h * h)) for h in widths) / len(widths)

    for name, widths in ("one", [0.9]), ("median", [s * found["mmd/scipy median"] for s in (0.25, 0.5, 1, 2, 4)]):
        aa, bb, ab = kernel(a, a, widths), kernel(b, b, widths), kernel(a, b, widths)
        found["mmd/numpy biased " + name] = aa.mean() + bb.mean() - 2 * ab.mean()
        n, m = len(a), len(b)
        found["mmd/numpy unbiased " + name] = (aa.sum() - n) / (n * (n - 1)) + (bb.sum() - m) / (m * (m - 1)) - 2 * ab.mean()
    # With weights: over pairs of different points, each as heavy as its two points.
    p, q = 0.2 + uniform(20, 150), 0.2 + uniform(21, 170)
    p, q = p / p.sum(), q / q.sum()
    aa, bb, ab = kernel(a, a, [0.9]), kernel(b, b, [0.9]), kernel(a, b, [0.9])
    found["mmd/numpy weighted"] = ((p @ aa @ p - (p * p).sum()) / (1 - (p * p).sum()) +
                                   (q @ bb @ q - (q * q).sum()) / (1 - (q * q).sum()) - 2 * p @ ab @ q)


def wasserstein(found):
    a, b = cloud(11, 90, 4, 0.1, 1.0), cloud(12, 110, 4, 0.4, 1.2)
    p, q = 0.2 + uniform(13, 90), 0.2 + uniform(14, 110)
    p, q = p / p.sum(), q / q.sum()
    directions = cloud(15, 25, 4, 0, 1)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    for order in 1, 2:
        costs = scipy.spatial.distance.cdist(a, b) ** order
        found["w%d/POT" % order] = ot.emd2(ot.unif(90), ot.unif(110), costs) ** (1 / order)
        found["w%d/POT weighted" % order] = ot.emd2(p, q, costs) ** (1 / order)
        found["w%d/POT on a line" % order] = float(ot.wasserstein_1d(a[:, 0], b[:, 0], p, q, p=order)) ** (1 / order)
        found["sliced%d/POT" % order] = float(ot.sliced_wasserstein_distance(a, b, p, q, p=order, projections=directions.T))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("file")
    args = parser.parse_args()
    found = {}
    for part in frechet, kid, inception_score, manifolds, mmd, wasserstein:
        part(found)
    found = {name: float(value) for name, value in found.items()}
    if not args.check:
        with open(args.file, "w") as f:
            json.dump(found, f, indent="\t", sort_keys=True)
            f.write("\n")
        return
    with open(args.file) as f:
        kept = json.load(f)
    bad = sorted(set(kept) ^ set(found))
    for name in sorted(set(kept) & set(found)):
        if not abs(kept[name] - found[name]) <= 1e-6 * abs(found[name]) + 1e-12:
            bad.append("%s: %r in the file, %r now" % (name, kept[name], found[name]))
    for line in bad:
        print("golden:", line)
    print("golden: %d values of %s agree, by numpy %s, scipy %s, torch-fidelity %s, POT %s" % (
        len(set(kept) & set(found)) - len(bad), args.file, np.__version__, scipy.__version__, torch_fidelity.__version__, ot.__version__))
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
