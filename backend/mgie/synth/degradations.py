"""Ambiguous requests: the picture was damaged in a way that only eyes can tell; the goal is the original."""

from __future__ import annotations

from mgie.synth import tone
from mgie.synth.operation import Change, Operation

# variant -> (damage, description of the repair)
_DAMAGES: dict[str, tuple[Change, str]] = {
    "too dark": (lambda x, s, _: tone.expose(x, -1.4 * s), "make up for the underexposure"),
    "too bright": (lambda x, s, _: tone.expose(x, 1.0 * s), "make up for the overexposure"),
    "too warm": (lambda x, s, _: tone.warm(x, 1.2 * s), "take out the warm cast"),
    "too cool": (lambda x, s, _: tone.warm(x, -1.2 * s), "take out the cold cast"),
    "too magenta": (lambda x, s, _: tone.tint(x, 1.3 * s), "neutralise the magenta cast"),
    "too green": (lambda x, s, _: tone.tint(x, -1.3 * s), "neutralise the green cast"),
    "too flat": (lambda x, s, _: tone.compress(x, s), "bring the flat tones back to life"),
    "too steep": (lambda x, s, _: tone.contrast(x, 1.2 * s), "calm the harsh tones"),
    "too pale": (lambda x, s, _: tone.saturate(x, max(0.1, 1 - 0.65 * s)), "bring the pale colours back"),
    "too gaudy": (lambda x, s, _: tone.saturate(x, 1 + 1.1 * s), "calm the gaudy colours"),
}

# request -> (the damages it may mean, wordings)
_REQUESTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "fix_exposure": (
        ("too dark", "too bright"),
        (
            "fix the exposure",
            "correct the exposure",
            "get the exposure right",
            "repair the brightness",
            "expose {p} properly",
        ),
    ),
    "fix_cast": (
        ("too warm", "too cool", "too magenta", "too green"),
        (
            "undo the colour cast",
            "fix the white balance",
            "remove the color cast",
            "correct the white balance",
            "neutralise the cast of {p}",
        ),
    ),
    "fix_colours": (
        ("too pale", "too gaudy", "too warm", "too cool"),
        (
            "fix the colours",
            "repair the colors",
            "get the colours right",
            "make the colours natural",
            "correct the colours of {p}",
        ),
    ),
    "fix_contrast": (
        ("too flat", "too steep"),
        (
            "fix the contrast",
            "correct the contrast",
            "get the contrast right",
            "repair the tones",
            "give {p} a normal contrast",
        ),
    ),
    "improve": (
        tuple(_DAMAGES),
        (
            "make it look better",
            "improve {p}",
            "enhance {p}",
            "fix {p}",
            "correct whatever is wrong with {p}",
        ),
    ),
}

REPAIRS: tuple[Operation, ...] = tuple(
    Operation(
        name=name,
        family="repair",
        change=_DAMAGES[damage][0],
        phrases=phrases,
        action=_DAMAGES[damage][1],
        variant=damage,
        is_random=True,
    )
    for name, (damages, phrases) in _REQUESTS.items()
    for damage in damages
)
