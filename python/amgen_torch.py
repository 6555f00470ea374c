"""Networks that amgen trained, in PyTorch.

    import amgen_torch, torch
    model = amgen_torch.load("first.safetensors")       # of `amgen weights export --run runs/first -o first.safetensors`
    noise = torch.randn(64, *model.shape)               # t = 0 is noise, t = 1 is data
    images = amgen_torch.sample(model, noise)           # [64, channels, height, width] in [-1, 1]

A model is a torch.nn.Module. model.action(t, x, label) is the scalar action s(t, x), model.velocity its gradient by x,
which samples follow: dx/dt = ∇ₓs(t, x). Images are [batch, channels, height, width] here, points [batch, columns] in
the coordinates that the network learned. amgen_torch.save writes a model back to a file that `amgen weights import`
and `amgen train --from` read.

Needs Python 3.11, torch and safetensors.
"""

import json
import math
import tomllib

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file

SAMPLED = ("am", "eam", "uam", "euam", "fm")  # objectives whose motion without noise is known here


def groups(channels):
    """The number of groups in which so many channels are normalised."""
    number = max(1, min(32, channels // 4))
    while channels % number:
        number -= 1
    return number


def norm(channels):
    return nn.GroupNorm(groups(channels), channels, eps=1e-6)


class Residual(nn.Module):
    def __init__(self, inputs, outputs, time, dropout):
        super().__init__()
        self.n1, self.c1 = norm(inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.t = nn.Linear(time, outputs)
        self.n2, self.c2 = norm(outputs), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.dropout = dropout
        self.skip = nn.Linear(inputs, outputs) if inputs != outputs else None

    def forward(self, x, e):
        h = self.c1(F.silu(self.n1(x))) + self.t(e)[:, :, None, None]
        h = self.c2(F.dropout(F.silu(self.n2(h)), self.dropout, self.training))
        if self.skip is not None:
            x = self.skip(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return x + h


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.n, self.qkv, self.o = norm(channels), nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)

    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = self.qkv(self.n(x).flatten(2).transpose(1, 2)).chunk(3, -1)
        a = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(c), -1)
        return x + self.o(a @ v).transpose(1, 2).reshape(b, c, h, w)


class UNet(nn.Module):
    """h(t, x, label) of package unet: t [batch], x [batch, channels, size, size], label [batch] or None.

    augment [batch, 8] says how images of a run with --augment were changed (package imaging/augment), None that they
    are as they are.
    """

    def __init__(self, net):
        super().__init__()
        if net.get("Convention"):
            raise ValueError("this network has the convention of action-matching-pytorch; use their own code")
        self.net, base, mult = net, net["Base"], net["Multipliers"]
        self.patch, self.classes = max(1, net.get("Patch", 0)), net.get("Classes", 0)
        attention, blocks, dropout = net["Attention"] or [], net["Blocks"], net.get("Dropout", 0)
        time, pixels = 4 * base, self.patch**2
        self.t1, self.t2 = nn.Linear(base, time), nn.Linear(time, time)
        if self.classes:
            self.cls = nn.Embedding(self.classes + 1, time)  # the last is the label of no class
        if net.get("Augment"):
            self.aug = nn.Linear(net["Augment"], time, bias=False)
        self.inp = nn.Conv2d((net["Channels"] + net.get("ConditionChannels", 0)) * pixels, base, 3, padding=1)
        self.down, self.up, across = nn.ModuleList(), nn.ModuleList(), [base]
        channels, size = base, net["Size"] // self.patch
        for level, factor in enumerate(mult):
            for _ in range(blocks):
                attends = Attention(base * factor) if size in attention else nn.Identity()
                self.down.append(nn.ModuleList([Residual(channels, base * factor, time, dropout), attends]))
                channels = base * factor
                across.append(channels)
            if level < len(mult) - 1:
                self.down.append(nn.Conv2d(channels, channels, 3, stride=2, padding=1))
                across.append(channels)
                size //= 2
        self.mid = nn.ModuleList([Residual(channels, channels, time, dropout), Attention(channels),
                                  Residual(channels, channels, time, dropout)])
        for level, factor in reversed(list(enumerate(mult))):
            for _ in range(blocks + 1):
                self.up.append(Residual(channels + across.pop(), base * factor, time, dropout))
                channels = base * factor
            if size in attention:
                self.up.append(Attention(channels))
            if level:
                self.up.append(nn.Conv2d(channels, channels, 3, padding=1))
                size *= 2
        self.out_n, self.out = norm(channels), nn.Conv2d(channels, net["Channels"] * pixels, 3, padding=1)

    def embed(self, t, label, augment):
        half, scale = self.net["Base"] // 2, self.net.get("TimeScale") or 1000
        ratio = math.log(scale / 0.1) / (half - 1)
        frequencies = torch.tensor([scale * math.exp(-ratio * i) for i in range(half)], dtype=t.dtype, device=t.device)
        angles = t[:, None] * frequencies
        e = self.t2(F.silu(self.t1(torch.cat([angles.sin(), angles.cos()], 1))))
        if self.classes:
            if label is None:
                label = torch.full_like(t, self.classes, dtype=torch.long)
            e = e + self.cls(label)
        if augment is not None:
            e = e + self.aug(augment)
        return F.silu(e)

    def forward(self, t, x, label=None, augment=None):
        e = self.embed(t, label, augment)
        h = self.inp(self.patches(x))
        across = [h]
        for layer in self.down:
            h = layer(h) if isinstance(layer, nn.Conv2d) else layer[1](layer[0](h, e))
            across.append(h)
        h = self.mid[2](self.mid[1](self.mid[0](h, e)), e)
        for layer in self.up:
            if isinstance(layer, Residual):
                h = layer(torch.cat([h, across.pop()], 1), e)
            elif isinstance(layer, Attention):
                h = layer(h)
            else:
                h = layer(F.interpolate(h, scale_factor=2, mode="nearest"))
        return self.pixels(self.out(F.silu(self.out_n(h))))

    def patches(self, x):
        """Makes channels of the pixels of each patch: the pixel counts before the colour."""
        b, c, h, w, p = *x.shape, self.patch
        return x.reshape(b, c, h // p, p, w // p, p).permute(0, 3, 5, 1, 2, 4).reshape(b, p * p * c, h // p, w // p)

    def pixels(self, x):
        b, c, h, w, p = *x.shape, self.patch
        return x.reshape(b, p, p, c // (p * p), h, w).permute(0, 3, 4, 1, 5, 2).reshape(b, c // (p * p), h * p, w * p)


class MLP(nn.Module):
    """h(t, x) of points [batch, dim]."""

    def __init__(self, dim, hidden):
        super().__init__()
        self.x, self.t = nn.Linear(dim, hidden[0]), nn.Linear(1, hidden[0], bias=False)
        self.h = nn.ModuleList([nn.Linear(a, b) for a, b in zip(hidden, hidden[1:])])
        self.out = nn.Linear(hidden[-1], dim)

    def forward(self, t, x, label=None):
        h = F.silu(self.x(x) + self.t(t[:, None]))
        for layer in self.h:
            h = F.silu(layer(h))
        return self.out(h)


class Model(nn.Module):
    """A network with what makes an action or a vector field of it.

    config has the settings of the run (config.toml), classes the names of its classes, shape that of one sample.
    """

    def __init__(self, network, config, form, shape, metadata):
        super().__init__()
        self.network, self.config, self.form, self.shape, self.metadata = network, config, form, shape, metadata
        self.classes = json.loads(metadata["classes"])["names"] if metadata.get("classes") else []

    def action(self, t, x, label=None):
        """s(t, x), [batch], for t [batch] and x [batch, *shape]."""
        if self.config["objective"] == "fm":
            raise ValueError("flow matching learns a vector field and no action; use velocity")
        h = self.network(t, x, label)
        if isinstance(self.network, UNet):
            x = x[:, :h.shape[1]]  # without the channels of a condition
        h, x = h.flatten(1), x.flatten(1)
        if self.form == "inner-product":
            return (h * x).sum(1)
        if self.form == "quadratic":
            return -0.5 * (h - x).square().sum(1)
        if self.form == "distance":
            return 0.5 * (x - h).square().sum(1)
        return h.sum(1)  # the sum of a perceptron's outputs

    def velocity(self, t, x, label=None, guidance=0.0):
        """dx/dt at (t, x): v(label) + guidance (v(label) − v(no class)), without gradients of its own."""
        if guidance:
            told, untold = self.velocity(t, x, label), self.velocity(t, x)
            return told + guidance * (told - untold)
        if self.config["objective"] not in SAMPLED:
            raise ValueError(f"the motion of objective {self.config['objective']} isn't known here; sample with amgen")
        if self.config["objective"] == "fm":
            with torch.no_grad():
                return self.network(t, x, label)
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            return torch.autograd.grad(self.action(t, x, label).sum(), x)[0]


def names(network):
    """For each parameter of the module its name in amgen's files, in the order of its layers, with the number of its
    part and of all parts, and the order of the axes there."""
    if isinstance(network, MLP):
        layers = [("x", "x"), ("t", "t")] + [(f"h.{i}", f"h{i + 1}") for i in range(len(network.h))] + [("out", "out")]
        for ours, theirs in layers:
            yield f"{ours}.weight", f"/mlp/{theirs}/dense/weights", (0, 1), (1, 0)
            if ours != "t":
                yield f"{ours}.bias", f"/mlp/{theirs}/dense/biases", (0, 1), (0,)
        return

    def dense(ours, theirs, part=(0, 1)):
        yield f"{ours}.weight", f"{theirs}/weights", part, (1, 0)
        yield f"{ours}.bias", f"{theirs}/biases", part, (0,)

    def conv(ours, theirs):
        yield f"{ours}.weight", f"{theirs}/weights", (0, 1), (2, 3, 1, 0)
        yield f"{ours}.bias", f"{theirs}/biases", (0, 1), (0,)

    def norms(ours, theirs):
        yield f"{ours}.weight", f"{theirs}/norm/scale", (0, 1), (0,)
        yield f"{ours}.bias", f"{theirs}/norm/offset", (0, 1), (0,)

    def residual(ours, theirs, block):
        yield from norms(f"{ours}.n1", f"{theirs}/conv_0")
        yield from conv(f"{ours}.c1", f"{theirs}/conv_0")
        yield from dense(f"{ours}.t", f"{theirs}/time")
        yield from norms(f"{ours}.n2", f"{theirs}/conv_1")
        yield from conv(f"{ours}.c2", f"{theirs}/conv_1")
        if block.skip is not None:
            yield from dense(f"{ours}.skip", f"{theirs}/skip")

    def attention(ours, theirs):
        yield from norms(f"{ours}.n", theirs)
        for part, of in enumerate(("query", "key", "value")):
            yield from dense(f"{ours}.qkv", f"{theirs}/{of}", (part, 3))
        yield from dense(f"{ours}.o", f"{theirs}/output")

    root, levels, blocks = "/unet", len(network.net["Multipliers"]), network.net["Blocks"]
    yield from dense("t1", f"{root}/time/dense_0")
    yield from dense("t2", f"{root}/time/dense_1")
    if network.classes:
        yield "cls.weight", f"{root}/class/embedding", (0, 1), (0, 1)
    if network.net.get("Augment"):
        yield "aug.weight", f"{root}/augment/embedding", (0, 1), (1, 0)
    yield from conv("inp", f"{root}/input")
    level = block = 0
    for i, layer in enumerate(network.down):
        if isinstance(layer, nn.Conv2d):
            yield from conv(f"down.{i}", f"{root}/down_{level}_sample")
            level, block = level + 1, 0
            continue
        name = f"{root}/down_{level}_block_{block}"
        yield from residual(f"down.{i}.0", name, layer[0])
        if isinstance(layer[1], Attention):
            yield from attention(f"down.{i}.1", f"{name}/attention")
        block += 1
    yield from residual("mid.0", f"{root}/middle_block_0", network.mid[0])
    yield from attention("mid.1", f"{root}/middle_block_0/attention")
    yield from residual("mid.2", f"{root}/middle_block_1", network.mid[2])
    level, block = levels - 1, 0
    for i, layer in enumerate(network.up):
        if isinstance(layer, Residual):
            yield from residual(f"up.{i}", f"{root}/up_{level}_block_{block}", layer)
            block += 1
        elif isinstance(layer, Attention):
            yield from attention(f"up.{i}", f"{root}/up_{level}_attention")
        else:
            yield from conv(f"up.{i}", f"{root}/up_{level}_sample")
        if isinstance(layer, nn.Conv2d) or (block > blocks and level == 0):
            level, block = level - 1, 0
    yield from norms("out_n", f"{root}/output")
    yield from conv("out", f"{root}/output")


def load(path):
    """The model of a file that `amgen weights export` or `amgen models` wrote, in float32 and set to eval()."""
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        if "architecture" not in metadata or "config" not in metadata:
            raise ValueError(f"{path} has no configuration of amgen; export the run with `amgen weights export`")
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}
    config, net = tomllib.loads(metadata["config"]), json.loads(metadata["architecture"])
    if "/mlp/x/dense/weights" in tensors:
        dim, first = tensors["/mlp/x/dense/weights"].shape
        hidden = [first]
        while f"/mlp/h{len(hidden)}/dense/weights" in tensors:
            hidden.append(tensors[f"/mlp/h{len(hidden)}/dense/weights"].shape[1])
        network, shape, form = MLP(dim, hidden), (dim,), config.get("action", "distance")
    else:
        network = UNet(net)
        shape = (net["Channels"] + net.get("ConditionChannels", 0), net["Size"], net["Size"])
        form = ("inner-product", "quadratic")[net.get("Form", 0)]
    state = network.state_dict()
    with torch.no_grad():
        for ours, theirs, (part, parts), axes in names(network):
            if theirs not in tensors:
                raise ValueError(f"{path} has no tensor {theirs}")
            state[ours].chunk(parts)[part].copy_(tensors.pop(theirs).permute(invert(axes)))
    if tensors:
        raise ValueError(f"{path} has tensors that no layer has: {', '.join(sorted(tensors))}")
    network.load_state_dict(state)
    return Model(network, config, form, shape, metadata).eval()


def invert(axes):
    return [axes.index(i) for i in range(len(axes))]


def save(model, path):
    """Writes the parameters of a model, trained further perhaps, to a file that `amgen weights import` and `amgen train
    --from` read, and `amgen sample --model`. Its number of steps is that of the file that the model was loaded from."""
    state, tensors = model.network.state_dict(), {}
    for ours, theirs, (part, parts), axes in names(model.network):
        tensors[theirs] = state[ours].float().chunk(parts)[part].permute(axes).contiguous()
    metadata = {key: model.metadata[key] for key in model.metadata if key in (
        "config", "architecture", "preset", "classes", "step") or key.startswith("points_")}
    save_file(tensors, path, metadata)


def sample(model, start, steps=20, solver="ab2", label=None, guidance=0.0):
    """Solves dx/dt = velocity from t = 0, where x is start, to t = 1 in equal steps, as `amgen sample` does.

    start is noise, or the cells of the first snapshot. label is the class of each, [batch] or one number. solver is
    euler, heun or ab2, the default of images, which takes as many evaluations as steps.
    """
    if label is not None:
        label = torch.as_tensor(label, device=start.device).expand(len(start))
    times = torch.linspace(0, 1, steps + 1, dtype=torch.float64)

    def velocity(i, x):
        t = torch.full((len(x),), float(times[i]), dtype=x.dtype, device=x.device)
        return model.velocity(t, x, label, guidance)

    h, x, last = 1 / steps, start, None
    if solver not in ("euler", "heun", "ab2"):
        raise ValueError(f"unknown solver {solver}; there are euler, heun and ab2")
    ahead = None
    for i in range(steps):
        v = velocity(i, x) if ahead is None else ahead
        ahead = None
        if solver == "euler":
            x = x + h * v
        elif solver == "heun":
            x = x + h / 2 * (v + velocity(i + 1, x + h * v))
        elif last is None:  # the first step is Heun's, whose second evaluation is the next step's
            ahead = velocity(i + 1, x + h * v)
            x = x + h / 2 * (v + ahead)
        else:
            x = x + h * (1.5 * v - 0.5 * last)
        last = v
    return x
