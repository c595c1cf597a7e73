"""Averages of the trained weights."""

from __future__ import annotations

import torch

from mgie.train.engine.ema import Ema


def test_averages_follow_the_weights() -> None:
    weight = torch.nn.Parameter(torch.zeros(3))
    ema = Ema({"w": weight}, decay=0.5)
    weight.data += 1
    ema.update()
    expected = 1 - 2 / 11  # the first update uses (1 + 1) / (10 + 1)
    assert torch.allclose(ema.averages["w"], torch.full((3,), expected))
    with ema.applied():
        assert torch.allclose(weight, torch.full((3,), expected))
    assert torch.equal(weight, torch.ones(3))
