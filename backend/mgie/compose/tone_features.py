"""How a document's own colours are spread inside each cell of the model's picture.

A cell's average edit is the average of the edit over these colours, not the edit of their average: fitting
curves on the spread keeps them as steep as they are. Sampled, so that the cost does not grow with the
picture. The samples are scattered as far as the model's decoder blurs, so that softness does not flatten the
curves either.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mgie.api.picture import Picture
from mgie.api.rect import Rect
from mgie.compose.colour import srgb_to_working
from mgie.compose.pixels import read_colours
from mgie.compose.region import picture_rect
from mgie.compose.resample import Floats, resize_mean, spline_weights
from mgie.compose.shrink import BACKGROUND

LUMA = np.array([0.25, 0.6, 0.15], np.float32)
NUM_LUMA_KNOTS = 8
NUM_CHANNEL_KNOTS = 16
NUM_LUMA_FEATURES = 4 * NUM_LUMA_KNOTS
CELL_PX = 4  # of the model's picture: the decoder's softness mostly stays inside a cell
LEAST_CELLS = 32  # on a side, as far as there are pixels
MAX_SAMPLES = 1_500_000
LEAST_SAMPLES = 32  # in a cell; where it has fewer pixels, each is scattered several times
NUM_LUMA_BINS = 64
NUM_CHANNEL_BINS = 128
SOFTNESS_PX = (0.0, 0.75, 1.5)  # standard deviations tried, of the model's picture


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


class _Samples(NamedTuple):
    """Evenly spaced pixels, and where they lie in units of cells."""

    colours: Floats  # (3, N) 0..1
    alpha: Floats  # (N,)
    down: Floats  # (N,) 0..rows
    across: Floats  # (N,) 0..columns


def measure_tones(picture: Picture, context: Rect, round_trip: Floats) -> Tones:
    """Look at the part of a document that the model sees, as softly as its round trip (H, W, 3) shows it."""
    height, width = round_trip.shape[:2]
    columns = min(max(width // CELL_PX, LEAST_CELLS), width, context.width)
    rows = min(max(height // CELL_PX, LEAST_CELLS), height, context.height)
    shape = (rows, columns)
    gray = np.full((1, 3), BACKGROUND, np.float32)
    background = np.clip(srgb_to_working(gray, picture.colour_space), 0, 1)
    samples = _samples(picture, context, shape)
    blur = _softness(samples, background, resize_mean(round_trip, rows, columns), width / columns)
    cells = _scattered(samples, shape, blur)
    colours, alpha = samples.colours, samples.alpha
    num_samples = np.maximum(np.bincount(cells, minlength=rows * columns), 1).astype(np.float32)
    hidden = 1.0 - np.bincount(cells, alpha, rows * columns) / num_samples
    luma = _luma_sums(colours, alpha, cells, len(num_samples)) / num_samples[:, None, None]
    by_luma = np.einsum("nbi,bk->nki", luma, _centres_basis(NUM_LUMA_BINS), optimize=True)
    by_luma = by_luma.reshape(len(luma), -1) + hidden[:, None] * luma_features(background)
    by_channel: list[Floats] = []
    for plane, value in zip(colours, background[0], strict=True):
        shares = _histograms(plane, alpha, cells, len(num_samples))
        basis = (shares / num_samples[:, None]) @ _centres_basis(NUM_CHANNEL_BINS)
        by_channel.append(basis + hidden[:, None] * channel_basis(value[None]))
    mean = luma[..., :3].sum(axis=1) + hidden[:, None] * background
    return Tones(
        mean=mean.reshape(*shape, 3).astype(np.float32),
        by_luma=by_luma.reshape(*shape, -1).astype(np.float32),
        by_channel=np.stack(by_channel).reshape(3, *shape, -1).astype(np.float32),
    )


def luma_features(colours: Floats) -> Floats:
    """(N, NUM_LUMA_FEATURES) of single colours (N, 3)."""
    linear = np.concatenate([colours, np.ones_like(colours[:, :1])], axis=1)
    return (luma_basis(colours @ LUMA)[:, :, None] * linear[:, None, :]).reshape(len(colours), -1)


def _samples(picture: Picture, context: Rect, shape: tuple[int, int]) -> _Samples:
    """At least one pixel of every cell; repeated where that are few."""
    rows, columns = shape
    step = int((context.width * context.height / MAX_SAMPLES) ** 0.5) | 1  # odd: a dither shows both phases
    step = max(min(step, context.width // columns, context.height // rows), 1)
    ys, xs = np.arange(step // 2, context.height, step), np.arange(step // 2, context.width, step)
    first = Rect(context.x, context.y, int(xs[-1]) + 1, int(ys[-1]) + 1)
    down, across = first.within(picture_rect(picture))
    window = (
        slice(down.start + step // 2, down.stop, step),
        slice(across.start + step // 2, across.stop, step),
    )
    colours, alpha = read_colours(picture, window)
    cover = np.ones(colours.shape[1:], np.float32) if alpha is None else np.clip(alpha, 0, 1)
    times = -(-LEAST_SAMPLES * rows * columns // cover.size)
    down_at = np.broadcast_to(((ys + 0.5) * rows / context.height).astype(np.float32)[:, None], cover.shape)
    across_at = np.broadcast_to(((xs + 0.5) * columns / context.width).astype(np.float32), cover.shape)
    return _Samples(
        np.tile(np.clip(colours, 0, 1).reshape(3, -1), times),
        np.tile(cover.ravel(), times),
        np.tile(down_at.ravel(), times),
        np.tile(across_at.ravel(), times),
    )


def _scattered(samples: _Samples, shape: tuple[int, int], blur: float) -> npt.NDArray[np.intp]:
    """The cell (N,) of every sample, moved at random. blur: standard deviation in cells."""
    places: list[npt.NDArray[np.intp]] = []
    scatter = _scatter(samples.down.size) if blur else (np.float32(0), np.float32(0))
    for at, count, moves in zip((samples.down, samples.across), shape, scatter, strict=True):
        moved = at + np.float32(blur) * moves if blur else at
        places.append(np.clip(moved, 0, count - 0.5).astype(np.intp))
    return places[0] * shape[1] + places[1]


@lru_cache(maxsize=1)
def _scatter(count: int) -> tuple[Floats, Floats]:
    """Random moves down and across, always the same ones: the same picture gives the same edit."""
    random = np.random.default_rng(0)
    return random.standard_normal(count, np.float32), random.standard_normal(count, np.float32)


def _softness(samples: _Samples, background: Floats, round_trip: Floats, cell_px: float) -> float:
    """How far the model's decoder blurs, as a standard deviation in cells.

    round_trip: (h, w, 3), its picture averaged over the cells; cell_px: of that picture. The error of the
    cells' averages against it must not follow what they would trade with their neighbours. The two come from
    different samples, so that sampling noise is in neither both.
    """
    shape = (round_trip.shape[0], round_trip.shape[1])
    halves = [_Samples(*(values[..., start::2] for values in samples)) for start in (0, 1)]
    spread = _to_neighbours(_means(halves[0], background, shape, 0.0))
    blurs = [sigma_px / cell_px for sigma_px in SOFTNESS_PX]
    errors = [float((spread * (round_trip - _means(halves[1], background, shape, b))).sum()) for b in blurs]
    falling = np.minimum.accumulate(errors)
    return float(np.interp(0.0, -falling, np.square(blurs))) ** 0.5


def _means(samples: _Samples, background: Floats, shape: tuple[int, int], blur: float) -> Floats:
    """(h, w, 3): average colours of the cells."""
    cells = _scattered(samples, shape, blur)
    size = shape[0] * shape[1]
    count = np.maximum(np.bincount(cells, minlength=size), 1)
    shown = (samples.colours - background.T) * samples.alpha + background.T
    return np.stack([np.bincount(cells, plane, size) / count for plane in shown], -1).reshape(*shape, 3)


def _luma_sums(colours: Floats, alpha: Floats, cells: npt.NDArray[np.intp], num_cells: int) -> Floats:
    """(num_cells, NUM_LUMA_BINS, 4): red, green, blue and 1 summed over the pixels of a luma."""
    index = _bins(np.tensordot(LUMA, colours, axes=1), cells, NUM_LUMA_BINS)
    size = num_cells * NUM_LUMA_BINS
    sums = [np.bincount(index, values, size) for values in (*(colours * alpha), alpha)]
    return np.stack(sums, axis=-1).reshape(num_cells, NUM_LUMA_BINS, 4).astype(np.float32)


def _histograms(plane: Floats, alpha: Floats, cells: npt.NDArray[np.intp], num_cells: int) -> Floats:
    """(num_cells, NUM_CHANNEL_BINS): how much of each cell has each value."""
    index = _bins(plane, cells, NUM_CHANNEL_BINS)
    counts = np.bincount(index, alpha, num_cells * NUM_CHANNEL_BINS)
    return counts.reshape(num_cells, NUM_CHANNEL_BINS).astype(np.float32)


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
