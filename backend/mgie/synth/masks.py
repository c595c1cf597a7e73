"""Soft masks (H, W), 0..1, for local adjustments: by place, by tone, by colour."""

from __future__ import annotations

import numpy as np

from mgie.synth.filters import radius
from mgie.synth.light import Linear, Plane, encode, luminance

HUES = {
    "reds": 0.0,
    "oranges": 30.0,
    "yellows": 58.0,
    "greens": 115.0,
    "blues": 225.0,
    "purples": 285.0,
}  # degrees


def half(linear: Linear, side: str) -> Plane:
    """One half of the frame with a soft border: left, right, top or bottom."""
    height, width = linear.shape[:2]
    length = width if side in ("left", "right") else height
    ramp = np.clip((0.5 - np.linspace(0, 1, length, dtype=np.float32)) * 8 + 0.5, 0.0, 1.0)
    if side in ("right", "bottom"):
        ramp = ramp[::-1]
    row = ramp[None, :] if side in ("left", "right") else ramp[:, None]
    return np.broadcast_to(row, (height, width)).astype(np.float32)


def centre(linear: Linear) -> Plane:
    """The middle of the frame."""
    return np.clip((0.75 - radius(*linear.shape[:2])) * 3.5, 0.0, 1.0)


def border(linear: Linear) -> Plane:
    """The background at the border: all that is not the middle."""
    return 1 - centre(linear)


def dark_areas(linear: Linear) -> Plane:
    """Where it is darker than about a third of the encoded range."""
    return np.clip((0.42 - encode(luminance(linear))) * 6, 0.0, 1.0)


def light_areas(linear: Linear) -> Plane:
    """Where it is lighter than about two thirds of the encoded range."""
    return np.clip((encode(luminance(linear)) - 0.58) * 6, 0.0, 1.0)


def sky(linear: Linear) -> Plane:
    """The upper part as far as it is bluish or bright; empty where the top is neither."""
    height = linear.shape[0]
    up = np.clip(1.6 - 2.6 * np.linspace(0, 1, height, dtype=np.float32), 0.0, 1.0)[:, None]
    blue = linear[..., 2] / np.maximum(linear[..., 0], 1e-3)
    bluish = np.clip((blue - 1.05) * 4, 0.0, 1.0)
    return up * np.maximum(bluish, np.clip((encode(luminance(linear)) - 0.6) * 6, 0.0, 1.0))


def hue_degrees(linear: Linear) -> tuple[Plane, Plane]:
    """Hue in degrees and saturation 0..1 (HSV) of the encoded colour."""
    colour = encode(linear)
    high, low = colour.max(axis=2), colour.min(axis=2)
    span = np.maximum(high - low, 1e-4)
    red, green, blue = colour[..., 0], colour[..., 1], colour[..., 2]
    hue = np.where(
        high == red,
        (green - blue) / span,
        np.where(high == green, 2 + (blue - red) / span, 4 + (red - green) / span),
    )
    return (hue * 60) % 360, (high - low) / np.maximum(high, 1e-3)


def hue_range(linear: Linear, colour: str) -> Plane:
    """Pixels of one of the `HUES`, weighted by how saturated they are."""
    hue, saturation = hue_degrees(linear)
    distance = np.abs((hue - HUES[colour] + 180) % 360 - 180)
    width = 48.0 if colour in ("greens", "blues") else 22.0
    near = np.clip((width - distance) / (0.4 * width), 0.0, 1.0)
    return near * np.clip((saturation - 0.15) * 5, 0.0, 1.0)


def region(linear: Linear, name: str) -> Plane:
    """The mask of a named region: a side, centre, border, sky, dark areas, light areas or one of `HUES`."""
    if name in HUES:
        return hue_range(linear, name)
    if name in ("left", "right", "top", "bottom"):
        return half(linear, name)
    areas = {
        "centre": centre,
        "border": border,
        "dark areas": dark_areas,
        "light areas": light_areas,
        "sky": sky,
    }
    return areas[name](linear)
