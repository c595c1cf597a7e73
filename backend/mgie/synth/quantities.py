"""Requests made of parts: a quantity, a direction, how far; "the colours are far too strong", "less warmth".

Collected requests show a reader which words there are; these show it which of them turn a request around.
They are for training alone, so that what is held out stays people's own words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mgie.synth.operation import Strength

_PEOPLE_RATE = 0.4  # share of complaints about a colour that speak of what it lies on


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """Something that can go up and down, and the words for it."""

    up: str  # the operation that gives more of it
    down: str
    nouns: tuple[str, ...]  # "the contrast"; those with an s at the end are many
    higher: tuple[str, ...]  # of the picture: "contrastier"
    lower: tuple[str, ...]
    excess: tuple[str, ...]  # what is complained about: "contrasty", after "too"
    lack: tuple[str, ...]
    is_tone: bool = False  # its nouns are tones, which get lighter or darker
    is_cast: bool = False  # its nouns are casts, which are taken out

    @property
    def is_colour(self) -> bool:
        """Whether it is a colour that lies over everything."""
        return self.is_cast or self.up in ("warmer", "magenta")


_LIGHT = (("brighter", "lighter", "less dark"), ("darker", "dimmer", "less bright"))
_TOO_LIGHT = (
    ("bright", "light", "glaring"),
    ("dark", "dim", "gloomy", "murky", "black"),
)
_COLOUR = (
    ("more colourful", "more vivid", "more saturated", "more vibrant", "richer in colour"),
    ("less colourful", "less vivid", "less saturated", "more muted", "calmer in colour"),
)
_TOO_COLOURFUL = (
    ("colourful", "saturated", "vivid", "garish", "gaudy", "loud"),
    ("pale", "dull in colour", "colourless", "washed out in colour"),
)
_WARMTH = (
    ("warmer", "less cold", "less blue", "more golden"),
    ("cooler", "colder", "less warm", "less yellow", "bluer"),
)
_TOO_WARM = (("warm", "yellow", "yellowish", "orange"), ("cold", "cool", "blue", "bluish", "icy"))
_CONTRAST = (
    ("more contrasty", "contrastier", "less flat", "harder in tone"),
    ("less contrasty", "flatter", "less harsh", "gentler in tone"),
)
_TOO_HARD = (("contrasty", "harsh", "hard", "crunchy"), ("flat", "low in contrast", "soft in tone"))

QUANTITIES = (
    Quantity(
        up="brighten",
        down="darken",
        nouns=("the brightness", "the exposure", "the light", "the luminance", "the midtones", "the gamma"),
        higher=_LIGHT[0],
        lower=_LIGHT[1],
        excess=(*_TOO_LIGHT[0], "overexposed"),
        lack=(*_TOO_LIGHT[1], "underexposed"),
    ),
    Quantity(
        up="more_contrast",
        down="less_contrast",
        nouns=("the contrast", "the tonal contrast", "the punch of the tones"),
        higher=_CONTRAST[0],
        lower=_CONTRAST[1],
        excess=_TOO_HARD[0],
        lack=_TOO_HARD[1],
    ),
    Quantity(
        up="more_saturation",
        down="less_saturation",
        nouns=("the colours", "the saturation", "the hues", "the vibrance", "the colour", "the chroma"),
        higher=_COLOUR[0],
        lower=_COLOUR[1],
        excess=_TOO_COLOURFUL[0],
        lack=_TOO_COLOURFUL[1],
    ),
    Quantity(
        up="warmer",
        down="cooler",
        nouns=("the warmth", "the temperature", "the colour temperature", "the warm tones"),
        higher=_WARMTH[0],
        lower=_WARMTH[1],
        excess=_TOO_WARM[0],
        lack=_TOO_WARM[1],
    ),
    Quantity(
        up="magenta",
        down="green",
        nouns=("the magenta", "the pink in the tint"),
        higher=("pinker", "less green", "more magenta", "less greenish"),
        lower=("greener", "less pink", "less magenta"),
        excess=("magenta", "pink", "pinkish"),
        lack=("green", "greenish"),
    ),
    Quantity(
        up="lift_shadows",
        down="deepen_shadows",
        nouns=("the shadows", "the shadow areas", "the shadow tones"),
        higher=(),
        lower=(),
        excess=(),
        lack=(),
        is_tone=True,
    ),
    Quantity(
        up="raise_highlights",
        down="recover_highlights",
        nouns=("the highlights", "the whites", "the brightest tones"),
        higher=(),
        lower=(),
        excess=(),
        lack=(),
        is_tone=True,
    ),
)
# The same of a region: {r} stands in the noun's place.
_LOCAL = (
    Quantity(
        up="local_brighten",
        down="local_darken",
        nouns=("the brightness of {r}", "the exposure of {r}", "the light on {r}"),
        higher=_LIGHT[0],
        lower=_LIGHT[1],
        excess=_TOO_LIGHT[0],
        lack=_TOO_LIGHT[1],
    ),
    Quantity(
        up="local_saturate",
        down="",
        nouns=("the colours of {r}", "the saturation of {r}", "the colour in {r}"),
        higher=_COLOUR[0],
        lower=(),
        excess=(),
        lack=_TOO_COLOURFUL[1],
    ),
    Quantity(
        up="local_warm",
        down="local_cool",
        nouns=("the warmth of {r}", "the temperature of {r}"),
        higher=_WARMTH[0],
        lower=_WARMTH[1],
        excess=_TOO_WARM[0],
        lack=_TOO_WARM[1],
    ),
    Quantity(
        up="local_contrast",
        down="",
        nouns=("the contrast of {r}", "the contrast in {r}"),
        higher=_CONTRAST[0],
        lower=(),
        excess=(),
        lack=_TOO_HARD[1],
    ),
)
# Colours that lie over a picture. What "too blue" asks for is said above; a cast or tinge is taken out.
_CASTS = {
    "red": ("reddish", "red"),
    "blue": ("bluish",),
    "yellow": ("yellowish",),
    "orange": ("orangey",),
    "purple": ("purplish", "purple"),
    "teal": ("turquoise", "teal", "cyan"),
    "pink": ("pinkish",),
}
_COLOURED = tuple(
    Quantity(
        up=f"more_{colour}",
        down=f"less_{colour}",
        nouns=tuple(f"the {colour} {noun}" for noun in ("cast", "tinge", "tint", "colour cast")),
        higher=(f"more {colour}", shades[0], f"{colour} all over"),
        lower=(),
        excess=shades if colour in ("red", "purple", "teal") else (),
        lack=(),
        is_cast=True,
    )
    for colour, shades in _CASTS.items()
)
# {n} the noun with its article, {b} without; {s} how far.
_UP = (
    "increase {n} {s}", "raise {n} {s}", "boost {n} {s}", "turn {n} up {s}", "turn up {n} {s}",
    "bring {n} up {s}", "push {n} up {s}", "push up {n} {s}", "bump {n} up {s}", "crank {n} up {s}",
    "strengthen {n} {s}", "{b} up {s}", "intensify {n} {s}", "more of {n} {s}", "make {n} stronger {s}",
    "higher {b} {s}", "stronger {b} {s}", "not enough {b}", "add to {n} {s}", "{b} should be higher {s}",
    "{n} could be stronger {s}", "{n} too weak {s}", "{n} too low {s}", "more {b} {s}",
    "give it more {b} {s}", "it lacks {b}", "it needs more {b}",
)  # fmt: skip
_DOWN = (
    "decrease {n} {s}", "lower {n} {s}", "reduce {n} {s}", "turn {n} down {s}", "turn down {n} {s}",
    "soften {n} {s}", "bring {n} down {s}", "pull {n} down {s}", "pull back {n} {s}", "drop {n} {s}",
    "cut {n} {s}", "weaken {n} {s}", "dial back {n} {s}", "dial {n} down {s}", "tone down {n} {s}",
    "ease off {n} {s}", "tame {n} {s}", "{b} down {s}", "less of {n} {s}", "make {n} weaker {s}",
    "lower {b} {s}", "weaker {b} {s}", "too much {b}", "{n} too strong {s}", "{n} too high {s}",
    "less {b} {s}", "give it less {b} {s}", "{n} over the top", "{n} overdone", "calm {n} {s}",
    "{n} should be lower {s}", "{n} overcooked", "{n} overpowering", "rein in {n} {s}",
)  # fmt: skip
# Of tones it is their lightness that goes up and down: strong shadows are dark ones.
_LIGHTER = (
    "raise {n} {s}", "lift {n} {s}", "brighten {n} {s}", "lighten {n} {s}", "turn {n} up {s}", "{b} up {s}",
    "bring {n} up {s}", "push {n} up {s}", "bump {n} up {s}", "lighter {b} {s}", "brighter {b} {s}",
    "make {n} lighter {s}", "make {n} brighter {s}", "{n} too dark {s}", "more light in {n} {s}",
)  # fmt: skip
_DARKER = (
    "lower {n} {s}", "darken {n} {s}", "pull {n} down {s}", "turn {n} down {s}", "{b} down {s}",
    "drop {n} {s}", "bring {n} down {s}", "push {n} down {s}", "darker {b} {s}", "make {n} darker {s}",
    "{n} too bright {s}", "{n} too light {s}", "less light in {n} {s}", "dim {n} {s}",
)  # fmt: skip
_OUT = (
    "remove {n} {s}", "get rid of {n}", "take {n} out", "take out {n} {s}", "lose {n}", "neutralise {n} {s}",
    "correct {n}", "reduce {n} {s}", "tone down {n} {s}", "{b} out", "there is a {b}", "there's a {b} on it",
    "no more {b}", "counter {n} {s}", "kill {n}", "fix {n}",
)  # fmt: skip
_PEOPLE = (
    "we look {w}", "we all look {s} {w}", "everyone looks {s} {w}", "my skin looks {s} {w}", "skin is {w}",
    "the lamp made us {w}", "the light turned everything {w}", "faces are {s} {w}", "our faces look {w}",
    "skin has a {w} tone", "the walls came out {s} {w}", "the snow looks {w}", "the white shirt looks {w}",
)  # fmt: skip
_STATES = ("make {p} {s} {w}", "{s} {w}", "{p} should be {s} {w}", "i want {p} {s} {w}", "get {p} {s} {w}")
_COMPLAINTS = (
    "{p} is {s} {w}", "{p} looks {s} {w}", "{p} came out {s} {w}", "{s} {w}", "why is {p} {s} {w}",
    "{p} turned out {s} {w}", "{p} {s} {w}",
)  # fmt: skip
_FAR: dict[Strength, tuple[str, ...]] = {
    "slight": ("a bit", "slightly", "a touch", "a little", "a notch", "10 percent", "by 10"),
    "medium": ("", "", "", "", "30 percent", "by 30"),
    "strong": ("a lot", "a great deal", "massively", "by a mile", "60 percent", "by 60"),
}
_MORE: dict[Strength, tuple[str, ...]] = {
    "slight": ("a bit", "slightly", "a touch", "a little"),
    "medium": ("", ""),
    "strong": ("much", "a lot", "far", "way", "so much"),
}
_TOO: dict[Strength, tuple[str, ...]] = {
    "slight": ("a bit too", "slightly too", "a little too", "a touch too"),
    "medium": ("too", "too", "rather too"),
    "strong": ("far too", "way too", "much too", "so"),
}
_PICTURES = ("it", "this", "the picture", "the photo", "this photo", "everything")
_BY_NAME = {
    name: (quantity, is_up)
    for quantity in (*QUANTITIES, *_COLOURED, *_LOCAL)
    for name, is_up in ((quantity.up, True), (quantity.down, False))
    if name
}


def word_quantity(name: str, strength: Strength, generator: np.random.Generator) -> str:
    """A request for the operation `name`, `{r}` for a region; "" where it is no quantity."""
    if name not in _BY_NAME:
        return ""
    quantity, is_up = _BY_NAME[name]
    states, faults = (quantity.higher, quantity.lack) if is_up else (quantity.lower, quantity.excess)
    nouns = () if is_up and quantity.is_cast else quantity.nouns
    kinds = [kind for kind, words in (("noun", nouns), ("state", states), ("fault", faults)) if words]
    kind = kinds[int(generator.integers(len(kinds)))]
    if kind == "noun":
        up, down = (_LIGHTER, _DARKER) if quantity.is_tone else (_UP, _OUT if quantity.is_cast else _DOWN)
        noun, text = _pick(nouns, generator), _pick(up if is_up else down, generator)
        far = _pick(_FAR[strength], generator) if "{s}" in text or strength != "medium" else ""
        text = text if "{s}" in text else f"{text} {{s}}"
        text = text.replace("{n}", noun).replace("{b}", noun.removeprefix("the ")).replace("{s}", far)
    else:
        is_state = kind == "state"
        is_skin = not is_state and quantity.is_colour and generator.random() < _PEOPLE_RATE
        text = _pick(_STATES if is_state else _PEOPLE if is_skin else _COMPLAINTS, generator)
        text = text.replace("{s}", _pick((_MORE if is_state else _TOO)[strength], generator))
        text = text.replace("{w}", _pick(states if is_state else faults, generator))
        thing = "{r}" if quantity in _LOCAL else _pick(_PICTURES, generator)
        text = text.replace("{p}", thing) if "{p}" in text or quantity not in _LOCAL else f"{thing} {text}"
    return " ".join(text.split())


def _pick(options: tuple[str, ...], generator: np.random.Generator) -> str:
    return options[int(generator.integers(len(options)))]
