"""Writes half.h: random numbers of half precision as JAX computes them. Needs jax.

    python3 tests/golden/make_half.py > tests/golden/half.h
"""
import jax

jax.config.update("jax_threefry_partitionable", False)
jax.config.update("jax_platforms", "cpu")

import jax.numpy as jnp
import numpy as np
from jax import random

from golden_header import emit

print("// Written by make_half.py: random numbers of half precision as JAX computes them.")
print("#pragma once\n\n#include <cstdint>\n\n// clang-format off\nnamespace linseed::golden {\n")
key = random.PRNGKey(42)
for name, dtype in (("Bfloat16", jnp.bfloat16), ("Float16", jnp.float16)):
    wide = lambda x: np.asarray(x).astype(np.float64)
    emit(f"Uniform{name}", wide(random.uniform(key, (7,), dtype)))
    emit(f"UniformRange{name}", wide(random.uniform(key, (2, 3), dtype, -3.0, 5.0)))
    emit(f"Normal{name}", wide(random.normal(key, (9,), dtype)))
    emit(f"TruncatedNormal{name}", wide(random.truncated_normal(key, -1.5, 0.5, (8,), dtype)))
print("\n}  // namespace linseed::golden\n// clang-format on")
