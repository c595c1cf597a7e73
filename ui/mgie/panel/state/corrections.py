"""What the artist changed in the model's words, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import NamedTuple

_WORD = re.compile(r"\w+(?:['\u2019-]\w+)*|[^\w\s]")  # a mark of punctuation counts for itself


class Correction(NamedTuple):
    """One changed place of a corrected text."""

    start: int  # in characters of the corrected text
    end: int
    original: str  # the model's words for it; "" where it had none


class _Words(NamedTuple):
    """Where some words of both texts are, by their numbers."""

    own: tuple[int, int]  # the model's
    new: tuple[int, int]


def corrections(written: str, corrected: str) -> list[Correction]:
    """The changed places of `corrected`, in order, none overlapping.

    What was left out has no place of its own: it is marked at the word after it, else at the one before.
    """
    own, new = (list(_WORD.finditer(text)) for text in (written, corrected))
    matcher = SequenceMatcher(None, [w.group() for w in own], [w.group() for w in new], autojunk=False)
    merged: list[_Words] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        part = _Words((i1, i2), (j1, j2)) if j1 < j2 else _beside(i1, i2, j1, len(new))
        if merged and part.new[0] < merged[-1].new[1]:
            before = merged.pop()
            part = _Words((before.own[0], part.own[1]), (before.new[0], part.new[1]))
        if part.new[0] < part.new[1]:
            merged.append(part)
    return [
        Correction(
            new[part.new[0]].start(),
            new[part.new[1] - 1].end(),
            written[own[part.own[0]].start() : own[part.own[1] - 1].end()]
            if part.own[0] < part.own[1]
            else "",
        )
        for part in merged
    ]


def _beside(i1: int, i2: int, place: int, num_new: int) -> _Words:
    """Words that were left out, with a neighbour that both texts have."""
    if place < num_new:
        return _Words((i1, i2 + 1), (place, place + 1))
    return _Words((max(0, i1 - 1), i2), (max(0, place - 1), place))
