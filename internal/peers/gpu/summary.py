#!/usr/bin/env python3
"""Print a table of what run.sh measured: summary.py FOLDER."""
import json, pathlib, re, sys

folder = pathlib.Path(sys.argv[1])


def figures(path):
    """Milliseconds a step, batch and peak memory of a program's output; None where it has none."""
    for line in path.read_text(errors="replace").splitlines():
        if line.startswith("{") and '"step_ms"' in line:
            r = json.loads(line)
            return r["step_ms"], r["batch"], r.get("peak_device_mb", 0)
        found = dict(re.findall(r"(\w+)=([0-9.]+)", line))
        if "step_ms" in found:
            return float(found["step_ms"]), int(found["batch"]), float(found.get("peak_device_mb", 0))
    return None


print(f"{'':14} {'step ms':>9} {'images/s':>9} {'peak MB':>9} {'amgen is':>9}")
for precision in "f32", "bf16":
    rows = {}
    for program in "amgen", "torch", "jax":
        path = folder / f"{program}-{precision}.txt"
        rows[program] = figures(path) if path.exists() else None
    for program, row in rows.items():
        if row is None:
            print(f"{program + ' ' + precision:14} {'none':>9}")
            continue
        ms, batch, peak = row
        times = f"{ms / rows['amgen'][0]:8.2f}×" if program != "amgen" and rows["amgen"] else ""
        print(f"{program + ' ' + precision:14} {ms:9.1f} {1e3 * batch / ms:9.1f} {peak or float('nan'):9.0f} {times:>9}")
