"""Local edits: each row of a batch changes its own part of its own picture."""

from __future__ import annotations

import torch

from mgie.model.areas import AreaRows, RegionMasks
from mgie.model.config import ReaderConfig
from mgie.model.events import WHOLE, Area

CONFIG = ReaderConfig(
    decisions=("warm only {r}", "I can't", ""),
    declined=1,
    several=2,
    strengths=("",),
    regions=("", "the left half", "the sky"),
)


def left_half() -> RegionMasks:
    """Masks whose first region is the left half, and whose second is empty."""
    masks = RegionMasks(CONFIG)
    with torch.no_grad():
        for weight in masks.parameters():
            weight.zero_()
        first, second, last = (masks.layers[index] for index in (0, 2, 4))
        first.weight[0, 3], second.weight[0, 0], last.weight[0, 0] = -40.0, 40.0, 40.0  # type: ignore[index]  # convolutions
        last.bias[:] = torch.tensor([-20.0, -60.0])  # type: ignore[index]  # a convolution's
    return masks


def test_a_local_edit_stays_in_its_region() -> None:
    before, painted = torch.zeros(1, 3, 8, 8), torch.ones(1, 3, 8, 8)
    rows = AreaRows([(Area(1),)], before, left_half())
    after = rows.joined(before, painted)
    assert rows.is_local
    assert after[..., :4].min() > 0.99
    assert after[..., 4:].max() < 0.01


def test_an_exception_is_everything_else() -> None:
    before, painted = torch.zeros(1, 3, 8, 8), torch.ones(1, 3, 8, 8)
    inside, outside = (
        AreaRows([(Area(1, is_inside=is_inside),)], before, left_half()).joined(before, painted)
        for is_inside in (True, False)
    )
    torch.testing.assert_close(inside + outside, painted)


def test_what_is_done_in_several_areas_adds_up() -> None:
    before = torch.zeros(2, 3, 8, 8)
    rows = AreaRows([(WHOLE, Area(1)), (Area(2),)], before, left_half())
    painted = torch.tensor([0.2, 0.5, 0.9])[:, None, None, None].expand(3, 3, 8, 8)
    first, second = rows.joined(before, painted)
    assert rows.owners == [0, 0, 1]
    torch.testing.assert_close(first[..., :4], torch.full((3, 8, 4), 0.7))
    torch.testing.assert_close(first[..., 4:], torch.full((3, 8, 4), 0.2))
    torch.testing.assert_close(second, torch.zeros(3, 8, 8))


def test_masks_fit_latents_too() -> None:
    before = torch.zeros(1, 4, 2, 2)
    rows = AreaRows([(Area(1),)], torch.zeros(1, 3, 16, 16), left_half())
    after = rows.joined(before, torch.ones(1, 4, 2, 2))
    torch.testing.assert_close(after[0, 0], torch.tensor([[1.0, 0.0], [1.0, 0.0]]), atol=0.01, rtol=0)


def test_edits_of_whole_pictures_are_left_as_painted() -> None:
    painted = torch.rand(2, 3, 8, 8)
    rows = AreaRows([(WHOLE,), (WHOLE,)], torch.zeros(2, 3, 8, 8), left_half())
    assert not rows.is_local
    assert rows.joined(torch.zeros(2, 3, 8, 8), painted) is painted
