"""The writer of the job store: what is waiting becomes one transaction; only then is it told to anyone."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from mgie.errors import DiskFull
from mgie.server.db_writer_changes import Change
from mgie.server.store import JobStore

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class _Entry(NamedTuple):
    changes: tuple[Change, ...]
    then: Callable[[], None] | None
    written: asyncio.Future[None] | None


class Journal:
    """One thread owns the store; the event loop hands it changes and questions."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mgie-store")
        self._waiting: list[_Entry] = []
        self._writer: asyncio.Task[None] | None = None

    def note(self, *changes: Change, then: Callable[[], None] | None = None) -> None:
        """Write changes soon, in order; `then` runs in the event loop when they are safe."""
        self._add(_Entry(changes, then, None))

    async def write(self, *changes: Change) -> None:
        """Write changes and wait until they are safe. Raises where that fails."""
        written = asyncio.get_running_loop().create_future()
        self._add(_Entry(changes, None, written))
        await written

    async def ask(self, question: Callable[..., Answer], *arguments: Any) -> Answer:
        """Run one of the store's queries."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, question, *arguments)

    async def close(self) -> None:
        """Write what is left and close the store."""
        while self._writer is not None:
            await self._writer
        await self.ask(self._store.close)
        self._thread.shutdown()

    def _add(self, entry: _Entry) -> None:
        self._waiting.append(entry)
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write_waiting())

    async def _write_waiting(self) -> None:
        while self._waiting:
            entries, self._waiting = self._waiting, []
            error = await self._try([change for entry in entries for change in entry.changes])
            for entry in entries:
                # One bad entry must not take the others with it: after a failure each is tried alone.
                failure = error and await self._try(entry.changes)
                _settle(entry, failure)
        self._writer = None

    async def _try(self, changes: list[Change] | tuple[Change, ...]) -> Exception | None:
        try:
            await self.ask(self._store.transaction, changes)
        except sqlite3.Error as error:
            log.error("job store: %s", error)
            return error
        return None


def _settle(entry: _Entry, failure: Exception | None) -> None:
    if entry.written is not None and not entry.written.done():
        if failure is None:
            entry.written.set_result(None)
        else:
            entry.written.set_exception(_told(failure))
    if entry.then is not None:  # also after a failure: watchers of a running edit hear what happens to it
        entry.then()


def _told(failure: Exception) -> Exception:
    if isinstance(failure, sqlite3.OperationalError) and "full" in str(failure):
        return DiskFull("the disk with the server's jobs is full; free some space")
    return failure
