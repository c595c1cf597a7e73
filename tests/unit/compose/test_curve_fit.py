"""Curves: found as steep as they are, smooth under noise, blind to outliers and to what the place did."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mgie.compose.curve_fit import NUM_CHANNEL_ENTRIES, NUM_LUMA_ENTRIES, ToneCurves, fit_curves
from mgie.compose.resample import Floats
from mgie.compose.tone_features import LUMA, NUM_CHANNEL_KNOTS, Tones, channel_basis, luma_features

ROWS, COLUMNS, SPREAD = 48, 64, 9


def colours() -> Floats:
    """(cells, SPREAD, 3): of every cell several colours around its own."""
    random = np.random.default_rng(3)
    own = random.random((ROWS * COLUMNS, 1, 3))
    return np.clip(own + random.normal(0, 0.15, (ROWS * COLUMNS, SPREAD, 3)), 0, 1).astype(np.float32)


def tones_of(cells: Floats) -> Tones:
    flat = cells.reshape(-1, 3)
    shape = (ROWS, COLUMNS)

    def mean(features: Floats) -> Floats:
        return features.reshape(ROWS * COLUMNS, SPREAD, -1).mean(axis=1).astype(np.float32)

    curves = [mean(channel_basis(flat[:, i])).reshape(*shape, NUM_CHANNEL_KNOTS) for i in range(3)]
    return Tones(
        mean=mean(flat).reshape(*shape, 3),
        by_luma=mean(luma_features(flat)).reshape(*shape, -1),
        by_channel=np.stack(curves),
    )


def difference_of(edit: Callable[[Floats], Floats], cells: Floats) -> Floats:
    """What the model would show: averages after the edit minus averages before."""
    return (edit(cells) - cells).mean(axis=1).reshape(ROWS, COLUMNS, 3).astype(np.float32)


def applied(curves: ToneCurves, values: Floats) -> Floats:
    """(N, 3) single colours under the curves."""
    luma = np.round(values @ LUMA * (NUM_LUMA_ENTRIES - 1)).astype(int)
    matrices = curves.by_luma[:, luma].T.reshape(-1, 3, 4)
    entries = np.round(values * (NUM_CHANNEL_ENTRIES - 1)).astype(int)
    bent = np.stack([curves.by_channel[i][entries[:, i]] for i in range(3)], axis=-1)
    return values + np.einsum("nci,ni->nc", matrices[..., :3], values) + matrices[..., 3] + bent


def contrast(image: Floats) -> Floats:
    return image * image * (3 - 2 * image)


def gray(image: Floats) -> Floats:
    return np.repeat((image @ np.array([0.25, 0.6, 0.15], np.float32))[..., None], 3, axis=-1)


def darker(image: Floats) -> Floats:
    return 0.4 * image


def steeper(image: Floats) -> Floats:
    return image**2.2


GRAYS = np.linspace(0.1, 0.9, 33, dtype=np.float32)[:, None].repeat(3, axis=1)


@pytest.mark.parametrize("edit", [contrast, gray, steeper, darker])
def test_a_curve_is_as_steep_as_the_edit_although_only_averages_are_seen(
    edit: Callable[[Floats], Floats],
) -> None:
    cells = colours()
    curves = fit_curves(tones_of(cells), difference_of(edit, cells))
    found = applied(curves, GRAYS)
    assert np.abs(found - edit(GRAYS)).max() < 0.02  # what is the same everywhere, the grid takes a part of
    assert np.abs(np.diff(found, axis=0)).sum() == pytest.approx(
        np.abs(np.diff(edit(GRAYS), axis=0)).sum(), rel=0.01
    )


def test_no_difference_makes_no_curve() -> None:
    tones = tones_of(colours())
    curves = fit_curves(tones, np.zeros((ROWS, COLUMNS, 3), np.float32))
    assert not curves.by_luma.any()
    assert not curves.by_channel.any()
    assert not curves.predicted.any()


def test_noise_does_not_make_a_curve_wiggle() -> None:
    cells = colours()
    noise = np.random.default_rng(1).normal(0, 0.1, (ROWS, COLUMNS, 3)).astype(np.float32)
    curves = fit_curves(tones_of(cells), difference_of(contrast, cells) + noise)
    assert np.abs(applied(curves, GRAYS) - contrast(GRAYS)).max() < 0.03


def test_new_content_in_a_corner_does_not_bend_the_curve() -> None:
    cells = colours()
    difference = difference_of(contrast, cells)
    difference[:12, :16] = 0.7
    curves = fit_curves(tones_of(cells), difference)
    assert np.abs(applied(curves, GRAYS) - contrast(GRAYS)).max() < 0.03


def test_what_the_place_did_is_not_taken_for_a_curve() -> None:
    """A darkening to one side leaves a mean effect at most, the same for dark and light."""
    cells = colours()
    ramp = np.linspace(0.2, -0.2, COLUMNS, dtype=np.float32)[None, :, None]
    tones = tones_of(cells)
    curves = fit_curves(tones, (ramp * tones.mean).astype(np.float32))
    assert np.abs(applied(curves, GRAYS) - GRAYS).max() < 0.01
