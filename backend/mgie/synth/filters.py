"""Adjustments that look at neighbours or at the place in the frame."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from mgie.synth.light import Linear, Plane


def radius(height: int, width: int) -> Plane:
    """Distance from the centre, 1 at the middle of the nearest edge."""
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    return np.sqrt(x * x + y * y)


def vignette(linear: Linear, amount: float) -> Linear:
    """Darken the corners, up to 1.6 stops times amount."""
    fall = np.clip(radius(*linear.shape[:2]) - 0.45, 0.0, None) ** 1.5
    return linear * np.exp2(-np.float32(1.9 * amount) * fall)[..., None]


def blur(linear: Linear, amount: float) -> Linear:
    """Gaussian blur of the light itself; sigma is 1.6 % of the short side times amount."""
    sigma = 0.016 * min(linear.shape[:2]) * amount
    return gaussian_filter(linear, (sigma, sigma, 0), truncate=2.5)


def sharpen(linear: Linear, amount: float) -> Linear:
    """Unsharp mask of about one pixel at 128 px."""
    soft = gaussian_filter(linear, (1.0, 1.0, 0), truncate=2.5)
    return np.maximum(linear + np.float32(0.9 * amount) * (linear - soft), 0.0)


def grain(linear: Linear, amount: float, generator: np.random.Generator) -> Linear:
    """Film grain: grey noise that multiplies the light."""
    noise = generator.standard_normal(linear.shape[:2], dtype=np.float32)
    return linear * np.exp2(np.float32(0.28 * amount) * noise)[..., None]
