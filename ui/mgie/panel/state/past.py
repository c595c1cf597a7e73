"""What was made in a document: words, settings and a small picture of every result that was placed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mgie.panel.state.pictures import Frame
from mgie.panel.state.settings import Settings

MAX_ENTRIES = 60  # of one document; what is starred goes last


@dataclass(frozen=True, kw_only=True)
class PastEdit:
    """One result that was placed."""

    key: str  # of the result; the same in every copy of the history
    instruction: str
    text: str = ""  # the expressive instruction it was made by, "" where the model writes none
    settings: Settings
    seed: int
    time_s: float  # seconds since the epoch
    picture: Frame | None = None  # small
    is_starred: bool = False


Past = tuple[PastEdit, ...]  # newest first


def added(past: Past, edit: PastEdit) -> Past:
    """Put one on top; the oldest without a star goes where there are too many."""
    return _bounded((edit, *(old for old in past if old.key != edit.key)))


def merged(past: Past, other: Past) -> Past:
    """Both together, each once, newest first; `past` knows better."""
    known = {edit.key for edit in past}
    every = (*past, *(edit for edit in other if edit.key not in known))
    return _bounded(tuple(sorted(every, key=lambda edit: -edit.time_s)))


def starred(past: Past, key: str, is_starred: bool) -> Past:
    """Star one, or take its star."""
    return tuple(replace(edit, is_starred=is_starred) if edit.key == key else edit for edit in past)


def removed(past: Past, key: str) -> Past:
    """Take one out."""
    return tuple(edit for edit in past if edit.key != key)


def found(past: Past, words: str, *, only_starred: bool) -> Past:
    """Those in whose instruction or text every one of the words stands."""
    wanted = words.casefold().split()
    return tuple(
        edit
        for edit in past
        if (edit.is_starred or not only_starred)
        and all(word in f"{edit.instruction}\n{edit.text}".casefold() for word in wanted)
    )


def _bounded(past: Past) -> Past:
    surplus = len(past) - MAX_ENTRIES
    if surplus <= 0:
        return past
    by_worth = sorted(past, key=lambda edit: (edit.is_starred, edit.time_s))
    gone = {edit.key for edit in by_worth[:surplus]}
    return tuple(edit for edit in past if edit.key not in gone)
