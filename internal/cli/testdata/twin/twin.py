"""Writes a small U-Net of internal/peers/torch_am_unet.py and what it computes, for the test of `amgen weights import`.

archive.pt, stream.pt   its state dictionary, in both formats of torch.save
want.pt                 t, x, the action s(t, x) of these weights, its gradient by x, and the images that Euler's method with
                        four steps makes of x; images are [batch, height, width, channels] here, as amgen has them

Run with any PyTorch: python3 twin.py
"""
import collections, importlib.util, os
import torch

spec = importlib.util.spec_from_file_location("twin", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../peers/torch_am_unet.py"))
twin = importlib.util.module_from_spec(spec)
spec.loader.exec_module(twin)

SIZE, CHANNELS, BASE, MULTIPLIERS, BLOCKS, ATTENTION = 8, 1, 4, (1, 2), 1, (4,)
torch.manual_seed(6)
net = twin.UNet(SIZE, CHANNELS, BASE, MULTIPLIERS, BLOCKS, ATTENTION).eval()
with torch.no_grad():
    for p in net.parameters():
        p.add_(0.05 * torch.randn_like(p))  # norms and biases too say something then


def velocity(t, x):
    x = x.detach().requires_grad_()
    s = (net(t.reshape(-1, 1, 1, 1), x) * x).flatten(1).sum(1)
    return s.detach(), torch.autograd.grad(s.sum(), x)[0]


t, x = torch.tensor([0.1, 0.45, 0.9]), torch.randn(3, CHANNELS, SIZE, SIZE)
s, dx = velocity(t, x)
y = x
for step in range(4):
    y = y + velocity(torch.full((3,), step / 4), y)[1] / 4

here = lambda images: images.permute(0, 2, 3, 1).contiguous()
torch.save(net.state_dict(), "archive.pt")
torch.save(net.state_dict(), "stream.pt", _use_new_zipfile_serialization=False)
torch.save(collections.OrderedDict(t=t, x=here(x), s=s, dx=here(dx), euler=here(y)), "want.pt")
print(sum(p.numel() for p in net.parameters()), "parameters", s, dx.abs().max(), y.abs().max())
