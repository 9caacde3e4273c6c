"""Writes initializers.h5: initial values as JAX draws them, in float32. Needs jax and h5py.

    python3 tests/golden/make_initializers.py tests/golden/initializers.h5
"""
import itertools
import sys

import jax

jax.config.update("jax_threefry_partitionable", False)
jax.config.update("jax_platforms", "cpu")

from jax.nn import initializers

import golden_file

SHAPES = [(5, 2), (3, 2, 4), (2, 3, 2, 3)]


def case(name, initializer, shape, **options):
    words = "_".join(str(value) for value in (shape, *options.values()))
    return f"{name}_{words}".replace(" ", ""), {"initializer": name, "shape": shape, **options}, {
        "result": initializer(jax.random.PRNGKey(7), shape)}


def cases():
    for shape in SHAPES:
        for name in ["lecun_normal", "lecun_uniform", "kaiming_normal", "kaiming_uniform",
                     "xavier_normal", "xavier_uniform"]:
            yield case(name, getattr(initializers, name)(), shape)
        for scale in [0.01, 2.0]:
            yield case("normal", initializers.normal(scale), shape, scale=scale)
            yield case("uniform", initializers.uniform(scale), shape, scale=scale)
        for fan in ["fan_in", "fan_out", "fan_avg"]:
            for distribution in ["truncated_normal", "normal", "uniform"]:
                for axes in [(-2, -1), (-1, 0)]:
                    yield case("variance_scaling",
                               initializers.variance_scaling(3.0, fan, distribution, *axes), shape,
                               fan=fan, distribution=distribution, axes=axes)


def special_cases():
    for shape in SHAPES:
        yield case("truncated_normal", initializers.truncated_normal(0.5, lower=-1.0, upper=3.0),
                   shape)
        for axis in [-1, 0]:
            yield case("orthogonal", initializers.orthogonal(2.0, axis), shape, axis=axis)
    for shape in [(3, 2, 4), (3, 2, 4, 4), (2, 1, 3, 2, 5)]:
        yield case("delta_orthogonal", initializers.delta_orthogonal(2.0), shape)


golden_file.write(sys.argv[1], itertools.chain(cases(), special_cases()))
