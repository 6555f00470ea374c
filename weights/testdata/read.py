"""Reads a safetensors file by its published layout, with nothing but Python, and prints each tensor as JSON."""
import json, struct, sys

with open(sys.argv[1], "rb") as f:
    size = struct.unpack("<Q", f.read(8))[0]
    header, data = json.loads(f.read(size)), f.read()
out = {"metadata": header.pop("__metadata__", {}), "tensors": {}}
for name, t in header.items():
    begin, end = t["data_offsets"]
    raw = data[begin:end]
    if t["dtype"] == "BF16":  # the upper half of a float
        raw = b"".join(b"\0\0" + raw[i:i + 2] for i in range(0, len(raw), 2))
    out["tensors"][name] = {"shape": t["shape"], "values": list(struct.unpack("<%df" % (len(raw) // 4), raw))}
json.dump(out, sys.stdout)
