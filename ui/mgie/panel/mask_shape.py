"""What growing and feathering make of a selection, on the panel's small picture of it.

The same rule as the backend's (`mgie.compose.masks`), at the size of a thumbnail and without scipy.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

Coverage = npt.NDArray[np.uint8]
_FAR = 1e9  # squared pixels; more than any picture here is wide


class MaskShape:
    """A selection at the size of a thumbnail. Distances are measured once, at the first change."""

    def __init__(self, coverage: Coverage, scale: float) -> None:
        """coverage: (height, width), 0..255. scale: its pixels per pixel of the canvas."""
        self._coverage, self._scale = coverage, scale

    def shaped(self, *, grow_px: float, feather_px: float) -> Coverage:
        """(height, width): how much of the edit each pixel takes, never more than its coverage."""
        selected, scale = self._coverage > 0, self._scale
        if (grow_px == 0 and feather_px == 0) or selected.all() or not selected.any():
            return self._coverage
        depth = self._inside - self._outside if grow_px > 0 else self._inside
        ramp = np.clip((depth + grow_px * scale) / (feather_px * scale + scale), 0.0, 1.0)
        return np.minimum(self._coverage, np.round(255.0 * ramp).astype(np.uint8))

    @cached_property
    def _inside(self) -> npt.NDArray[np.float32]:
        return _distance(self._coverage > 0)

    @cached_property
    def _outside(self) -> npt.NDArray[np.float32]:
        return _distance(self._coverage == 0)


def _distance(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Of every inside pixel to the nearest outside one, px; pixel by pixel, which small pictures allow."""
    squared = np.where(inside, np.float32(_FAR), np.float32(0))
    for _ in range(2):  # along the columns, then along the rows
        steps = np.arange(squared.shape[0], dtype=np.float32)
        apart = (steps[:, None] - steps[None, :]) ** 2
        squared = np.stack([(column + apart).min(axis=1) for column in squared.T])
    return np.sqrt(np.minimum(squared, np.float32(_FAR)))
