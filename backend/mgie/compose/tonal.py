"""The colour map of an edit: from the model's round trip to its edit, fitted small, used at full size.

Every pixel is mapped by a 3x4 matrix: one that depends on its luma (for curves) plus one that depends on
its place (a coarse grid). Both describe the *difference*, and both are shrunk towards zero: the model's noise
does not become blotches, and no difference means no change at all. After He et al., "Guided Image Filtering",
2010, and Chen et al., "Real-time Edge-Aware Image Processing with the Bilateral Grid", 2007.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from mgie.compose.resample import Floats, spline_weights

LUMA = np.array([0.25, 0.6, 0.15], np.float32)
NUM_LUMA_KNOTS = 8
NUM_LUMA_ENTRIES = 8192  # finer than 16 bits can show through any sensible curve
NUM_ROUNDS = 2
GRID_CELLS = (6, 16, 40)  # cells on the longer side, coarse to fine
SMALLEST_CELL_PX = 8.0
MAX_FIT_PIXELS = 65536  # more pixels do not make the curve better
MATRIX_RIDGE = 1e-3  # against colour matrices that the picture's colours do not determine
OFFSET_RIDGE = 1e-5
CURVE_RIDGE = 1e-4  # against bends between neighbouring luma knots
OUTLIER = 0.08  # differences beyond this (of the sRGB range) count less and less: they are content
CORRELATION_PX = 8  # the model's errors come in patches of a latent's size


@dataclass(frozen=True, kw_only=True, eq=False)
class TonalMap:
    """Difference matrices: row-major 3x4, so 12 planes, by luma and by place."""

    by_luma: Floats  # (12, NUM_LUMA_ENTRIES)
    by_place: Floats  # (12, grid height, grid width)

    def difference(self, planes: Floats, u: Floats, v: Floats) -> Floats:
        """What to add to colour planes (3, H, W).

        u (W,), v (H,): each column's and row's place in the model's picture, 0..1.
        """
        luma = np.tensordot(LUMA, planes, axes=1)
        entries = np.clip(luma * (NUM_LUMA_ENTRIES - 1) + 0.5, 0, NUM_LUMA_ENTRIES - 1).astype(np.intp)
        across = spline_weights(u * self.by_place.shape[2] - 0.5, self.by_place.shape[2]).T
        down = spline_weights(v * self.by_place.shape[1] - 0.5, self.by_place.shape[1])
        narrow = self.by_place @ across  # (12, grid height, W)
        result = np.empty_like(planes)
        for channel in range(3):
            terms = [self._coefficient(4 * channel + i, entries, down, narrow) for i in range(4)]
            result[channel] = terms[3]
            for i in range(3):
                terms[i] *= planes[i]
                result[channel] += terms[i]
        return result

    def _coefficient(self, index: int, entries: npt.NDArray[np.intp], down: Floats, narrow: Floats) -> Floats:
        coefficient = down @ narrow[index]
        coefficient += np.take(self.by_luma[index], entries)
        return coefficient

    def difference_of(self, image: Floats) -> Floats:
        """The same for a whole picture (H, W, 3) that fills the model's frame."""
        height, width = image.shape[:2]
        u = ((np.arange(width) + 0.5) / width).astype(np.float32)
        v = ((np.arange(height) + 0.5) / height).astype(np.float32)
        planes = np.ascontiguousarray(np.moveaxis(image, -1, 0), np.float32)
        return np.moveaxis(self.difference(planes, u, v), 0, -1)


def no_change() -> TonalMap:
    """The map that adds nothing."""
    return TonalMap(
        by_luma=np.zeros((12, NUM_LUMA_ENTRIES), np.float32), by_place=np.zeros((12, 1, 1), np.float32)
    )


def fit_tonal(round_trip: Floats, edited: Floats) -> TonalMap:
    """Fit the colour map from (H, W, 3) to (H, W, 3), both in the working space."""
    difference = edited - round_trip
    by_luma = np.zeros((12, NUM_LUMA_ENTRIES), np.float32)
    by_place = np.zeros((12, *_grid_shape(round_trip, max(GRID_CELLS))), np.float32)
    tonal = TonalMap(by_luma=by_luma, by_place=by_place)
    for _ in range(
        NUM_ROUNDS
    ):  # backfitting: the curve explains what place does not, and the other way round
        alone = TonalMap(by_luma=by_luma, by_place=tonal.by_place)
        rest = difference - alone.difference_of(round_trip)
        curve = TonalMap(
            by_luma=_fit_by_luma(round_trip.reshape(-1, 3), rest.reshape(-1, 3)), by_place=by_place
        )
        tonal = _fit_grid(round_trip, difference, curve)
    return tonal


def _fit_grid(round_trip: Floats, difference: Floats, tonal: TonalMap) -> TonalMap:
    """Add a grid, coarse to fine, that explains what a map leaves."""
    for count in GRID_CELLS:
        rest = difference - tonal.difference_of(round_trip)
        grid = _fit_by_place(round_trip, rest, _grid_shape(round_trip, count))
        finer = tonal.by_place + _regrid(grid, tonal.by_place.shape[1:])
        tonal = TonalMap(by_luma=tonal.by_luma, by_place=finer)
    return tonal


def _grid_shape(image: Floats, cells: int) -> tuple[int, int]:
    """Nearly square cells, not so small that they could repaint the picture."""
    height, width = image.shape[:2]
    cell_px = max(max(height, width) / cells, SMALLEST_CELL_PX)
    return max(round(height / cell_px), 1), max(round(width / cell_px), 1)


def _luma_basis(luma: Floats) -> Floats:
    """(N, NUM_LUMA_KNOTS) smooth weights of luma values."""
    return spline_weights(np.clip(luma, 0, 1) * (NUM_LUMA_KNOTS - 1), NUM_LUMA_KNOTS)


@lru_cache(maxsize=1)
def _entry_basis() -> Floats:
    return _luma_basis(np.linspace(0, 1, NUM_LUMA_ENTRIES))


def _fit_by_luma(colours: Floats, difference: Floats) -> Floats:
    """Robust ridge regression of (N, 3) differences on (N, 3) colours, with coefficients that follow luma."""
    step = -(-len(colours) // MAX_FIT_PIXELS)
    colours, difference = colours[::step], difference[::step]
    basis = _luma_basis(colours @ LUMA)
    linear = np.concatenate([colours, np.ones_like(colours[:, :1])], axis=1)
    features = (basis[:, :, None] * linear[:, None, :]).reshape(len(colours), -1)
    ridge = _luma_ridge()
    weights = np.ones(len(colours), np.float32)
    solution = np.zeros((features.shape[1], 3))
    for _ in range(4):
        weighted = features * weights[:, None]
        gram = (weighted.T @ features).astype(np.float64) / len(colours)
        target = (weighted.T @ difference).astype(np.float64) / len(colours)
        solution = np.linalg.solve(gram + ridge, target)
        error = np.square(difference - features @ solution.astype(np.float32)).sum(axis=1)
        weights = 1.0 / (1.0 + error / OUTLIER**2)
    knots = solution.reshape(NUM_LUMA_KNOTS, 4, 3).astype(np.float32)
    table = np.einsum("ek,kic->cie", _entry_basis(), knots)
    return np.ascontiguousarray(table.reshape(12, NUM_LUMA_ENTRIES))


def _luma_ridge() -> Floats:
    """Small matrices, smaller still offsets, and no bends between knots."""
    bends = np.diff(np.eye(NUM_LUMA_KNOTS), n=2, axis=0)
    size = np.diag([MATRIX_RIDGE] * 3 + [OFFSET_RIDGE]) / NUM_LUMA_KNOTS
    return np.kron(np.eye(NUM_LUMA_KNOTS), size) + np.kron(CURVE_RIDGE * bends.T @ bends, np.eye(4))


def _fit_by_place(colours: Floats, rest: Floats, shape: tuple[int, int]) -> Floats:
    """Difference matrices (12, rows, columns) of what the curve leaves, cell by cell."""
    weights = np.ones(colours.shape[:2], np.float32)
    cell_area = colours.shape[0] * colours.shape[1] / (shape[0] * shape[1])
    independent = max(cell_area * 4.0 / CORRELATION_PX**2, 1.0)  # samples in a cell and its neighbours' share
    grid = np.zeros((12, *shape), np.float32)
    ridge = np.full(shape, 10 * MATRIX_RIDGE)
    for _ in range(2):
        grid, spread = _solve_cells(colours, rest, weights, ridge)
        ridge = MATRIX_RIDGE / 4 + 4.0 * spread / independent  # matrices of about 0.5 are to be expected
        grid *= _confidence(grid, spread, colours, independent)
        empty = np.zeros((12, NUM_LUMA_ENTRIES), np.float32)
        left = rest - TonalMap(by_luma=empty, by_place=grid).difference_of(colours)
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
