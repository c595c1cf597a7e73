"""The looks: times of day, seasons, weather, film, and colour casts by name."""

from __future__ import annotations

from mgie.synth import looks, tone
from mgie.synth.operation import ALL_STRENGTHS, Change, Operation

_STYLES: dict[str, tuple[Change, str, tuple[str, ...]]] = {
    "evening": (
        lambda x, s, _: looks.evening(x, s),
        "give it the golden light of evening {z}",
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
        "turn it into a moonlit night {z}",
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
        "let the sun shine on it {z}",
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
        "veil it in mist {z}",
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
        "turn the foliage to autumn {z}",
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
        "make it wintry and pale {z}",
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
        "make it dark and dramatic {z}",
        (
            "make {p} {a} more dramatic",
            "give {p} a dramatic look {z}",
            "make it moody {z}",
            "make {p} {a} moodier",
            "add drama {z}",
        ),
    ),
    "pop": (
        lambda x, s, _: looks.pop(x, s),
        "make the colours pop {z}",
        ("make it pop {z}", "make {p} {a} punchier", "make {p} {a} more vibrant", "give {p} {a} more punch"),
    ),
    "cinematic": (
        lambda x, s, _: looks.cinematic(x, s),
        "grade it like a film, orange over teal {z}",
        ("make it cinematic {z}", "give {p} a movie look {z}", "give {p} a teal and orange grade {z}"),
    ),
    "pastel": (
        lambda x, s, _: looks.pastel(x, s),
        "soften it into pastel tones {z}",
        ("make it pastel {z}", "give {p} pastel colours {z}", "make it dreamy {z}", "make {p} {a} airier"),
    ),
    "high_key": (
        lambda x, s, _: looks.high_key(x, s),
        "make it high key {z}",
        ("make {p} high key {z}", "give {p} a high key look {z}", "make it bright and clean {z}"),
    ),
    "low_key": (
        lambda x, s, _: looks.low_key(x, s),
        "make it low key {z}",
        ("make {p} low key {z}", "give {p} a low key look {z}", "make it mysterious {z}"),
    ),
    "noir": (
        lambda x, s, _: looks.noir(x, s),
        "turn it into hard black and white {z}",
        ("make it film noir {z}", "give {p} a noir look {z}", "make it high contrast black and white {z}"),
    ),
    "sunrise": (
        lambda x, s, _: looks.sunrise(x, s),
        "give it the rosy light of sunrise {z}",
        ("make it look like sunrise {z}", "give {p} early morning light {z}", "set {p} at dawn {z}"),
    ),
    "dehaze": (
        lambda x, s, _: looks.dehaze(x, s),
        "clear the haze {z}",
        ("dehaze {p} {z}", "remove the haze {z}", "make {p} {a} clearer", "add clarity {z}"),
    ),
    "cross_process": (
        lambda x, s, _: looks.cross_process(x, s),
        "cross process it, yellow over blue {z}",
        ("make {p} look cross processed {z}", "give {p} a lomo look {z}", "cross process {p} {z}"),
    ),
    "bleach_bypass": (
        lambda x, s, _: looks.bleach_bypass(x, s),
        "give it a gritty bleach bypass {z}",
        ("apply a bleach bypass {z}", "make it gritty and desaturated {z}", "give {p} a silvery look {z}"),
    ),
}

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


def _casts() -> dict[str, tuple[Change, str, tuple[str, ...]]]:
    """More and less of every colour."""
    styles: dict[str, tuple[Change, str, tuple[str, ...]]] = {}
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
    for name, (change, action, phrases) in (_STYLES | _casts()).items()
)
