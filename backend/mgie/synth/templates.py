"""How a request is worded: a phrase, sometimes in a frame, with strength words, other spellings and slips.

A phrase comes from `corpus` (what people say) or from the operation's own plain imperatives. Whole phrases
are held out, never a mere combination. Polite frames ("could you ...?") only go around imperatives.
"""

from __future__ import annotations

import re
import zlib
from typing import TypeVar, cast

import numpy as np

from mgie.synth.corpus import Phrase, Said, Split, phrases, region_names
from mgie.synth.operation import Operation, Strength
from mgie.synth.quantities import word_quantity

T = TypeVar("T")

PICTURES = ("it", "this", "the picture", "the photo", "the image", "this picture", "this photo", "this image")
BEFORE: dict[Strength, tuple[str, ...]] = {
    "slight": ("slightly", "a bit", "a little", "somewhat"),
    "medium": ("",),
    "strong": ("much", "a lot", "far", "way"),
}
AFTER: dict[Strength, tuple[str, ...]] = {
    "slight": ("slightly", "a bit", "a little", "gently"),
    "medium": ("",),
    "strong": ("a lot", "strongly", "very much", "heavily"),
}
POLITE = (
    "please {x}",
    "{x} please",
    "could you {x}?",
    "can you {x}?",
    "would you {x}?",
    "I want you to {x}",
    "I would like you to {x}",
    "I'd love it if you {x}",
    "just {x}",
    "{x}, thanks",
    "{x} for me",
    "is it possible to {x}?",
    "pls {x}",
)
PLAIN = (
    "{x} please",
    "{x} pls",
    "{x}, thanks",
    "hey, {x}",
    "hi! {x}",
    "{x}!!",
    "{x} thx",
    "ok so {x}",
    "{x} lol",
)
LATER: dict[Strength, tuple[str, ...]] = {
    "slight": ("{x} a bit", "{x}, just a little", "{x}, only slightly", "{x} a touch", "a touch: {x}"),
    "medium": ("{x}",),
    "strong": ("{x} a lot", "{x}, a lot", "{x}, and strongly", "{x} as far as it goes", "{x} big time"),
}
IMPERATIVES = frozenset(
    [
        "add",
        "adjust",
        "age",
        "apply",
        "balance",
        "bathe",
        "bleach",
        "blur",
        "boost",
        "brighten",
        "bring",
        "bump",
        "burn",
        "calm",
        "change",
        "clean",
        "clear",
        "color",
        "colour",
        "convert",
        "cool",
        "correct",
        "crank",
        "crush",
        "cut",
        "darken",
        "deepen",
        "dehaze",
        "desaturate",
        "dial",
        "dim",
        "drain",
        "draw",
        "drop",
        "ease",
        "enhance",
        "erase",
        "expose",
        "fade",
        "fill",
        "fix",
        "flatten",
        "get",
        "give",
        "hold",
        "improve",
        "increase",
        "insert",
        "intensify",
        "kill",
        "knock",
        "let",
        "lift",
        "light",
        "lighten",
        "lose",
        "lower",
        "make",
        "mute",
        "neutralise",
        "neutralize",
        "open",
        "place",
        "polish",
        "pop",
        "pull",
        "push",
        "put",
        "raise",
        "recover",
        "reduce",
        "remove",
        "render",
        "repair",
        "replace",
        "restore",
        "retouch",
        "saturate",
        "set",
        "shade",
        "sharpen",
        "shift",
        "show",
        "soften",
        "sort",
        "steepen",
        "strengthen",
        "swap",
        "take",
        "tame",
        "tint",
        "tone",
        "turn",
        "undo",
        "use",
        "vignette",
        "warm",
        "wash",
        "write",
    ]
)
# Words that mean the same to a painter of tones; one of a group stands for another.
_SAME = tuple(
    (re.compile(rf"\b({'|'.join(group)})\b"), group)
    for group in (
        ("photo", "picture", "image", "pic", "shot", "photograph"),
        ("colour", "color"),
        ("colours", "colors"),
        ("colourful", "colorful"),
        ("grey", "gray"),
        ("please", "pls", "plz"),
        ("a bit", "a little", "slightly", "a touch", "a tad"),
        ("very", "really", "super"),
    )
)
QUANTITY_RATE = 0.25  # share of training requests that are made of parts, where they can be
COLLECTED_RATE = 0.75  # share of requests in people's words, where there are any
FRAME_RATE = 0.3  # share of requests put into a frame
SAME_RATE = 0.3  # share of words with a twin that are exchanged
SLIP_RATE = 0.07  # share of training requests with one slip of the fingers
CAPITAL_RATE, LOWER_RATE, SHOUT_RATE = 0.25, 0.35, 0.03  # first letter large, all small, all large
STOP_RATE = 0.15  # share of those without a mark at the end that get a full stop


def own_phrases(operation: Operation, split: Split | None = None) -> tuple[str, ...]:
    """The operation's plain imperatives, or one split of them: a fifth, at least one, by their hash."""
    ranked = sorted(operation.phrases, key=lambda phrase: zlib.crc32(phrase.encode()))
    count = max(1, len(ranked) // 5)
    kept = {None: ranked, "train": ranked[count:]}.get(split, ranked[:count])
    return tuple(kept)


def word_request(
    operation: Operation, strength: Strength, split: Split, generator: np.random.Generator
) -> str:
    """One request for an operation at a strength, e.g. "could you make the photo a bit warmer?"."""
    return finish_request(word_phrase(operation, strength, split, generator), split, generator)


def word_phrase(
    operation: Operation, strength: Strength, split: Split, generator: np.random.Generator
) -> str:
    """The bare words of a request, without frame, slips and capitals."""
    if split == "train" and generator.random() < QUANTITY_RATE:
        made = word_quantity(operation.name, strength, generator)
        if made:
            return _filled(made, operation, strength, generator)
    phrase = _collected(operation, strength, split, generator)
    if phrase is None or generator.random() >= COLLECTED_RATE:
        text, said = pick(own_phrases(operation, split), generator), cast("Said", strength)
    else:
        text, said = phrase.text, phrase.said
    text = _filled(text, operation, strength, generator)
    if said == "unsaid" and strength != "medium":
        text = pick(LATER[strength], generator).replace("{x}", text.rstrip(".!"))
    return text


def finish_request(text: str, split: Split, generator: np.random.Generator) -> str:
    """What hands and manners add to a request; for tests nothing but a frame."""
    if generator.random() < FRAME_RATE:
        text = framed(text, generator)
    text = re.sub(r" +", " ", text).replace(" ?", "?").replace(" ,", ",").strip()
    if split != "train":
        return text
    text = _respelled(text, generator)
    if generator.random() < SLIP_RATE:
        text = mistype(text, generator)
    return _cased(text, generator)


def framed(text: str, generator: np.random.Generator) -> str:
    """A short request with courtesies: questions around imperatives only."""
    if len(text.split()) > 8 or not text[-1:].isalnum():
        return text
    first = text.split(" ")[0].lower()
    if first in IMPERATIVES:
        return pick(POLITE, generator).replace("{x}", text[0].lower() + text[1:])
    return pick(PLAIN, generator).replace("{x}", text)


def mistype(text: str, generator: np.random.Generator) -> str:
    """Swap, drop or double one letter of one longer word."""
    words = text.split(" ")
    longer = [index for index, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not longer:
        return text
    index = longer[int(generator.integers(len(longer)))]
    word = words[index]
    place = int(generator.integers(1, len(word) - 1))
    slips = (
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        word[:place] + word[place + 1 :],
        word[:place] + word[place] + word[place:],
    )
    words[index] = slips[int(generator.integers(3))]
    return " ".join(words)


def pick(options: tuple[T, ...], generator: np.random.Generator) -> T:
    """One of the options, evenly."""
    return options[int(generator.integers(len(options)))]


def _collected(
    operation: Operation, strength: Strength, split: Split, generator: np.random.Generator
) -> Phrase | None:
    """One of the collected phrases of this strength, or of none and short enough to add it."""
    wanted: tuple[Said, ...] = (strength, "unsaid")
    fitting = tuple(
        phrase
        for phrase in phrases(operation.name, split)
        if phrase.said in wanted
        and (phrase.said == strength or strength == "medium" or _is_short(phrase.text))
    )
    return pick(fitting, generator) if fitting else None


def _is_short(text: str) -> bool:
    return len(text.split()) <= 6 and text[-1].isalnum()


def _filled(text: str, operation: Operation, strength: Strength, generator: np.random.Generator) -> str:
    """The phrase with picture, region and strength words in their places."""
    region = pick(region_names(operation.area), generator) if operation.area else ""
    slots = {
        "{p}": pick(PICTURES, generator),
        "{r}": region,
        "{a}": pick(BEFORE[strength], generator),
        "{z}": pick(AFTER[strength], generator),
    }
    for slot, word in slots.items():
        text = text.replace(slot, word)
    return re.sub(r" +", " ", text).strip()


def _respelled(text: str, generator: np.random.Generator) -> str:
    for pattern, group in _SAME:
        if generator.random() < SAME_RATE:
            text = pattern.sub(lambda _, group=group: pick(group, generator), text)
    return text


def _cased(text: str, generator: np.random.Generator) -> str:
    chance = generator.random()
    if chance < SHOUT_RATE:
        text = text.upper()
    elif chance < SHOUT_RATE + CAPITAL_RATE:
        text = text[0].upper() + text[1:]
    elif chance < SHOUT_RATE + CAPITAL_RATE + LOWER_RATE:
        text = text.lower()
    if text[-1].isalnum() and generator.random() < STOP_RATE:
        text += "."
    return text
