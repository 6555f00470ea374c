"""Writes dicts.tar.bz2 for the test of `amgen weights import`: files as training programs save a network and its average.

The network is twin.py's, smaller. All values of its k-th parameter, in the order of model.parameters(), are k/64, those of the
average are 1 + k/64, and those of what is neither are 2. Files whose names begin with "plain-" hold the parameters alone,
"average-" the average alone, "both-" both, and "refused-" nothing that is certain.

Run with any PyTorch: python3 dicts.py
"""
import argparse, collections, copy, importlib.util, io, json, os, tarfile
import torch
from torch.optim.swa_utils import AveragedModel

spec = importlib.util.spec_from_file_location("twin", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../peers/torch_am_unet.py"))
twin = importlib.util.module_from_spec(spec)
spec.loader.exec_module(twin)


def network(plus):
    net = twin.UNet(8, 1, 4, (1,), 1, ())
    with torch.no_grad():
        for k, p in enumerate(net.parameters()):
            p.fill_(plus + k / 64)
    return net


def listed(net):
    return [p.detach().clone() for p in net.parameters()]


def under(prefix, net):
    return {prefix + name: value for name, value in net.state_dict().items()}


net, mean, other = network(0), network(1), network(2)
small = torch.nn.Linear(2, 3)  # in whose optimiser's state is what is in the network's
optimizer = torch.optim.Adam(small.parameters(), lr=1e-4)
small(torch.ones(1, 2)).sum().backward()
optimizer.step()
moments = optimizer.state_dict()
swa = AveragedModel(copy.deepcopy(net))
swa.module.load_state_dict(mean.state_dict())
swa.n_averaged += 5
torch_ema = {"decay": 0.999, "num_updates": 7, "shadow_params": listed(mean), "collected_params": None}
by_name = {f"exp_avg.{name}": value for name, value in other.state_dict().items()}
lit = {"model_ema.decay": torch.tensor(0.999), "model_ema.num_updates": torch.tensor(7, dtype=torch.int)}
lit.update({"model_ema.diffusion_model" + name.replace(".", ""): p.detach() for name, p in mean.named_parameters()})
hooks = {"ModelCheckpoint": {"best_k_models": {}, "best_model_score": torch.tensor(0.5)}}

files = {
    "plain-dict": net.state_dict(),
    "plain-module": under("module.", net),
    "plain-compiled": under("_orig_mod.", net),
    "plain-compiled-distributed": under("module._orig_mod.", net),
    "plain-fsdp": {name.replace("down.0.", "down.0._fsdp_wrapped_module."): v for name, v in under("_fsdp_wrapped_module.", net).items()},
    "plain-lightning": {"epoch": 3, "global_step": 7, "pytorch-lightning_version": "2.0.0", "state_dict": under("model.", net), "callbacks": hooks,
                        "optimizer_states": [moments], "lr_schedulers": [], "hyper_parameters": argparse.Namespace(lr=1e-4)},
    "plain-lightning-net": {"state_dict": under("net.", net)},
    "plain-deepspeed": {"module": net.state_dict(), "optimizer": None, "ds_version": "0.9"},
    "plain-collected": {"model": net.state_dict(), "collected_params": listed(other)},
    "plain-adam-by-name": {"model": net.state_dict(), "optimizer": by_name},
    "plain-twice": {"model": net.state_dict(), "state_dict": net.state_dict()},
    "plain-best": {"model": net.state_dict(), "best_model": other.state_dict()},
    "both-ema": {"model": net.state_dict(), "ema": mean.state_dict()},
    "both-model_ema": {"model": net.state_dict(), "model_ema": mean.state_dict(), "opt": moments, "epoch": 3},
    "both-ema_model": {"model": net.state_dict(), "ema_model": under("module.", mean)},
    "both-ema_state_dict": {"model_state_dict": net.state_dict(), "ema_state_dict": mean.state_dict(), "optimizer_state_dict": moments},
    "both-timm": {"epoch": 3, "arch": "unet", "state_dict": net.state_dict(), "state_dict_ema": mean.state_dict(), "args": argparse.Namespace(lr=1)},
    "both-torch_ema": {"model": net.state_dict(), "ema": torch_ema},
    "both-shadow_params": {"net": net.state_dict(), "shadow_params": listed(mean)},
    "both-score_sde": {"optimizer": moments, "model": under("module.", net), "ema": torch_ema, "step": 7},
    "both-list": {"model": net.state_dict(), "ema": listed(mean)},
    "both-shadow-dict": {"model": net.state_dict(), "ema": {"shadow": dict(mean.named_parameters()), "backup": dict(other.named_parameters())}},
    "both-swa": {"model": net.state_dict(), "averaged_model": swa.state_dict()},
    "both-swa-other-name": {"model": net.state_dict(), "second": swa.state_dict()},
    "both-ema_pytorch": {"step": 7, "model": net.state_dict(), "opt": moments, "ema": {"initted": torch.tensor([True]), "step": torch.tensor([7]),
                         **under("online_model.", net), **under("ema_model.", mean)}},
    "both-lightning": {"state_dict": {**under("net.", net), **under("net_ema.", mean)}, "callbacks": hooks, "optimizer_states": [moments]},
    "both-lightning-callback": {"state_dict": under("model.", net), "callbacks": {"EMA": {"ema_weights": mean.state_dict()}}},
    "both-lightning-averaging": {"state_dict": under("model.", mean), "current_model_state": under("model.", net),
                                 "averaging_state": {"n_averaged": torch.tensor(5)}},
    "both-latent-diffusion": {"state_dict": {**under("model.diffusion_model.", net), **lit}},
    "average-ema": {"ema": mean.state_dict()},
    "average-swa": swa.state_dict(),
    "refused-two-averages": {"model": net.state_dict(), "ema": mean.state_dict(), "ema_slow": other.state_dict()},
    "refused-two-networks": {"generator": net.state_dict(), "network": other.state_dict()},
    "refused-turned-list": {"model": net.state_dict(), "ema": {"shadow_params": listed(mean)[::-1]}},
    "refused-list-alone": {"shadow_params": listed(mean)},
    "refused-half-average": {"model": net.state_dict(), "ema": dict(list(mean.state_dict().items())[:9])},
    "refused-moments": {"optimizer": by_name},
    "refused-prefix": {"state_dict": {"encoder." + name: v for name, v in torch.nn.Linear(2, 3).state_dict().items()}},
    "refused-module": {"model": torch.nn.Linear(2, 3), "scale": torch.ones(3)},
    "refused-wider": {"model": {**net.state_dict(), "classes.weight": torch.ones(3)}},
}
# A list has no names, so that the order of the file counts; the others are told by the names that torch gave, which bzip2
# makes smaller.
pickled = ["both-torch_ema", "both-shadow_params", "both-timm", "both-score_sde", "both-list", "refused-turned-list", "refused-list-alone", "refused-module"]


def flat(name, value, into):
    if isinstance(value, torch.Tensor):
        into[name] = float(value.flatten()[0])
    elif isinstance(value, dict):
        for key, inner in value.items():
            flat(f"{name}.{key}" if name else str(key), inner, into)
    elif isinstance(value, (list, tuple)):
        for key, inner in enumerate(value):
            flat(f"{name}.{key}", inner, into)
    return into


def add(t, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    t.addfile(info, io.BytesIO(data))


with tarfile.open("dicts.tar.bz2", "w:bz2") as t:
    for name in pickled:
        b = io.BytesIO()
        torch.save(files[name], b, _use_new_zipfile_serialization=name == "both-list")
        add(t, name + ".pt", b.getvalue())
    add(t, "names.json", json.dumps({name: flat("", value, {}) for name, value in files.items() if name not in pickled}).encode())
