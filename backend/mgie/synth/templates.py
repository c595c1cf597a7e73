"""The grammar of requests: imperatives, wishes, questions, strength words, typos; some are held out."""

from __future__ import annotations

import re
import zlib
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from mgie.synth.operation import Operation, Strength

Split: TypeAlias = Literal["train", "held_out"]

FRAMES = (
    "{x}",
    "{x}",
    "please {x}",
    "{x} please",
    "could you {x}?",
    "can you {x}?",
    "would you {x}?",
    "I want you to {x}",
    "I would like you to {x}",
    "I wish you could {x}",
    "I'd love it if you {x}",
    "now {x}",
    "just {x}",
    "{x}, thanks",
    "for my album, {x}",
    "is it possible to {x}?",
)
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
HELD_OUT_SHARE = 8  # one in so many combinations of phrase and frame is never trained on
CAPITAL_RATE = 0.3  # share of requests that begin with a capital
STOP_RATE = 0.15  # share of those without a mark at the end that get a full stop
TYPO_RATE = 0.05  # share of training requests with one slip of the fingers


class Wording(NamedTuple):
    """One way to ask: a phrase of the operation inside a frame."""

    phrase: str
    frame: str

    @property
    def is_held_out(self) -> bool:
        """Fixed by the words alone, so that it never moves between runs."""
        return zlib.crc32(f"{self.phrase}|{self.frame}".encode()) % HELD_OUT_SHARE == 0


def wordings(operation: Operation, split: Split | None = None) -> list[Wording]:
    """All wordings of an operation, or one split of them."""
    frames = dict.fromkeys(FRAMES)
    pairs = [Wording(phrase, frame) for phrase in operation.phrases for frame in frames]
    return [pair for pair in pairs if split is None or pair.is_held_out == (split == "held_out")]


def _pick(options: tuple[str, ...], generator: np.random.Generator) -> str:
    return options[int(generator.integers(len(options)))]


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


def word_request(
    operation: Operation,
    strength: Strength,
    split: Split,
    generator: np.random.Generator,
    *,
    typos: bool = True,
) -> str:
    """One request for an operation at a strength, e.g. "could you make the photo a bit warmer?"."""
    while True:  # most combinations are training ones and every operation has held-out ones
        phrase, frame = _pick(operation.phrases, generator), _pick(FRAMES, generator)
        if Wording(phrase, frame).is_held_out == (split == "held_out"):
            break
    asked = phrase.format(
        p=_pick(PICTURES, generator),
        a=_pick(BEFORE[strength], generator),
        z=_pick(AFTER[strength], generator),
    )
    text = re.sub(r" +", " ", frame.replace("{x}", asked.strip())).replace(" ?", "?").replace(" ,", ",")
    if typos and generator.random() < TYPO_RATE:
        text = mistype(text, generator)
    if generator.random() < CAPITAL_RATE:
        text = text[0].upper() + text[1:]
    if text[-1].isalnum() and generator.random() < STOP_RATE:
        text += "."
    return text
