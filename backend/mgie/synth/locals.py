"""Local adjustments: a region times an adjustment."""

from __future__ import annotations

from functools import partial

import numpy as np

from mgie.synth import tone
from mgie.synth.light import Linear
from mgie.synth.masks import region
from mgie.synth.operation import Change, Operation

# region -> (how people name it, how the description names it)
REGIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "left": (("the left half", "the left side"), "all left of centre"),
    "right": (("the right half", "the right side"), "all right of centre"),
    "top": (("the top half", "the upper half"), "all above mid-height"),
    "bottom": (("the bottom half", "the lower half"), "all below mid-height"),
    "centre": (("the centre", "the middle"), "what stands central"),
    "border": (
        ("the background at the border", "everything around the middle"),
        "what surrounds its subject",
    ),
    "sky": (("the sky",), "whatever sky there is"),
    "dark areas": (("the dark areas", "the dark parts"), "dark zones"),
    "light areas": (("the light areas", "the bright parts"), "light zones"),
    "reds": (("the reds", "everything red"), "red things"),
    "yellows": (("the yellows", "everything yellow"), "yellow things"),
    "greens": (("the greens", "everything green"), "green things"),
    "blues": (("the blues", "everything blue"), "blue things"),
}

# adjustment -> (change, wordings around the region, verb of the description)
_ADJUSTMENTS: dict[str, tuple[Change, tuple[str, ...], str]] = {
    "brighten": (
        lambda x, s, _: tone.expose(x, 0.9 * s),
        ("brighten {r}", "make {r} brighter", "lighten {r}"),
        "lift",
    ),
    "darken": (lambda x, s, _: tone.expose(x, -0.9 * s), ("darken {r}", "make {r} darker", "dim {r}"), "dim"),
    "saturate": (
        lambda x, s, _: tone.saturate(x, 1 + 0.8 * s),
        ("saturate {r}", "make {r} more colourful", "boost {r}"),
        "enrich",
    ),
    "drain": (
        lambda x, s, _: tone.saturate(x, 0.0),
        ("desaturate {r}", "make {r} black and white", "remove the colour from {r}"),
        "grey out",
    ),
    "warm": (lambda x, s, _: tone.warm(x, s), ("warm up {r}", "make {r} warmer"), "warm"),
    "cool": (lambda x, s, _: tone.warm(x, -s), ("cool down {r}", "make {r} cooler"), "cool"),
}


def _within(
    linear: Linear, amount: float, generator: np.random.Generator, *, area: str, change: Change
) -> Linear:
    """Change a region and leave the rest, mixed by the soft mask."""
    weight = region(linear, area)[..., None]
    return linear + weight * (change(linear, amount, generator) - linear)


def _local(area: str, adjustment: str) -> Operation:
    names, described = REGIONS[area]
    change, wordings, verb = _ADJUSTMENTS[adjustment]
    return Operation(
        name=f"local_{adjustment}",
        family="local",
        change=partial(_within, area=area, change=change),
        phrases=tuple(wording.replace("{r}", name) for wording in wordings for name in names),
        action=f"{verb} {described} only",
        variant=area,
    )


LOCALS: tuple[Operation, ...] = tuple(
    _local(area, adjustment) for area in REGIONS for adjustment in _ADJUSTMENTS
)
