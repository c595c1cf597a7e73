"""Carry what the model changed to the document's own pixels, tile by tile.

`fit_transfer` looks at the model's small pictures once; `apply_transfer` then touches every selected pixel.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from mgie.api.compose_options import TransferMode
from mgie.api.picture import Coverage, Picture, Pixels
from mgie.api.rect import Rect
from mgie.compose.local_affine import TonalMap, fit_tonal, no_change
from mgie.compose.pixels import differs, is_number, read_colours, write_colours
from mgie.compose.pyramid_blend import blend_bands, content_weight, even_out
from mgie.compose.region import picture_rect
from mgie.compose.resample import Floats, resize
from mgie.compose.single_hue import SingleHue, find_single_hue
from mgie.compose.threads import num_threads, one_blas_thread
from mgie.compose.tone_features import measure_tones

TILE_PX = 256  # a tile's planes fit into the processor's cache


@dataclass(frozen=True, kw_only=True, eq=False)
class Content:
    """What is added beyond the colour map; all of the model's size."""

    weight: Floats  # (h, w) 0..1: how much of the document's own detail gives way
    recoloured: Floats  # (h, w, 3) what the model would show under the colour map
    residual: Floats  # (h, w, 3) what is added to it, already blended in bands


@dataclass(frozen=True, kw_only=True, eq=False)
class Transfer:
    """An edit as a function on pixels of the context rectangle."""

    context: Rect  # canvas coordinates; what the model's picture shows
    tonal: TonalMap
    content: Content | None  # None where colour explains everything
    hue: SingleHue | None = None  # where the edit leaves one hue only


def fit_transfer(
    picture: Picture,
    context: Rect,
    round_trip: Floats,
    edited: Floats,
    coverage: Floats,
    *,
    mode: TransferMode,
    blend_px: float,
) -> Transfer:
    """Split an edit into a colour map and new content.

    picture: the document; context: what of it the model saw; round_trip, edited: (h, w, 3) in working
    colours; coverage: (h, w) 0..1, the selection in the model's frame; blend_px: of the canvas, 0 chooses a
    32nd of the context.
    """
    if np.array_equal(round_trip, edited):
        return Transfer(context=context, tonal=no_change(), content=None)
    tonal, recoloured = no_change(), round_trip
    if mode != "content":
        with one_blas_thread():
            tones = measure_tones(picture, context, round_trip)
            tonal, recoloured = fit_tonal(round_trip, edited, tones)
    residual = edited - recoloured
    weight = content_weight(residual, mode)
    hue = find_single_hue(round_trip, edited)
    if not weight.any():
        return Transfer(context=context, tonal=tonal, content=None, hue=hue)
    scale = round_trip.shape[1] / context.width
    width_px = blend_px * scale if blend_px else max(round_trip.shape[:2]) / 32
    residual = even_out(residual, weight, coverage)
    blended = blend_bands(residual, weight, width_px)
    content = Content(weight=weight, recoloured=recoloured, residual=blended)
    return Transfer(context=context, tonal=tonal, content=content, hue=hue)


class Changes(NamedTuple):
    """What applying an edit did."""

    change_map: Coverage  # (height, width): the largest change of a channel, 255 = all of its range
    num_changed: int  # pixels with another value than before
    num_changed_outside: int  # of those, where coverage is 0: none, or something is wrong


def apply_transfer(
    transfer: Transfer,
    source: Picture,
    target: Pixels,
    rect: Rect,
    coverage: Coverage,
    *,
    below: Picture | None = None,
) -> Changes:
    """Write the edited pixels of a canvas rectangle into `target` (rect.height, rect.width, C).

    source: the picture the edit was made from; coverage: (rect.height, rect.width). The edit is a difference
    to the source, added to `below` (the same format and place) where that is given, else to the source.
    target must hold those very pixels; it keeps them where coverage is 0 or the difference is.
    """
    change_map = np.zeros(coverage.shape, np.uint8)
    corners = list(product(range(0, rect.height, TILE_PX), range(0, rect.width, TILE_PX)))

    def work(corner: tuple[int, int]) -> tuple[int, int]:
        top, left = corner
        tile = (slice(top, top + TILE_PX), slice(left, left + TILE_PX))
        cover = coverage[tile]
        place = Rect(rect.x + left, rect.y + top, cover.shape[1], cover.shape[0])
        base = below or source
        if cover.any():
            change_map[tile] = _apply_tile(transfer, source, base, target[tile], place, cover)
        changed = differs(target[tile], base.pixels[place.within(picture_rect(base))])
        return int(np.count_nonzero(changed)), int(np.count_nonzero(changed & (cover == 0)))

    with one_blas_thread(), ThreadPoolExecutor(max_workers=num_threads()) as pool:
        counts = list(pool.map(work, corners))
    return Changes(change_map, sum(c[0] for c in counts), sum(c[1] for c in counts))


def _apply_tile(
    transfer: Transfer, source: Picture, base: Picture, target: Pixels, place: Rect, coverage: Coverage
) -> Coverage:
    """Write one tile into `target`, a view; returns its change map."""
    colours, alpha = read_colours(source, place.within(picture_rect(source)))
    difference = _difference(transfer, colours, place)
    if base is not source:
        colours, alpha = read_colours(base, place.within(picture_rect(base)))
    if source.num_colours == 1:
        difference[1:] = difference[0]
    difference *= coverage * np.float32(1 / 255)
    changed = np.asarray(difference.any(axis=0))
    changed &= is_number(target)
    if alpha is not None:
        changed &= alpha > 0
    size = np.abs(difference).max(axis=0) * changed
    colours += difference
    write_colours(target, source, colours, alpha, changed)
    return np.ceil(np.minimum(size, 1.0) * 255).astype(np.uint8)


def _difference(transfer: Transfer, colours: Floats, place: Rect) -> Floats:
    """(3, h, w): what the edit adds to working colours at a place."""
    difference = _mapped(transfer, colours, place)
    if transfer.hue is None:
        return difference
    return transfer.hue.purified(colours + difference) - colours


def _mapped(transfer: Transfer, colours: Floats, place: Rect) -> Floats:
    """The same before its hue is purified."""
    context = transfer.context
    u = ((np.arange(place.x, place.right) + 0.5 - context.x) / context.width).astype(np.float32)
    v = ((np.arange(place.y, place.bottom) + 0.5 - context.y) / context.height).astype(np.float32)
    difference = transfer.tonal.difference(colours, u, v)
    content = transfer.content
    if content is None:
        return difference
    weight = np.clip(_window(content.weight, context, place), 0.0, 1.0)
    added = np.moveaxis(_window(content.residual, context, place), -1, 0)
    if not weight.any():
        return difference + added
    detail = colours + difference - np.moveaxis(_window(content.recoloured, context, place), -1, 0)
    return difference + added - weight * detail


def _window(small: Floats, context: Rect, place: Rect) -> Floats:
    """A place's part of a model-sized array, at the canvas's resolution."""
    height, width = small.shape[:2]
    across, down = width / context.width, height / context.height
    left, right = (place.x - context.x) * across, (place.right - context.x) * across
    top, bottom = (place.y - context.y) * down, (place.bottom - context.y) * down
    reach = 3 * int(np.ceil(max(across, down, 1.0))) + 1  # of the resampling kernel
    x, y = max(int(left) - reach, 0), max(int(top) - reach, 0)
    part = small[y : int(np.ceil(bottom)) + reach, x : int(np.ceil(right)) + reach]
    box = (left - x, top - y, min(right, width) - x, min(bottom, height) - y)
    return resize(part, place.width, place.height, box=box)
