#!/usr/bin/env python3
"""Writes reference.json: a small U-Net action, its derivatives and its Action Matching gradients by PyTorch.

An implementation independent of package unet, on NCHW tensors and PyTorch's own layers and autograd, in float64. No
weights are stored: fill() makes them from the name of the variable, here and in reference_test.go alike.

Run with any PyTorch: python3 reference.py > reference.json
"""
import json, math, zlib
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
SIZE, CHANNELS, BASE, MULT, BLOCKS, ATTENTION, BATCH = 8, 2, 8, (1, 2), 1, (4,), 3
variables = {}


def fill(name, shape):
    """Element j of a variable: a sine of an irrational multiple of j, with a phase from the name, scaled by fan-in."""
    n, phase = math.prod(shape), zlib.crc32(name.encode()) % 1000
    z = torch.sin(torch.arange(n) * 0.7548776662466927 * 6 + phase).reshape(shape)
    if name.endswith("weights"):
        return z * math.sqrt(2 / math.prod(shape[:-1]))
    return 1 + 0.3 * z if name.endswith("scale") else 0.3 * z


def var(name, *shape):
    if name not in variables:
        variables[name] = fill(name, shape).requires_grad_()
    return variables[name]


def conv(name, x, out, stride=1):
    w = var(name + "/weights", 3, 3, x.shape[1], out).permute(3, 2, 0, 1)
    return F.conv2d(x, w, var(name + "/biases", out), stride, 1)


def dense(name, x, out):
    return x @ var(name + "/weights", x.shape[-1], out) + var(name + "/biases", out)


def norm(name, x):
    c = x.shape[1]
    groups = min(32, c // 4)
    while c % groups:
        groups -= 1
    return F.group_norm(x, groups, var(name + "/norm/scale", c), var(name + "/norm/offset", c), 1e-6)


def residual(name, x, e, out):
    h = conv(name + "/conv_0", F.silu(norm(name + "/conv_0", x)), out) + dense(name + "/time", e, out)[:, :, None, None]
    h = conv(name + "/conv_1", F.silu(norm(name + "/conv_1", h)), out)
    if x.shape[1] != out:
        x = dense(name + "/skip", x.permute(0, 2, 3, 1), out).permute(0, 3, 1, 2)
    return x + h


def attention(name, x):
    b, c, h, w = x.shape
    y = norm(name, x).flatten(2).transpose(1, 2)
    q, k, v = (dense(name + "/" + part, y, c) for part in ("query", "key", "value"))
    y = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(c), -1) @ v
    return x + dense(name + "/output", y, c).transpose(1, 2).reshape(b, c, h, w)


def network(t, x):
    half = BASE // 2
    angles = t[:, None] * 1000 * torch.exp(-math.log(1e4) * torch.arange(half) / (half - 1))
    e = torch.cat([angles.sin(), angles.cos()], 1)
    e = F.silu(dense("time/dense_1", F.silu(dense("time/dense_0", e, 4 * BASE)), 4 * BASE))
    h = conv("input", x, BASE)
    across, size = [h], SIZE
    for i, m in enumerate(MULT):
        for j in range(BLOCKS):
            name = f"down_{i}_block_{j}"
            h = residual(name, h, e, BASE * m)
            if size in ATTENTION:
                h = attention(name + "/attention", h)
            across.append(h)
        if i < len(MULT) - 1:
            h = conv(f"down_{i}_sample", h, h.shape[1], 2)
            size //= 2
            across.append(h)
    h = attention("middle_block_0/attention", residual("middle_block_0", h, e, h.shape[1]))
    h = residual("middle_block_1", h, e, h.shape[1])
    for i in reversed(range(len(MULT))):
        for j in range(BLOCKS + 1):
            h = residual(f"up_{i}_block_{j}", torch.cat([h, across.pop()], 1), e, BASE * MULT[i])
        if size in ATTENTION:
            h = attention(f"up_{i}_attention", h)
        if i:
            h = conv(f"up_{i}_sample", F.interpolate(h, scale_factor=2, mode="nearest"), h.shape[1])
            size *= 2
    return conv("output", F.silu(norm("output", h)), CHANNELS)


def image(name):
    return (fill(name, (BATCH, SIZE, SIZE, CHANNELS)) / 0.3).permute(0, 3, 1, 2)


x = image("x").requires_grad_()
target = image("velocity")
t = torch.tensor([0.0, 0.3, 0.9]).requires_grad_()
s = (network(t, x) * x).flatten(1).sum(1)
dt, dx = torch.autograd.grad(s.sum(), [t, x], create_graph=True)
pathwise = (dx * (0.5 * dx - target)).flatten(1).sum(1).mean()
# The same without the fixed velocity and with the time derivative, which the boundary estimator needs.
boundary = ((1 - t.detach()) * (dt + 0.5 * (dx**2).flatten(1).sum(1)) - s).mean()


def gradients(loss):
    """Per variable: the inner product of its gradient with a fixed direction, which any error in it changes."""
    grads = torch.autograd.grad(loss, list(variables.values()), retain_graph=True, allow_unused=True)
    return {name: 0.0 if g is None else (g * fill("probe/" + name, g.shape)).sum().item() for name, g in zip(variables, grads)}


print(json.dumps({
    "shapes": {name: list(v.shape) for name, v in variables.items()},
    "s": s.tolist(), "dt": dt.tolist(), "dx": dx.permute(0, 2, 3, 1).flatten().tolist(),
    "pathwise": pathwise.item(), "boundary": boundary.item(),
    "pathwiseGradients": gradients(pathwise), "boundaryGradients": gradients(boundary),
}, indent=1))
