"""Checks the tasks of this directory: SkyPilot's own parser reads them, and what they run does its work, on processors and in a
temporary directory in place of the bucket. Usage, in the root of the source: check.py bin/amgen (make test-skypilot)."""

import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zlib

import sky

HERE = pathlib.Path(__file__).parent
AMGEN = pathlib.Path(sys.argv[1]).resolve()


def parsed(name):
    """The task of a file, as SkyPilot understands it."""
    task = sky.Task.from_yaml(str(HERE / f"{name}.yaml"))
    for resources in task.resources:
        assert list(resources.accelerators.values()) == [1], f"{name}: not one GPU: {resources}"
        assert resources.use_spot, name
    assert list(task.storage_mounts) == ["/data"], f"{name}: {task.storage_mounts}"
    assert task.storage_mounts["/data"].mode == sky.StorageMode.MOUNT_CACHED, name
    assert task.setup == "bash cloud/skypilot/setup.sh" and (HERE / "setup.sh").exists(), name
    return task


def run(task, root, **envs):
    """Runs what a task runs, with a directory in place of the bucket and the home."""
    unknown = set(envs) - set(task.envs)
    assert not unknown, f"{task.name} has no {unknown}"
    script = task.run.replace(" /tmp/", f" {root}/")
    script = re.sub(r'(["=])/data/', rf"\g<1>{root}/data/", script)
    env = {**os.environ, **task.envs, "BACKEND": "simd", "HOME": str(root), **envs}
    return subprocess.run(["bash", "-c", script], cwd=root, env=env, check=True, capture_output=True, text=True)


def picture(path, shade):
    """Writes a grey PNG of 28×28 pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((shade + 5 * x + y) % 256 for x in range(28)) for y in range(28))
    head = struct.pack(">IIBBBBB", 28, 28, 8, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def main():
    train, sample, evaluate = parsed("train"), parsed("sample"), parsed("eval")
    buckets = {task.storage_mounts["/data"].name for task in (train, sample, evaluate)}
    assert len(buckets) == 1, f"buckets {buckets}"
    pinned = re.search(r"ARG JAX=(\S+)", (HERE.parent / "Dockerfile").read_text()).group(1)
    assert f"=={pinned}" in (HERE / "setup.sh").read_text(), f"setup.sh has another JAX than the image: {pinned}"
    subprocess.run(["bash", "-n", str(HERE / "setup.sh")], check=True)
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        for folder in ("bin", "xla/bin", "photos", "data/samples", "data/features"):
            (root / folder).mkdir(parents=True)
        (root / "bin/amgen").symlink_to(AMGEN)
        (root / "xla/bin/activate").touch()
        for k in range(4):
            picture(root / f"photos/{k}.png", 60 * k)
        flags = "--dataset folder:photos --preset tiny --batch 2 --sample-every 0 --checkpoint-every 1"
        run(train, root, RUN="tiny", FLAGS=f"{flags} --steps 1")
        resumed = run(train, root, RUN="tiny", FLAGS=f"{flags} --steps 2")
        assert "resumed at step 1" in resumed.stderr, resumed.stderr
        few = {"RUN": "tiny", "CHECKPOINT": "2", "N": "4"}
        run(sample, root, FLAGS="--solver euler --steps 1", **few)
        assert (root / "data/samples/tiny-2.npz").exists()
        run(evaluate, root, FLAGS="--solver euler --steps 1 --features pixels", **few)
        assert '"metric":"fid"' in (root / "data/features/tiny-2.json").read_text()
    print(f"SkyPilot {sky.__version__} reads the tasks; training, resuming, samples and FID work")


main()
