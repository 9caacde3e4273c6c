"""Writes compositions.h: values of functions made of operations, as JAX and NumPy compute them.
Needs jax.

    python3 tests/golden/make_compositions.py > tests/golden/compositions.h

Inputs are made by the generator of tests/support/values.h, so that they need not be stored.
"""
import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_threefry_partitionable", False)
jax.config.update("jax_platforms", "cpu")

import jax.numpy as jnp
from jax import lax, random
from jax.scipy import special

import golden_header
from golden_header import emit


def uneven(shape, seed):
    return jnp.array(golden_header.uneven(shape, seed))


def emit_with_gradient(name, f, x):
    y = f(x)
    weights = uneven(y.shape, 9)
    emit(name, y)
    emit(f"{name}Gradient", jax.grad(lambda x: jnp.sum(f(x) * weights))(x))


def functions():
    points = np.array([-3.0, -1.5, -0.5, -1e-10, 0.0, 1e-5, 0.3, 1.0, 2.0, 5.0])
    emit("Erf", special.erf(points))
    emit("Expm1", np.expm1(points))
    emit("Log1p", np.log1p(points[2:]))
    emit("Tan", np.tan(points))
    halves = np.array([-2.5, -1.5, -0.5, -0.2, 0.5, 0.7, 1.5, 2.5, 3.5])
    emit("Floor", np.floor(halves))
    emit("Ceil", np.ceil(halves))
    emit("Round", np.round(halves))
    emit_with_gradient("Clip", lambda x: jnp.clip(x, -0.5, 0.25), uneven((3, 4), 1))


def statistics():
    x = uneven((2, 3, 4), 1)
    for name, f in [
        ("ProdAll", jnp.prod),
        ("ProdMiddle", lambda x: jnp.prod(x, 1)),
        ("NormOne", lambda x: jnp.linalg.norm(x, 1, -1)),
        ("NormTwo", lambda x: jnp.linalg.norm(x, 2, 0)),
        ("NormInfinity", lambda x: jnp.linalg.norm(x, jnp.inf, 1)),
        ("LogSumExp", lambda x: special.logsumexp(x * 100, (0, 2))),
        ("Var", lambda x: jnp.var(x, (0, 2), ddof=1)),
        ("Std", lambda x: jnp.std(x, -1)),
        ("Cumsum", lambda x: jnp.cumsum(x, 1)),
        ("CumsumReverse", lambda x: lax.cumsum(x, 2, reverse=True)),
    ]:
        emit_with_gradient(name, f, x)


def sorting():
    x = uneven((3, 5, 2), 4)
    emit_with_gradient("Sort", lambda x: jnp.sort(x, 1), x)
    ties = jnp.floor(x * 3)
    emit("SortTies", jnp.sort(ties, 1))
    emit("ArgsortTies", jnp.argsort(ties, 1))
    emit("ArgminTies", jnp.argmin(ties, 1))
    values, indices = lax.top_k(jnp.floor(uneven((3, 7), 5) * 3), 4)
    emit("TopKValues", values)
    emit("TopKIndices", indices)
    indices = jnp.array([[[0, -1]], [[2, 1]]])
    emit_with_gradient("TakeAlongAxis", lambda x: jnp.take_along_axis(x, indices, 2),
                       uneven((2, 3, 4), 1))


EINSUMS = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("bij,bjk->bik", (2, 3, 2), (2, 2, 3)),
    ("bhqd,bkhd->bhqk", (2, 2, 3, 2), (2, 3, 2, 2)),
    ("i,j->ji", (3,), (2,)),
    ("ij,ij->j", (3, 2), (3, 2)),
    ("aij,ibj->ba", (2, 3, 2), (3, 2, 2)),
    ("ik,j->i", (3, 2), (2,)),
    ("ii,ij->j", (3, 3), (3, 2)),
    ("ba,Ab", (2, 3), (2, 2)),
    ("ij,->ji", (2, 3), ()),
    ("ii", (3, 3), None),
    ("iij->ji", (2, 2, 3), None),
    ("iji->j", (2, 3, 2), None),
    ("cab->b", (2, 3, 2), None),
    ("ba", (2, 3), None),
]


def einsums():
    for i, (equation, *shapes) in enumerate(EINSUMS):
        operands = [uneven(shape, 1 + n) for n, shape in enumerate(shapes) if shape is not None]
        product = lambda *a: jnp.einsum(equation, *a, precision="highest")
        emit(f"Einsum{i}", product(*operands))
        weights = uneven(product(*operands).shape, 9)
        loss = lambda *a: jnp.sum(product(*a) * weights)
        emit(f"Einsum{i}Gradient", jax.grad(loss)(*operands))


def rearrangements():
    x = np.arange(24).reshape(2, 3, 4)
    emit("StackMiddle", np.stack([x[0], x[1], x[0]], 1))
    emit("TileMore", np.tile(x[0], (2, 1, 2)))
    emit("TileFewer", np.tile(x, (2,)))
    emit("RepeatMiddle", np.repeat(x, 2, 1))
    emit("FlipOuter", np.flip(x, (0, 2)))
    emit("RollRight", np.roll(x, 5, 1))
    emit("RollLeft", np.roll(x, -1, 2))
    emit("SwapAxes", np.swapaxes(x, 0, -1))
    emit("MoveAxis", np.moveaxis(x, 0, -1))
    for offset, name in [(0, ""), (1, "Above"), (-2, "Below")]:
        emit(f"Tril{name}", np.tril(x, offset))
        emit(f"Triu{name}", np.triu(x, offset))
        emit(f"Eye{name}", np.eye(3, 4, offset, int))
        emit(f"Tri{name}", np.tri(3, 4, offset, int))
        emit(f"Diagonal{name}", np.diagonal(x, offset, 1, 2))
        emit(f"DiagonalTurned{name}", np.diagonal(x, offset, 2, 0))
    emit("Linspace", jnp.linspace(-1, 3, 8, dtype=jnp.float32))


def randoms():
    key = random.PRNGKey(42)
    for name, low, high, dtype in [
        ("Small", -3, 10, jnp.int32),
        ("Large", -7, 2_000_000_000, jnp.int32),
        ("All", -2**31, 2**31, jnp.int32),
        ("Unsigned", 5, 4_000_000_000, jnp.uint32),
        ("AllUnsigned", 0, 2**32, jnp.uint32),
        ("Bytes", 0, 256, jnp.uint8),
    ]:
        emit(f"Randint{name}", random.randint(key, (3, 3), low, high, dtype))
    for bits, dtype in ((32, jnp.float32), (64, jnp.float64)):
        emit(f"Gumbel{bits}", random.gumbel(key, (7,), dtype))
        emit(f"Exponential{bits}", random.exponential(key, (7,), dtype))
    logits = uneven((2, 5, 3), 6) * 3
    emit("CategoricalMiddle", random.categorical(key, logits, 1))
    emit("CategoricalMany", random.categorical(key, logits, -1, (4, 2, 5)))
    emit("CategoricalSpread", random.categorical(key, logits[:1], 1, (2, 3)))
    emit("PermutationRows", random.permutation(key, np.arange(24).reshape(6, 4)))
    emit("PermutationColumns", random.permutation(key, np.arange(24).reshape(6, 4), 1))


print("// Written by make_compositions.py: values of functions as JAX and NumPy compute them.")
print("#pragma once\n\n#include <cstdint>\n\n// clang-format off\nnamespace linseed::golden {\n")
functions()
statistics()
sorting()
einsums()
rearrangements()
randoms()
print("\n}  // namespace linseed::golden\n// clang-format on")
