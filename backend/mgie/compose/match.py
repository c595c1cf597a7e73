"""Colour match: pull an edit towards what surrounds the selection."""

from __future__ import annotations

import numpy as np

from mgie.compose.resample import Floats

RIDGE = 3e-3
LEAST_PIXELS = 64  # fewer surrounding pixels say nothing


def match_colours(round_trip: Floats, edited: Floats, surroundings: Floats, strength: float) -> Floats:
    """Map the edit's colours so that it agrees with the input in the surroundings.

    round_trip, edited: (H, W, 3); surroundings: (H, W) 0..1, 1 where nothing was asked to change;
    strength: 0 leaves the edit, 1 matches fully.
    """
    weight = surroundings.reshape(-1, 1)
    if strength == 0.0 or weight.sum() < LEAST_PIXELS:
        return edited
    source, target = edited.reshape(-1, 3), round_trip.reshape(-1, 3)
    total = weight.sum()
    source_mean = (weight * source).sum(axis=0) / total
    target_mean = (weight * target).sum(axis=0) / total
    centred = (source - source_mean) * weight
    covariance = centred.T @ (source - source_mean) / total
    cross = centred.T @ ((target - target_mean) - (source - source_mean)) / total
    change = np.linalg.solve(covariance + RIDGE * np.eye(3), cross)
    matched = edited + (edited - source_mean) @ change + (target_mean - source_mean)
    return (edited + strength * (matched - edited)).astype(np.float32)
