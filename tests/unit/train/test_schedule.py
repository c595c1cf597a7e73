"""The learning rate over the steps."""

from __future__ import annotations

from mgie.train.config import OptimizerConfig
from mgie.train.engine.schedule import rate_factor


def test_the_rate_warms_up_and_falls_to_zero() -> None:
    config = OptimizerConfig(warmup_fraction=0.1)
    rates = [rate_factor(step, 100, config) for step in range(100)]
    assert rates[:3] == [0.0, 0.1, 0.2]
    assert max(rates) == rates[10] == 1.0
    assert rates[99] < 0.001
    assert rate_factor(50, 100, OptimizerConfig(schedule="constant")) == 1.0
