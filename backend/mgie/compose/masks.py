"""Selections: growing, shrinking and feathering, never beyond the coverage that was given."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from mgie.api.picture import Coverage
from mgie.api.rect import Rect
from mgie.compose.region import Region

BLOCK_PX = 512  # distances are measured block by block, so that memory stays bounded


def blend_mask(region: Region, canvas: Rect, *, grow_px: int, feather_px: float) -> Coverage:
    """(height, width) of the region's rectangle: how much of the edit each pixel takes.

    The ramp begins `grow_px` outside the selection (inside, if negative), rising inwards over `feather_px`.
    The canvas's own edges are no border. Nowhere more than the region's coverage.
    """
    coverage = region.coverage()
    if grow_px == 0 and feather_px == 0:
        return coverage
    margin = int(np.ceil(abs(grow_px) + feather_px)) + 1
    result = np.empty_like(coverage)
    for top in range(0, region.rect.height, BLOCK_PX):
        for left in range(0, region.rect.width, BLOCK_PX):
            block = (slice(top, top + BLOCK_PX), slice(left, left + BLOCK_PX))
            window = _window(coverage, region.rect, canvas, top, left, margin)
            ramp = _ramp(window, grow_px, feather_px)[margin:, margin:]
            height, width = coverage[block].shape
            result[block] = np.minimum(coverage[block], ramp[:height, :width])
    return result


def _window(
    coverage: Coverage, rect: Rect, canvas: Rect, top: int, left: int, margin: int
) -> npt.NDArray[np.bool_]:
    """A block with a margin around it; beyond the rectangle nothing is selected, beyond the canvas all is."""
    block = Rect(rect.x + left, rect.y + top, BLOCK_PX, BLOCK_PX).grow(margin)
    selected = np.ones((block.height, block.width), np.bool_)
    selected[block.intersect(canvas).within(block)] = False
    common = block.intersect(rect)
    selected[common.within(block)] = coverage[common.within(rect)] > 0
    return selected


def _ramp(selected: npt.NDArray[np.bool_], grow_px: int, feather_px: float) -> Coverage:
    """0..255 from the signed distance to the selection's border."""
    if selected.all():
        return np.full(selected.shape, 255, np.uint8)
    depth = _distance(selected)
    if grow_px > 0 and selected.any():
        depth = depth - _distance(~selected)
    ramp = np.clip((depth + grow_px) / max(feather_px + 1.0, 1.0), 0.0, 1.0)
    return np.round(255.0 * ramp).astype(np.uint8)


def _distance(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Of every inside pixel to the nearest outside one, px."""
    return np.asarray(ndimage.distance_transform_edt(inside))
