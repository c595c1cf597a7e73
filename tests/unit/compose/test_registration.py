"""Drift: found, named and undone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import affine_transform, gaussian_filter

from mgie.compose.registration import NO_DRIFT, correct_drift, measure_drift
from mgie.compose.resample import Floats
from support.fake_pictures import smooth_colours


def photograph(side: int = 160) -> Floats:
    """Smooth colours with texture at several scales."""
    random = np.random.default_rng(3)
    texture = sum(
        gaussian_filter(random.normal(size=(side, side, 1)), (s, s, 0)) * s * 0.12 for s in (1.0, 2.0, 4.0)
    )
    return np.clip(smooth_colours(side, side) * 0.6 + 0.2 + texture, 0, 1).astype(np.float32)


def moved(image: Floats, dx: float, dy: float, zoom: float) -> Floats:
    """What was at c + d lies at c + zoom * d + shift."""
    centre = np.array(image.shape[:2]) / 2 - 0.5
    offset = centre - (centre + np.array([dy, dx])) / zoom
    matrix = np.column_stack([np.eye(2) / zoom, offset])
    return np.stack([affine_transform(image[..., i], matrix, order=3, mode="nearest") for i in range(3)], -1)


@pytest.mark.parametrize(
    ("dx", "dy", "zoom"), [(0, 0, 1), (1.5, -0.75, 1), (0, 0, 1.02), (-3, 2, 1), (1, 1, 0.985), (6.5, 0, 1)]
)
def test_shift_and_zoom_are_measured_and_undone(dx: float, dy: float, zoom: float) -> None:
    """Within a fifth of a pixel, although the edit also changed the tones."""
    image = photograph()
    drifted = np.clip(moved(image, dx, dy, zoom), 0, 1) ** 0.7
    drift = measure_drift(image, drifted.astype(np.float32))
    assert drift.is_pure
    assert drift.shift_x_px == pytest.approx(dx, abs=0.2)
    assert drift.shift_y_px == pytest.approx(dy, abs=0.2)
    assert drift.zoom == pytest.approx(zoom, abs=0.004)
    middle = (slice(16, -16), slice(16, -16))
    left = np.abs(correct_drift(drifted.astype(np.float32), drift) - image**0.7)[middle].mean()
    assert left < 0.015


def test_an_edit_in_place_is_no_drift() -> None:
    image = photograph()
    assert not measure_drift(image, 1 - image).is_notable
    assert measure_drift(image, image) == NO_DRIFT


def test_another_picture_is_not_called_drift() -> None:
    image = photograph()
    other = np.random.default_rng(1).random(image.shape).astype(np.float32)
    assert not measure_drift(image, other).is_pure
