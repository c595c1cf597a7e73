"""Global adjustments as a photographer means them, in linear light.

Each takes `amount`: 1 is the plain request, about 0.5 "slightly", about 1.7 "a lot". Fixed factors, so that a
request has exactly one right answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mgie.synth.light import (
    LUMINANCE_WEIGHTS,
    Linear,
    Plane,
    decode,
    encode,
    luminance,
    scale_luminance,
)

MIDDLE = 0.46  # encoded luminance of a photographer's grey card


def expose(linear: Linear, stops: float) -> Linear:
    """Exposure: every factor of two is one stop."""
    return linear * np.float32(2.0**stops)


def _curve_light(linear: Linear, curve: Callable[[Plane], Plane]) -> Linear:
    """Move encoded luminance 0..1 along a curve; every pixel keeps its hue."""
    light = luminance(linear)
    return scale_luminance(linear, light, decode(curve(encode(light))))


def contrast(linear: Linear, amount: float) -> Linear:
    """Steepen (amount > 0) or flatten the middle tones along an S; black, mid grey and white stay put."""
    if amount == 0:
        return linear
    gain = 5.0 * abs(amount) ** 0.7
    ends = (_sigmoid(-gain * MIDDLE), 0.5, _sigmoid(gain * (1 - MIDDLE)))
    places = (0.0, MIDDLE, 1.0)

    def harder(encoded: Plane) -> Any:
        return np.interp(_sigmoid(gain * (encoded - MIDDLE)), ends, places)

    def softer(encoded: Plane) -> Any:
        return MIDDLE + _logit(np.interp(encoded, places, ends)) / gain

    if amount > 0:
        return _curve_light(linear, harder)
    return _curve_light(linear, softer)


def _sigmoid(value: Any) -> Any:  # a number or an array
    return 1 / (1 + np.exp(-value))


def _logit(share: Plane) -> Plane:
    return np.log(share / (1 - share))


def shadows(linear: Linear, amount: float) -> Linear:
    """Lift (amount > 0) or deepen the dark tones; their order stays, and so do black and white."""
    if amount > 0:
        return _curve_light(linear, lambda e: e + np.float32(1.3 * amount) * e * (1 - e) ** 3)
    depth = np.float32(min(0.55 * -amount, 0.95))
    return _curve_light(linear, lambda e: e - depth * e * (1 - e) ** 2)


def highlights(linear: Linear, amount: float) -> Linear:
    """Raise (amount > 0) or hold back the light tones; their order stays, white at most dims a shade."""
    if amount > 0:
        rise = np.float32(min(0.55 * amount, 0.95))
        return _curve_light(linear, lambda e: e + rise * (1 - e) * e**2)
    fall, shade = np.float32(1.2 * -amount), np.float32(0.02 * -amount)
    return _curve_light(linear, lambda e: e - fall * (1 - e) * e**3 - shade * e**6)


def compress(linear: Linear, amount: float) -> Linear:
    """A dull picture: all tones squeezed towards the middle."""
    return narrow(linear, min(0.45 * amount, 0.75), MIDDLE)


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


def narrow(linear: Linear, share: float, towards: float) -> Linear:
    """Squeeze encoded luminance towards a tone, black and white included; every pixel keeps its hue."""
    part = np.float32(share)
    return _curve_light(linear, lambda e: e * (1 - part) + np.float32(towards) * part)


def fade(linear: Linear, amount: float) -> Linear:
    """A matte print: lifted blacks, dulled whites, colours a little weaker."""
    dull = saturate(linear, 1 - 0.2 * min(amount, 2.0))
    return narrow(dull, min(0.25 * amount, 0.6), 0.68)
