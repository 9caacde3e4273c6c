"""Writes random.h5: keys and random numbers as JAX draws them. Needs jax and h5py.

    python3 tests/golden/make_random.py tests/golden/random.h5
"""
import itertools
import sys

import jax

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_threefry_partitionable", False)
jax.config.update("jax_platforms", "cpu")

import jax.numpy as jnp
import numpy as np
from jax import random

import golden_file
import golden_header

SEEDS = [0, 42, 2**32 - 1, 2**40 + 17]
SHAPES = [(), (7,), (2, 4), (3, 1, 5)]


def case(function, seed, result, **options):
    words = "_".join(str(value) for value in options.values())
    array = np.asarray(result)
    if array.dtype.itemsize == 2 or array.dtype == bool:  # HDF5 has no bfloat16, and bool is 0 or 1
        array = array.astype(np.uint8 if array.dtype == bool else np.float32)
    return f"{function}_{seed}_{words}".replace(" ", ""), {
        "function": function, "seed": seed, **options}, {"result": array}


def keys():
    for seed in SEEDS:
        key = random.PRNGKey(seed)
        yield case("key", seed, key)
        for count in [1, 2, 5]:
            yield case("split", seed, random.split(key, count), count=count)
        for data in [0, 1, 2**31 + 5]:
            yield case("fold_in", seed, random.fold_in(key, np.uint32(data)), data=data)
        for shape in [*SHAPES, (257,)]:
            yield case("bits", seed, random.bits(key, shape, jnp.uint32), shape=shape)


def whole_numbers():
    ranges = [("int32", -3, 10), ("int32", -7, 2_000_000_000), ("int32", -2**31, 2**31),
              ("uint32", 5, 4_000_000_000), ("uint32", 0, 2**32), ("uint8", 0, 256),
              ("uint8", 3, 200)]
    for seed, shape, (dtype, low, high) in itertools.product(SEEDS[:2], SHAPES[1:], ranges):
        yield case("randint", seed, random.randint(random.PRNGKey(seed), shape, low, high, dtype),
                   shape=shape, low=low, high=high, dtype=dtype)
    for seed, n in itertools.product(SEEDS, [1, 2, 10, 33]):
        yield case("permutation", seed, random.permutation(random.PRNGKey(seed), n), n=n)
    for seed, p in itertools.product(SEEDS[:2], [0.1, 0.5, 0.9]):
        yield case("bernoulli", seed, random.bernoulli(random.PRNGKey(seed), np.float32(p), (25,)),
                   shape=(25,), p=p)
    for seed, axis in itertools.product(SEEDS, [0, 1, -1]):
        logits = golden_header.uneven((5, 4, 6), 1)
        yield case("categorical", seed, random.categorical(random.PRNGKey(seed), logits, axis),
                   axis=axis)


def floating_numbers():
    seed, key = 42, random.PRNGKey(42)
    for shape, dtype in itertools.product(SHAPES, ["float32", "float64", "bfloat16", "float16"]):
        options = {"shape": shape, "dtype": dtype}
        yield case("normal", seed, random.normal(key, shape, dtype), **options)
        yield case("exponential", seed, random.exponential(key, shape, dtype), **options)
        yield case("gumbel", seed, random.gumbel(key, shape, dtype), **options)
        for low, high in [(0.0, 1.0), (-3.0, 0.5)]:
            yield case("uniform", seed, random.uniform(key, shape, dtype, low, high), **options,
                       low=low, high=high)
        for low, high in [(-2.0, 2.0), (0.5, 3.0)]:
            yield case("truncated_normal", seed,
                       random.truncated_normal(key, low, high, shape, dtype), **options, low=low,
                       high=high)


golden_file.write(sys.argv[1], itertools.chain(keys(), whole_numbers(), floating_numbers()))
