"""Global adjustments as a photographer means them, in linear light.

Each takes `amount`: 1 is the plain request, about 0.5 "slightly", about 1.7 "a lot". Fixed factors, so that a
request has exactly one right answer.
"""

from __future__ import annotations

import numpy as np

from mgie.synth.light import LUMINANCE_WEIGHTS, Linear, Plane, encode, luminance, scale_luminance

MID_GRAY = 0.18  # linear light of a photographer's grey card


def expose(linear: Linear, stops: float) -> Linear:
    """Exposure: every factor of two is one stop."""
    return linear * np.float32(2.0**stops)


def contrast(linear: Linear, amount: float) -> Linear:
    """Steepen (amount > 0) or flatten the tone curve around mid grey; hue stays."""
    slope = np.float32(1.6**amount)
    light = luminance(linear)
    return scale_luminance(linear, light, MID_GRAY * (np.maximum(light, 1e-5) / MID_GRAY) ** slope)


def _rise(value: Plane, low: float, high: float) -> Plane:
    """Smooth step from 0 at `low` to 1 at `high`."""
    position = np.clip((value - low) / (high - low), 0.0, 1.0)
    return position * position * (3 - 2 * position)


def shadows(linear: Linear, amount: float) -> Linear:
    """Lift (amount > 0) or deepen only the dark tones, by up to 1.3 stops times amount."""
    light = luminance(linear)
    weight = 1 - _rise(encode(light), 0.2, 0.6)
    return linear * np.exp2(np.float32(1.3 * amount) * weight)[..., None]


def highlights(linear: Linear, amount: float) -> Linear:
    """Raise (amount > 0) or recover only the light tones, by up to one stop times amount."""
    light = luminance(linear)
    weight = _rise(encode(light), 0.45, 0.85)
    return linear * np.exp2(np.float32(amount) * weight)[..., None]


def saturate(linear: Linear, factor: float) -> Linear:
    """Move every colour away from (factor > 1) or towards its own grey."""
    gray = luminance(linear)[..., None]
    return np.maximum(gray + np.float32(factor) * (linear - gray), 0.0)


def balance(linear: Linear, red_stops: float, green_stops: float, blue_stops: float) -> Linear:
    """White balance: one gain per channel, scaled so that a grey keeps its luminance."""
    gains = np.exp2(np.array([red_stops, green_stops, blue_stops], dtype=np.float32))
    return linear * (gains / (gains @ LUMINANCE_WEIGHTS))


def warm(linear: Linear, amount: float) -> Linear:
    """Warmer light (amount > 0) or cooler light."""
    return balance(linear, 0.38 * amount, 0.02 * amount, -0.55 * amount)


def tint(linear: Linear, amount: float) -> Linear:
    """Towards magenta (amount > 0) or green."""
    return balance(linear, 0.18 * amount, -0.32 * amount, 0.18 * amount)


def monochrome(linear: Linear) -> Linear:
    """Black and white by luminance."""
    return np.repeat(luminance(linear)[..., None], 3, axis=2)


def tone_gray(linear: Linear, red: float, green: float, blue: float) -> Linear:
    """A single-colour print: grey light times one colour of unit luminance."""
    colour = np.array([red, green, blue], dtype=np.float32)
    return luminance(linear)[..., None] * (colour / (colour @ LUMINANCE_WEIGHTS))


def sepia(linear: Linear) -> Linear:
    """The brown of an old print."""
    return tone_gray(linear, 1.25, 0.97, 0.66)


def fade(linear: Linear, amount: float) -> Linear:
    """A sun-bleached print: lifted blacks, dulled whites, weaker colour."""
    dull = saturate(linear, 1 - 0.35 * min(amount, 2.0))
    haze = np.float32(0.085 * amount)
    return dull * np.float32(1 - 0.16 * amount) + haze
