"""Writes activations.h: activation functions and their derivatives as jax.nn computes them. Needs
jax.

    python3 tests/golden/make_activations.py > tests/golden/activations.h

The points avoid kinks.
"""
import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")

import jax.numpy as jnp
from jax import nn

from golden_header import emit

POINTS = np.array([-40, -8.5, -3.25, -2.75, -1.5, -0.75, -0.125, 0.125, 0.5, 1.25, 2.75, 3.25, 5.75,
                   6.5, 9.5, 40])


def activation(name, f):
    emit(name, f(jnp.array(POINTS)))
    emit(f"{name}Slope", jax.vmap(jax.grad(f))(jnp.array(POINTS)))


print("// Written by make_activations.py: activation functions and derivatives of jax.nn.")
print("#pragma once\n\n// clang-format off\nnamespace linseed::golden {\n")
emit("Points", POINTS)
activation("Celu", lambda x: nn.celu(x, 2.5))
activation("Elu", lambda x: nn.elu(x, 0.5))
activation("Gelu", nn.gelu)
activation("GeluExact", lambda x: nn.gelu(x, approximate=False))
activation("HardSigmoid", nn.hard_sigmoid)
activation("HardSwish", nn.hard_swish)
activation("HardTanh", nn.hard_tanh)
activation("LeakyRelu", nn.leaky_relu)
activation("LogSigmoid", nn.log_sigmoid)
activation("Mish", nn.mish)
activation("Relu", nn.relu)
activation("Relu6", nn.relu6)
activation("Selu", nn.selu)
activation("Sigmoid", nn.sigmoid)
activation("SoftSign", nn.soft_sign)
activation("Softplus", nn.softplus)
activation("Swish", nn.swish)
activation("Tanh", jnp.tanh)
matrix = jnp.array(POINTS.reshape(4, 4) / 8)
emit("Glu", nn.glu(matrix, axis=0))
emit("SoftmaxOfAll", nn.softmax(matrix, axis=(0, 1)))
emit("LogSoftmaxOfAll", nn.log_softmax(matrix, axis=(0, 1)))
print("\n}  // namespace linseed::golden")
