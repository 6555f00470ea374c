#!/usr/bin/env python3
"""One Action Matching training step of the DDPM-style U-Net action model in JAX, on the CPU or a GPU.

The same work as torch_am_unet.py and `amgen bench train`: s = <unet(t, x), x>, linear path, weight (1 - t), the boundary
or the pathwise estimator, dropout in the step, global-norm clip, Adam, EMA. One jitted function a step with its state
donated; images are [batch, height, width, channels]. Prints one line a configuration:
  jax <name> <estimator> params=<n> batch=<n> step_ms=<median> velocity_ms=<median> peak_rss_mb=<n> loss=<last>

In bf16 products are in bfloat16; parameters, norms, softmax and the scalar stay float32.
Usage: jax_am_unet.py [toy|tiny|mnist|cifar10 ...] [--estimator boundary|pathwise] [--steps N] [--threads N]
       [--device cpu|cuda] [--batch N] [--precision f32|bf16]
"""
import argparse, functools, math, os, resource, statistics, time

ap = argparse.ArgumentParser()
ap.add_argument("names", nargs="*"); ap.add_argument("--steps", type=int, default=3)
ap.add_argument("--threads", type=int, default=2); ap.add_argument("--estimator", default="boundary")
ap.add_argument("--device", default="cpu"); ap.add_argument("--batch", type=int); ap.add_argument("--precision", default="f32")
args = ap.parse_args()
if hasattr(os, "sched_setaffinity"):  # XLA sizes its pool by the CPUs that the process may use when it is loaded
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:args.threads])
os.environ["JAX_PLATFORMS"] = args.device
import jax, jax.numpy as jnp
from jax import lax, nn, random

CONFIGS = {  # name: image, channels, nf, mult, blocks, attention resolutions, batch
    "tiny":  (28, 1, 16, (1, 2, 2), 1, (7,), 32),
    "mnist": (32, 1, 32, (1, 2, 2), 2, (16,), 32),
    "cifar10": (32, 3, 128, (1, 2, 2, 2), 2, (16, 8), 4),
}
NARROW = jnp.bfloat16 if args.precision == "bf16" else jnp.float32
DROPOUT, CLIP, RATE, DECAY = 0.1, 1.0, 1e-4, 1 - 1e-4


def layers(size, ch, nf, mult, blocks, attn):
    """The network between its first and its last convolution: (kind, channels in, channels out), and the width at its end."""
    plan, hs, ci, r = [], [nf], nf, size
    for i, m in enumerate(mult):
        for _ in range(blocks):
            plan.append(("res", ci, nf * m)); ci = nf * m
            if r in attn: plan.append(("attn", ci, ci))
            plan.append(("push", ci, ci)); hs.append(ci)
        if i < len(mult) - 1:
            plan += [("down", ci, ci), ("push", ci, ci)]; hs.append(ci); r //= 2
    plan += [("res", ci, ci), ("attn", ci, ci), ("res", ci, ci)]
    for i, m in reversed(list(enumerate(mult))):
        for _ in range(blocks + 1):
            plan += [("pop", ci, ci), ("res", ci + hs.pop(), nf * m)]; ci = nf * m
        if r in attn: plan.append(("attn", ci, ci))
        if i: plan.append(("up", ci, ci)); r *= 2
    return plan, ci


def weights(key, *shape, bias=True):
    """A kernel whose last axis is the output, uniform by its fan-in as torch draws it, and a bias."""
    bound = 1 / math.sqrt(math.prod(shape[:-1]))
    p = {"w": random.uniform(key, shape, minval=-bound, maxval=bound)}
    if bias: p["b"] = jnp.zeros(shape[-1])
    return p


def norm_weights(c): return {"scale": jnp.ones(c), "offset": jnp.zeros(c)}


def init_layer(key, kind, ci, co, temb):
    k = random.split(key, 4)
    if kind == "res":
        p = {"n1": norm_weights(ci), "c1": weights(k[0], 3, 3, ci, co), "t": weights(k[1], temb, co),
             "n2": norm_weights(co), "c2": weights(k[2], 3, 3, co, co)}
        if ci != co: p["skip"] = weights(k[3], ci, co)
        return p
    if kind == "attn": return {"n": norm_weights(ci), "qkv": weights(k[0], ci, 3 * ci), "o": weights(k[1], ci, ci)}
    if kind in ("down", "up"): return weights(k[0], 3, 3, ci, co)
    return {}


def init_unet(key, ch, nf, plan, last):
    k = random.split(key, len(plan) + 4)
    return {"t1": weights(k[0], nf, 4 * nf), "t2": weights(k[1], 4 * nf, 4 * nf), "inp": weights(k[2], 3, 3, ch, nf),
            "layers": [init_layer(key, *layer, 4 * nf) for key, layer in zip(k[4:], plan)],
            "out_n": norm_weights(last), "out": weights(k[3], 3, 3, last, ch)}


def narrow(x): return x.astype(NARROW)


def dense(p, x):
    y = x @ p["w"].astype(x.dtype)
    return y + p["b"].astype(x.dtype) if "b" in p else y


def conv(p, x, stride=1):
    y = lax.conv_general_dilated(x, p["w"].astype(x.dtype), (stride, stride), ((1, 1), (1, 1)), dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return y + p["b"].astype(x.dtype)


def group_norm(p, x):
    n, h, w, c = x.shape
    x = x.astype(jnp.float32)
    g = min(32, c // 4)
    while c % g: g -= 1
    x = x.reshape(n, h, w, g, c // g)
    x = (x - x.mean((1, 2, 4), keepdims=True)) * lax.rsqrt(x.var((1, 2, 4), keepdims=True) + 1e-6)
    return x.reshape(n, h, w, c) * p["scale"] + p["offset"]


def residual(p, x, e, key):
    h = conv(p["c1"], narrow(nn.silu(group_norm(p["n1"], x)))) + dense(p["t"], nn.silu(e))[:, None, None, :]
    h = narrow(nn.silu(group_norm(p["n2"], h)))
    if key is not None: h = jnp.where(random.bernoulli(key, 1 - DROPOUT, h.shape), h / (1 - DROPOUT), 0)
    return (dense(p["skip"], x) if "skip" in p else x) + conv(p["c2"], h)


def attention(p, x):
    n, h, w, c = x.shape
    q, k, v = jnp.split(dense(p["qkv"], narrow(group_norm(p["n"], x)).reshape(n, h * w, c)), 3, -1)
    a = narrow(nn.softmax((q @ k.swapaxes(1, 2)).astype(jnp.float32) / math.sqrt(c), -1))
    return x + dense(p["o"], a @ v).reshape(n, h, w, c)


def double(x):
    n, h, w, c = x.shape
    return jnp.broadcast_to(x[:, :, None, :, None, :], (n, h, 2, w, 2, c)).reshape(n, 2 * h, 2 * w, c)


def unet(plan, nf, p, t, x, key):
    """x [n, size, size, ch], t [n]; without a key nothing is dropped."""
    half = nf // 2
    f = jnp.exp(-math.log(1e4) * jnp.arange(half) / (half - 1)) * 1000 * t[:, None]
    e = narrow(dense(p["t2"], nn.silu(dense(p["t1"], jnp.concatenate([jnp.sin(f), jnp.cos(f)], 1)))))
    h = conv(p["inp"], narrow(x)); hs = [h]
    for i, ((kind, _, _), q) in enumerate(zip(plan, p["layers"])):
        if kind == "res": h = residual(q, h, e, None if key is None else random.fold_in(key, i))
        elif kind == "attn": h = attention(q, h)
        elif kind == "down": h = conv(q, h, 2)
        elif kind == "up": h = conv(q, double(h))
        elif kind == "push": hs.append(h)
        elif kind == "pop": h = jnp.concatenate([h, hs.pop()], 3)
    return conv(p["out"], narrow(nn.silu(group_norm(p["out_n"], h)))).astype(jnp.float32)


def init_mlp(key, width=128):
    k = random.split(key, 5)
    return {"x": weights(k[0], 2, width), "t": weights(k[1], 1, width, bias=False), "h1": weights(k[2], width, width),
            "h2": weights(k[3], width, width), "o": weights(k[4], width, 2)}


def mlp(p, t, x, key):
    h = nn.silu(dense(p["x"], x) + dense(p["t"], t[:, None]))
    return dense(p["o"], nn.silu(dense(p["h2"], nn.silu(dense(p["h1"], h)))))


def programs(net, batch, shape, estimator):
    """The jitted training step and velocity of the action <net(t, x), x>."""
    example = tuple(range(1, 1 + len(shape)))

    def s(p, t, x, key): return (net(p, t, x, key) * x).sum(example)

    def total(p, t, x, key):
        st = s(p, t, x, key)
        return st.sum(), st

    def loss(p, d, z, t, keys):
        at = t.reshape(-1, *(1 for _ in shape))
        x, w = (1 - at) * z + at * d, 1 - t
        if estimator == "pathwise":
            dx, _ = jax.grad(total, 2, has_aux=True)(p, t, x, keys[0])
            return (w * (dx * (0.5 * dx - (d - z))).sum(example)).mean()
        (dt, dx), st = jax.grad(total, (1, 2), has_aux=True)(p, t, x, keys[0])
        return (s(p, jnp.zeros(batch), z, keys[1]) + w * (dt + 0.5 * (dx ** 2).sum(example)) - st).mean()

    @functools.partial(jax.jit, donate_argnums=0)
    def step(state):
        p, m, v, ema, n, key = state
        key, *keys = random.split(key, 6)
        d, z, t = random.normal(keys[0], (batch, *shape)), random.normal(keys[1], (batch, *shape)), random.uniform(keys[2], (batch,))
        value, g = jax.value_and_grad(loss)(p, d, z, t, keys[3:])
        n, each = n + 1, jax.tree.map
        scale = jnp.minimum(1, CLIP / (jnp.sqrt(sum(jnp.vdot(x, x) for x in jax.tree.leaves(g))) + 1e-6))
        g = each(lambda g: g * scale, g)
        m = each(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = each(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        first, second = 1 - 0.9 ** n, 1 - 0.999 ** n
        p = each(lambda p, m, v: p - RATE * (m / first) / (jnp.sqrt(v / second) + 1e-8), p, m, v)
        ema = each(lambda e, p: DECAY * e + (1 - DECAY) * p, ema, p)
        return (p, m, v, ema, n, key), value

    @jax.jit
    def velocity(p, key):
        return jax.grad(total, 2, has_aux=True)(p, jnp.full(batch, 0.5), random.normal(key, (batch, *shape)), None)[0]

    return step, velocity


def timed(f):
    t0 = time.perf_counter()
    out = jax.block_until_ready(f())
    return out, (time.perf_counter() - t0) * 1e3


def device_memory():
    if args.device == "cpu": return ""
    return f" precision={args.precision} peak_device_mb={jax.devices()[0].memory_stats()['peak_bytes_in_use'] >> 20}"


def run(name):
    if name == "toy": batch, shape, net, params = 256, (2,), mlp, init_mlp(random.key(0))
    else:
        size, ch, nf, mult, blocks, attn, batch = CONFIGS[name]
        plan, last = layers(size, ch, nf, mult, blocks, attn)
        shape, net, params = (size, size, ch), functools.partial(unet, plan, nf), init_unet(random.key(0), ch, nf, plan, last)
    batch = args.batch or batch
    count = sum(x.size for x in jax.tree.leaves(params))
    step, velocity = programs(net, batch, shape, args.estimator)
    zeros = lambda: jax.tree.map(jnp.zeros_like, params)
    state = (params, zeros(), zeros(), jax.tree.map(jnp.copy, params), jnp.zeros(()), random.key(1))
    del params
    ts, vs = [], []
    for i in range(args.steps + 1):  # the first compiles
        (state, value), ms = timed(lambda: step(state)); ts.append(ms)
    for i in range(args.steps + 1):
        _, ms = timed(lambda: velocity(state[0], random.key(i))); vs.append(ms)
    print(f"jax {name} {args.estimator} params={count} batch={batch} step_ms={statistics.median(ts[1:]):.1f} "
          f"velocity_ms={statistics.median(vs[1:]):.1f} peak_rss_mb={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} "
          f"loss={float(value):.3f}" + device_memory(), flush=True)


for name in args.names or ["toy", *CONFIGS]:
    run(name)
