"""Times of day, seasons and film looks: fixed recipes of the global adjustments."""

from __future__ import annotations

import numpy as np

from mgie.synth.light import Linear, Plane, encode, luminance
from mgie.synth.tone import balance, contrast, expose, fade, saturate, warm


def evening(linear: Linear, amount: float) -> Linear:
    """Late sun: half a stop darker, golden lights over cooler shadows."""
    darker = expose(linear, -0.5 * amount)
    golden = balance(darker, 0.5 * amount, 0.0, -0.75 * amount)
    dim = balance(darker, 0.0, -0.08 * amount, 0.25 * amount)
    weight = np.clip(encode(luminance(linear)) * 1.4, 0.0, 1.0)[..., None]
    return golden * weight + dim * (1 - weight)


def night(linear: Linear, amount: float) -> Linear:
    """Moonlight: two stops darker, blue, half the colour gone."""
    dim = expose(saturate(linear, max(0.0, 1 - 0.5 * amount)), -1.9 * amount)
    return balance(dim, -0.5 * amount, -0.1 * amount, 0.55 * amount)


def sunny(linear: Linear, amount: float) -> Linear:
    """A clear noon: lighter, warmer, richer."""
    return saturate(warm(expose(linear, 0.5 * amount), 0.5 * amount), 1 + 0.2 * amount)


def misty(linear: Linear, amount: float) -> Linear:
    """Fog: everything drifts towards a light, slightly cool grey."""
    air = np.array([0.50, 0.53, 0.57], dtype=np.float32)
    density = np.float32(min(0.5 * amount, 0.9))
    return saturate(linear, 1 - 0.3 * min(amount, 2.0)) * (1 - density) + air * density


def greenness(linear: Linear) -> Plane:
    """How much each pixel is foliage: 0 none, 1 clearly green or yellow-green."""
    red, green, blue = linear[..., 0], linear[..., 1], linear[..., 2]
    excess = (green - np.maximum(blue, 0.85 * red)) / np.maximum(green, 1e-4)
    return np.clip(excess * 4, 0.0, 1.0)


def autumn(linear: Linear, amount: float) -> Linear:
    """Foliage turns orange, the light turns warmer."""
    turned = linear[..., [1, 0, 2]] * np.array([1.15, 0.85, 0.5], dtype=np.float32)
    weight = (greenness(linear) * np.float32(min(amount, 1.0)))[..., None]
    return warm(linear * (1 - weight) + turned * weight, 0.5 * amount)


def winter(linear: Linear, amount: float) -> Linear:
    """Pale and cold: foliage loses its colour, lights go blue-white."""
    pale = saturate(linear, max(0.0, 1 - 0.55 * amount))
    return warm(expose(pale, 0.35 * amount), -0.6 * amount)


def vintage(linear: Linear, amount: float) -> Linear:
    """Old colour film: warm, faded, soft."""
    return fade(warm(linear, 0.6 * amount), 0.8 * amount)


def dramatic(linear: Linear, amount: float) -> Linear:
    """Steep, dark and half drained of colour."""
    return saturate(contrast(expose(linear, -0.3 * amount), 0.8 * amount), 1 - 0.35 * min(amount, 2.0))
