"""Tone curves of colour profiles: encoded value to linear light and back, also outside 0..1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]  # any shape, float32 or float64


@dataclass(frozen=True, kw_only=True)
class ParametricCurve:
    """y = (a x + b)^g + e from x = d on, y = c x + f below (ICC.1:2022, section 10.18).

    Negative values follow the same curve mirrored at the origin, so that wide-gamut pixels survive.
    """

    g: float
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    e: float = 0.0
    f: float = 0.0

    def decode(self, encoded: Array) -> Array:
        """Encoded value to linear light."""
        x = np.abs(encoded)
        power = np.maximum(self.a * x + self.b, 0.0) ** self.g + self.e
        return np.copysign(np.where(x >= self.d, power, self.c * x + self.f), encoded)

    def encode(self, linear: Array) -> Array:
        """Linear light to encoded value."""
        y = np.abs(linear)
        knee = (self.a * self.d + self.b) ** self.g + self.e
        power = (np.maximum(y - self.e, 0.0) ** (1.0 / self.g) - self.b) / self.a
        toe = (y - self.f) / self.c if self.c else np.full_like(y, self.d)
        return np.copysign(np.where(y >= knee, power, toe), linear)


@dataclass(frozen=True, eq=False)
class TableCurve:
    """Equally spaced samples over 0..1, never falling; straight on with the end's slope above 1."""

    samples: npt.NDArray[np.float64]  # (N,), N >= 2

    def decode(self, encoded: Array) -> Array:
        """Encoded value to linear light."""
        knots = np.linspace(0.0, 1.0, len(self.samples))
        return _interpolate(encoded, knots, self.samples)

    def encode(self, linear: Array) -> Array:
        """Linear light to encoded value; on a flat stretch, its first knot."""
        rising = np.concatenate([[True], np.diff(np.maximum.accumulate(self.samples)) > 0])
        knots = np.linspace(0.0, 1.0, len(self.samples))
        return _interpolate(linear, self.samples[rising], knots[rising])


Curve: TypeAlias = ParametricCurve | TableCurve

IDENTITY = ParametricCurve(g=1.0)
SRGB_CURVE = ParametricCurve(g=2.4, a=1 / 1.055, b=0.055 / 1.055, c=1 / 12.92, d=0.04045)
ADOBE_RGB_CURVE = ParametricCurve(g=563 / 256)
PROPHOTO_CURVE = ParametricCurve(g=1.8, c=1 / 16, d=16 / 512)


def is_linear(curve: Curve) -> bool:
    """Whether the numbers are (nearly) proportional to light, so unfit for judging tones."""
    return float(curve.decode(np.asarray(0.5))) > 0.4


def _interpolate(x: Array, knots: Array, values: Array) -> Array:
    magnitude = np.abs(x)
    inside = np.interp(magnitude, knots, values)
    slope = (values[-1] - values[-2]) / (knots[-1] - knots[-2])
    beyond = values[-1] + slope * (magnitude - knots[-1])
    return np.copysign(np.where(magnitude > knots[-1], beyond, inside), x).astype(x.dtype)
