"""Writes kinds.tar.gz, files of what training programs save beside tensors, or in their place, for the tests of the reader: python3 kinds.py

Those whose names begin with "beside-" hold the tensor weight = (0, 0.5, 1) and something else; those with "no-" hold nothing
that is read.
"""
import argparse, collections, dataclasses, enum, os, pickle, shutil, tarfile
import numpy as np, torch

os.makedirs("kinds", exist_ok=True)
weight = torch.arange(3, dtype=torch.float32) / 2


def save(name, value, **options):
    torch.save(value, f"kinds/{name}.pt", **options)


@dataclasses.dataclass
class Config:
    lr: float = 1e-4
    widths: tuple = (1, 2)


class Names(collections.OrderedDict):
    pass


class Mode(enum.Enum):
    TRAIN = 1


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def forward(self, x):
        return self.layer(x)


for protocol in (2, 3, 4, 5):
    for form, archive in (("archive", True), ("stream", False)):
        save(f"protocol{protocol}-{form}", {"weight": weight, "step": 7, "note": "é"}, pickle_protocol=protocol, _use_new_zipfile_serialization=archive)
attributes = torch.nn.Parameter(weight.clone())
attributes.of_layer = 3
beside = {
    "namespace": argparse.Namespace(lr=1e-4, layers=[1, 2]),
    "device": torch.device("cuda:0"),
    "dtype": torch.bfloat16,
    "size": weight.shape,
    "numpy-scalar": np.float64(0.5),
    "numpy-array": np.arange(3),
    "dataclass": Config(),
    "subclass": Names(a=weight),
    "enum": Mode.TRAIN,
    "set": {1, 2},
    "counter": collections.Counter({30: 1, 60: 1}),
    "tuple-key": {(1, 2): 3, 0.5: [4]},
    "module": Net(),
    "complex": weight.to(torch.complex64),
    "quantised": torch.quantize_per_tensor(weight, 0.1, 0, torch.qint8),
    "sparse": weight.to_sparse(),
    "generator": torch.get_rng_state()[:4],
    "losses": [0.5] * 20000,
    "attributes": attributes,
    "default": collections.defaultdict(dict, {0: {"exp_avg": weight + 1}}),
    "deep": [[[[[[[[[[[["deep"]]]]]]]]]]]],
}
for name, value in beside.items():
    save("beside-" + name, {"weight": weight, "other": value})
save("beside-stream", {"weight": weight, "other": beside["namespace"], "complex": beside["complex"]}, _use_new_zipfile_serialization=False)
save("no-module", Net())
save("no-module-stream", Net(), _use_new_zipfile_serialization=False)
save("no-tensor-dict", {"model": Net(), "epoch": 3})
save("no-subclass", Names(weight=weight))
save("no-lone-tensor", weight)
torch.jit.save(torch.jit.script(Net()), "kinds/no-script.pt")
with open("kinds/no-pickle.pt", "wb") as f:
    pickle.dump({"weight": [0.0, 0.5]}, f)
with open("kinds/no-old-pickle.pt", "wb") as f:
    f.write(b"\x80\x02")  # so that it is taken for one of torch.save
    pickle.dump({"weight": 0.5}, f, protocol=0)
save("no-old-stream", {"weight": weight}, pickle_protocol=1, _use_new_zipfile_serialization=False)
np.savez("kinds/no-npz.pt", weight=weight.numpy())
os.rename("kinds/no-npz.pt.npz", "kinds/no-npz.pt")
with tarfile.open("kinds.tar.gz", "w:gz") as t:
    for name in sorted(os.listdir("kinds")):
        t.add("kinds/" + name, name)
shutil.rmtree("kinds")
