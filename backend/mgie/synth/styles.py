"""The looks: times of day, seasons, weather, film, and colour casts by name."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from mgie.synth import looks, tone
from mgie.synth.operation import ALL_STRENGTHS, Change, Operation

Style = tuple[Change, str, tuple[str, ...]]  # what is done, how it is said, how it is asked for


def _styles() -> dict[str, Style]:
    """data/styles.toml, and for each name what `looks` does under it."""
    text = (files(__package__ or "") / "data" / "styles.toml").read_text(encoding="utf-8")
    return {
        name: (_change_look(name), words["action"], tuple(words["phrases"]))
        for name, words in tomllib.loads(text).items()
    }


def _change_look(name: str) -> Change:
    look = getattr(looks, name)
    return lambda x, s, _: look(x, s)


# colour -> stops of red, green and blue that tint a picture with it
_CASTS: dict[str, tuple[float, float, float]] = {
    "red": (0.42, -0.14, -0.14),
    "blue": (-0.16, -0.10, 0.45),
    "yellow": (0.20, 0.16, -0.50),
    "orange": (0.42, 0.02, -0.45),
    "purple": (0.18, -0.30, 0.34),
    "teal": (-0.40, 0.12, 0.18),
    "pink": (0.30, -0.24, 0.06),
}
_LESS = -0.8  # a cast is taken away by so much of it
_MORE_WORDS = ("tint {p} {c} {z}", "give {p} a {c} tint {z}", "make {p} {a} more {c}", "bathe {p} in {c} {z}")
_LESS_WORDS = ("remove the {c} cast {z}", "take the {c} tinge out {z}", "tone down the {c} {z}")


def _change_cast(colour: str, sign: float) -> Change:
    stops = [sign * value for value in _CASTS[colour]]
    return lambda x, s, _: tone.balance(x, stops[0] * s, stops[1] * s, stops[2] * s)


def _casts() -> dict[str, Style]:
    """More and less of every colour."""
    styles: dict[str, Style] = {}
    for colour in _CASTS:
        more, less = (
            tuple(words.replace("{c}", colour) for words in each) for each in (_MORE_WORDS, _LESS_WORDS)
        )
        styles[f"more_{colour}"] = (_change_cast(colour, 1.0), f"tint it {colour} {{z}}", more)
        styles[f"less_{colour}"] = (_change_cast(colour, _LESS), f"take the {colour} cast out {{z}}", less)
    return styles


STYLES: tuple[Operation, ...] = tuple(
    Operation(
        name=name, family="look", change=change, phrases=phrases, action=action, strengths=ALL_STRENGTHS
    )
    for name, (change, action, phrases) in (_styles() | _casts()).items()
)
