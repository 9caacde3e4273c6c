"""Writes convolution.h5: convolution and transposed convolution as PyTorch computes them, with both
derivatives. Needs torch and h5py.

    python3 tests/golden/make_convolution.py tests/golden/convolution.h5

All options are those of linseed::convolution, for which a transposed convolution is one over a
dilated input. Inputs are uneven(x, 1), uneven(kernel, 2), and the cotangent uneven(y, 3).
"""
import itertools
import sys

import torch
import torch.nn.functional as F

import golden_file
from golden_file import unless_ones

CONV = [None, F.conv1d, F.conv2d, F.conv3d]
TRANSPOSED = [None, F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d]


def leaf(shape, seed):
    return torch.tensor(golden_file.uneven(shape, seed), requires_grad=True)


def first(x):
    """Channels first."""
    return x.movedim(-1, 1)


def weights(kernel):
    """[size…, in/groups, out] -> PyTorch's [out, in/groups, size…]."""
    return kernel.movedim(-1, 0).movedim(-1, 1)


def transposed_weights(kernel, groups):
    """[size…, in/groups, out] -> PyTorch's [in, out/groups, size…], turned around."""
    turned = weights(kernel).flip(tuple(range(2, kernel.ndim)))
    out, inner, *size = turned.shape
    return turned.reshape(groups, out // groups, inner, *size).transpose(1, 2).reshape(
        groups * inner, out // groups, *size)


def case(name, x_shape, size, features, groups, function, **options):
    x, kernel = leaf(x_shape, 1), leaf((*size, x_shape[-1] // groups, features), 2)
    y = function(first(x), kernel).movedim(1, -1)
    y.backward(torch.tensor(golden_file.uneven(y.shape, 3)))
    return name, {"x": x_shape, "kernel": kernel.shape, "groups": groups, **options}, {
        "y": y.detach(), "x_gradient": x.grad, "kernel_gradient": kernel.grad}


def plain(dims, x_shape, size):
    ones = (1,) * dims
    for stride, dilation, pads, (groups, features) in itertools.product(
            [ones, (2, 3, 2)[:dims]], [ones, (2, 1, 3)[:dims]],
            [((0, 0),) * dims, ((1, 2), (0, 1), (2, 0))[:dims]],
            [(1, 3), (2, 4), (4, 8)] if dims < 3 else [(1, 3), (4, 4)]):
        flat = [pad for pair in reversed(pads) for pad in pair]  # the last dimension first
        name = f"plain_{dims}d_{stride}_{dilation}_{pads}_{groups}".replace(" ", "")
        yield case(
            name, x_shape, size, features, groups,
            lambda x, kernel: CONV[dims](F.pad(x, flat), weights(kernel), None, stride, 0, dilation,
                                         groups),
            strides=unless_ones(stride), kernel_dilation=unless_ones(dilation), padding=pads)


def transposed(dims, x_shape, size):
    ones = (1,) * dims
    for stride, dilation, pad, groups in itertools.product(
            [ones, (2, 3, 2)[:dims]], [ones, (2, 1, 2)[:dims]], [0, 1], [1, 2]):
        more = tuple(s - 1 for s in stride) if pad else (0,) * dims  # PyTorch's output_padding
        reach = [(k - 1) * d - pad for k, d in zip(size, dilation)]
        if min(reach) < 0:
            continue  # negative padding of the dilated input
        name = f"transposed_{dims}d_{stride}_{dilation}_{pad}_{groups}".replace(" ", "")
        yield case(
            name, x_shape, size, 4, groups,
            lambda x, kernel: TRANSPOSED[dims](x, transposed_weights(kernel, groups), None, stride,
                                               pad, more, groups, dilation),
            input_dilation=unless_ones(stride), kernel_dilation=unless_ones(dilation),
            padding=[(r, r + m) for r, m in zip(reach, more)])


golden_file.write(sys.argv[1], itertools.chain(
    plain(1, (2, 8, 4), (3,)), plain(2, (1, 6, 5, 4), (3, 2)), plain(3, (1, 4, 3, 4, 4), (2, 2, 2)),
    transposed(1, (2, 5, 4), (3,)), transposed(2, (1, 4, 3, 4), (3, 2)),
    transposed(3, (1, 2, 2, 3, 2), (2, 3, 2))))
