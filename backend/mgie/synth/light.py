"""Between 8-bit sRGB and linear light, fast enough to make hundreds of pairs a second.

Everything that changes tones works on `Linear` arrays: scene light, where exposure is a factor.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Pixels: TypeAlias = npt.NDArray[np.uint8]  # (H, W, 3), sRGB
# float32 throughout; the wider annotation is what numpy promises after mixed arithmetic.
Linear: TypeAlias = npt.NDArray[np.floating[Any]]  # (H, W, 3), linear light, 0..1 where displayable
Plane: TypeAlias = npt.NDArray[np.floating[Any]]  # (H, W)

LUMINANCE_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)  # Rec. 709


def _decode_table(size: int) -> npt.NDArray[np.float32]:
    encoded = np.arange(size) / (size - 1)
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


def _encode_table(size: int) -> npt.NDArray[np.float32]:
    """sRGB values 0..1 at `size` points spaced evenly in the square root of linear light."""
    linear = (np.arange(size) / (size - 1)) ** 2
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return encoded.astype(np.float32)


_DECODE = _decode_table(256)
_DECODE_SIZE = 8192
_DECODE_FINE = _decode_table(_DECODE_SIZE)
_ENCODE_SIZE = 4096
_ENCODE = _encode_table(_ENCODE_SIZE)
_ENCODE_8BIT = np.round(_ENCODE * 255).astype(np.uint8)


def to_linear(pixels: Pixels) -> Linear:
    """Linear light of 8-bit sRGB."""
    return _DECODE[pixels]


def _table_index(linear: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.intp]:
    root = np.sqrt(np.clip(linear, 0.0, 1.0))
    return (root * (_ENCODE_SIZE - 1) + 0.5).astype(np.intp)


def to_pixels(linear: Linear) -> Pixels:
    """8-bit sRGB of linear light; exact for every 8-bit value that came from `to_linear`."""
    return _ENCODE_8BIT[_table_index(linear)]


def encode(linear: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float32]:
    """sRGB-encoded values 0..1 of any array of linear light, within 0.0004."""
    return _ENCODE[_table_index(linear)]


def decode(encoded: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float32]:
    """Linear light of sRGB-encoded values 0..1 of any array."""
    position = np.clip(encoded, 0.0, 1.0) * (_DECODE_SIZE - 1)
    return _DECODE_FINE[(position + 0.5).astype(np.intp)]


def luminance(linear: Linear) -> Plane:
    """Relative luminance, (H, W)."""
    return linear @ LUMINANCE_WEIGHTS


def scale_luminance(linear: Linear, before: Plane, after: Plane) -> Linear:
    """Bring luminance from `before` to `after` keeping each pixel's colour."""
    return linear * (after / np.maximum(before, 1e-4))[..., None]
