"""Statistics that `amgen eval stats` writes, read by pytorch-fid and clean-fid: their FID is amgen's.

    python eval/testdata/statistics.py --check bin/amgen

needs requirements.txt. The features are points, so that no network is needed.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np
from cleanfid import fid as cleanfid
from pytorch_fid import fid_score


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", metavar="AMGEN", required=True, help="the program")
    amgen = pathlib.Path(parser.parse_args().check).resolve()
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        found = []
        for name, count in ("a", 400), ("b", 300):
            points = random.normal(size=(count, 24)) @ random.normal(size=(24, 24)) + random.normal(size=24)
            np.save(folder / f"{name}.npy", points)
            out = folder / f"{name}.npz"
            subprocess.run([amgen, "eval", "stats", "--samples", folder / f"{name}.npy", "-o", out], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            found.append(fid_score.compute_statistics_of_path(str(out), None, 50, 24, "cpu"))
        text = subprocess.run([amgen, "eval", "fid", "--samples", folder / "a.npy", "--reference", folder / "b.npz",
                               "--json"], check=True, capture_output=True).stdout
        ours = json.loads(text)["value"]
    (mu1, sigma1), (mu2, sigma2) = found
    for name, distance in ("pytorch-fid", fid_score.calculate_frechet_distance), ("clean-fid",
                                                                                  cleanfid.frechet_distance):
        theirs = distance(mu1, sigma1, mu2, sigma2)
        assert abs(theirs - ours) <= 1e-6 * ours, f"{name} has {theirs}, amgen {ours}"
    print(f"statistics: FID {ours:.9g} by amgen, pytorch-fid and clean-fid")


if __name__ == "__main__":
    main()
