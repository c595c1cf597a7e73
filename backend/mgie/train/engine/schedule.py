"""The learning rate as a function of the step: nothing to save, nothing to resume."""

from __future__ import annotations

import math

from mgie.train.config import OptimizerConfig


def rate_factor(step: int, num_steps: int, config: OptimizerConfig) -> float:
    """Factor of the base rate at step 0, 1, ...: linear warm-up, then constant or half a cosine.

    As published (and in transformers): the very first step has rate 0 whenever there is a warm-up.
    """
    num_warmup = math.ceil(num_steps * config.warmup_fraction)
    if step < num_warmup:
        return step / num_warmup
    if config.schedule == "constant":
        return 1.0
    return half_cosine(step - num_warmup, max(1, num_steps - num_warmup))


def half_cosine(step: int, num_steps: int) -> float:
    """From 1 at step 0 down to 0 at step `num_steps`."""
    return max(0.0, 0.5 * (1.0 + math.cos(math.pi * step / num_steps)))
