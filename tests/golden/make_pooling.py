"""Writes pooling.h5: pooling and its derivative as PyTorch computes them. Needs torch and h5py.

    python3 tests/golden/make_pooling.py tests/golden/pooling.h5

x is uneven(x, 1), or, where `levels` is not 0, ⌊levels · x⌋, so that windows have several maxima.
The cotangent is uneven(y, 3).
"""
import itertools
import math
import sys

import numpy as np
import torch
import torch.nn.functional as F

import golden_file
from golden_file import unless_ones

LARGEST = [None, F.max_pool1d, F.max_pool2d, F.max_pool3d]
MEAN = [None, F.avg_pool1d, F.avg_pool2d, F.avg_pool3d]


def pooled(kind, x, window, strides, pads):
    dims = len(window)
    flat = [pad for pair in reversed(pads) for pad in pair]  # the last dimension first
    if kind == "avg":
        return MEAN[dims](F.pad(x, flat), window, strides)
    sign = -1 if kind == "min" else 1
    return sign * LARGEST[dims](F.pad(sign * x, flat, value=-math.inf), window, strides)


def cases():
    for dims, x_shape in [(1, (2, 9, 2)), (2, (1, 6, 5, 2)), (3, (1, 4, 3, 4, 2))]:
        for kind, strides, pads, levels in itertools.product(
                ["max", "min", "avg"], [(1,) * dims, (2, 3, 1)[:dims]],
                [((0, 0),) * dims, ((1, 2), (0, 1), (1, 0))[:dims]], [0, 2]):
            if levels and kind != "max":
                continue
            window = (3, 2, 2)[:dims]
            x = golden_file.uneven(x_shape, 1)
            x = torch.tensor(np.floor(levels * x) if levels else x, requires_grad=True)
            y = pooled(kind, x.movedim(-1, 1), window, strides, pads).movedim(1, -1)
            y.backward(torch.tensor(golden_file.uneven(y.shape, 3)))
            name = f"{kind}_{dims}d_{strides}_{pads}_{levels}".replace(" ", "")
            yield name, {"kind": kind, "x": x_shape, "window": window,
                         "strides": unless_ones(strides), "padding": pads, "levels": levels}, {
                             "y": y.detach(), "x_gradient": x.grad}


golden_file.write(sys.argv[1], cases())
