"""What the model sees: a rectangle around the selection, and the size of the picture it is shown at."""

from __future__ import annotations

import numpy as np

from mgie.api.compose_options import ComposeOptions
from mgie.api.rect import Rect
from mgie.compose.region import Region
from mgie.errors import BadOption

LARGEST_ASPECT = 2.0  # longer rectangles are widened, as far as the canvas goes
STEPS_PER_SIDE = 8  # the model's sides are multiples of an eighth of its native size


def selection_rect(region: Region) -> Rect:
    """The smallest rectangle around everything selected."""
    if region.mask is None:
        return region.rect
    rows, columns = np.flatnonzero(region.mask.any(axis=1)), np.flatnonzero(region.mask.any(axis=0))
    x, y = int(columns[0]), int(rows[0])
    return Rect(region.rect.x + x, region.rect.y + y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y)


def context_rect(selection: Rect, canvas: Rect, native_size_px: int, options: ComposeOptions) -> Rect:
    """The part of the canvas to show: around the selection, inside the canvas, in a shape the model knows."""
    if options.context == "canvas":
        return canvas
    if options.context_rect is not None:
        chosen = options.context_rect.intersect(canvas)
        if chosen.intersect(selection) != selection.intersect(canvas):
            raise BadOption(
                f"the context {tuple(options.context_rect)} leaves out a part of the selection; "
                f"make it hold {tuple(selection)}"
            )
        return chosen
    padded = selection
    if options.context == "auto":
        padding = round(options.padding * max(selection.width, selection.height))
        padded = selection.grow(padding + max(options.grow_px, 0))
    padded = padded.intersect(canvas)
    smallest = native_size_px if options.context == "auto" else 1
    wanted = Rect(padded.x, padded.y, max(padded.width, smallest), max(padded.height, smallest))
    longest = 1.0 if options.is_square else LARGEST_ASPECT
    width = max(wanted.width, round(wanted.height / longest))
    height = max(wanted.height, round(wanted.width / longest))
    size = model_size(Rect(0, 0, width, height), native_size_px, is_square=options.is_square)
    return _fit_aspect(padded, width, height, size[0] / size[1], canvas)


def model_size(context: Rect, native_size_px: int, *, is_square: bool = False) -> tuple[int, int]:
    """(width, height) at which the model sees a context: about its native area, near the context's aspect."""
    if is_square:
        return native_size_px, native_size_px
    step = max(native_size_px // STEPS_PER_SIDE, 1)
    aspect = np.clip(context.width / context.height, 1 / LARGEST_ASPECT, LARGEST_ASPECT)
    width = max(round(native_size_px * float(aspect) ** 0.5 / step), 1) * step
    height = max(round(native_size_px / float(aspect) ** 0.5 / step), 1) * step
    return width, height


def _fit_aspect(inner: Rect, width: int, height: int, aspect: float, canvas: Rect) -> Rect:
    """Widen or heighten to an aspect, keep the middle, then move and trim into the canvas."""
    width, height = max(width, round(height * aspect)), max(height, round(width / aspect))
    width, height = min(width, canvas.width), min(height, canvas.height)
    x = inner.x + inner.width // 2 - width // 2
    y = inner.y + inner.height // 2 - height // 2
    x = min(max(x, canvas.x), canvas.right - width)
    y = min(max(y, canvas.y), canvas.bottom - height)
    return Rect(x, y, width, height)
