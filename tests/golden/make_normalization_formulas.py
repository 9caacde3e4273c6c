"""Writes normalization_formulas.h: layer, group, instance and root-mean-square normalisation and
their gradients, from their formulas in jax.numpy. Needs jax.

    python3 tests/golden/make_normalization_formulas.py > tests/golden/normalization_formulas.h

Inputs are made by the generator of tests/support/values.h, so that they need not be stored.
"""
import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")

import jax.numpy as jnp

import golden_header
from golden_header import emit

EPSILON = float(np.float32(1e-6))


def uneven(shape, seed):
    return jnp.array(golden_header.uneven(shape, seed).astype(np.float64))


def standardise(x, axes):
    centred = x - jnp.mean(x, axes, keepdims=True)
    return centred / jnp.sqrt(jnp.mean(centred**2, axes, keepdims=True) + EPSILON)


def in_groups(x, groups):
    split = x.reshape(*x.shape[:-1], groups, -1)
    axes = (*range(1, x.ndim - 1), x.ndim)
    return standardise(split, axes).reshape(x.shape)


def root_mean_square(x):
    return x / jnp.sqrt(jnp.mean(x**2, -1, keepdims=True) + EPSILON)


def norm(name, x_shape, parameter_shape, normalise, has_bias=True):
    """y, and the gradients of Σ w y in x, scale and bias."""
    x, weights = uneven(x_shape, 1), uneven(x_shape, 4)
    parameters = [uneven(parameter_shape, 2)] + has_bias * [uneven(parameter_shape, 3)]
    y = lambda x, scale, bias=0: normalise(x) * scale + bias
    emit(name, y(x, *parameters))
    arguments = (x, *parameters)
    gradients = jax.grad(lambda *a: jnp.sum(y(*a) * weights), range(len(arguments)))(*arguments)
    for part, gradient in zip(["Input", "Scale", "Bias"], gradients):
        emit(f"{name}{part}Gradient", gradient)


print("// Written by make_normalization_formulas.py: from formulas of normalisations in jax.numpy.")
print("#pragma once\n\n// clang-format off\nnamespace linseed::golden {\n")
norm("LayerNorm", (2, 3, 5), (5,), lambda x: standardise(x, -1))
norm("LayerNormOfImages", (3, 2, 3, 2), (2, 3, 2), lambda x: standardise(x, (1, 2, 3)))
norm("GroupNorm", (2, 3, 2, 6), (6,), lambda x: in_groups(x, 2))
norm("GroupNormOfRows", (3, 9), (9,), lambda x: in_groups(x, 3))
norm("InstanceNorm", (2, 3, 2, 3), (3,), lambda x: standardise(x, (1, 2)))
norm("RMSNorm", (2, 3, 5), (5,), root_mean_square, has_bias=False)
print("\n}  // namespace linseed::golden")
