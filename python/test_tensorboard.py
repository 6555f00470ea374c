"""TensorBoard reads what amgen writes for it: each step once after a resume, the log's numbers, the grids.

    python python/test_tensorboard.py bin/amgen     # needs tensorboard; `make test-python`
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from tensorboard.backend.event_processing import event_accumulator

AMGEN = pathlib.Path(sys.argv[1]).resolve()
TRAIN = ["train", "--dataset", "moons", "--sample-every", "20", "--tensorboard"]


def amgen(*args):
    done = subprocess.run([AMGEN, *map(str, args)], capture_output=True, text=True)
    assert done.returncode == 0, f"amgen {args}: {done.stderr}"


def check(folder, lines, pictures):
    size = {event_accumulator.SCALARS: 0, event_accumulator.IMAGES: 0, event_accumulator.TENSORS: 0}
    board = event_accumulator.EventAccumulator(str(folder), size_guidance=size).Reload()
    for tag in "loss", "grad_norm", "lr", "points_per_s":
        read = {e.step: e.value for e in board.Scalars(tag)}
        assert len(read) == len(board.Scalars(tag)) == len(lines), f"{tag}: steps {[e.step for e in board.Scalars(tag)]}"
        for line in lines:
            assert abs(read[line["step"]] - line[tag]) <= 1e-6 * abs(line[tag]), f"{tag} of {line}: {read[line['step']]}"
    times = [e.wall_time for e in board.Scalars("loss")]
    assert times == sorted(times)
    seconds = lines[-1]["seconds"] - lines[0]["seconds"]
    assert abs(times[-1] - times[0] - seconds) < 1e-3, f"{times[-1] - times[0]} s, want {seconds}"
    assert [e.step for e in board.Images("samples")] == pictures
    assert all(e.width > 100 and e.height > 100 for e in board.Images("samples"))
    text = board.Tensors("configuration")[0].tensor_proto.string_val[0].decode()
    assert "dataset = 'moons'" in text
    print(f"{folder}: {len(lines)} steps, {len(pictures)} pictures")


with tempfile.TemporaryDirectory() as folder:
    run = pathlib.Path(folder) / "run"
    amgen(*TRAIN, "--steps", 40, "--out", run)
    amgen("train", "--resume", "--steps", 60, "--tensorboard", "--out", run)
    lines = [json.loads(line) for line in (run / "stats.jsonl").open()]
    assert lines[-1]["step"] == 60
    check(run / "tensorboard", lines, [20, 40, 60])
    other = pathlib.Path(folder) / "boards"
    amgen("runs", "tensorboard", run, "-o", other)
    check(other / "run", lines, [20, 40, 60])
