"""What an earlier server left: the waiting, the held, and what it was doing when it ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mgie.api.edit import EditState
from mgie.api.failure import Failure
from mgie.server.edit_manager import EditManager
from mgie.server.edit_record import EditRecord
from mgie.server.errors import RequestError, failure_of
from mgie.server.intake import revive
from mgie.server.live_edit import LiveEdit

log = logging.getLogger(__name__)

_PATIENCE_S = 2.0  # for the store to take what has changed; it is written later where it cannot


async def recover(manager: EditManager) -> list[str]:
    """Take up all edits that have not ended; returns what is wrong with some, a sentence each for people."""
    entries: dict[str, list[EditRecord]] = {}
    for record in await manager.reader.ask(manager.reader.store.unfinished):
        entries.setdefault(record.batch or record.id, []).append(record)
    writing: list[asyncio.Future[Any]] = []
    num_damaged = 0
    was_alone = sum(any(r.state is EditState.RUNNING for r in records) for records in entries.values()) == 1
    for records in entries.values():
        num_damaged += sum(record.state.has_ended for record in records)
        writing += await _resume_entry(manager, records, was_alone=was_alone)
    if writing:
        await asyncio.wait(writing, timeout=_PATIENCE_S)
    manager.forget_surplus()
    if not num_damaged:
        return []
    return [f"{num_damaged} edits of the job store cannot be read and are marked as failed"]


async def _resume_entry(
    manager: EditManager, records: Sequence[EditRecord], *, was_alone: bool
) -> list[asyncio.Future[Any]]:
    """Take up the edits of one entry of the queue, each as far as it had come.

    was_alone: no other entry ran when the server ended.
    """
    waiting: list[LiveEdit] = []
    running: list[LiveEdit] = []
    writing: list[asyncio.Future[Any]] = []
    for record in records:
        live = await revive(manager, _as_stored(record))
        failure = _failure_of(record, was_alone=was_alone)
        if failure is not None:
            manager.resume([live], is_waiting=False)
            writing.append(manager.report(live, failure))
        elif record.state is EditState.RUNNING:
            running.append(live)
        elif record.state is EditState.QUEUED:
            waiting.append(live)
        else:
            manager.resume([live], is_waiting=False)
    if running:
        manager.resume(running, is_waiting=False)
        writing.append(manager.requeue(running, "SERVER_RESTARTED"))
    if waiting:
        manager.resume(waiting, is_waiting=True)
    return writing


def _as_stored(record: EditRecord) -> EditRecord:
    """A damaged row reads as a failed edit although it has not ended on disk."""
    if not record.state.has_ended:
        return record
    return replace(record, state=EditState.QUEUED, error=None, end_time=None)


def _failure_of(record: EditRecord, *, was_alone: bool) -> Failure | None:
    """Why an edit is not taken up; None where it is."""
    if record.state.has_ended:
        return record.error
    if record.state is not EditState.RUNNING:
        return None
    if record.restart_policy == "interrupt":
        return failure_of(RequestError("EDIT_INTERRUPTED", "the server ended while the edit ran"))
    if record.may_run_again(was_alone=was_alone):
        return None
    step = record.num_steps_done
    where = f"after denoising step {step}" if step else "before its first step"
    message = f"the server ended {record.num_starts} times while this edit ran, the last time {where}"
    return failure_of(RequestError("SERVER_DIED", message))
