"""Many regions of one picture: which are edited as one, which in tiles, and in which order they land."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from mgie.api.compose_options import ComposeOptions
from mgie.api.rect import Rect
from mgie.compose.context import context_rect, selection_rect
from mgie.compose.masks import blend_mask
from mgie.compose.region import Region


def merge_touching(regions: list[Region]) -> list[Region]:
    """Join regions that share one instruction and touch or overlap; the order of the first ones stays."""
    merged: list[Region] = []
    for region in regions:
        joined = region
        for other in [m for m in merged if _belong_together(m, region)]:
            joined = _union(other, joined)
            merged = [m for m in merged if m is not other]
        merged.append(joined)
    return merged


def split_into_tiles(
    region: Region, canvas: Rect, native_size_px: int, options: ComposeOptions
) -> list[Region]:
    """One region as overlapping tiles, where a content edit would otherwise be enlarged too much.

    The tiles' masks add up to the region's softened mask exactly. A colour edit is never tiled: seeing all at
    once makes it consistent, and the document's own pixels keep it sharp.
    """
    context = context_rect(selection_rect(region), canvas, native_size_px, options)
    limit_px = round(native_size_px * options.max_scale)
    if options.transfer != "content" or max(context.width, context.height) <= limit_px:
        return [region]
    across = _ramps(region.rect.width, limit_px, options.tile_overlap)
    down = _ramps(region.rect.height, limit_px, options.tile_overlap)
    coverage = blend_mask(region, canvas, grow_px=options.grow_px, feather_px=options.feather_px)
    tiles: list[Region] = []
    for row, (top, bottom) in _extents(down):
        for column, (left, right) in _extents(across):
            part = coverage[top:bottom, left:right]
            mask = _share(part, down[:, top:bottom], across[:, left:right], row, column)
            if mask.any():
                rect = Rect(region.rect.x + left, region.rect.y + top, right - left, bottom - top)
                tiles.append(Region(rect=rect, instruction=region.instruction, mask=mask, outline=part))
    return tiles


def _belong_together(first: Region, second: Region) -> bool:
    near = selection_rect(first).grow(1).intersect(selection_rect(second))
    return first.instruction == second.instruction and not near.is_empty


def _union(first: Region, second: Region) -> Region:
    rect = first.rect.union(second.rect)
    mask = np.zeros((rect.height, rect.width), np.uint8)
    for region in (first, second):
        part = mask[region.rect.within(rect)]
        np.maximum(part, region.coverage(), out=part)
    return Region(rect=rect, instruction=first.instruction, mask=mask)


def _ramps(length: int, tile_px: int, overlap: float) -> npt.NDArray[np.float64]:
    """(tiles, length) weights that rise and fall over the overlaps and add up to 1."""
    overlap_px = max(round(tile_px * overlap), 1)
    count = max(-(-(length - overlap_px) // (tile_px - overlap_px)), 1)
    starts = np.linspace(0, max(length - tile_px, 0), count)
    position = np.arange(length) + 0.5
    begun = np.ones((count + 1, length))
    begun[count] = 0.0
    for index, (before, start) in enumerate(pairwise(starts), 1):
        middle = (before + tile_px + start) / 2
        ramp = np.clip((position - middle) / overlap_px + 0.5, 0.0, 1.0)
        begun[index] = ramp * ramp * (3.0 - 2.0 * ramp)
    return begun[:-1] - begun[1:]


def _extents(ramps: npt.NDArray[np.float64]) -> list[tuple[int, tuple[int, int]]]:
    """Index, first and last + 1 position of every tile that weighs anything."""
    used = [(index, np.flatnonzero(ramp)) for index, ramp in enumerate(ramps)]
    return [(index, (int(u[0]), int(u[-1]) + 1)) for index, u in used if len(u)]


def _share(
    coverage: npt.NDArray[np.uint8],
    down: npt.NDArray[np.float64],
    across: npt.NDArray[np.float64],
    row: int,
    column: int,
) -> npt.NDArray[np.uint8]:
    """A tile's part of the coverage: differences of running sums, so that rounding loses nothing."""
    begun = np.outer(down[:row].sum(axis=0), np.ones(across.shape[1]))
    before = begun + np.outer(down[row], across[:column].sum(axis=0))
    after = begun + np.outer(down[row], across[: column + 1].sum(axis=0))
    return (np.floor(coverage * after + 1e-6) - np.floor(coverage * before + 1e-6)).astype(np.uint8)
