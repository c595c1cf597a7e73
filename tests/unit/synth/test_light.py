"""Linear light and back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mgie.synth.light import encode, luminance, scale_luminance, to_linear, to_pixels
from support.synthetic_photos import photo


def test_every_8_bit_value_survives_the_way_to_linear_light_and_back() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
    assert np.array_equal(to_pixels(to_linear(ramp)), ramp)


@given(st.floats(0, 1))
def test_encoding_follows_the_srgb_curve(linear: float) -> None:
    exact = linear * 12.92 if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    assert abs(float(encode(np.array(linear, dtype=np.float32))) - exact) < 5e-4


def test_luminance_of_white_is_one() -> None:
    assert np.allclose(luminance(np.ones((2, 2, 3), np.float32)), 1.0, atol=1e-6)


def test_scaling_luminance_keeps_the_ratios_of_the_channels() -> None:
    linear = to_linear(photo()) + 0.01
    light = luminance(linear)
    scaled = scale_luminance(linear, light, light * 0.5)
    assert np.allclose(scaled / linear, 0.5, atol=1e-4)
