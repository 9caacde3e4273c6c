"""Writes normalization.h5: the five normalisations and their derivatives as PyTorch computes them.
Needs torch and h5py.

    python3 tests/golden/make_normalization.py tests/golden/normalization.h5

x is uneven(x, 1) + offset, scale and bias are uneven(…, 2) and uneven(…, 3), and the cotangent is
uneven(x, 4). PyTorch 1.13 has no normalisation by the root mean square; that one is its formula.
"""
import itertools
import sys

import numpy as np
import torch
import torch.nn.functional as F

import golden_file


def leaf(shape, seed, offset=0):
    return torch.tensor(golden_file.uneven(shape, seed) + offset, requires_grad=True)


def axes_last(x, axes):
    """x with `axes` at the end, and the permutation back."""
    axes = [axis % x.ndim for axis in axes]
    order = [i for i in range(x.ndim) if i not in axes] + axes
    return x.permute(order), [order.index(i) for i in range(x.ndim)]


def batch(x, axes, scale, bias, epsilon):
    turned, back = axes_last(x, axes)
    rows = turned.reshape(-1, scale.numel())
    y = F.batch_norm(rows, None, None, scale.flatten(), bias.flatten(), training=True, eps=epsilon)
    return y.reshape(turned.shape).permute(back)


def layer(x, axes, scale, bias, epsilon):
    turned, back = axes_last(x, axes)
    return F.layer_norm(turned, scale.shape, scale, bias, epsilon).permute(back)


def root_mean_square(x, axes, scale, bias, epsilon):
    turned, back = axes_last(x, axes)
    mean_square = (turned**2).mean(tuple(range(-len(axes), 0)), keepdim=True)
    return (turned / (mean_square + epsilon).sqrt() * scale).permute(back)


def group(x, groups, scale, bias, epsilon):
    return F.group_norm(x.movedim(-1, 1), groups, scale, bias, epsilon).movedim(1, -1)


def instance(x, _, scale, bias, epsilon):
    return F.instance_norm(x.movedim(-1, 1), weight=scale, bias=bias, eps=epsilon).movedim(1, -1)


def case(kind, function, shape, axes, features, epsilon, offset):
    """`axes`: a list of them, or the number of groups."""
    epsilon = float(np.float32(epsilon))
    x, scale, bias = leaf(shape, 1, offset), leaf(features, 2), leaf(features, 3)
    y = function(x, axes, scale, bias, epsilon)
    y.backward(torch.tensor(golden_file.uneven(shape, 4)))
    results = {"y": y.detach(), "x_gradient": x.grad, "scale_gradient": scale.grad}
    if kind != "rms":
        results["bias_gradient"] = bias.grad
    if kind == "batch":
        turned, _ = axes_last(x.detach(), axes)
        reduced = tuple(range(x.ndim - len(axes)))
        results |= {"mean": turned.mean(reduced), "var": turned.var(reduced, unbiased=False)}
    name = f"{kind}_{shape}_{axes}_{offset}".replace(" ", "")
    return name, {"kind": kind, "x": shape, "axes": axes, "epsilon": epsilon,
                  "offset": float(offset)}, results


def cases():
    for epsilon, offset in [(1e-5, 0), (0.1, 100)]:
        for shape, axes in [((6, 3), [-1]), ((3, 4, 2), [-1]), ((3, 4, 2), [1]),
                            ((3, 4, 2), [-2, -1]), ((2, 3, 2, 3), [-1]), ((2, 3, 2, 3), [1, 3]),
                            ((2, 2, 3, 2, 2), [-1]), ((2, 2, 3, 2, 2), [2, 4])]:
            yield case("batch", batch, shape, axes, [shape[axis] for axis in axes], epsilon, offset)
        for (kind, function), (shape, axes) in itertools.product(
                [("layer", layer), ("rms", root_mean_square)],
                [((4, 5), [-1]), ((2, 3, 4), [-1]), ((2, 3, 4), [1]), ((2, 3, 4), [-2, -1]),
                 ((2, 3, 2, 3), [-1]), ((2, 3, 2, 3), [1, 2, 3]), ((2, 3, 2, 3), [1, 3])]):
            yield case(kind, function, shape, axes, [shape[axis] for axis in axes], epsilon, offset)
        for shape, groups in [((3, 6), 1), ((3, 6), 2), ((3, 6), 3), ((2, 3, 4), 2),
                              ((2, 3, 2, 6), 1), ((2, 3, 2, 6), 3), ((2, 3, 2, 6), 6),
                              ((1, 2, 3, 2, 4), 2)]:
            yield case("group", group, shape, groups, shape[-1:], epsilon, offset)
        for shape in [(2, 5, 3), (2, 3, 2, 3), (1, 2, 3, 2, 2)]:
            yield case("instance", instance, shape, (), shape[-1:], epsilon, offset)


golden_file.write(sys.argv[1], cases())
