"""Writes schedules.h: schedules as optax computes them, and by the formulas of flax (before Linen).

    python3 tests/golden/make_schedules.py > tests/golden/schedules.h

The rates at the steps of kScheduleSteps, in float64.
"""
import jax
import numpy as np
import optax

from golden_header import emit

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")

STEPS = [0, 1, 7, 29, 30, 31, 49, 50, 51, 99, 100, 101, 150, 400]


def emit_rates(name, schedule):
    emit(name, np.array([float(schedule(np.int64(step))) for step in STEPS], np.float64))


def flax_stepped(base, steps_per_epoch, factors, warmup):
    boundaries = np.array([round(epoch * steps_per_epoch) for epoch, _ in factors])
    values = base * np.array([1.0] + [factor for _, factor in factors])

    def rate(step):
        ramp = min(1.0, step / warmup / steps_per_epoch)
        return values[np.sum(boundaries < step)] * ramp

    return rate


def transformer(step, base=0.5, warmup=30):
    """constant * linear_warmup * rsqrt_normalized_decay, flax's lm1b example."""
    return base * min(1.0, step / warmup) * np.sqrt(warmup) / np.sqrt(max(step, warmup))


print("// Written by make_schedules.py.\n#pragma once\n")
print("#include <cstdint>\n\n// clang-format off\nnamespace linseed::golden {\n")
emit("ScheduleSteps", STEPS)
emit_rates("Stepped", flax_stepped(0.5, 10, [(3, 0.5), (5, 0.1), (10, 0.02)], 0.7))
emit_rates("OneCycle", optax.cosine_onecycle_schedule(100, 0.5))
emit_rates("SteepOneCycle", optax.cosine_onecycle_schedule(150, 0.5, 0.2, 10.0, 100.0))
emit_rates("InverseSqrt", transformer)
emit_rates("Piecewise", optax.join_schedules(
    [optax.linear_schedule(0.0, 0.5, 30), optax.constant_schedule(0.5),
     optax.cosine_decay_schedule(0.5, 1000)], [30, 50]))
print("\n}  // namespace linseed::golden")
