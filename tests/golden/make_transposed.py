"""Writes transposed.h5: the layer ConvTranspose as JAX computes it, with both derivatives. Needs
jax and h5py.

    python3 tests/golden/make_transposed.py tests/golden/transposed.h5

Inputs are uneven(x, 1), uneven(kernel, 2), and the cotangent uneven(y, 3).
"""
import itertools
import sys

import jax

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")

from jax import lax

import golden_file
from golden_file import unless_ones

LAYOUTS = [None, ("NWC", "WIO", "NWC"), ("NHWC", "HWIO", "NHWC"), ("NDHWC", "DHWIO", "NDHWC")]


def cases():
    for dims, x_shape, size in [(1, (2, 4, 2), (3,)), (2, (1, 3, 4, 2), (3, 2)),
                                (3, (1, 2, 3, 2, 2), (2, 3, 2))]:
        ones = (1,) * dims
        for strides, dilation, padding in itertools.product(
                [ones, (2, 3, 1)[:dims], (4, 1, 3)[:dims]], [ones, (2, 1, 2)[:dims]],
                ["SAME", "VALID", ((1, 2), (0, 1), (2, 0))[:dims]]):
            def layer(x, kernel):
                return lax.conv_transpose(x, kernel, strides, padding, rhs_dilation=dilation,
                                          dimension_numbers=LAYOUTS[dims])

            x, kernel = golden_file.uneven(x_shape, 1), golden_file.uneven((*size, 2, 3), 2)
            y, pullback = jax.vjp(layer, x, kernel)
            dx, dkernel = pullback(golden_file.uneven(y.shape, 3))
            name = f"{dims}d_{strides}_{dilation}_{padding}".replace(" ", "")
            yield name, {"x": x_shape, "size": size, "strides": unless_ones(strides),
                         "kernel_dilation": unless_ones(dilation), "padding": padding}, {
                             "y": y, "x_gradient": dx, "kernel_gradient": dkernel}


golden_file.write(sys.argv[1], cases())
