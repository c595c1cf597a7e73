"""Requests as people word them: the phrases of every operation, names of regions, compounds, look-alikes.

Whole phrases are held out, a fifth by the hash of their words, so that a test asks in words never trained on.
"""

from __future__ import annotations

import json
import zlib
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple, TypeAlias

from mgie.synth.operation import Strength

Split: TypeAlias = Literal["train", "held_out"]
Said: TypeAlias = Literal["slight", "medium", "strong", "unsaid"]

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
    return tuple(_read()["regions"][area])


@cache
def compounds(split: Split | None = None) -> tuple[Compound, ...]:
    """Requests with two wishes or three."""
    return tuple(
        Compound(text, tuple(names), _strength(said))
        for text, names, said in _read()["compounds"]
        if _belongs(text, split)
    )


@cache
def look_alikes(split: Split | None = None) -> tuple[tuple[str, str], ...]:
    """(text, name of the operation) of requests that differ in a word and mean something else.

    A pair belongs to one split as a whole.
    """
    rows = _read()["look_alikes"]
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return tuple((text, name) for pair in pairs if _belongs(pair[0][0], split) for text, name in pair)


@cache
def other_languages(split: Split | None = None) -> tuple[tuple[str, str], ...]:
    """(text, name of the operation) in languages other than English."""
    return tuple((text, name) for text, name in _read()["other_languages"] if _belongs(text, split))


@cache
def _phrases(name: str, split: Split | None) -> tuple[Phrase, ...]:
    said_to_texts = _read()["operations"].get(name, {})
    return tuple(
        Phrase(text, said) for said, texts in said_to_texts.items() for text in texts if _belongs(text, split)
    )


def _belongs(text: str, split: Split | None) -> bool:
    return split is None or is_held_out(text) == (split == "held_out")


def _strength(said: Said) -> Strength:
    return Phrase("", said).strength


@cache
def _read() -> Any:  # checked by the tests
    return json.loads((files(__package__ or "") / "data" / "requests.json").read_text(encoding="utf-8"))
