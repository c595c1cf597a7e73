"""Times of day, seasons and film looks: fixed recipes of the global adjustments."""

from __future__ import annotations

import numpy as np

from mgie.synth.light import Linear, Plane, encode, luminance
from mgie.synth.masks import hue_degrees
from mgie.synth.tone import balance, contrast, expose, fade, monochrome, narrow, saturate, warm

_AIR = np.array([0.50, 0.53, 0.57], dtype=np.float32)  # linear light of fog


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
    """Fog: tones drift towards a light one, and a thin, slightly cool grey lies over everything."""
    density = np.float32(min(0.16 * amount, 0.5))
    return narrow(linear, min(0.42 * amount, 0.8), 0.74) * (1 - density) + _AIR * density


def greenness(linear: Linear) -> Plane:
    """How much each pixel is foliage: 0 none, 1 clearly green or yellow-green, be it pale or dark."""
    hue, saturation = hue_degrees(linear)
    near = np.clip(np.minimum(hue - 48, 172 - hue) / 14, 0.0, 1.0)
    return near * np.clip((saturation - 0.10) * 7, 0.0, 1.0)


def autumn(linear: Linear, amount: float) -> Linear:
    """Foliage turns orange, the light turns warmer."""
    turned = linear[..., [1, 0, 2]] * np.array([1.15, 0.85, 0.5], dtype=np.float32)
    weight = (greenness(linear) * np.float32(min(amount, 1.0)))[..., None]
    return warm(linear * (1 - weight) + turned * weight, 0.5 * amount)


def winter(linear: Linear, amount: float) -> Linear:
    """Pale and cold: foliage loses its colour, lights go blue-white."""
    pale = saturate(linear, max(0.0, 1 - 0.35 * amount))
    return warm(expose(pale, 0.35 * amount), -0.6 * amount)


def vintage(linear: Linear, amount: float) -> Linear:
    """Old colour film: warm, faded, soft."""
    return fade(warm(linear, 0.6 * amount), 0.8 * amount)


def dramatic(linear: Linear, amount: float) -> Linear:
    """Dark and steep, the colours a little muted."""
    return saturate(contrast(expose(linear, -0.55 * amount), 0.8 * amount), 1 - 0.1 * min(amount, 2.0))


def dehaze(linear: Linear, amount: float) -> Linear:
    """Take pale air away, then deepen tones and colours."""
    density = np.float32(0.24 * min(amount, 1.9))
    clear = np.maximum((linear - _AIR * density * 0.7) / (1 - density), 0.0)
    return saturate(contrast(clear, 0.25 * amount), 1 + 0.2 * amount)


def pop(linear: Linear, amount: float) -> Linear:
    """Richer colours and steeper tones."""
    return saturate(contrast(linear, 0.45 * amount), 1 + 0.5 * amount)


def _split(
    linear: Linear, lights: tuple[float, float, float], darks: tuple[float, float, float], amount: float
) -> Linear:
    """Split toning: channel stops for the lights and for the darks, mixed by tone."""
    weight = np.clip(encode(luminance(linear)) * 1.25 - 0.1, 0.0, 1.0)[..., None]
    light, dark = (balance(linear, *(amount * stops for stops in each)) for each in (lights, darks))
    return light * weight + dark * (1 - weight)


def cinematic(linear: Linear, amount: float) -> Linear:
    """Orange lights over teal depths, steeper and half a shade darker."""
    toned = _split(linear, (0.3, 0.0, -0.35), (-0.3, 0.06, 0.22), amount)
    return contrast(expose(toned, -0.2 * amount), 0.4 * amount)


def pastel(linear: Linear, amount: float) -> Linear:
    """Light, flat and airy."""
    return fade(expose(contrast(linear, -0.45 * amount), 0.3 * amount), 0.45 * amount)


def high_key(linear: Linear, amount: float) -> Linear:
    """Flooded with light."""
    return contrast(expose(linear, 0.9 * amount), -0.35 * amount)


def low_key(linear: Linear, amount: float) -> Linear:
    """Mostly darkness."""
    return contrast(expose(linear, -0.9 * amount), 0.4 * amount)


def noir(linear: Linear, amount: float) -> Linear:
    """Black and white with hard tones."""
    return contrast(expose(monochrome(linear), -0.25 * amount), 0.85 * amount)


def sunrise(linear: Linear, amount: float) -> Linear:
    """Rose lights over lilac depths."""
    return _split(expose(linear, 0.12 * amount), (0.3, -0.1, -0.12), (-0.05, -0.12, 0.22), amount)


def cross_process(linear: Linear, amount: float) -> Linear:
    """Slide film in the wrong bath: yellow lights over blue depths."""
    toned = _split(linear, (0.12, 0.16, -0.4), (-0.2, 0.02, 0.3), amount)
    return contrast(toned, 0.3 * amount)


def bleach_bypass(linear: Linear, amount: float) -> Linear:
    """Steep tones and half the colour gone."""
    return saturate(contrast(linear, 0.6 * amount), max(0.2, 1 - 0.5 * amount))
