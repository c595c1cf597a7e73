"""How visible the border of an edit is: whether a step runs along it that was not there before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from mgie.api.picture import Coverage, Picture, Pixels
from mgie.api.rect import Rect
from mgie.compose.pixels import read_colours
from mgie.compose.region import picture_rect
from mgie.compose.resample import Floats

SPAN_PX = 3  # a step within this distance reads as an edge
HARD_STEP = 96  # of 255: softer transitions of the coverage are no border
ALONG_PX = 15  # steps are averaged along the border: texture cancels, what the eye follows remains
BLOCK_PX = 512


class Seam(NamedTuple):
    """Steps of the working colours across the selection's border, 0..1."""

    added_step: float  # mean step along the border that the edit brought
    texture: float  # mean step of the input near the border, over the same distance
    num_pairs: int  # pixel pairs looked at; 0 where there is no hard border

    @property
    def visibility(self) -> float:
        """The added step relative to the picture's texture; far below 1 it drowns in it."""
        return self.added_step / (self.texture + 0.005)


def measure_seam(source: Picture, edited: Pixels, rect: Rect, coverage: Coverage) -> Seam:
    """Compare steps along the border of the selection before and after.

    edited: (rect.height, rect.width, C), what `rect` of the source became; coverage: its height and width.
    """
    window = rect.grow(SPAN_PX).intersect(picture_rect(source))
    cover = np.zeros((window.height, window.width), np.uint8)
    cover[rect.within(window)] = coverage
    added: list[Floats] = [np.zeros(0)]
    texture: list[Floats] = [np.zeros(0)]
    for block in _blocks(window):
        block_cover = cover[block.within(window)]
        if np.ptp(block_cover) >= HARD_STEP:
            before, change = _before_and_change(source, edited, rect, block)
            for axis in (0, 1):
                added.append(_added_steps(change, block_cover, axis))
                texture.append(np.abs(_steps(before, axis)).ravel())
    steps = np.concatenate(added)
    return Seam(_mean(steps), _mean(np.concatenate(texture)), len(steps))


def _blocks(window: Rect) -> list[Rect]:
    return [
        Rect(x, y, BLOCK_PX + SPAN_PX, BLOCK_PX + SPAN_PX).intersect(window)
        for y in range(window.y, window.bottom, BLOCK_PX)
        for x in range(window.x, window.right, BLOCK_PX)
    ]


def _before_and_change(source: Picture, edited: Pixels, rect: Rect, block: Rect) -> tuple[Floats, Floats]:
    """A block's luma before, and what the edit added to it."""
    pixels = source.pixels[block.within(picture_rect(source))]
    patched = pixels.copy()
    common = block.intersect(rect)
    patched[common.within(block)] = edited[common.within(rect)]
    before = _luma(source, pixels)
    return before, _luma(source, patched) - before


def _added_steps(change: Floats, cover: Coverage, axis: int) -> Floats:
    """Size of the step the edit brought at every pair of pixels across the border, averaged along it."""
    rise = _steps(cover.astype(np.int16), axis)
    is_border = np.abs(rise) >= HARD_STEP
    inward = _steps(change, axis) * np.sign(rise) * is_border
    along = 1 - axis
    total = uniform_filter1d(inward.astype(np.float64), ALONG_PX, axis=along, mode="constant")
    count = uniform_filter1d(is_border.astype(np.float64), ALONG_PX, axis=along, mode="constant")
    return np.abs(total[is_border] / count[is_border])


def _steps(array: npt.NDArray[Any], axis: int) -> Floats:
    """Differences over SPAN_PX along an axis."""
    reach = min(SPAN_PX, array.shape[axis] - 1)
    near = np.take(array, range(array.shape[axis] - reach), axis)
    return np.take(array, range(reach, array.shape[axis]), axis) - near


def _luma(picture: Picture, pixels: Pixels) -> Floats:
    colours, _ = read_colours(replace(picture, pixels=pixels), (slice(None), slice(None)))
    return colours.mean(axis=0)


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0
