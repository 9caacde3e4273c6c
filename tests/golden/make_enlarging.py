"""Writes enlarging.h: transposed convolution and interpolation as JAX computes them. Needs jax.

    python3 tests/golden/make_enlarging.py > tests/golden/enlarging.h

Inputs are made by the generator of tests/support/values.h, so that they need not be stored.
"""
import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")

import jax.numpy as jnp
from jax import lax

import golden_header
from golden_header import emit


def uneven(shape, seed):
    return jnp.array(golden_header.uneven(shape, seed).astype(np.float64))


def transposed(name, x_shape, kernel_shape, strides, padding, dilation=None):
    """y, and both gradients of Σ w y."""
    x, kernel = uneven(x_shape, 1), uneven(kernel_shape, 2)
    f = lambda x, kernel: lax.conv_transpose(x, kernel, strides, padding, dilation)
    y = f(x, kernel)
    weights = uneven(y.shape, 3)
    dx, dkernel = jax.grad(lambda *a: jnp.sum(f(*a) * weights), (0, 1))(x, kernel)
    emit(f"Transposed{name}", y)
    emit(f"Transposed{name}InputGradient", dx)
    emit(f"Transposed{name}KernelGradient", dkernel)


def resized(name, x_shape, spatial, method):
    """y, and the gradient of Σ w y."""
    x = uneven(x_shape, 1)
    f = lambda x: jax.image.resize(x, (x_shape[0], *spatial, x_shape[-1]), method)
    weights = uneven(f(x).shape, 3)
    emit(f"Resized{name}", f(x))
    emit(f"Resized{name}Gradient", jax.grad(lambda x: jnp.sum(f(x) * weights))(x))


print("// Written by make_enlarging.py: transposed convolution and interpolation of JAX.")
print("#pragma once\n\n// clang-format off\nnamespace linseed::golden {\n")
transposed("Line", (2, 4, 2), (3, 2, 2), (2,), "SAME")
transposed("LineNarrow", (1, 3, 1), (2, 1, 2), (3,), "SAME")
transposed("LineValid", (1, 3, 2), (4, 2, 1), (2,), "VALID")
transposed("Image", (1, 3, 2, 2), (3, 2, 2, 2), (2, 1), "SAME", (1, 2))
transposed("ImagePairs", (1, 2, 3, 2), (3, 3, 2, 1), (2, 2), ((1, 2), (0, 3)))
transposed("Volume", (1, 2, 2, 1, 2), (2, 3, 2, 2, 1), (2, 1, 2), "VALID")
resized("Line", (2, 3, 2), (7,), "linear")
resized("Image", (1, 2, 3, 2), (5, 6), "linear")
resized("Volume", (1, 2, 1, 2, 1), (3, 2, 2), "linear")
resized("NearestImage", (1, 3, 4, 1), (7, 4), "nearest")
resized("NearestSmaller", (1, 5, 7, 1), (2, 3), "nearest")
print("\n}  // namespace linseed::golden")
