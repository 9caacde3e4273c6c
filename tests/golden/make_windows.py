"""Writes windows.h: convolution and pooling over 1 to 3 dimensions as JAX computes them. Needs jax.

    python3 tests/golden/make_windows.py > tests/golden/windows.h

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

LAYOUTS = {1: ("NWC", "WIO", "NWC"), 2: ("NHWC", "HWIO", "NHWC"), 3: ("NDHWC", "DHWIO", "NDHWC")}


def uneven(shape, seed):
    return jnp.array(golden_header.uneven(shape, seed).astype(np.float64))


def convolution(name, x_shape, kernel_shape, **options):
    """y, and both gradients of Σ w y."""
    x, kernel = uneven(x_shape, 1), uneven(kernel_shape, 2)
    options.setdefault("window_strides", (1,) * (len(x_shape) - 2))

    def conv(x, kernel):
        return lax.conv_general_dilated(
            x, kernel, dimension_numbers=LAYOUTS[len(x_shape) - 2], **options)

    y = conv(x, kernel)
    weights = uneven(y.shape, 3)
    dx, dkernel = jax.grad(lambda *a: jnp.sum(conv(*a) * weights), (0, 1))(x, kernel)
    emit(f"Conv{name}", y)
    emit(f"Conv{name}InputGradient", dx)
    emit(f"Conv{name}KernelGradient", dkernel)


def pooling(name, x_shape, window, strides, padding):
    """Maximum, its gradient of Σ w y, and sum."""
    x = uneven(x_shape, 1)
    window, steps = (1, *window, 1), (1, *strides, 1)
    if not isinstance(padding, str):
        padding = ((0, 0), *padding, (0, 0))
    largest = lambda x: lax.reduce_window(x, -jnp.inf, lax.max, window, steps, padding)
    y = largest(x)
    weights = uneven(y.shape, 3)
    emit(f"MaxPool{name}", y)
    emit(f"MaxPool{name}Gradient", jax.grad(lambda x: jnp.sum(largest(x) * weights))(x))
    emit(f"SumPool{name}", lax.reduce_window(x, 0.0, lax.add, window, steps, padding))


print("// Written by make_windows.py: convolution and pooling as JAX computes them.")
print("#pragma once\n\n// clang-format off\nnamespace linseed::golden {\n")
convolution("Line", (2, 7, 2), (3, 2, 3), window_strides=(2,), padding="SAME")
convolution("LineDilated", (1, 6, 2), (2, 2, 2), padding=((2, 1),), lhs_dilation=(2,),
            rhs_dilation=(3,))
convolution("Volume", (1, 3, 4, 3, 2), (2, 3, 2, 2, 2), window_strides=(2, 1, 2), padding="SAME")
convolution("VolumeDilated", (1, 2, 4, 3, 1), (2, 2, 2, 1, 2), padding=((0, 1), (1, 0), (1, 2)),
            lhs_dilation=(2, 1, 1), rhs_dilation=(1, 3, 2))
convolution("KernelDilated", (1, 6, 5, 2), (2, 3, 2, 2), window_strides=(2, 1), padding="SAME",
            rhs_dilation=(3, 2))
convolution("InputDilated", (1, 3, 4, 2), (3, 2, 2, 2), window_strides=(1, 2),
            padding=((1, 2), (0, 1)), lhs_dilation=(2, 3))
convolution("Grouped", (2, 4, 3, 4), (2, 2, 2, 6), padding="SAME", feature_group_count=2)
convolution("GroupedPixels", (2, 2, 3, 6), (1, 1, 2, 3), padding="VALID", feature_group_count=3)
convolution("Depthwise", (1, 4, 5, 3), (3, 2, 1, 3), window_strides=(2, 1), padding="SAME",
            rhs_dilation=(1, 2), feature_group_count=3)
convolution("DepthwiseTwice", (2, 6, 2), (3, 1, 4), padding="VALID", feature_group_count=2)
pooling("Line", (2, 7, 3), (3,), (2,), "SAME")
pooling("Volume", (1, 4, 3, 5, 2), (2, 3, 2), (2, 1, 3), ((1, 0), (1, 1), (0, 1)))
print("\n}  // namespace linseed::golden\n// clang-format on")
