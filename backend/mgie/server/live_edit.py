"""`LiveEdit`: an edit that has not ended, as it is on disk; `Draft`: events on their way there."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from mgie.api.edit import EditResult
from mgie.api.events import EventBody
from mgie.server.db_changes import Change
from mgie.server.edit_record import EditRecord
from mgie.server.previews import PreviewBoard
from mgie.server.transitions import Transition, advance


class LiveEdit:
    """One edit under way. Touched by the event loop only; `EditManager` alone changes it."""

    def __init__(self, record: EditRecord) -> None:
        self.record = record  # as it is on disk
        self.planned = record  # with what is being written
        self.events: list[tuple[int, bytes]] = []  # numbered ones, in order
        self.results: dict[int, EditResult] = {}
        self.position = 0  # in the queue
        self.previews: PreviewBoard | None = None  # while a lane works on it
        self.is_over = False
        self._changed = asyncio.Event()

    @property
    def id(self) -> str:
        """Its id."""
        return self.record.id

    @property
    def digests(self) -> list[str]:
        """The blobs that it needs until it ends: what it works on, and what it has made."""
        made = [digest for result in self.results.values() for digest in result.digests]
        return [*self.record.spec.digests, *made]

    def apply(self, transition: Transition) -> None:
        """Take over what has been written, and let watchers know."""
        self.record = transition.record
        self.events.append((transition.sequence, transition.payload))
        if transition.result is not None:
            self.results[transition.result.index] = transition.result
        self.is_over = self.record.state.has_ended
        self.notify()

    def notify(self) -> None:
        """Wake every watcher."""
        self._changed.set()
        self._changed = asyncio.Event()

    @property
    def changed(self) -> asyncio.Event:
        """Set with the next change; ask for it before looking."""
        return self._changed


class Draft:
    """Events that are written together, planned one after the other."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._transitions: list[tuple[LiveEdit, Transition]] = []

    def add(self, live: LiveEdit, body: EventBody, **facts: Any) -> None:
        """Plan the next event of an edit. facts: further new fields of its record."""
        transition = advance(live.planned, body, time.time(), **facts)
        live.planned = transition.record
        self.changes += transition.changes
        self._transitions.append((live, transition))

    def apply(self) -> None:
        """They are written: make them so in memory."""
        for live, transition in self._transitions:
            live.apply(transition)

    @property
    def results(self) -> list[EditResult]:
        """New ones."""
        return [transition.result for _, transition in self._transitions if transition.result is not None]

    @property
    def edits(self) -> list[LiveEdit]:
        """Those that something happens to."""
        return list(dict.fromkeys(live for live, _ in self._transitions))
