"""Writes what the action network of action-matching-pytorch computes, for the test of `amgen weights import`.

python3 authors.py CLONE [CHECKPOINT]

CLONE is a clone of github.com/necludov/action-matching-pytorch, whose models/anet.py runs here with parameters of the
formula below, which the test knows too: the averages are twice of the parameters. authors.pt gets t, x, the action of
amgen -s(1 - t, x), its gradient by x, and the images that Euler's method with four steps makes of x, of the averages;
images are [batch, height, width, channels] here, and t runs from noise to data, as amgen has it. CHECKPOINT gets all that
their training saves.
"""
import collections, sys, types
import numpy as np, torch

sys.path.insert(0, sys.argv[1])
from models import anet

SIZE, CHANNELS, BASE, MULTIPLIERS, BLOCKS, ATTENTION = 8, 1, 32, (1, 2), 1, (4,)
ns = types.SimpleNamespace
config = ns(model=ns(nf=BASE, num_channels=CHANNELS, n_phases=None, ch_mult=MULTIPLIERS, num_res_blocks=BLOCKS, attn_resolutions=ATTENTION,
                     dropout=0.1, resamp_with_conv=True, cond_channels=0, nonlinearity="swish"), data=ns(image_size=SIZE))
net = anet.ActionNet(config).eval()


def fill(number, shape):
    """Numbers in [-1/2, 1/2), as good as random, of the parameter of that number."""
    u = np.modf(np.abs(np.sin(np.arange(np.prod(shape)) * 12.9898 + (number + 1) * 78.233)) * 43758.5453)[0] - 0.5
    return torch.from_numpy((u / np.sqrt(max(1, np.prod(shape) / max(shape)))).astype(np.float32).reshape(shape))


with torch.no_grad():
    for number, p in enumerate(net.parameters()):
        p.copy_(fill(number, tuple(p.shape)))
model = {"module." + name: p.clone() for name, p in net.state_dict().items()}
optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
net(torch.rand(2), torch.randn(2, CHANNELS, SIZE, SIZE)).sum().backward()
optimizer.step()
with torch.no_grad():
    for name, p in net.state_dict().items():
        p.copy_(2 * model["module." + name])
averages = {"decay": 0.9999, "num_updates": 1, "shadow_params": [p.clone() for p in net.parameters()]}
if len(sys.argv) > 2:
    torch.save({"model": collections.OrderedDict(model), "ema": averages, "optim": optimizer.state_dict()}, sys.argv[2])


def velocity(t, x):
    x = x.detach().requires_grad_()
    s = -net(1 - t, x).flatten()
    return s.detach(), torch.autograd.grad(s.sum(), x)[0]


torch.manual_seed(7)
t, x = torch.tensor([0.1, 0.45, 0.9]), torch.randn(3, CHANNELS, SIZE, SIZE)
s, dx = velocity(t, x)
y = x
for step in range(4):
    y = y + velocity(torch.full((3,), step / 4), y)[1] / 4

here = lambda images: images.permute(0, 2, 3, 1).contiguous()
torch.save(collections.OrderedDict(t=t, x=here(x), s=s, dx=here(dx), euler=here(y)), "authors.pt")
print(sum(p.numel() for p in net.parameters()), "parameters", s, dx.abs().max(), y.abs().max())
