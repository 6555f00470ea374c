"""The FID Inception-v3 in plain PyTorch, with pseudo-random weights: golden features for the tests of eval/inception.

    python3 inception.py                  writes inception.npz
    python3 inception.py --check          compares with it instead
    python3 inception.py --save FILE      writes the weights as torch.save does a state dictionary
    python3 inception.py --bench SECONDS  prints images a second
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
SIDE = 299


class Network:
    """Makes its weights at the first pass, in the order in which the layers are met."""

    def __init__(self, max_in_last_block=True):
        self.state = collections.OrderedDict()
        self.layers = 0
        self.max_in_last_block = max_in_last_block

    def make(self, name, out, channels, height, width):
        salt = 5 * self.layers
        self.layers += 1
        fan_in = channels * height * width

        def put(part, values, *shape):
            self.state[name + part] = torch.from_numpy(values.astype(np.float32).reshape(shape))

        # The rectifier halves the variance: weights of 2/fan_in keep activations of one size.
        put(".conv.weight", (2 * uniform(salt, out * fan_in) - 1) * np.sqrt(6 / fan_in), out, channels, height, width)
        put(".bn.weight", 0.6 + 0.7 * uniform(salt + 1, out), out)
        put(".bn.bias", 0.4 * uniform(salt + 2, out) - 0.2, out)
        put(".bn.running_mean", 0.4 * uniform(salt + 3, out) - 0.2, out)
        put(".bn.running_var", 0.5 + uniform(salt + 4, out), out)

    def conv(self, x, name, out, size=1, stride=1, padding=0):
        height, width = size if isinstance(size, tuple) else (size, size)
        if name + ".conv.weight" not in self.state:
            self.make(name, out, x.shape[1], height, width)
        s = self.state
        x = F.conv2d(x, s[name + ".conv.weight"], stride=stride, padding=padding)
        x = F.batch_norm(x, s[name + ".bn.running_mean"], s[name + ".bn.running_var"], s[name + ".bn.weight"],
                         s[name + ".bn.bias"], training=False, eps=EPSILON)
        return F.relu(x, inplace=True)

    @staticmethod
    def average(x):
        return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)

    def block_a(self, x, name, pooled):
        one = self.conv(x, name + ".branch1x1", 64)
        five = self.conv(x, name + ".branch5x5_1", 48)
        five = self.conv(five, name + ".branch5x5_2", 64, 5, padding=2)
        three = self.conv(x, name + ".branch3x3dbl_1", 64)
        three = self.conv(three, name + ".branch3x3dbl_2", 96, 3, padding=1)
        three = self.conv(three, name + ".branch3x3dbl_3", 96, 3, padding=1)
        pool = self.conv(self.average(x), name + ".branch_pool", pooled)
        return torch.cat([one, five, three, pool], 1)

    def block_b(self, x, name):
        three = self.conv(x, name + ".branch3x3", 384, 3, stride=2)
        double = self.conv(x, name + ".branch3x3dbl_1", 64)
        double = self.conv(double, name + ".branch3x3dbl_2", 96, 3, padding=1)
        double = self.conv(double, name + ".branch3x3dbl_3", 96, 3, stride=2)
        return torch.cat([three, double, F.max_pool2d(x, 3, stride=2)], 1)

    def block_c(self, x, name, between):
        row, column = dict(size=(1, 7), padding=(0, 3)), dict(size=(7, 1), padding=(3, 0))
        one = self.conv(x, name + ".branch1x1", 192)
        seven = self.conv(x, name + ".branch7x7_1", between)
        seven = self.conv(seven, name + ".branch7x7_2", between, **row)
        seven = self.conv(seven, name + ".branch7x7_3", 192, **column)
        double = self.conv(x, name + ".branch7x7dbl_1", between)
        double = self.conv(double, name + ".branch7x7dbl_2", between, **column)
        double = self.conv(double, name + ".branch7x7dbl_3", between, **row)
        double = self.conv(double, name + ".branch7x7dbl_4", between, **column)
        double = self.conv(double, name + ".branch7x7dbl_5", 192, **row)
        pool = self.conv(self.average(x), name + ".branch_pool", 192)
        return torch.cat([one, seven, double, pool], 1)

    def block_d(self, x, name):
        three = self.conv(x, name + ".branch3x3_1", 192)
        three = self.conv(three, name + ".branch3x3_2", 320, 3, stride=2)
        seven = self.conv(x, name + ".branch7x7x3_1", 192)
        seven = self.conv(seven, name + ".branch7x7x3_2", 192, (1, 7), padding=(0, 3))
        seven = self.conv(seven, name + ".branch7x7x3_3", 192, (7, 1), padding=(3, 0))
        seven = self.conv(seven, name + ".branch7x7x3_4", 192, 3, stride=2)
        return torch.cat([three, seven, F.max_pool2d(x, 3, stride=2)], 1)

    def block_e(self, x, name, pool):
        row, column = dict(size=(1, 3), padding=(0, 1)), dict(size=(3, 1), padding=(1, 0))
        one = self.conv(x, name + ".branch1x1", 320)
        fork = self.conv(x, name + ".branch3x3_1", 384)
        three = [self.conv(fork, name + ".branch3x3_2a", 384, **row), self.conv(fork, name + ".branch3x3_2b", 384, **column)]
        fork = self.conv(x, name + ".branch3x3dbl_1", 448)
        fork = self.conv(fork, name + ".branch3x3dbl_2", 384, 3, padding=1)
        double = [self.conv(fork, name + ".branch3x3dbl_3a", 384, **row), self.conv(fork, name + ".branch3x3dbl_3b", 384, **column)]
        last = self.conv(pool(x), name + ".branch_pool", 192)
        return torch.cat([one, *three, *double, last], 1)

    @torch.no_grad()
    def __call__(self, x):
        """x [n, 3, 299, 299] → pool [n, 2048], logits [n, 1008]"""
        x = self.conv(x, "Conv2d_1a_3x3", 32, 3, stride=2)
        x = self.conv(x, "Conv2d_2a_3x3", 32, 3)
        x = self.conv(x, "Conv2d_2b_3x3", 64, 3, padding=1)
        x = F.max_pool2d(x, 3, stride=2)
        x = self.conv(x, "Conv2d_3b_1x1", 80)
        x = self.conv(x, "Conv2d_4a_3x3", 192, 3)
        x = F.max_pool2d(x, 3, stride=2)
        x = self.block_a(x, "Mixed_5b", 32)
        x = self.block_a(x, "Mixed_5c", 64)
        x = self.block_a(x, "Mixed_5d", 64)
        x = self.block_b(x, "Mixed_6a")
        x = self.block_c(x, "Mixed_6b", 128)
        x = self.block_c(x, "Mixed_6c", 160)
        x = self.block_c(x, "Mixed_6d", 160)
        x = self.block_c(x, "Mixed_6e", 192)
        x = self.block_d(x, "Mixed_7a")
        x = self.block_e(x, "Mixed_7b", self.average)
        last = (lambda x: F.max_pool2d(x, 3, stride=1, padding=1)) if self.max_in_last_block else self.average
        x = self.block_e(x, "Mixed_7c", last)
        pool = F.adaptive_avg_pool2d(x, 1).flatten(1)
        if "fc.weight" not in self.state:
            weight = (2 * uniform(5 * self.layers, 1008 * 2048) - 1) * np.sqrt(3 / 2048)
            self.state["fc.weight"] = torch.from_numpy(weight.astype(np.float32).reshape(1008, 2048))
            bias = 0.2 * uniform(5 * self.layers + 1, 1008) - 0.1
            self.state["fc.bias"] = torch.from_numpy(bias.astype(np.float32))
        return pool, F.linear(pool, self.state["fc.weight"], self.state["fc.bias"])


def images():
    """Two images of noise, brought to [-1, 1) as mode clean does: [2, 3, 299, 299]."""
    x = torch.from_numpy(pixels(9001, 2, SIDE, SIDE, 3)).permute(0, 3, 1, 2).contiguous()
    return (x.float() - 128) / 128


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--save")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--stream", action="store_true", help="save in the format before PyTorch 1.6")
    parser.add_argument("--bench", type=float)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=0, help="0: as many as PyTorch takes by itself")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    network = Network()
    pool, logits = network(images())
    if args.save:
        torch.save(network.state, args.save, _use_new_zipfile_serialization=not args.stream)
    elif args.bench:
        x = images().repeat((args.batch + 1) // 2, 1, 1, 1)[:args.batch]
        network(x)
        rates, start = [], time.perf_counter()
        while time.perf_counter() - start < args.bench or len(rates) < 3:
            begin = time.perf_counter()
            network(x)
            rates.append(len(x) / (time.perf_counter() - begin))
        print("torch %s, %d threads, batch %d: %.2f images/s median of %d, best %.2f" % (
            torch.__version__, torch.get_num_threads(), len(x), np.median(rates), len(rates), max(rates)))
    else:
        averaged = Network(max_in_last_block=False)
        averaged.state, averaged.layers = network.state, network.layers
        arrays = dict(pool=pool.numpy(), logits=logits.numpy(), averaged=averaged(images())[0].numpy())
        file = pathlib.Path(__file__).with_name("inception.npz")
        if args.check:
            kept = np.load(file)
            worst = max(np.abs(a - kept[name]).max() / np.sqrt(np.mean(kept[name] ** 2)) for name, a in arrays.items())
            print("inception.npz: off by %.2g of the root mean square at most" % worst)
            sys.exit(int(worst > 1e-5))
        np.savez_compressed(file, **arrays)
        print("pool: mean %.4f, deviation %.4f, largest %.4f; logits: deviation %.4f" % (
            pool.mean(), pool.std(), pool.max(), logits.std()))


if __name__ == "__main__":
    main()
