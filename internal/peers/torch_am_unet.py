#!/usr/bin/env python3
"""One Action Matching training step of the DDPM-style U-Net action model in PyTorch, on the CPU or a GPU.

Same work as `amgen bench train`: s = <unet(t, x), x>, linear path, weight (1 - t), the boundary or the pathwise estimator,
Adam, global-norm clip, EMA. Prints one line a configuration:
  torch <name> <estimator> params=<n> batch=<n> step_ms=<median> velocity_ms=<median of one grad_x evaluation> peak_rss_mb=<n>
and with --velocities, which times no step, one a batch size:
  torch <name> velocity params=<n> batch=<n> velocity_ms=<median> peak_rss_mb=<n>

`toy`, `mlp` and `mlp-256` are perceptrons on points of the plane, s = |x - h(t, x)|^2 / 2. `mnist-small` is told classes, of
which one in ten is dropped in training. The velocity is taken as a sampler takes it, without dropout. --compile takes all
gradients by torch.func within torch.compile. With --turns the program prints "ready" once it has compiled, and then takes the
times anew, each after a step that isn't timed, for each line of its standard input. On a GPU images lie channels-last, and
bf16 is autocast's: products in bfloat16, parameters and norms in float32.
Usage: torch_am_unet.py [toy|mlp|mlp-256|tiny|mnist-small|mnist|cifar10 ...] [--estimator boundary|pathwise] [--steps N[,N...]]
       [--threads N] [--device cpu|cuda] [--batch N] [--precision f32|bf16] [--velocities N,N...] [--compile] [--turns]
"""
import argparse, math, resource, statistics, sys, time
import torch, torch.nn as nn, torch.nn.functional as F

CONFIGS = {  # name: image, channels, nf, mult, blocks, attention resolutions, batch, patch, time scale, dropout, classes
    "tiny":  (28, 1, 16, (1, 2, 2), 1, (7,), 32, 1, 1000, 0.1, 0),
    "mnist-small": (28, 1, 32, (1, 2), 1, (7,), 32, 2, 16, 0.0, 10),
    "mnist": (32, 1, 32, (1, 2, 2), 2, (16,), 32, 1, 1000, 0.1, 0),
    "cifar10": (32, 3, 128, (1, 2, 2, 2), 2, (16, 8), 4, 1, 1000, 0.1, 0),
}
POINTS = {"toy": ((128,) * 3, 256), "mlp": ((128,) * 3, 512), "mlp-256": ((256,) * 4, 512)}  # name: hidden layers, batch

def groups(c):
    g = min(32, c // 4)
    while c % g: g -= 1
    return g

class Res(nn.Module):
    def __init__(self, ci, co, temb, p):
        super().__init__()
        self.n1, self.c1 = nn.GroupNorm(groups(ci), ci, eps=1e-6), nn.Conv2d(ci, co, 3, padding=1)
        self.t = nn.Linear(temb, co)
        self.n2, self.c2 = nn.GroupNorm(groups(co), co, eps=1e-6), nn.Conv2d(co, co, 3, padding=1)
        self.p = p
        self.skip = nn.Linear(ci, co) if ci != co else None
    def forward(self, x, temb):
        h = self.c1(F.silu(self.n1(x))) + self.t(F.silu(temb))[:, :, None, None]
        h = self.c2(F.dropout(F.silu(self.n2(h)), self.p, self.training))
        if self.skip is not None: x = self.skip(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return x + h

class Attn(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.n, self.qkv, self.o = nn.GroupNorm(groups(c), c, eps=1e-6), nn.Linear(c, 3 * c), nn.Linear(c, c)
    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = self.qkv(self.n(x).flatten(2).transpose(1, 2)).chunk(3, -1)
        a = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(c), -1)
        return x + self.o(a @ v).transpose(1, 2).reshape(b, c, h, w)

class UNet(nn.Module):
    def __init__(self, size, ch, nf, mult, blocks, attn, patch=1, scale=1000, p=0.1, classes=0):
        super().__init__()
        self.nf, self.patch, self.scale, T = nf, patch, scale, 4 * nf
        size, ch = size // patch, ch * patch ** 2
        self.label = nn.Parameter(torch.randn(classes + 1, T)) if classes else None
        self.t1, self.t2 = nn.Linear(nf, T), nn.Linear(T, T)
        self.inp = nn.Conv2d(ch, nf, 3, padding=1)
        self.down, self.up, hs, ci, r = nn.ModuleList(), nn.ModuleList(), [nf], nf, size
        for i, m in enumerate(mult):
            for _ in range(blocks):
                self.down.append(nn.ModuleList([Res(ci, nf * m, T, p), Attn(nf * m) if r in attn else nn.Identity()]))
                ci = nf * m; hs.append(ci)
            if i < len(mult) - 1:
                self.down.append(nn.Conv2d(ci, ci, 3, stride=2, padding=1)); hs.append(ci); r //= 2
        self.mid = nn.ModuleList([Res(ci, ci, T, p), Attn(ci), Res(ci, ci, T, p)])
        for i, m in reversed(list(enumerate(mult))):
            for _ in range(blocks + 1):
                self.up.append(Res(ci + hs.pop(), nf * m, T, p)); ci = nf * m
            if r in attn: self.up.append(Attn(ci))
            if i: self.up.append(nn.Conv2d(ci, ci, 3, padding=1)); r *= 2
        self.out_n, self.out = nn.GroupNorm(groups(ci), ci, eps=1e-6), nn.Conv2d(ci, ch, 3, padding=1)
    def forward(self, t, x, label=None):
        half = self.nf // 2
        f = torch.exp(-math.log(10 * self.scale) * torch.arange(half, device=t.device) / (half - 1)) * self.scale * t.reshape(-1, 1)
        e = self.t2(F.silu(self.t1(torch.cat([f.sin(), f.cos()], 1))))
        if self.label is not None: e = e + F.one_hot(label, len(self.label)).to(e.dtype) @ self.label
        h = self.inp(F.pixel_unshuffle(x, self.patch) if self.patch > 1 else x); hs = [h]
        for m in self.down:
            if isinstance(m, nn.Conv2d): h = m(h)
            else: h = m[1](m[0](h, e))
            hs.append(h)
        h = self.mid[2](self.mid[1](self.mid[0](h, e)), e)
        for m in self.up:
            if isinstance(m, Res): h = m(torch.cat([h, hs.pop()], 1), e)
            elif isinstance(m, Attn): h = m(h)
            else: h = m(F.interpolate(h, scale_factor=2, mode="nearest"))
        h = self.out(F.silu(self.out_n(h)))
        return F.pixel_shuffle(h, self.patch) if self.patch > 1 else h

class MLP(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.x, self.t = nn.Linear(2, hidden[0]), nn.Linear(1, hidden[0], bias=False)
        self.h, self.o = nn.ModuleList(nn.Linear(a, b) for a, b in zip(hidden, hidden[1:])), nn.Linear(hidden[-1], 2)
    def forward(self, t, x, label=None):
        h = F.silu(self.x(x) + self.t(t.reshape(-1, 1)))
        for layer in self.h: h = F.silu(layer(h))
        return self.o(h)

class Work:
    """The training step and the velocity of a configuration; each is a function of nothing."""
    def __init__(self, name, a, batch=None):
        self.a, self.name = a, name
        if name in POINTS:
            hidden, self.batch = POINTS[name]
            self.shape, self.classes, net = (2,), 0, MLP(hidden)
        else:
            size, ch, nf, mult, blocks, attn, self.batch, patch, scale, p, self.classes = CONFIGS[name]
            self.shape, net = (ch, size, size), UNet(size, ch, nf, mult, blocks, attn, patch, scale, p, self.classes)
        self.batch = batch or a.batch or self.batch
        net = net.to(a.device)
        if a.device != "cpu" and name not in POINTS: net = net.to(memory_format=torch.channels_last)
        self.net = net
        self.opt = torch.optim.Adam(net.parameters(), lr=1e-4, **({"fused": True} if a.compile else {}))
        self.ema = [p.detach().clone() for p in net.parameters()]
        self.params = dict(net.named_parameters())
        if a.compile: self.gradients, self.drift = torch.compile(self.gradients), torch.compile(self.drift)
    def randn(self): return torch.randn(self.batch, *self.shape, device=self.a.device)
    def labels(self): return torch.randint(self.classes, (self.batch,), device=self.a.device) if self.classes else None
    def s(self, net, t, x, label):
        with torch.autocast(self.a.device, torch.bfloat16, enabled=self.a.precision == "bf16"): h = net(t, x, label)
        if self.name in POINTS: return ((x - h.float()) ** 2).flatten(1).sum(1) / 2
        return (h.float() * x).flatten(1).sum(1)
    def loss(self, s, grad, d, z, t, label):
        """The loss of an action s(t, x) whose gradients grad(t, x, wanted) takes."""
        at = t.reshape(-1, *(1 for _ in self.shape))
        x, w = (1 - at) * z + at * d, 1 - t
        if self.a.estimator == "pathwise":
            (dx,), st = grad(t, x, (1,))
            return (w * (dx * (0.5 * dx - (d - z))).flatten(1).sum(1)).mean()
        (dt, dx), st = grad(t, x, (0, 1))
        return (s(torch.zeros_like(t), z) + w * (dt + 0.5 * (dx ** 2).flatten(1).sum(1)) - st).mean()
    def gradients(self, params, d, z, t, label):
        """Of the loss by the parameters, by torch.func: what is compiled."""
        def loss(params):
            s = lambda t, x: self.s(lambda *inputs: torch.func.functional_call(self.net, params, inputs), t, x, label)
            def total(t, x):
                st = s(t, x)
                return st.sum(), st
            return self.loss(s, lambda t, x, wanted: torch.func.grad(total, wanted, has_aux=True)(t, x), d, z, t, label)
        return torch.func.grad(loss)(params)
    def eager(self, d, z, t, label):
        s = lambda t, x: self.s(self.net, t, x, label)
        def grad(t, x, wanted):
            given = [v.detach().requires_grad_() for v in (t, x)]
            st = s(*given)
            return torch.autograd.grad(st.sum(), [given[i] for i in wanted], create_graph=True), st
        self.loss(s, grad, d, z, t, label).backward()
    def step(self):
        self.net.train()
        d, z, t, label = self.randn(), self.randn(), torch.rand(self.batch, device=self.a.device), self.labels()
        if label is not None: label = torch.where(torch.rand_like(t) < 0.1, self.classes, label)
        self.opt.zero_grad()
        if self.a.compile:
            for k, g in self.gradients(self.params, d, z, t, label).items(): self.params[k].grad = g
        else: self.eager(d, z, t, label)
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0); self.opt.step()
        with torch.no_grad():
            if self.a.compile: torch._foreach_lerp_(self.ema, list(self.net.parameters()), 1e-4)
            else:
                for e, p in zip(self.ema, self.net.parameters()): e.lerp_(p, 1e-4)
    def drift(self, x, label):
        t = torch.full((self.batch,), .5, device=self.a.device)
        return torch.func.grad(lambda x: self.s(self.net, t, x, label).sum())(x)
    def velocity(self):
        self.net.eval()
        x, label = self.randn(), self.labels()
        if self.a.compile:
            with torch.no_grad(): return self.drift(x, label)
        x.requires_grad_()
        return torch.autograd.grad(self.s(self.net, torch.full((self.batch,), .5, device=self.a.device), x, label).sum(), x)
    def timed(self, f, steps):
        def wait():
            if self.a.device != "cpu": torch.cuda.synchronize()
        f(); wait(); ts = []
        for _ in range(steps):
            t0 = time.perf_counter(); f(); wait(); ts.append((time.perf_counter() - t0) * 1e3)
        return statistics.median(ts)
    def line(self, what, **ms):
        a = self.a
        print(f"torch {self.name} {what} params={sum(p.numel() for p in self.net.parameters())} batch={self.batch} "
              + "".join(f"{k}_ms={v:.3f} " for k, v in ms.items())
              + f"peak_rss_mb={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}"
              + (f" precision={a.precision} peak_device_mb={torch.cuda.max_memory_allocated() >> 20}" if a.device != "cpu" else ""),
              flush=True)

def main():
    ap = argparse.ArgumentParser(); ap.add_argument("names", nargs="*"); ap.add_argument("--steps", default="3"); ap.add_argument("--threads", type=int, default=2); ap.add_argument("--estimator", default="boundary")
    ap.add_argument("--device", default="cpu"); ap.add_argument("--batch", type=int); ap.add_argument("--precision", default="f32")
    ap.add_argument("--velocities", default=""); ap.add_argument("--compile", action="store_true"); ap.add_argument("--turns", action="store_true")
    a = ap.parse_args(); torch.set_num_threads(a.threads); torch.backends.cudnn.benchmark = True
    if a.device != "cpu": torch.backends.cuda.matmul.allow_tf32 = True  # as XLA's default precision does; convolutions do anyway
    steps = [int(n) for n in a.steps.split(",")]
    for name in a.names or [*POINTS, *CONFIGS]:
        work = [Work(name, a, int(b)) for b in a.velocities.split(",") if b] or [Work(name, a)]
        def turn():
            for w, n in zip(work, steps * (len(work) if len(steps) == 1 else 1)):
                if a.velocities: w.line("velocity", velocity=w.timed(w.velocity, n))
                else: w.line(a.estimator, step=w.timed(w.step, n), velocity=w.timed(w.velocity, n))
        for w in work: w.velocity(); a.velocities or (w.step(), w.velocity())  # what compiles, does so here
        if not a.turns: turn(); continue
        print("ready", flush=True)
        for _ in sys.stdin: turn()

if __name__ == "__main__":
    main()
