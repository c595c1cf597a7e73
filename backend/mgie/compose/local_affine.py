"""The colour map of an edit: from the model's round trip to its edit, fitted small, used at full size.

Every pixel gets what its channel's curve adds, and is mapped by a 3x4 matrix: one that depends on its luma
plus one that depends on its place (a coarse grid). All describe the *difference*, and all are shrunk towards
zero: the model's noise does not become blotches, and no difference means no change at all. After He et al.,
"Guided Image Filtering", 2010, and Chen et al., "Real-time Edge-Aware Image Processing with the Bilateral
Grid", 2007.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from mgie.compose.curve_fit import (
    MATRIX_RIDGE,
    NUM_CHANNEL_ENTRIES,
    NUM_LUMA_ENTRIES,
    OUTLIER,
    fit_curves,
)
from mgie.compose.resample import Floats, resize, resize_mean, spline_weights
from mgie.compose.tone_features import LUMA, Tones

NUM_ROUNDS = 2
GRID_CELLS = (6, 16, 40)  # cells on the longer side, coarse to fine
SMALLEST_CELL_PX = 8.0
CORRELATION_PX = 8  # the model's errors come in patches of a latent's size


@dataclass(frozen=True, kw_only=True, eq=False)
class TonalMap:
    """Differences: matrices (row-major 3x4, so 12 planes) by luma and by place, and a curve per channel."""

    by_luma: Floats  # (12, NUM_LUMA_ENTRIES)
    by_channel: Floats  # (3, NUM_CHANNEL_ENTRIES)
    by_place: Floats  # (12, grid height, grid width)

    def difference(self, planes: Floats, u: Floats, v: Floats) -> Floats:
        """What to add to colour planes (3, H, W).

        u (W,), v (H,): each column's and row's place in the model's picture, 0..1.
        """
        luma = _entries(np.tensordot(LUMA, planes, axes=1), NUM_LUMA_ENTRIES)
        across = spline_weights(u * self.by_place.shape[2] - 0.5, self.by_place.shape[2])
        down = spline_weights(v * self.by_place.shape[1] - 0.5, self.by_place.shape[1])
        rows, columns = _touched(down), _touched(across)  # a tile of a large picture lies in a few cells
        narrow = self.by_place[:, rows, columns] @ across[:, columns].T  # (12, rows, W)
        down = np.ascontiguousarray(down[:, rows])
        result = np.empty_like(planes)
        for channel in range(3):
            found = np.take(self._quads[channel], luma).view(np.float32).reshape(*luma.shape, 4)
            entries = _entries(planes[channel], NUM_CHANNEL_ENTRIES)
            constant = down @ narrow[4 * channel + 3]
            constant += found[..., 3]
            np.add(constant, np.take(self.by_channel[channel], entries), out=result[channel])
            for i in range(3):
                coefficient = down @ narrow[4 * channel + i]
                coefficient += found[..., i]
                coefficient *= planes[i]
                result[channel] += coefficient
        return result

    @cached_property
    def _quads(self) -> npt.NDArray[np.complex128]:
        """(3, NUM_LUMA_ENTRIES): each channel's four entries of a luma as one number, found at one go."""
        by_channel = self.by_luma.reshape(3, 4, -1).astype(np.float32)
        return np.ascontiguousarray(np.moveaxis(by_channel, 1, 2)).view(np.complex128)[..., 0]

    def difference_of(self, image: Floats) -> Floats:
        """The same for a whole picture (H, W, 3) that fills the model's frame."""
        height, width = image.shape[:2]
        u = ((np.arange(width) + 0.5) / width).astype(np.float32)
        v = ((np.arange(height) + 0.5) / height).astype(np.float32)
        planes = np.ascontiguousarray(np.moveaxis(image, -1, 0), np.float32)
        return np.moveaxis(self.difference(planes, u, v), 0, -1)


class FittedTones(NamedTuple):
    """A colour map, and the round trip as the model would show it under that map."""

    tonal: TonalMap
    recoloured: Floats  # (H, W, 3)


def no_change() -> TonalMap:
    """The map that adds nothing."""
    return _by_place(np.zeros((12, 1, 1), np.float32))


def fit_tonal(round_trip: Floats, edited: Floats, tones: Tones) -> FittedTones:
    """Fit the colour map from (H, W, 3) to (H, W, 3), both in the working space.

    tones: of the document's pixels behind them. All is fitted on the tones' cells.
    """
    difference = resize_mean(edited - round_trip, *tones.shape)
    colours = resize_mean(round_trip, *tones.shape)  # unlike the tones' mean without the noise of samples
    curves = fit_curves(tones, difference)
    grid = _fit_grid(round_trip, colours, difference - curves.predicted)
    for _ in range(NUM_ROUNDS - 1):
        # backfitting: the curves explain what place does not, and the other way round
        curves = fit_curves(tones, difference - _by_place(grid).difference_of(colours))
        grid = _fit_grid(round_trip, colours, difference - curves.predicted)
    alone = replace(_by_place(np.zeros_like(grid)), by_luma=curves.by_luma, by_channel=curves.by_channel)
    bent = _bent(curves.predicted, alone.difference_of(round_trip))
    tonal = replace(alone, by_place=grid)
    return FittedTones(tonal, round_trip + bent + tonal.difference_of(round_trip))


def _bent(predicted: Floats, difference: Floats) -> Floats:
    """(H, W, 3): what averaging the document's pixels before the curves misses.

    predicted: (h, w, 3) of the cells, averaged after the curves; difference: (H, W, 3) of averaged pixels.
    """
    missed = predicted - resize_mean(difference, *predicted.shape[:2])
    return resize(missed, difference.shape[1], difference.shape[0])


def _by_place(grid: Floats) -> TonalMap:
    """The map of a grid alone."""
    by_luma = np.zeros((12, NUM_LUMA_ENTRIES), np.float32)
    by_channel = np.zeros((3, NUM_CHANNEL_ENTRIES), np.float32)
    return TonalMap(by_luma=by_luma, by_channel=by_channel, by_place=grid)


def _entries(values: Floats, count: int) -> npt.NDArray[np.intp]:
    """Where in a table of `count` entries over 0..1 values are found."""
    scaled = values * np.float32(count - 1)
    scaled += np.float32(0.5)
    return np.clip(scaled, 0, count - 1, out=scaled).astype(np.intp)


def _touched(weights: Floats) -> slice:
    """The columns of (N, cells) weights that are not all zero."""
    used = np.flatnonzero(weights.any(axis=0))
    return slice(int(used[0]), int(used[-1]) + 1)


def _fit_grid(round_trip: Floats, colours: Floats, rest: Floats) -> Floats:
    """Difference matrices (12, rows, columns), coarse to fine, of what curves leave of (h, w, 3) cells."""
    num_patches = round_trip.shape[0] * round_trip.shape[1] / CORRELATION_PX**2
    shape = _grid_shape(round_trip, colours, max(GRID_CELLS))
    grid = np.zeros((12, *shape), np.float32)
    for count in GRID_CELLS:
        left = rest - _by_place(grid).difference_of(colours)
        coarse = _fit_by_place(colours, left, _grid_shape(round_trip, colours, count), num_patches)
        grid += _regrid(coarse, shape)
    return grid


def _grid_shape(round_trip: Floats, colours: Floats, cells: int) -> tuple[int, int]:
    """Nearly square cells, not so small that they could repaint the picture."""
    height, width = round_trip.shape[:2]
    cell_px = max(max(height, width) / cells, SMALLEST_CELL_PX)
    rows, columns = (max(round(side / cell_px), 1) for side in (height, width))
    return min(rows, colours.shape[0]), min(columns, colours.shape[1])


def _fit_by_place(colours: Floats, rest: Floats, shape: tuple[int, int], num_patches: float) -> Floats:
    """Difference matrices (12, rows, columns), cell by cell.

    num_patches: how many independent errors the model's picture has.
    """
    weights = np.ones(colours.shape[:2], np.float32)
    independent = max(4.0 * num_patches / (shape[0] * shape[1]), 1.0)  # with the neighbours' share
    grid = np.zeros((12, *shape), np.float32)
    ridge = np.full(shape, 10 * MATRIX_RIDGE)
    for _ in range(2):
        grid, spread = _solve_cells(colours, rest, weights, ridge)
        ridge = MATRIX_RIDGE / 4 + 4.0 * spread / independent  # matrices of about 0.5 are to be expected
        grid *= _confidence(grid, spread, colours, independent)
        left = rest - _by_place(grid).difference_of(colours)
        weights = 1.0 / (1.0 + np.square(left).sum(axis=-1) / OUTLIER**2)
    return grid


def _solve_cells(colours: Floats, rest: Floats, weights: Floats, ridge: Floats) -> tuple[Floats, Floats]:
    """Weighted ridge regression in every cell: matrices (12, *shape) and the variance they leave (*shape).

    ridge: (*shape), in units of the colours' variance.
    """
    shape = (ridge.shape[0], ridge.shape[1])
    mass = _cell_sums(weights[..., None], shape)[..., 0] + 1e-6

    def mean(values: Floats) -> Floats:
        return _cell_sums(values * weights[..., None], shape).astype(np.float64) / mass[..., None]

    centre, offset = mean(colours), mean(rest)
    outer = mean((colours[..., :, None] * colours[..., None, :]).reshape(*colours.shape[:2], 9))
    cross = mean((colours[..., :, None] * rest[..., None, :]).reshape(*colours.shape[:2], 9))
    covariance = outer.reshape(*shape, 3, 3) - centre[..., :, None] * centre[..., None, :]
    cross = cross.reshape(*shape, 3, 3) - centre[..., :, None] * offset[..., None, :]
    matrix = np.linalg.solve(
        covariance + ridge[..., None, None] * np.eye(3), cross
    )  # (..., colour in, colour out)
    constant = offset - np.einsum("...i,...ic->...c", centre, matrix)
    explained = np.einsum("...ic,...ic->...", matrix, cross)
    spread = (mean(np.square(rest)) - np.square(offset)).sum(axis=-1) - explained
    full = np.concatenate([np.swapaxes(matrix, -1, -2), constant[..., None]], axis=-1)  # (..., out, in + 1)
    return np.moveaxis(full.reshape(*shape, 12), -1, 0).astype(np.float32), np.maximum(spread, 0).astype(
        np.float32
    )


def _cell_sums(values: Floats, shape: tuple[int, int]) -> Floats:
    """Sums of (H, W, C) over the cells of a grid, each sharing in its neighbours."""
    rows = np.arange(shape[0]) * values.shape[0] // shape[0]
    columns = np.arange(shape[1]) * values.shape[1] // shape[1]
    sums = np.add.reduceat(np.add.reduceat(values, rows, axis=0), columns, axis=1)
    return gaussian_filter(sums, (0.7, 0.7, 0), mode="nearest")


def _confidence(grid: Floats, spread: Floats, colours: Floats, independent: float) -> Floats:
    """0..1 per cell: how far what was fitted stands above what noise would give (Wiener's ratio)."""
    shape = grid.shape[1:]
    mean = _cell_sums(colours, shape) / _cell_sums(np.ones_like(colours[..., :1]), shape)
    matrices = np.moveaxis(grid, 0, -1).reshape(*shape, 3, 4)
    shift = np.einsum("...ci,...i->...c", matrices[..., :3], mean) + matrices[..., 3]
    signal = np.square(shift).sum(axis=-1) + 0.01 * np.square(matrices[..., :3]).sum(axis=(-1, -2))
    noise = 8.0 * spread / independent + 1e-5
    return signal / (signal + noise)


def _regrid(grid: Floats, shape: tuple[int, ...]) -> Floats:
    """Carry a coarse grid (12, h, w) to a finer one."""
    rows, columns = shape
    down = spline_weights((np.arange(rows) + 0.5) / rows * grid.shape[1] - 0.5, grid.shape[1])
    across = spline_weights((np.arange(columns) + 0.5) / columns * grid.shape[2] - 0.5, grid.shape[2])
    return down @ grid @ across.T
