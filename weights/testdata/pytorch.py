"""Writes small state dictionaries in both formats of torch.save, for the tests of the reader: python3 pytorch.py"""
import collections
import torch

base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) / 8
state = collections.OrderedDict()
state["conv.weight"] = base.clone()
state["conv.transposed"] = base.clone().permute(2, 0, 1)  # not contiguous
state["conv.part"] = base[1, :, 1:3]  # a view into a larger storage
state["conv.same"] = state["conv.weight"]  # shared
state["bn.num_batches_tracked"] = torch.tensor(7)  # int64, no dimensions
state["half"] = torch.tensor([1.5, -2.0, 65504.0], dtype=torch.float16)
state["double"] = torch.tensor([[1e300]], dtype=torch.float64)
state["mask"] = torch.tensor([True, False])
state["empty"] = torch.zeros(0, 3)
state["parameter"] = torch.nn.Parameter(torch.tensor([0.25]))
state._metadata = collections.OrderedDict({"": {"version": 2}})

torch.save(state, "stream.pth", _use_new_zipfile_serialization=False)
torch.save(state, "archive.pth")


class Stranger:
    def __reduce__(self):
        return print, ("a stranger's code runs",)


torch.save({"weight": torch.zeros(2), "stranger": Stranger()}, "stranger.pth", _use_new_zipfile_serialization=False)

# As training programs save: dictionaries, lists, tuples and numbers around the tensors.
weight = torch.arange(2, dtype=torch.float32)
adam = {"state": {0: {"step": torch.tensor(3.0), "exp_avg": weight / 2}}, "param_groups": [{"lr": 1e-4, "betas": (0.9, 0.999), "params": [0]}]}
torch.save({"model": collections.OrderedDict({"module.weight": weight}), "ema": {"decay": 0.9999, "shadow_params": [weight + 1]}, "optim": adam,
            "epoch": 3, "note": "café", "best": None, "done": False}, "nested.pth")
