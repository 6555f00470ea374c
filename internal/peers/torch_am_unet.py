#!/usr/bin/env python3
"""One Action Matching training step of the DDPM-style U-Net action model in PyTorch, on the CPU or a GPU.

Same work as `amgen bench train`: s = <unet(t, x), x>, linear path, weight (1 - t),
the boundary or the pathwise estimator, Adam, global-norm clip, EMA. Prints one line per configuration:
  torch <name> <estimator> params=<n> batch=<n> step_ms=<median> velocity_ms=<median of one grad_x evaluation> peak_rss_mb=<n>

`toy` is the 2-D MLP action (256 points, three hidden layers of 128). The velocity is taken as a sampler takes it, without
dropout. On a GPU images lie channels-last, and bf16 is autocast's: products in bfloat16, parameters and norms in float32.
Usage: torch_am_unet.py [toy|tiny|mnist|cifar10 ...] [--estimator boundary|pathwise] [--steps N] [--threads N]
       [--device cpu|cuda] [--batch N] [--precision f32|bf16]
"""
import argparse, math, resource, statistics, time
import torch, torch.nn as nn, torch.nn.functional as F

CONFIGS = {  # name: image, channels, nf, mult, blocks, attention resolutions, batch
    "tiny":  (28, 1, 16, (1, 2, 2), 1, (7,), 32),
    "mnist": (32, 1, 32, (1, 2, 2), 2, (16,), 32),
    "cifar10": (32, 3, 128, (1, 2, 2, 2), 2, (16, 8), 4),
}

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
    def __init__(self, size, ch, nf, mult, blocks, attn, p=0.1):
        super().__init__()
        self.nf, T = nf, 4 * nf
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
    def forward(self, t, x):
        half = self.nf // 2
        f = torch.exp(-math.log(1e4) * torch.arange(half, device=t.device) / (half - 1)) * 1000 * t.reshape(-1, 1)
        e = self.t2(F.silu(self.t1(torch.cat([f.sin(), f.cos()], 1))))
        h = self.inp(x); hs = [h]
        for m in self.down:
            if isinstance(m, nn.Conv2d): h = m(h)
            else: h = m[1](m[0](h, e))
            hs.append(h)
        h = self.mid[2](self.mid[1](self.mid[0](h, e)), e)
        for m in self.up:
            if isinstance(m, Res): h = m(torch.cat([h, hs.pop()], 1), e)
            elif isinstance(m, Attn): h = m(h)
            else: h = m(F.interpolate(h, scale_factor=2, mode="nearest"))
        return self.out(F.silu(self.out_n(h)))

class MLP(nn.Module):
    def __init__(self, h=128):
        super().__init__()
        self.x, self.t, self.h1, self.h2, self.o = nn.Linear(2, h), nn.Linear(1, h, bias=False), nn.Linear(h, h), nn.Linear(h, h), nn.Linear(h, 2)
    def forward(self, t, x):
        h = F.silu(self.x(x) + self.t(t.reshape(-1, 1)))
        return self.o(F.silu(self.h2(F.silu(self.h1(h)))))

def main():
    ap = argparse.ArgumentParser(); ap.add_argument("names", nargs="*"); ap.add_argument("--steps", type=int, default=3); ap.add_argument("--threads", type=int, default=2); ap.add_argument("--estimator", default="boundary")
    ap.add_argument("--device", default="cpu"); ap.add_argument("--batch", type=int); ap.add_argument("--precision", default="f32")
    a = ap.parse_args(); torch.set_num_threads(a.threads); torch.backends.cudnn.benchmark = True
    gpu = a.device != "cpu"
    if gpu: torch.backends.cuda.matmul.allow_tf32 = True  # as XLA's default precision does; convolutions do anyway
    def wait():
        if gpu: torch.cuda.synchronize()
    for name in a.names or ["toy", *CONFIGS]:
        if name == "toy": batch, shape, net = 256, (2,), MLP()
        else:
            size, ch, nf, mult, blocks, attn, batch = CONFIGS[name]
            shape, net = (ch, size, size), UNet(size, ch, nf, mult, blocks, attn)
        batch = a.batch or batch
        net = net.to(a.device)
        if gpu and name != "toy": net = net.to(memory_format=torch.channels_last)
        randn = lambda: torch.randn(batch, *shape, device=a.device)
        ones = (1,) * len(shape)
        opt = torch.optim.Adam(net.parameters(), lr=1e-4); ema = [p.detach().clone() for p in net.parameters()]
        def s(t, x):
            with torch.autocast(a.device, torch.bfloat16, enabled=a.precision == "bf16"): h = net(t, x)
            return (h.float() * x).flatten(1).sum(1)
        def step():
            d = randn(); z = torch.randn_like(d)
            t = torch.rand(batch, *ones, device=a.device).requires_grad_(); x = ((1 - t) * z + t * d).detach().requires_grad_()
            st, w = s(t, x), (1 - t).flatten()
            if a.estimator == "pathwise":
                dx, = torch.autograd.grad(st.sum(), x, create_graph=True)
                loss = (w * (dx * (0.5 * dx - (d - z))).flatten(1).sum(1)).mean()
            else:
                dt, dx = torch.autograd.grad(st.sum(), [t, x], create_graph=True)
                loss = (s(torch.zeros(batch, device=a.device), z) + w * (dt.flatten() + 0.5 * (dx ** 2).flatten(1).sum(1)) - st).mean()
            opt.zero_grad(); loss.backward(); nn.utils.clip_grad_norm_(net.parameters(), 1.0); opt.step()
            with torch.no_grad():
                for e, p in zip(ema, net.parameters()): e.lerp_(p, 1e-4)
        def velocity():
            x = randn().requires_grad_()
            torch.autograd.grad(s(torch.full((batch,), .5, device=a.device), x).sum(), x)
        out = []
        for f in (step, velocity):
            net.train(f is step); f(); f(); wait(); ts = []
            for _ in range(a.steps):
                t0 = time.perf_counter(); f(); wait(); ts.append((time.perf_counter() - t0) * 1e3)
            out.append(statistics.median(ts))
        print(f"torch {name} {a.estimator} params={sum(p.numel() for p in net.parameters())} batch={batch} step_ms={out[0]:.1f} velocity_ms={out[1]:.1f} peak_rss_mb={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}" +
              (f" precision={a.precision} peak_device_mb={torch.cuda.max_memory_allocated() >> 20}" if gpu else ""), flush=True)

if __name__ == "__main__":
    main()
