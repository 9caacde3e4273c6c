"""Writes layers.h: layers, losses and rules as PyTorch computes them, initialisers as JAX does.

    python3 tests/golden/make_layers.py torch > tests/golden/layers.h
    python3 tests/golden/make_layers.py jax > tests/golden/initializers.h

Everything is float64 (initialisers: float32). Inputs and parameters are made by the generator of
tests/support/values.h, so that they need not be stored.
"""
import sys

import numpy as np

import golden_header
from golden_header import emit


def uneven(shape, seed):
    return golden_header.uneven(shape, seed).astype(np.float64)


def small_cnn():
    """conv 3x3 (3 features), batch norm, relu, max pool 2x2, dense (5 classes), cross entropy."""
    import torch
    import torch.nn.functional as F

    def leaf(shape, seed):
        return torch.tensor(uneven(shape, seed), requires_grad=True)

    x, kernel = leaf((4, 6, 6, 2), 1), leaf((3, 3, 2, 3), 2)
    scale, shift = leaf((3,), 3), leaf((3,), 4)
    dense, bias = leaf((27, 5), 5), leaf((5,), 6)
    labels = torch.tensor([3, 0, 4, 1])

    y = F.conv2d(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1), padding=1)
    mean, var = y.mean((0, 2, 3)), y.var((0, 2, 3), unbiased=False)
    y = F.batch_norm(y, None, None, scale, shift, training=True, eps=float(np.float32(1e-5)))
    y = F.max_pool2d(F.relu(y), 2).permute(0, 2, 3, 1).reshape(4, 27)
    logits = y @ dense + bias
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    emit("CnnMean", mean.detach())
    emit("CnnVariance", var.detach())
    emit("CnnLogits", logits.detach())
    emit("CnnLoss", loss.detach())
    for name, tensor in [("Input", x), ("Kernel", kernel), ("Scale", scale), ("Shift", shift),
                         ("Dense", dense), ("Bias", bias)]:
        emit(f"Cnn{name}Gradient", tensor.grad)


def rules():
    """Ten steps with the gradient p³ − 0.3 (unlike in all elements) from the same start."""
    import torch

    def run(name, make):
        p = torch.tensor(uneven((6,), 7), requires_grad=True)
        optimizer = make([p])
        for _ in range(10):
            p.grad = (p**3 - 0.3).detach()
            optimizer.step()
        emit(name, p.detach())

    sgd, adam = torch.optim.SGD, torch.optim.AdamW
    run("Momentum", lambda p: sgd(p, lr=0.125, momentum=0.75))
    run("MomentumDecay", lambda p: sgd(p, lr=0.125, momentum=0.75, weight_decay=0.25))
    run("Nesterov", lambda p: sgd(p, lr=0.125, momentum=0.75, nesterov=True))
    betas = (float(np.float32(0.9)), float(np.float32(0.999)))
    eps = float(np.float32(1e-8))
    run("Adam", lambda p: adam(p, lr=0.125, betas=betas, eps=eps, weight_decay=0))
    run("AdamDecay", lambda p: adam(p, lr=0.125, betas=betas, eps=eps, weight_decay=0.25))
    run("Adagrad", lambda p: torch.optim.Adagrad(p, lr=0.125, eps=eps))


def initializers():
    import jax
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_threefry_partitionable", False)
    key, shape = jax.random.PRNGKey(0), (3, 2, 4)
    all_of = jax.nn.initializers
    for name in ["lecun_normal", "lecun_uniform", "kaiming_normal", "kaiming_uniform",
                 "xavier_normal", "xavier_uniform", "normal", "uniform"]:
        emit("".join(part.title() for part in name.split("_")),
             getattr(all_of, name)()(key, shape))
    emit("FanOutNormal", all_of.variance_scaling(3.0, "fan_out", "normal")(key, shape))
    emit("FanInOfOtherAxes", all_of.variance_scaling(
        1.0, "fan_in", "truncated_normal", in_axis=0, out_axis=1)(key, shape))
    emit("FanAverageOfSeveralAxes", all_of.variance_scaling(
        2.0, "fan_avg", "uniform", in_axis=(0, 1), out_axis=2)(key, shape))
    emit("TruncatedNormal", all_of.truncated_normal(0.5, lower=-1.0, upper=2.0)(key, shape))
    emit("OrthogonalTall", all_of.orthogonal()(key, shape))
    emit("OrthogonalWide", all_of.orthogonal(0.5)(key, (2, 5)))
    emit("OrthogonalColumnsFirst", all_of.orthogonal(column_axis=0)(key, shape))
    emit("DeltaOrthogonal", all_of.delta_orthogonal(2.0)(key, (3, 2, 2, 3)))


kind = sys.argv[1]
print(f"// Written by make_layers.py {kind}.\n#pragma once\n")
print("// clang-format off\nnamespace linseed::golden {\n")
if kind == "torch":
    small_cnn()
    rules()
else:
    initializers()
print("\n}  // namespace linseed::golden")
