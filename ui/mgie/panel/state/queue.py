"""Edits that wait for their turn: each with its own words, settings, document and selection."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from mgie.host.types import HostMask
from mgie.panel.state.job import Job


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One edit that is not begun. Its pixels are read when its turn comes: edits build on each other."""

    job: Job
    mask: HostMask | None = None  # the selection it was asked for with; None: the whole picture
    is_captured: bool = True  # False: the host has not told the selection yet


Queue = tuple[Waiting, ...]


def removed(queue: Queue, key: str) -> Queue:
    """Without one of them."""
    return tuple(waiting for waiting in queue if waiting.job.key != key)


def cleared(queue: Queue, document: str) -> Queue:
    """Without those of one document."""
    return tuple(waiting for waiting in queue if waiting.job.target.document != document)


def in_document(queue: Queue, document: str) -> Queue:
    """Those of one document, the next first."""
    return tuple(waiting for waiting in queue if waiting.job.target.document == document)


def captured(queue: Queue, key: str, mask: HostMask | None) -> Queue:
    """One of them knows its selection."""
    return tuple(replace(w, mask=mask, is_captured=True) if w.job.key == key else w for w in queue)


def moved(queue: Queue, key: str, steps: int) -> Queue:
    """Earlier (-) or later (+) among those of its own document; the others keep their places."""
    found = next((w for w in queue if w.job.key == key), None)
    if found is None:
        return queue
    own = [w for w in in_document(queue, found.job.target.document) if w is not found]
    before = [w.job.key for w in in_document(queue, found.job.target.document)].index(key)
    own.insert(min(len(own), max(0, before + steps)), found)
    in_order = iter(own)
    return tuple(next(in_order) if w.job.target.document == found.job.target.document else w for w in queue)


def next_one(queue: Queue, open_documents: Collection[str]) -> Waiting | None:
    """The first whose document is open and whose selection is known."""
    return next((w for w in queue if w.job.target.document in open_documents and w.is_captured), None)
