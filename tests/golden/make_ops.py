"""Writes ops.h: values of operations and random numbers as JAX computes them. Needs jax.

    python3 tests/golden/make_ops.py > tests/golden/ops.h

Inputs are made by the generator of tests/support/values.h, so that they need not be stored.
"""
import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_threefry_partitionable", False)
jax.config.update("jax_platforms", "cpu")

import jax.numpy as jnp
from jax import lax, random

import golden_header
from golden_header import emit


def uneven(shape, seed):
    return jnp.array(golden_header.uneven(shape, seed))


def convolutions():
    x, kernel = uneven((1, 5, 4, 2), 1), uneven((3, 2, 2, 2), 2)
    for name, strides, padding in [("Same", (1, 1), "SAME"), ("SameStrided", (2, 3), "SAME"),
                                   ("Valid", (2, 1), "VALID"),
                                   ("Pairs", (1, 2), ((1, 2), (0, 1)))]:
        def conv(x, kernel):
            return lax.conv_general_dilated(x, kernel, strides, padding,
                                            dimension_numbers=("NHWC", "HWIO", "NHWC"))

        y = conv(x, kernel)
        weights = uneven(y.shape, 3)
        dx, dkernel = jax.grad(lambda *a: jnp.sum(conv(*a) * weights), (0, 1))(x, kernel)
        emit(f"Conv{name}", y)
        emit(f"Conv{name}InputGradient", dx)
        emit(f"Conv{name}KernelGradient", dkernel)


def pooling():
    x = uneven((1, 5, 4, 2), 1)
    for name, strides, padding in [("Same", (1, 2), "SAME"), ("Valid", (2, 1), "VALID"),
                                   ("Pairs", (2, 2), ((0, 0), (1, 0), (0, 2), (0, 0)))]:
        window, steps = (1, 2, 3, 1), (1, *strides, 1)
        largest = lambda x: lax.reduce_window(x, -jnp.inf, lax.max, window, steps, padding)
        y = largest(x)
        weights = uneven(y.shape, 3)
        emit(f"MaxPool{name}", y)
        emit(f"MaxPool{name}Gradient", jax.grad(lambda x: jnp.sum(largest(x) * weights))(x))
        emit(f"SumPool{name}", lax.reduce_window(x, 0.0, lax.add, window, steps, padding))


def reductions():
    x = uneven((2, 3, 4), 1)
    emit("SumLast", jnp.sum(x, -1))
    emit("MeanOuter", jnp.mean(x, (0, 2)))
    emit("MaxMiddle", jnp.max(x, 1))
    emit("MinAll", jnp.min(x))
    emit("Argmax", jnp.argmax(x, 1))
    emit("VarianceLast", jnp.var(x, -1))
    emit("LogSoftmax", jax.nn.log_softmax(x))
    weights = uneven(x.shape, 3)
    emit("LogSoftmaxGradient", jax.grad(lambda x: jnp.sum(jax.nn.log_softmax(x) * weights))(x))
    emit("Matmul", jnp.matmul(uneven((2, 3, 4), 1), uneven((4, 2), 2), precision="highest"))


def randoms():
    key = random.PRNGKey(42)
    for bits, dtype in ((32, jnp.float32), (64, jnp.float64)):
        emit(f"Uniform{bits}", random.uniform(key, (7,), dtype))
        emit(f"UniformRange{bits}", random.uniform(key, (2, 3), dtype, -3.0, 5.0))
        emit(f"Normal{bits}", random.normal(key, (9,), dtype))
        emit(f"TruncatedNormal{bits}", random.truncated_normal(key, -1.5, 0.5, (8,), dtype))
    emit("Bits", random.bits(key, (7,), jnp.uint32))
    emit("Bernoulli", random.bernoulli(key, np.float32(0.3), (16,)))
    emit("Split", random.split(key, 3))
    emit("FoldIn", random.fold_in(key, 123456789))
    emit("KeyOfLargeSeed", random.PRNGKey(2**40 + 17))
    emit("Permutation", random.permutation(key, 30))
    emit("PermutationOfOne", random.permutation(key, 1))
    emit("PermutationHead", random.permutation(key, 3000)[:12])


print("// Written by make_ops.py: values of operations as JAX computes them.")
print("#pragma once\n\n#include <cstdint>\n\n// clang-format off\nnamespace linseed::golden {\n")
convolutions()
pooling()
reductions()
randoms()
print("\n}  // namespace linseed::golden\n// clang-format on")
