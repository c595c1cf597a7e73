"""The looks: evening, night, seasons, weather, film."""

from __future__ import annotations

from mgie.synth import looks
from mgie.synth.operation import ALL_STRENGTHS, Change, Operation

_STYLES: dict[str, tuple[Change, str, tuple[str, ...]]] = {
    "evening": (
        lambda x, s, _: looks.evening(x, s),
        "gild lights with low sun {z}",
        (
            "make it look like late afternoon {z}",
            "make it look like evening {z}",
            "turn day into evening {z}",
            "give {p} golden hour light {z}",
            "set {p} at sunset {z}",
        ),
    ),
    "night": (
        lambda x, s, _: looks.night(x, s),
        "sink everything into blue moonlight {z}",
        (
            "make it look like night {z}",
            "turn day into night {z}",
            "make it night time {z}",
            "set {p} at midnight {z}",
            "give {p} a night look {z}",
        ),
    ),
    "sunny": (
        lambda x, s, _: looks.sunny(x, s),
        "pour clear noon sun over everything {z}",
        (
            "make it look sunny {z}",
            "make {p} {a} sunnier",
            "turn it into a sunny day {z}",
            "add sunshine {z}",
            "give {p} bright summer light {z}",
        ),
    ),
    "misty": (
        lambda x, s, _: looks.misty(x, s),
        "veil everything in pale air {z}",
        (
            "make it foggy {z}",
            "add mist {z}",
            "make {p} {a} hazier",
            "put fog into {p} {z}",
            "make it look like a misty morning {z}",
        ),
    ),
    "autumn": (
        lambda x, s, _: looks.autumn(x, s),
        "turn foliage orange {z}",
        (
            "make it autumn {z}",
            "make it look like fall {z}",
            "turn summer into autumn {z}",
            "give {p} autumn colours {z}",
            "make the leaves look like october {z}",
        ),
    ),
    "winter": (
        lambda x, s, _: looks.winter(x, s),
        "pale everything with frost {z}",
        (
            "make it winter {z}",
            "make it look wintry {z}",
            "turn summer into winter {z}",
            "give {p} cold winter light {z}",
            "make it feel like january {z}",
        ),
    ),
    "vintage": (
        lambda x, s, _: looks.vintage(x, s),
        "age it like old colour film {z}",
        (
            "make {p} look vintage {z}",
            "give {p} a retro look {z}",
            "make it look like an old photo {z}",
            "age {p} {z}",
            "apply an old film style {z}",
        ),
    ),
    "dramatic": (
        lambda x, s, _: looks.dramatic(x, s),
        "steepen, darken and drain {z}",
        (
            "make {p} {a} more dramatic",
            "give {p} a dramatic look {z}",
            "make it moody {z}",
            "make {p} {a} moodier",
            "add drama {z}",
        ),
    ),
}

STYLES: tuple[Operation, ...] = tuple(
    Operation(
        name=name, family="look", change=change, phrases=phrases, action=action, strengths=ALL_STRENGTHS
    )
    for name, (change, action, phrases) in _STYLES.items()
)
