"""The network of network.go in PyTorch: prints the times of a turn.

PyTorch has no batch normalisation of one number a channel, so the dense layer lacks it at batch 1.
Usage: cnn.py BATCH SECONDS THREADS NORMALISED
"""
import statistics, sys, time
import torch, torch.nn as nn, torch.nn.functional as F

batch, limit = int(sys.argv[1]), float(sys.argv[2])
torch.set_num_threads(int(sys.argv[3]))
normalised = sys.argv[4] == "true"
norm = lambda make, *size: make(*size) if normalised else nn.Identity()

def block(a, b, drop):
    convolution = lambda a: [nn.Conv2d(a, b, 3, padding=1), nn.ReLU(), norm(nn.BatchNorm2d, b)]
    return [*convolution(a), *convolution(b), nn.MaxPool2d(2), nn.Dropout(drop)]

net = nn.Sequential(*block(3, 32, 0.3), *block(32, 64, 0.5), *block(64, 128, 0.5), nn.Flatten(),
                    nn.Linear(2048, 128), nn.ReLU(), norm(nn.BatchNorm1d, 128) if batch > 1 else nn.Identity(), nn.Dropout(0.5), nn.Linear(128, 10))
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4, eps=1e-7, weight_decay=0.004)
x, y = torch.rand(batch, 3, 32, 32), torch.randint(10, (batch,))

def step():
    net.train()
    optimizer.zero_grad()
    F.cross_entropy(net(x), y).backward()
    optimizer.step()

def forward():
    net.eval()
    with torch.inference_mode(): net(x)

def timed(f):
    f(); f()
    began, times = time.perf_counter(), []
    while len(times) < 2 or time.perf_counter() - began < limit and len(times) < 500:
        start = time.perf_counter(); f(); times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)

params = sum(p.numel() for p in net.parameters())
print(f"cnn params={params} batch={batch} step_ms={timed(step):.3f} forward_ms={timed(forward):.3f}", flush=True)
