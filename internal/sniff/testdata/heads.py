"""Writes heads.json: the first 512 bytes, in base64, of files as Python's own modules write them: python3 heads.py

Each is [what the test expects in the name, the bytes]. Needs NumPy, SciPy and Pillow.
"""
import base64, bz2, gzip, io, json, lzma, pickle, sqlite3, tarfile, tempfile, zipfile
import numpy, scipy.io
from PIL import Image


def written(write):
    b = io.BytesIO()
    write(b)
    return b.getvalue()


def tar(b):
    with tarfile.open(fileobj=b, mode="w") as t:
        t.addfile(tarfile.TarInfo("model.pt"), io.BytesIO(b""))


def archive(b):
    with zipfile.ZipFile(b, "w") as z:
        z.writestr("a.txt", "a")


def database():
    with tempfile.NamedTemporaryFile() as f:
        c = sqlite3.connect(f.name)
        c.execute("create table a (b)")
        c.commit()
        return open(f.name, "rb").read()


picture = Image.new("RGB", (8, 8))
heads = [
    ["gzip", gzip.compress(b"a")], ["bzip2", bz2.compress(b"a")], ["xz", lzma.compress(b"a")], ["tar", written(tar)], ["zip", written(archive)],
    ["NumPy", written(lambda b: numpy.save(b, numpy.zeros(3)))], ["MATLAB", written(lambda b: scipy.io.savemat(b, {"a": numpy.zeros(3)}))],
    ["SQLite", database()], ["zeros", bytes(512)], ["empty", b""],
    ["PNG", written(lambda b: picture.save(b, "PNG"))], ["JPEG", written(lambda b: picture.save(b, "JPEG"))],
    ["GIF", written(lambda b: picture.save(b, "GIF"))], ["WebP", written(lambda b: picture.save(b, "WEBP"))],
    ["TIFF", written(lambda b: picture.save(b, "TIFF"))], ["PDF", written(lambda b: picture.save(b, "PDF"))],
    ["JSON", json.dumps({"error": "Repository not found"}).encode()], ["JSON", json.dumps([{"a": 1}], indent=2).encode()],
    ["UTF-16", "time,x\n0,1\n".encode("utf-16")],
] + [["pickle", pickle.dumps({"weight": [0.5] * 100}, protocol=p)] for p in range(2, 6)]
json.dump([[name, base64.b64encode(data[:512]).decode()] for name, data in heads], open("heads.json", "w"), indent=0)
