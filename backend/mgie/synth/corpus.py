"""Requests as people word them: the phrases of every operation, names of regions, compounds, look-alikes.

Three collections: what people mostly say (data/requests.json); the long tail of words that point to an
operation, names of films, brands, jargon and metaphors (data/long_tail.json); and the same wish in both
directions, so that only the telling word differs (data/minimal_pairs.json). Whole phrases of the first two
are held out, a fifth by the hash of their words, so that a test asks in words never trained on. The pairs are
for training alone: one half of a pair would give the other away.
"""

from __future__ import annotations

import json
import zlib
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple, TypeAlias

from mgie.synth.operation import Strength

# To train on; held out of what people mostly say; held out of the long tail.
Split: TypeAlias = Literal["train", "held_out", "rare"]
Said: TypeAlias = Literal["slight", "medium", "strong", "unsaid"]

_PEOPLE, _LONG_TAIL, _PAIRS = _FILES = ("requests.json", "long_tail.json", "minimal_pairs.json")
HELD_OUT_SHARE = 5  # one in so many phrases is never trained on


class Phrase(NamedTuple):
    """One request; `{r}` in it stands for a region."""

    text: str
    said: Said  # how strong the words say it is; "unsaid" is read as medium

    @property
    def strength(self) -> Strength:
        """How strong the edit is that the words mean."""
        return "medium" if self.said == "unsaid" else self.said


class Compound(NamedTuple):
    """Several wishes in one request."""

    text: str
    operations: tuple[str, ...]  # names, in the order they are carried out
    strength: Strength  # of all of them


def is_held_out(text: str) -> bool:
    """Whether a phrase is kept for testing; fixed by its words, in every run."""
    return zlib.crc32(text.lower().encode()) % HELD_OUT_SHARE == 0


def phrases(name: str, split: Split | None = None) -> tuple[Phrase, ...]:
    """What people say for the operation `name`; empty where nothing was collected."""
    return _phrases(name, split)


def region_names(area: str) -> tuple[str, ...]:
    """How people call a region of `locals.REGIONS`."""
    return tuple(_read(_PEOPLE)["regions"][area])


@cache
def compounds(split: Split | None = None) -> tuple[Compound, ...]:
    """Requests with two wishes or three."""
    return tuple(
        Compound(text, tuple(names), _strength(said))
        for file in _FILES
        for text, names, said in _read(file)["compounds"]
        if _belongs(text, split, file)
    )


@cache
def look_alikes(split: Split | None = None) -> tuple[tuple[str, str], ...]:
    """(text, name of the operation) of requests that differ in a word and mean something else.

    A pair belongs to one split as a whole.
    """
    rows = _read(_PEOPLE)["look_alikes"]
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return tuple(
        (text, name) for pair in pairs if _belongs(pair[0][0], _of_few(split)) for text, name in pair
    )


@cache
def other_languages(split: Split | None = None) -> tuple[tuple[str, str], ...]:
    """(text, name of the operation) in languages other than English."""
    rows = _read(_PEOPLE)["other_languages"]
    return tuple((text, name) for text, name in rows if _belongs(text, _of_few(split)))


@cache
def _phrases(name: str, split: Split | None) -> tuple[Phrase, ...]:
    return tuple(
        Phrase(text, said)
        for file in _FILES
        for said, texts in _read(file)["operations"].get(name, {}).items()
        for text in texts
        if _belongs(text, split, file)
    )


def _belongs(text: str, split: Split | None, file: str = _PEOPLE) -> bool:
    """Whether a text of a collection is of a split; None: of all."""
    if split is None:
        return True
    if file == _PAIRS or not is_held_out(text):
        return split == "train"
    return split == ("rare" if file == _LONG_TAIL else "held_out")


def _of_few(split: Split | None) -> Split | None:
    """The split of what the long tail has none of its own."""
    return "held_out" if split == "rare" else split


def _strength(said: Said) -> Strength:
    return Phrase("", said).strength


@cache
def _read(file: str) -> Any:  # checked by the tests
    return json.loads((files(__package__ or "") / "data" / file).read_text(encoding="utf-8"))
