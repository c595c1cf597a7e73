"""What a picture lacks: from tones and colours alone, at any size, among the decisions in question."""

from __future__ import annotations

import torch

from mgie.model.config import ReaderConfig
from mgie.model.faults import PictureFaults, tone_statistics

CONFIG = ReaderConfig(
    decisions=("warm it", "lift it|calm it", "calm it|wake it", "I can't", ""),
    declined=3,
    several=4,
    strengths=("",),
    regions=("", "the sky"),
)


def test_the_alternatives_are_the_repairs() -> None:
    assert CONFIG.repairs == ("lift it", "calm it", "wake it")


def test_only_the_decisions_in_question_are_weighed() -> None:
    faults = PictureFaults(CONFIG)
    with torch.no_grad():
        for weight in faults.parameters():
            weight.zero_()
        faults.layers[4].bias[:] = torch.tensor([1.0, 2.0, 3.0])  # type: ignore[index]  # a linear layer's
    picture = torch.zeros(3, 8, 8)
    assert faults.likeliest(picture, ("I'll lift it", "I'll calm it")) == "I'll calm it"
    assert faults.likeliest(picture, ("I'll calm it", "I'll wake it, except in the sky")).startswith(
        "I'll wake"
    )


def test_statistics_tell_light_and_colour_and_not_the_size() -> None:
    generator = torch.Generator().manual_seed(0)
    picture = torch.rand(3, 24, 32, generator=generator) * 2 - 1
    larger = picture.repeat_interleave(2, 1).repeat_interleave(2, 2)
    torch.testing.assert_close(tone_statistics(picture), tone_statistics(larger), atol=0.01, rtol=0)
    assert not torch.allclose(tone_statistics(picture), tone_statistics(picture * 0.5 - 0.5), atol=0.05)
    assert not torch.allclose(tone_statistics(picture), tone_statistics(picture.flip(0)), atol=0.005)
