"""The part of a colour map that follows colour alone: matrices by luma, and a curve for every channel.

What follows the place is fitted along, coarsely, and left out again: else curves take what belongs to it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from mgie.compose.resample import Floats, spline_weights
from mgie.compose.tone_features import (
    NUM_CHANNEL_KNOTS,
    NUM_LUMA_FEATURES,
    NUM_LUMA_KNOTS,
    Tones,
    channel_basis,
    luma_basis,
)

NUM_LUMA_ENTRIES = 8192  # the matrices bend slowly
NUM_CHANNEL_ENTRIES = 32768  # finer than 16 bits can show through any sensible curve
MAX_FIT_CELLS = 65536  # more cells do not make the curve better
MATRIX_RIDGE = 1e-3  # against colour matrices that the picture's colours do not determine
OFFSET_RIDGE = 1e-5
CURVE_RIDGE = 1e-4  # against bends between neighbouring knots
QUIET = 1e-7  # variance left per cell; with more of it, the ridges grow in proportion
OUTLIER = 0.08  # differences beyond this (of the sRGB range) count less and less: they are content
NUM_ROUNDS = 4
PLACE_KNOTS = 4  # on each side of the picture
PLACE_RIDGE = 10.0  # times that of the curves, which take what both could explain


class ToneCurves(NamedTuple):
    """Tables of differences, and what they predict for the cells they were fitted on."""

    by_luma: Floats  # (12, NUM_LUMA_ENTRIES): row-major 3x4
    by_channel: Floats  # (3, NUM_CHANNEL_ENTRIES)
    predicted: Floats  # (h, w, 3)


def fit_curves(tones: Tones, difference: Floats) -> ToneCurves:
    """Robust ridge regression of the cells' mean differences (h, w, 3) on their tones."""
    target = difference.reshape(-1, 3)
    by_luma = tones.by_luma.reshape(-1, NUM_LUMA_FEATURES)
    by_place = _place_features(tones.mean)
    step = -(-len(target) // MAX_FIT_CELLS)
    predicted = np.empty_like(target)
    luma_table = np.empty((3, 4, NUM_LUMA_ENTRIES), np.float32)
    channel_table = np.empty((3, NUM_CHANNEL_ENTRIES), np.float32)
    for channel in range(3):
        by_channel = tones.by_channel[channel].reshape(-1, NUM_CHANNEL_KNOTS)
        features = np.concatenate([by_luma, by_channel, by_place], axis=1)
        solution = _solve(features[::step], target[::step, channel])
        matrices, curve, _ = np.split(solution, [NUM_LUMA_FEATURES, NUM_LUMA_FEATURES + NUM_CHANNEL_KNOTS])
        predicted[:, channel] = by_luma @ matrices + by_channel @ curve
        luma_table[channel] = (_luma_entries() @ matrices.reshape(NUM_LUMA_KNOTS, 4)).T
        channel_table[channel] = _channel_entries() @ curve
    return ToneCurves(
        luma_table.reshape(12, NUM_LUMA_ENTRIES), channel_table, predicted.reshape(difference.shape)
    )


def _place_features(mean: Floats) -> Floats:
    """(N, 4 PLACE_KNOTS^2) smooth weights of a cell's place times (red, green, blue, 1)."""
    rows, columns = mean.shape[:2]
    down, across = (
        spline_weights((np.arange(count) + 0.5) / count * PLACE_KNOTS - 0.5, PLACE_KNOTS)
        for count in (rows, columns)
    )
    linear = np.concatenate([mean, np.ones_like(mean[..., :1])], axis=-1)
    features = np.einsum("yk,xl,yxi->yxkli", down, across, linear, optimize=True)
    return features.reshape(rows * columns, -1).astype(np.float32)


def _solve(features: Floats, target: Floats) -> Floats:
    """Coefficients (F,) of (N, F) for (N,), outliers weighed down, as smooth as the noise demands."""
    weights = np.ones(len(target), np.float32)
    solution = np.zeros(features.shape[1], np.float32)
    noise = 0.0
    for _ in range(NUM_ROUNDS):
        weighted = features * weights[:, None]
        gram = (weighted.T @ features).astype(np.float64) / len(target)
        aim = (weighted.T @ target).astype(np.float64) / len(target)
        ridge = _ridge() * max(noise / len(target) / QUIET, 1.0)
        solution = np.linalg.solve(gram + ridge, aim).astype(np.float32)
        error = np.square(target - features @ solution)
        weights = 1.0 / (1.0 + 3.0 * error / OUTLIER**2)
        noise = float((weights * error).sum() / weights.sum())
    return solution


@lru_cache(maxsize=1)
def _ridge() -> Floats:
    """Small matrices, smaller still offsets and curves, and no bends between the knots of either."""
    size = np.diag([MATRIX_RIDGE] * 3 + [OFFSET_RIDGE])
    matrices = np.kron(np.eye(NUM_LUMA_KNOTS), size / NUM_LUMA_KNOTS) + np.kron(
        _bends(NUM_LUMA_KNOTS), np.eye(4)
    )
    curve = OFFSET_RIDGE / NUM_CHANNEL_KNOTS * np.eye(NUM_CHANNEL_KNOTS) + _bends(NUM_CHANNEL_KNOTS)
    place = np.kron(np.eye(PLACE_KNOTS**2), PLACE_RIDGE / PLACE_KNOTS**2 * size)
    ridge = np.zeros((len(matrices) + len(curve) + len(place),) * 2)
    start = 0
    for block in (matrices, curve, place):
        end = start + len(block)
        ridge[start:end, start:end] = block
        start = end
    return ridge


def _bends(num_knots: int) -> Floats:
    bends = np.diff(np.eye(num_knots), n=2, axis=0)
    return CURVE_RIDGE * bends.T @ bends


@lru_cache(maxsize=1)
def _luma_entries() -> Floats:
    return luma_basis(np.linspace(0, 1, NUM_LUMA_ENTRIES, dtype=np.float32))


@lru_cache(maxsize=1)
def _channel_entries() -> Floats:
    return channel_basis(np.linspace(0, 1, NUM_CHANNEL_ENTRIES, dtype=np.float32))
