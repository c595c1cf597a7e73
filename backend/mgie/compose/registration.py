"""Whether the edited picture slid or zoomed against the input, and undoing it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.ndimage import affine_transform, gaussian_filter

from mgie.compose.resample import Floats

NUM_BLOCKS = 4  # per side
SMALLEST_SHIFT_PX = 0.2  # below this neither reported as drift nor corrected
SMALLEST_ZOOM = 0.003
LARGEST_MISFIT_PX = 0.5  # blocks that disagree by more than this are no pure shift and zoom
LEAST_CONFIDENCE = 0.1  # a correlation peak's height, 1 for identical pictures


class Drift(NamedTuple):
    """Where the edit's pixels lie relative to the input's: shifted, and scaled about the centre."""

    shift_x_px: float  # of the model's picture; positive is to the right
    shift_y_px: float  # positive is down
    zoom: float  # 1.01: the edit is 1 % larger
    is_pure: bool  # whether shift and zoom explain it
    is_corrected: bool = False

    @property
    def is_notable(self) -> bool:
        """Whether it would show."""
        shift = float(np.hypot(self.shift_x_px, self.shift_y_px))
        return shift > SMALLEST_SHIFT_PX or abs(self.zoom - 1.0) > SMALLEST_ZOOM


NO_DRIFT = Drift(0.0, 0.0, 1.0, is_pure=True)


def measure_drift(round_trip: Floats, edited: Floats) -> Drift:
    """Register (H, W, 3) on (H, W, 3): phase correlation of blocks, then shift and zoom by weighted fit."""
    if np.array_equal(round_trip, edited):
        return NO_DRIFT
    before, after = _details(round_trip), _details(edited)
    centres: list[tuple[float, float]] = []
    shifts: list[tuple[float, float]] = []
    weights: list[float] = []
    height, width = before.shape
    side_y, side_x = 2 * height // (NUM_BLOCKS + 1), 2 * width // (NUM_BLOCKS + 1)
    for top in np.linspace(0, height - side_y, NUM_BLOCKS).astype(int):
        for left in np.linspace(0, width - side_x, NUM_BLOCKS).astype(int):
            block = (slice(top, top + side_y), slice(left, left + side_x))
            dy, dx, confidence = _phase_shift(before[block], after[block])
            centres.append((left + side_x / 2 - width / 2, top + side_y / 2 - height / 2))
            shifts.append((dx, dy))
            weights.append(confidence)
    return _fit_similarity(np.array(centres), np.array(shifts), np.array(weights))


def correct_drift(edited: Floats, drift: Drift) -> Floats:
    """Move (H, W, 3) back to where the input lies."""
    height, width = edited.shape[:2]
    centre = np.array([height / 2 - 0.5, width / 2 - 0.5])
    shift = np.array([drift.shift_y_px, drift.shift_x_px])
    offset = centre + shift - drift.zoom * centre
    matrix = np.column_stack([drift.zoom * np.eye(2), offset])
    planes = [affine_transform(edited[..., i], matrix, order=3, mode="nearest") for i in range(3)]
    return np.stack(planes, axis=-1).astype(np.float32)


def _details(image: Floats) -> Floats:
    """Fine structure of the luma with its contrast evened out, so that an edit's tones do not matter."""
    luma = image.mean(axis=-1)
    fine = luma - gaussian_filter(luma, 4.0)
    return fine / (np.sqrt(gaussian_filter(np.square(fine), 8.0)) + 0.01)


def _phase_shift(before: Floats, after: Floats) -> tuple[float, float, float]:
    """(dy, dx, confidence 0..1): how far `after` lies from `before`."""
    window = np.outer(np.hanning(before.shape[0]), np.hanning(before.shape[1]))
    cross = np.conj(np.fft.rfft2(before * window)) * np.fft.rfft2(after * window)
    fy = np.fft.fftfreq(before.shape[0])[:, None]
    fx = np.fft.rfftfreq(before.shape[1])[None, :]
    low_pass = np.exp(-0.5 * (fy**2 + fx**2) / 0.15**2)  # the highest frequencies are noise and aliasing
    spectrum = cross / (np.abs(cross) + 1e-3 * np.abs(cross).max() + 1e-12) * low_pass
    peak_if_equal = float(np.fft.irfft2(low_pass + 0j, s=before.shape).max())
    surface = np.fft.irfft2(spectrum, s=before.shape)
    y, x = (int(i) for i in np.unravel_index(int(surface.argmax()), surface.shape))
    dy = y + _vertex(surface[(y - 1) % len(surface), x], surface[y, x], surface[(y + 1) % len(surface), x])
    width = surface.shape[1]
    dx = x + _vertex(surface[y, (x - 1) % width], surface[y, x], surface[y, (x + 1) % width])
    wrapped = [(s + n / 2) % n - n / 2 for s, n in ((dy, surface.shape[0]), (dx, width))]
    return wrapped[0], wrapped[1], max(float(surface[y, x]) / peak_if_equal, 0.0)


def _vertex(left: float, middle: float, right: float) -> float:
    """Offset of the peak of the Gaussian through three samples."""
    if min(left, middle, right) <= 0:
        return 0.0
    a, b, c = np.log(left), np.log(middle), np.log(right)
    curvature = a - 2 * b + c
    return float(np.clip(0.5 * (a - c) / curvature, -0.5, 0.5)) if curvature < -1e-9 else 0.0


def _fit_similarity(centres: Floats, shifts: Floats, weights: Floats) -> Drift:
    """Weighted least squares of shift + (zoom - 1) * centre, once more without the blocks that disagree."""
    keep = weights > LEAST_CONFIDENCE
    if keep.sum() < 4:
        return NO_DRIFT._replace(is_pure=False)
    dx, dy, growth, misfit = 0.0, 0.0, 0.0, np.zeros(len(weights))
    for _ in range(3):
        w = weights * keep
        total = w.sum()
        mean_centre = (w[:, None] * centres).sum(axis=0) / total
        mean_shift = (w[:, None] * shifts).sum(axis=0) / total
        relative = centres - mean_centre
        growth = float(
            (w[:, None] * relative * (shifts - mean_shift)).sum() / (w[:, None] * relative**2).sum()
        )
        dx, dy = mean_shift - growth * mean_centre
        misfit = np.hypot(*(shifts - np.array([dx, dy]) - growth * centres).T)
        keep = (weights > LEAST_CONFIDENCE) & (misfit < max(2.0 * float(np.median(misfit[keep])), 0.25))
        if keep.sum() < 4:
            return NO_DRIFT._replace(is_pure=False)
    is_pure = bool(misfit[keep].mean() < LARGEST_MISFIT_PX and keep.sum() >= len(weights) / 2)
    return Drift(float(dx), float(dy), 1.0 + growth, is_pure=is_pure)
