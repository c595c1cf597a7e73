"""How a document's own colours are spread inside each cell of the model's picture.

A cell's average edit is the average of the edit over these colours, not the edit of their average: fitting
curves on the spread keeps them as steep as they are. Sampled, so that the cost does not grow with the
picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from mgie.compose.colour import srgb_to_working
from mgie.compose.picture import Picture
from mgie.compose.pixels import read_colours
from mgie.compose.region import Rect, picture_rect
from mgie.compose.resample import Floats, spline_weights
from mgie.compose.shrink import BACKGROUND

LUMA = np.array([0.25, 0.6, 0.15], np.float32)
NUM_LUMA_KNOTS = 8
NUM_CHANNEL_KNOTS = 16
NUM_LUMA_FEATURES = 4 * NUM_LUMA_KNOTS
CELL_PX = 4  # of the model's picture: the decoder's softness mostly stays inside a cell
LEAST_CELLS = 32  # on a side, as far as there are pixels
MAX_SAMPLES = 1_500_000
NUM_LUMA_BINS = 64
NUM_CHANNEL_BINS = 128
MAX_LEAK = 0.2  # of a cell's light to each neighbour


@dataclass(frozen=True, kw_only=True, eq=False)
class Tones:
    """Averages over the document's pixels of a cell; what is transparent counts as the model's background."""

    mean: Floats  # (h, w, 3) working colours, 0..1
    by_luma: Floats  # (h, w, NUM_LUMA_FEATURES) of luma basis times (red, green, blue, 1)
    by_channel: Floats  # (3, h, w, NUM_CHANNEL_KNOTS) of the basis of one channel

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return self.mean.shape[0], self.mean.shape[1]


def luma_basis(luma: Floats) -> Floats:
    """(N, NUM_LUMA_KNOTS) smooth weights of luma values."""
    return spline_weights(np.clip(luma, 0, 1) * (NUM_LUMA_KNOTS - 1), NUM_LUMA_KNOTS)


def channel_basis(values: Floats) -> Floats:
    """(N, NUM_CHANNEL_KNOTS) smooth weights of a channel's values."""
    return spline_weights(np.clip(values, 0, 1) * (NUM_CHANNEL_KNOTS - 1), NUM_CHANNEL_KNOTS)


def measure_tones(picture: Picture, context: Rect, width: int, height: int) -> Tones:
    """Look at the part of a document that the model sees in `width` x `height` px."""
    columns = min(max(width // CELL_PX, LEAST_CELLS), width, context.width)
    rows = min(max(height // CELL_PX, LEAST_CELLS), height, context.height)
    colours, alpha, cells = _samples(picture, context, columns, rows)
    num_samples = np.bincount(cells, minlength=rows * columns).astype(np.float32)
    hidden = 1.0 - np.bincount(cells, alpha, rows * columns) / num_samples
    luma = _luma_sums(colours, alpha, cells, len(num_samples)) / num_samples[:, None, None]
    gray = np.full((1, 3), BACKGROUND, np.float32)
    background = np.clip(srgb_to_working(gray, picture.colour_space), 0, 1)
    by_luma = np.einsum("nbi,bk->nki", luma, _centres_basis(NUM_LUMA_BINS), optimize=True)
    by_luma = by_luma.reshape(len(luma), -1) + hidden[:, None] * luma_features(background)
    by_channel: list[Floats] = []
    for plane, value in zip(colours, background[0], strict=True):
        shares = _histograms(plane, alpha, cells, len(num_samples), NUM_CHANNEL_BINS)
        basis = (shares / num_samples[:, None]) @ _centres_basis(NUM_CHANNEL_BINS)
        by_channel.append(basis + hidden[:, None] * channel_basis(value[None]))
    mean = luma[..., :3].sum(axis=1) + hidden[:, None] * background
    shape = (rows, columns, -1)
    return Tones(
        mean=mean.reshape(shape).astype(np.float32),
        by_luma=by_luma.reshape(shape).astype(np.float32),
        by_channel=np.stack(by_channel).reshape(3, *shape).astype(np.float32),
    )


def luma_features(colours: Floats) -> Floats:
    """(N, NUM_LUMA_FEATURES) of single colours (N, 3)."""
    linear = np.concatenate([colours, np.ones_like(colours[:, :1])], axis=1)
    return (luma_basis(colours @ LUMA)[:, :, None] * linear[:, None, :]).reshape(len(colours), -1)


def softened(tones: Tones, round_trip: Floats) -> Tones:
    """The tones as the model's decoder spreads them.

    round_trip: (h, w, 3), its picture averaged over the cells. Each cell leaks the share of its light to its
    neighbours that brings the means nearest to the round trip.
    """
    spread = _to_neighbours(tones.mean)
    error = round_trip - tones.mean
    leak = float(np.clip((spread * error).sum() / max(float(np.square(spread).sum()), 1e-9), 0, MAX_LEAK))
    return Tones(
        mean=tones.mean + leak * spread,
        by_luma=tones.by_luma + leak * _to_neighbours(tones.by_luma),
        by_channel=np.stack([plane + leak * _to_neighbours(plane) for plane in tones.by_channel]),
    )


def _samples(
    picture: Picture, context: Rect, columns: int, rows: int
) -> tuple[Floats, Floats, npt.NDArray[np.intp]]:
    """Colours (3, N) 0..1, alpha (N,) and cell (N,) of evenly spaced pixels, at least one in every cell."""
    step = (
        int((context.width * context.height / MAX_SAMPLES) ** 0.5) | 1
    )  # odd: meets both phases of a dither
    step = max(min(step, context.width // columns, context.height // rows), 1)
    down, across = context.within(picture_rect(picture))
    ys, xs = np.arange(step // 2, context.height, step), np.arange(step // 2, context.width, step)
    window = (
        slice(down.start + step // 2, down.stop, step),
        slice(across.start + step // 2, across.stop, step),
    )
    colours, alpha = read_colours(picture, window)
    cells = (ys * rows // context.height)[:, None] * columns + (xs * columns // context.width)[None]
    cover = np.ones(cells.size, np.float32) if alpha is None else np.clip(alpha, 0, 1).ravel()
    return np.clip(colours, 0, 1).reshape(3, -1), cover, cells.ravel()


def _luma_sums(colours: Floats, alpha: Floats, cells: npt.NDArray[np.intp], num_cells: int) -> Floats:
    """(num_cells, NUM_LUMA_BINS, 4): red, green, blue and 1 summed over the pixels of a luma."""
    index = _bins(np.tensordot(LUMA, colours, axes=1), cells, NUM_LUMA_BINS)
    size = num_cells * NUM_LUMA_BINS
    sums = [np.bincount(index, values, size) for values in (*(colours * alpha), alpha)]
    return np.stack(sums, axis=-1).reshape(num_cells, NUM_LUMA_BINS, 4).astype(np.float32)


def _histograms(
    plane: Floats, alpha: Floats, cells: npt.NDArray[np.intp], num_cells: int, num_bins: int
) -> Floats:
    counts = np.bincount(_bins(plane, cells, num_bins), alpha, num_cells * num_bins)
    return counts.reshape(num_cells, num_bins).astype(np.float32)


def _bins(values: Floats, cells: npt.NDArray[np.intp], num_bins: int) -> npt.NDArray[np.intp]:
    return cells * num_bins + np.minimum(values * num_bins, num_bins - 1).astype(np.intp)


@cache
def _centres_basis(num_bins: int) -> Floats:
    centres = ((np.arange(num_bins) + 0.5) / num_bins).astype(np.float32)
    return luma_basis(centres) if num_bins == NUM_LUMA_BINS else channel_basis(centres)


def _to_neighbours(cells: Floats) -> Floats:
    """What each cell of (h, w, C) gains when it trades with its four neighbours."""
    padded = np.pad(cells, ((1, 1), (1, 1), (0, 0)), mode="edge")
    around = padded[2:, 1:-1] + padded[:-2, 1:-1] + padded[1:-1, 2:] + padded[1:-1, :-2]
    return around - 4.0 * cells
