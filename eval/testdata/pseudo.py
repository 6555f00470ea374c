"""Pseudo-random numbers that Python and Go make alike, from integers alone."""
import numpy as np


def mix(x):
    """The finaliser of MurmurHash3 over uint32."""
    x = np.asarray(x, dtype=np.uint32).copy()
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return x


def uniform(salt, n):
    """n multiples of 2^-24 in [0, 1)."""
    start = mix(np.array([salt], dtype=np.uint32))
    i = np.arange(n, dtype=np.uint32)
    return (mix(i + start) >> np.uint32(8)).astype(np.float64) / (1 << 24)


def pixels(salt, *shape):
    """uint8 noise of any shape."""
    return (uniform(salt, int(np.prod(shape))) * 256).astype(np.uint8).reshape(shape)
