"""What can be measured about a picture, and the plain words for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mgie.synth.light import Linear, Pixels, encode, luminance, to_linear
from mgie.synth.masks import hue_degrees

LEVELS = ("very dark", "dark", "mid-toned", "bright", "very bright")
LEVEL_EDGES = (0.18, 0.36, 0.56, 0.74)  # mean encoded luminance between neighbouring levels
CAST_EDGE = 0.35  # log2 of red over blue from which a picture counts as warm or cool
CASTS = ("cool", "neutral", "warm")
COLOURS = ("black", "gray", "white", "red", "brown", "orange", "yellow", "green", "blue", "purple")
GRID = 16  # statistics are taken on a picture of about this many cells a side


@dataclass(frozen=True, kw_only=True)
class PictureStatistics:
    """Measures of one picture; brightness and contrast in encoded luminance 0..1."""

    brightness: float  # mean
    contrast: float  # standard deviation
    warmth: float  # log2(mean red / mean blue) in linear light
    tint: float  # log2(mean green / geometric mean of red and blue); positive is green
    colourfulness: float  # mean of (largest - smallest encoded channel), 0..1
    detail: float  # mean absolute difference between neighbours, encoded
    colour_shares: dict[str, float]  # share per name of COLOURS

    @property
    def level(self) -> str:
        """The brightness in words."""
        return LEVELS[int(np.searchsorted(LEVEL_EDGES, self.brightness))]

    @property
    def cast(self) -> str:
        """The overall colour temperature in words."""
        return CASTS[1 + (self.warmth > CAST_EDGE) - (self.warmth < -CAST_EDGE)]

    @property
    def main_colour(self) -> tuple[str, float]:
        """The most frequent colour name and its share."""
        name = max(self.colour_shares, key=lambda colour: self.colour_shares[colour])
        return name, self.colour_shares[name]


def _cells(linear: Linear) -> Linear:
    """Mean light on a coarse grid of at most about GRID cells a side."""
    height, width = linear.shape[:2]
    rows, columns = max(1, height // GRID), max(1, width // GRID)
    kept = linear[: height // rows * rows, : width // columns * columns]
    return kept.reshape(height // rows, rows, width // columns, columns, 3).mean(axis=(1, 3))


def _colour_shares(cells: Linear) -> dict[str, float]:
    hue, saturation = hue_degrees(cells)
    light = encode(luminance(cells))
    names = np.full(light.shape, COLOURS.index("red"))
    for name, low, high in (("orange", 18, 46), ("yellow", 46, 70), ("green", 70, 170), ("blue", 170, 260)):
        names[(hue >= low) & (hue < high)] = COLOURS.index(name)
    names[(hue >= 260) & (hue < 340)] = COLOURS.index("purple")
    names[(hue >= 10) & (hue < 46) & (light < 0.5)] = COLOURS.index("brown")
    plain = saturation < 0.16
    names[plain] = COLOURS.index("gray")
    names[plain & (light > 0.78)] = COLOURS.index("white")
    names[light < 0.13] = COLOURS.index("black")
    counts = np.bincount(names.ravel(), minlength=len(COLOURS)) / names.size
    return {name: float(share) for name, share in zip(COLOURS, counts, strict=True)}


def measure(pixels: Pixels) -> PictureStatistics:
    """Measure an 8-bit sRGB picture (H, W, 3)."""
    cells = _cells(to_linear(pixels))
    light = encode(luminance(cells))
    colour = encode(cells)
    red, green, blue = (float(value) + 1e-3 for value in cells.mean(axis=(0, 1)))
    plane = pixels[..., 1].astype(np.int16)
    return PictureStatistics(
        brightness=float(light.mean()),
        contrast=float(light.std()),
        warmth=float(np.log2(red / blue)),
        tint=float(np.log2(green / np.sqrt(red * blue))),
        colourfulness=float((colour.max(axis=2) - colour.min(axis=2)).mean()),
        detail=float(np.abs(np.diff(plane, axis=1)).mean() / 255),
        colour_shares=_colour_shares(cells),
    )
