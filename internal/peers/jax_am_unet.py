#!/usr/bin/env python3
"""One Action Matching training step of the DDPM-style U-Net action model in JAX, on the CPU or a GPU.

The same work as torch_am_unet.py and `amgen bench train`: s = <unet(t, x), x>, linear path, weight (1 - t), the boundary
or the pathwise estimator, dropout in the step, global-norm clip, Adam, EMA. One jitted function a step with its state
donated; images are [batch, height, width, channels]. Prints one line a configuration:
  jax <name> <estimator> params=<n> batch=<n> step_ms=<median> velocity_ms=<median> peak_rss_mb=<n> loss=<last>
and with --velocities, which times no step, one a batch size:
  jax <name> velocity params=<n> batch=<n> velocity_ms=<median> peak_rss_mb=<n>

`toy`, `mlp` and `mlp-256` are perceptrons on points of the plane, s = |x - h(t, x)|^2 / 2. `mnist-small` is told classes, of
which one in ten is dropped in training. With --turns the program prints "ready" once it has compiled, and then takes the times
anew, each after a step that isn't timed, for each line of its standard input. In bf16 products are in bfloat16; parameters,
norms, softmax and the scalar stay float32.
Usage: jax_am_unet.py [toy|mlp|mlp-256|tiny|mnist-small|mnist|cifar10 ...] [--estimator boundary|pathwise] [--steps N[,N...]]
       [--threads N] [--device cpu|cuda] [--batch N] [--precision f32|bf16] [--velocities N,N...] [--turns]
"""
import argparse, functools, math, os, resource, statistics, sys, time

ap = argparse.ArgumentParser()
ap.add_argument("names", nargs="*"); ap.add_argument("--steps", default="3")
ap.add_argument("--threads", type=int, default=2); ap.add_argument("--estimator", default="boundary")
ap.add_argument("--device", default="cpu"); ap.add_argument("--batch", type=int); ap.add_argument("--precision", default="f32")
ap.add_argument("--velocities", default=""); ap.add_argument("--turns", action="store_true")
args = ap.parse_args()
if hasattr(os, "sched_setaffinity"):  # XLA sizes its pool by the CPUs that the process may use when it is loaded
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:args.threads])
os.environ["JAX_PLATFORMS"] = args.device
import jax, jax.numpy as jnp
from jax import lax, nn, random

CONFIGS = {  # name: image, channels, nf, mult, blocks, attention resolutions, batch, patch, time scale, dropout, classes
    "tiny":  (28, 1, 16, (1, 2, 2), 1, (7,), 32, 1, 1000, 0.1, 0),
    "mnist-small": (28, 1, 32, (1, 2), 1, (7,), 32, 2, 16, 0.0, 10),
    "mnist": (32, 1, 32, (1, 2, 2), 2, (16,), 32, 1, 1000, 0.1, 0),
    "cifar10": (32, 3, 128, (1, 2, 2, 2), 2, (16, 8), 4, 1, 1000, 0.1, 0),
}
POINTS = {"toy": ((128,) * 3, 256), "mlp": ((128,) * 3, 512), "mlp-256": ((256,) * 4, 512)}  # name: hidden layers, batch
NARROW = jnp.bfloat16 if args.precision == "bf16" else jnp.float32
CLIP, RATE, DECAY = 1.0, 1e-4, 1 - 1e-4


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


def init_unet(key, ch, nf, plan, last, classes):
    k = random.split(key, len(plan) + 5)
    return {**({"label": random.normal(k[-1], (classes + 1, 4 * nf))} if classes else {}),
            "t1": weights(k[0], nf, 4 * nf), "t2": weights(k[1], 4 * nf, 4 * nf), "inp": weights(k[2], 3, 3, ch, nf),
            "layers": [init_layer(key, *layer, 4 * nf) for key, layer in zip(k[4:-1], plan)],
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


def residual(p, x, e, key, dropout):
    h = conv(p["c1"], narrow(nn.silu(group_norm(p["n1"], x)))) + dense(p["t"], nn.silu(e))[:, None, None, :]
    h = narrow(nn.silu(group_norm(p["n2"], h)))
    if key is not None and dropout: h = jnp.where(random.bernoulli(key, 1 - dropout, h.shape), h / (1 - dropout), 0)
    return (dense(p["skip"], x) if "skip" in p else x) + conv(p["c2"], h)


def attention(p, x):
    n, h, w, c = x.shape
    q, k, v = jnp.split(dense(p["qkv"], narrow(group_norm(p["n"], x)).reshape(n, h * w, c)), 3, -1)
    a = narrow(nn.softmax((q @ k.swapaxes(1, 2)).astype(jnp.float32) / math.sqrt(c), -1))
    return x + dense(p["o"], a @ v).reshape(n, h, w, c)


def double(x):
    n, h, w, c = x.shape
    return jnp.broadcast_to(x[:, :, None, :, None, :], (n, h, 2, w, 2, c)).reshape(n, 2 * h, 2 * w, c)


def unet(plan, nf, patch, scale, dropout, p, t, x, label, key):
    """x [n, size, size, ch], t [n]; without a key nothing is dropped."""
    half = nf // 2
    f = jnp.exp(-math.log(10 * scale) * jnp.arange(half) / (half - 1)) * scale * t[:, None]
    e = dense(p["t2"], nn.silu(dense(p["t1"], jnp.concatenate([jnp.sin(f), jnp.cos(f)], 1))))
    if "label" in p: e = e + nn.one_hot(label, len(p["label"])) @ p["label"]
    e = narrow(e)
    n, size, _, ch = x.shape
    if patch > 1:
        x = x.reshape(n, size // patch, patch, size // patch, patch, ch).transpose(0, 1, 3, 2, 4, 5).reshape(n, size // patch, size // patch, -1)
    h = conv(p["inp"], narrow(x)); hs = [h]
    for i, ((kind, _, _), q) in enumerate(zip(plan, p["layers"])):
        if kind == "res": h = residual(q, h, e, None if key is None else random.fold_in(key, i), dropout)
        elif kind == "attn": h = attention(q, h)
        elif kind == "down": h = conv(q, h, 2)
        elif kind == "up": h = conv(q, double(h))
        elif kind == "push": hs.append(h)
        elif kind == "pop": h = jnp.concatenate([h, hs.pop()], 3)
    h = conv(p["out"], narrow(nn.silu(group_norm(p["out_n"], h)))).astype(jnp.float32)
    if patch > 1:
        h = h.reshape(n, size // patch, size // patch, patch, patch, ch).transpose(0, 1, 3, 2, 4, 5).reshape(n, size, size, ch)
    return h


def init_mlp(key, hidden):
    k = random.split(key, len(hidden) + 2)
    return {"x": weights(k[0], 2, hidden[0]), "t": weights(k[1], 1, hidden[0], bias=False),
            "h": [weights(key, a, b) for key, a, b in zip(k[2:], hidden, hidden[1:])], "o": weights(k[-1], hidden[-1], 2)}


def mlp(p, t, x, label, key):
    h = nn.silu(dense(p["x"], x) + dense(p["t"], t[:, None]))
    for layer in p["h"]: h = nn.silu(dense(layer, h))
    return dense(p["o"], h)


def programs(net, batch, shape, classes, estimator):
    """The jitted training step and velocity of the action <net(t, x), x>, or |x - net(t, x)|^2 / 2 of points."""
    example = tuple(range(1, 1 + len(shape)))

    def s(p, t, x, label, key):
        h = net(p, t, x, label, key)
        return ((x - h) ** 2 / 2 if len(shape) == 1 else h * x).sum(example)

    def total(p, t, x, label, key):
        st = s(p, t, x, label, key)
        return st.sum(), st

    def labels(key): return random.randint(key, (batch,), 0, classes) if classes else None

    def loss(p, d, z, t, label, keys):
        at = t.reshape(-1, *(1 for _ in shape))
        x, w = (1 - at) * z + at * d, 1 - t
        if estimator == "pathwise":
            dx, _ = jax.grad(total, 2, has_aux=True)(p, t, x, label, keys[0])
            return (w * (dx * (0.5 * dx - (d - z))).sum(example)).mean()
        (dt, dx), st = jax.grad(total, (1, 2), has_aux=True)(p, t, x, label, keys[0])
        return (s(p, jnp.zeros(batch), z, label, keys[1]) + w * (dt + 0.5 * (dx ** 2).sum(example)) - st).mean()

    @functools.partial(jax.jit, donate_argnums=0)
    def step(state):
        p, m, v, ema, n, key = state
        key, *keys = random.split(key, 8)
        d, z, t = random.normal(keys[0], (batch, *shape)), random.normal(keys[1], (batch, *shape)), random.uniform(keys[2], (batch,))
        label = labels(keys[5])
        if classes: label = jnp.where(random.bernoulli(keys[6], 0.1, (batch,)), classes, label)
        value, g = jax.value_and_grad(loss)(p, d, z, t, label, keys[3:5])
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
        return jax.grad(total, 2, has_aux=True)(p, jnp.full(batch, 0.5), random.normal(key, (batch, *shape)), labels(key), None)[0]

    return step, velocity


def device_memory():
    if args.device == "cpu": return ""
    return f" precision={args.precision} peak_device_mb={jax.devices()[0].memory_stats()['peak_bytes_in_use'] >> 20}"


class Work:
    """The training step and the velocity of a configuration; each is a function of nothing."""

    def __init__(self, name, batch=None):
        self.name, self.runs, classes = name, 0, 0
        if name in POINTS:
            hidden, self.batch = POINTS[name]
            shape, net, params = (2,), mlp, init_mlp(random.key(0), hidden)
        else:
            size, ch, nf, mult, blocks, attn, self.batch, patch, scale, dropout, classes = CONFIGS[name]
            plan, last = layers(size // patch, ch, nf, mult, blocks, attn)
            shape, net = (size, size, ch), functools.partial(unet, plan, nf, patch, scale, dropout)
            params = init_unet(random.key(0), ch * patch ** 2, nf, plan, last, classes)
        self.batch = batch or args.batch or self.batch
        self.count = sum(x.size for x in jax.tree.leaves(params))
        self.jitted, self.drift = programs(net, self.batch, shape, classes, args.estimator)
        zeros = lambda: jax.tree.map(jnp.zeros_like, params)
        self.state, self.value = (params, 0, 0, 0, jnp.zeros(()), random.key(1)), None
        if not args.velocities: self.state = (params, zeros(), zeros(), jax.tree.map(jnp.copy, params), *self.state[4:])

    def step(self):
        self.state, self.value = self.jitted(self.state)
        return self.value

    def velocity(self):
        self.runs += 1
        return self.drift(self.state[0], random.key(self.runs))

    def timed(self, f, steps):
        jax.block_until_ready(f()); ts = []
        for _ in range(steps):
            t0 = time.perf_counter(); jax.block_until_ready(f()); ts.append((time.perf_counter() - t0) * 1e3)
        return statistics.median(ts)

    def line(self, what, **ms):
        print(f"jax {self.name} {what} params={self.count} batch={self.batch} "
              + "".join(f"{k}_ms={v:.3f} " for k, v in ms.items())
              + f"peak_rss_mb={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}"
              + (f" loss={float(self.value):.3f}" if self.value is not None else "") + device_memory(), flush=True)


def run(name):
    work = [Work(name, int(b)) for b in args.velocities.split(",") if b] or [Work(name)]
    steps = [int(n) for n in args.steps.split(",")]

    def turn():
        for w, n in zip(work, steps * (len(work) if len(steps) == 1 else 1)):
            if args.velocities: w.line("velocity", velocity=w.timed(w.velocity, n))
            else: w.line(args.estimator, step=w.timed(w.step, n), velocity=w.timed(w.velocity, n))

    for w in work:  # what compiles, does so here
        jax.block_until_ready(w.velocity())
        if not args.velocities: jax.block_until_ready(w.step())
    if not args.turns: return turn()
    print("ready", flush=True)
    for _ in sys.stdin: turn()


for name in args.names or [*POINTS, *CONFIGS]:
    run(name)
