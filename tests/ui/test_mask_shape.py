"""The mask in the settings is the one that the backend will use."""

import numpy as np
import pytest

from mgie.api.rect import Rect
from mgie.compose.masks import blend_mask
from mgie.compose.region import Region
from mgie.panel.mask_shape import MaskShape


def _ellipse(width: int = 60, height: int = 44) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    inside = ((x - 30) / 22) ** 2 + ((y - 20) / 14) ** 2 < 1
    return np.where(inside, 255, 0).astype(np.uint8)


@pytest.mark.parametrize(("grow_px", "feather_px"), [(0, 6), (3, 6), (-4, 0), (-2, 5), (0, 0)])
def test_at_full_size_it_equals_what_the_backend_makes(grow_px: int, feather_px: float) -> None:
    coverage = _ellipse()
    rect = Rect(x=0, y=0, width=60, height=44)
    region = Region(rect=rect, mask=coverage, instruction="x")
    canvas = Rect(x=-200, y=-200, width=600, height=600)
    wanted = blend_mask(region, canvas, grow_px=grow_px, feather_px=feather_px)
    made = MaskShape(coverage, 1.0).shaped(grow_px=grow_px, feather_px=feather_px)
    assert np.abs(made.astype(int) - wanted).max() <= 1


def test_widths_shrink_with_the_picture() -> None:
    half = _ellipse()[::2, ::2]
    soft = MaskShape(half, 0.5).shaped(grow_px=0, feather_px=12)
    same = MaskShape(half, 1.0).shaped(grow_px=0, feather_px=6)
    assert np.abs(soft.astype(int) - same).mean() < 8


def test_a_selection_of_everything_or_nothing_has_no_edge() -> None:
    for value in (0, 255):
        whole = np.full((8, 8), value, np.uint8)
        assert (MaskShape(whole, 1.0).shaped(grow_px=-3, feather_px=9) == whole).all()
