"""Golden features of the network in the npm package nsfwjs, computed by PyTorch, for the tests of eval/inception.

    npm pack nsfwjs@4.4.0 && python3 keras.py nsfwjs-4.4.0.tgz     writes keras.npz
"""
import base64
import re
import sys
import tarfile

import numpy as np
import torch
import torch.nn.functional as F

from inception import SIDE, Network
from pseudo import pixels

FOLDER = "package/dist/models/inception_v3/"


def tensors(path):
    """The tensors of the archive by their names: byte q of a shard stands for q·scale + min."""
    archive = tarfile.open(path)
    read = lambda name: archive.extractfile(FOLDER + name).read().decode()
    data = b"".join(base64.b64decode(re.search(r'exports="([^"]*)"', read(f"group1-shard{i}of6.min.js")).group(1)) for i in range(1, 7))
    script = read("model.min.js")
    entry = r'\{name:"([^"]+)",shape:\[([\d,]*)\],dtype:"float32",quantization:\{min:([^,]+),scale:([^,]+),dtype:"uint8"\}\}'
    out, at = {}, 0
    for name, shape, low, scale in re.findall(entry, script[script.index("weightsManifest"):]):
        shape = [int(d) for d in shape.split(",")]
        n = int(np.prod(shape))
        q = np.frombuffer(data, np.uint8, n, at).astype(np.float64)
        out[name] = torch.from_numpy((q * float(scale) + float(low)).astype(np.float32).reshape(shape))
        at += n
    assert at == len(data)
    return out


class Keras(Network):
    def __init__(self, weights):
        super().__init__(max_in_last_block=False)
        self.weights = weights

    def make(self, name, out, channels, height, width):
        self.layers += 1
        kernel = self.weights[f"conv2d_{self.layers}/kernel"]
        assert kernel.shape == (height, width, channels, out), (name, kernel.shape)
        norm = f"batch_normalization_{self.layers}/"
        self.state[name + ".conv.weight"] = kernel.permute(3, 2, 0, 1).contiguous()
        self.state[name + ".bn.weight"] = torch.ones(out)
        self.state[name + ".bn.bias"] = self.weights[norm + "beta"]
        self.state[name + ".bn.running_mean"] = self.weights[norm + "moving_mean"]
        self.state[name + ".bn.running_var"] = self.weights[norm + "moving_variance"]

    @torch.no_grad()
    def __call__(self, x):
        pool, _ = super().__call__(x)
        h = pool
        for i in (1, 2, 3):
            h = h @ self.weights[f"dense_{i}/kernel"] + self.weights[f"dense_{i}/bias"]
            if i < 3:
                h = F.relu(h)
        return pool, h


def main():
    network = Keras(tensors(sys.argv[1]))
    x = torch.from_numpy(pixels(9001, 2, SIDE, SIDE, 3)).permute(0, 3, 1, 2).contiguous().float() / 255
    pool, logits = network(x)
    np.savez_compressed("keras.npz", pool=pool.numpy(), logits=logits.numpy())
    print("pool: mean %.4f, largest %.4f; logits:" % (pool.mean(), pool.max()), logits.numpy())


if __name__ == "__main__":
    main()
