"""Local adjustments: a region times an adjustment."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from mgie.synth import tone
from mgie.synth.light import Linear
from mgie.synth.masks import region
from mgie.synth.operation import ALL_STRENGTHS, Change, Operation

# region -> how the description names it; `corpus.region_names` says how people do
REGIONS: dict[str, str] = {
    "left": "the left half",
    "right": "the right half",
    "top": "the upper half",
    "bottom": "the lower half",
    "centre": "the middle",
    "border": "the background",
    "sky": "the sky",
    "dark areas": "the dark areas",
    "light areas": "the light areas",
    "reds": "the reds",
    "yellows": "the yellows",
    "greens": "the greens",
    "blues": "the blues",
}

# adjustment -> (change, wordings around the region, description around it)
_ADJUSTMENTS: dict[str, tuple[Change, tuple[str, ...], str]] = {
    "brighten": (
        lambda x, s, _: tone.expose(x, 0.9 * s),
        ("brighten {r} {z}", "make {r} {a} brighter", "lighten {r} {z}"),
        "brighten only {r} {z}",
    ),
    "darken": (
        lambda x, s, _: tone.expose(x, -0.9 * s),
        ("darken {r} {z}", "make {r} {a} darker", "dim {r} {z}"),
        "darken only {r} {z}",
    ),
    "saturate": (
        lambda x, s, _: tone.saturate(x, 1 + 0.8 * s),
        ("saturate {r} {z}", "make {r} {a} more colourful", "boost {r} {z}"),
        "strengthen only the colours of {r} {z}",
    ),
    "drain": (
        lambda x, s, _: tone.saturate(x, 0.0),
        ("desaturate {r}", "make {r} black and white", "remove the colour from {r}"),
        "drain the colour only from {r}",
    ),
    "warm": (
        lambda x, s, _: tone.warm(x, s),
        ("warm up {r} {z}", "make {r} {a} warmer"),
        "warm only {r} {z}",
    ),
    "cool": (
        lambda x, s, _: tone.warm(x, -s),
        ("cool down {r} {z}", "make {r} {a} cooler"),
        "cool only {r} {z}",
    ),
    "contrast": (
        lambda x, s, _: tone.contrast(x, 0.9 * s),
        ("add contrast to {r} {z}", "make {r} {a} more contrasty"),
        "raise the contrast only of {r} {z}",
    ),
}


def within(area: str, change: Change) -> Change:
    """The change in a region only, mixed by the region's soft mask."""
    return partial(_mix, area=area, change=change, is_inside=True)


def outside(area: str, change: Change) -> Change:
    """The change everywhere but in a region."""
    return partial(_mix, area=area, change=change, is_inside=False)


def _mix(
    linear: Linear,
    amount: float,
    generator: np.random.Generator,
    *,
    area: str,
    change: Change,
    is_inside: bool,
) -> Linear:
    weight = region(linear, area)[..., None]
    weight = weight if is_inside else 1 - weight
    return linear + weight * (change(linear, amount, generator) - linear)


def everywhere(operation: Operation) -> Operation:
    """The same operation on the whole picture, whatever region it names."""
    parts = tuple(everywhere(part) for part in operation.parts)
    return replace(operation, change=operation.unmasked or operation.change, parts=parts)


def _local(area: str, adjustment: str) -> Operation:
    change, wordings, described = _ADJUSTMENTS[adjustment]
    return Operation(
        name=f"local_{adjustment}",
        family="local",
        change=within(area, change),
        unmasked=change,
        phrases=wordings,
        action=described.replace("{r}", REGIONS[area]),
        variant=area,
        area=area,
        strengths=ALL_STRENGTHS if "{z}" in described else ("medium",),
    )


LOCALS: tuple[Operation, ...] = tuple(
    _local(area, adjustment) for area in REGIONS for adjustment in _ADJUSTMENTS
)
