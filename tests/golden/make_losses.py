"""Writes losses.h: losses and their gradients, from their definitions in jax.numpy. Needs jax.

    python3 tests/golden/make_losses.py > tests/golden/losses.h

Inputs are made by the generator of tests/support/values.h, so that they need not be stored.
"""
import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")

import jax.numpy as jnp
from jax import nn

import golden_header
from golden_header import emit


def uneven(shape, seed):
    return jnp.array(golden_header.uneven(shape, seed).astype(np.float64))


def loss(name, values_of, x, *others):
    """The value of each example, and the gradient of their mean in x."""
    emit(f"{name}Loss", values_of(x, *others))
    emit(f"{name}LossGradient", jax.grad(lambda x: jnp.mean(values_of(x, *others)))(x))


def softmax(logits, target):
    return -jnp.sum(target * nn.log_softmax(logits), -1)


def sigmoid(logits, target):
    chance = 1 / (1 + jnp.exp(-logits))
    return -target * jnp.log(chance) - (1 - target) * jnp.log(1 - chance)


def huber(prediction, target, delta):
    error = jnp.abs(prediction - target)
    return jnp.where(error <= delta, error**2 / 2, delta * (error - delta / 2))


def divergence(log_q, p):
    return jnp.sum(p * (jnp.log(p) - log_q), -1)


print("// Written by make_losses.py: losses from their definitions in jax.numpy.")
print("#pragma once\n\n// clang-format off\nnamespace linseed::golden {\n")
logits, one_hot = 4 * uneven((3, 5), 1), jnp.eye(5)[jnp.array([2, 0, 4])]
chances = nn.softmax(uneven((3, 5), 2))
loss("Softmax", softmax, logits, one_hot)
loss("SoftmaxSmoothed", softmax, logits, 0.75 * one_hot + 0.25 / 5)
loss("SoftmaxOfChances", softmax, logits, chances)
loss("Sigmoid", sigmoid, logits, (uneven((3, 5), 2) + 1) / 2)
loss("SigmoidSmoothed", sigmoid, logits, 0.75 * (uneven((3, 5), 2) + 1) / 2 + 0.125)
prediction, target = uneven((3, 4), 1), uneven((3, 4), 2)
loss("Mse", lambda a, b: (a - b) ** 2, prediction, target)
loss("L1", lambda a, b: jnp.abs(a - b), prediction, target)
loss("Huber", lambda a, b: huber(a, b, 0.5), prediction, target)
loss("Divergence", divergence, nn.log_softmax(logits), chances)
print("\n}  // namespace linseed::golden")
