"""`DbWriter`: every change goes through here, one transaction at a time, and counts only once it is on disk.

A job is planned when its turn comes, against what is on disk by then. What running edits report is kept and
tried again where the store fails; everything else is refused, and nothing has changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mgie.server.db_changes import Change
from mgie.server.open_store import store_error
from mgie.server.store import JobStore

log = logging.getLogger(__name__)

RETRY_S = 0.5  # between attempts to write what is kept
_OF_ONE_JOB = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a job writes, and what makes it so in memory once it is written."""

    changes: Sequence[Change]
    apply: Callable[[], Any] = lambda: None  # gives the job's answer


Planner = Callable[[], Plan | None]  # None: there is nothing to do any more; may raise MgieError


@dataclass(eq=False)
class _Job:
    plan: Planner
    is_kept: bool
    done: asyncio.Future[Any]

    def settle(self, answer: Any) -> None:
        if not self.done.done():
            self.done.set_result(answer)

    def refuse(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)
        if self.is_kept:
            self.done.exception()  # nobody may be waiting for it
            log.error("job store: a report is lost: %s", error)


class DbWriter:
    """One thread writes; the event loop hands it jobs."""

    def __init__(self, store: JobStore, rollback: Callable[[], None]) -> None:
        """rollback: undoes in memory what was planned in vain."""
        self._store = store
        self._rollback = rollback
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mgie-store")
        self._waiting: list[_Job] = []
        self._is_asked = asyncio.Event()  # somebody waits for an answer, or the end
        self._is_closing = False
        self._task: asyncio.Task[None] | None = None

    def submit(self, plan: Planner, *, is_kept: bool = False) -> asyncio.Future[Any]:
        """Write a job in its turn; the future has its answer, or the error that it was refused with.

        is_kept: tried again until it is written.
        """
        job = _Job(plan, is_kept, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        if not is_kept:
            self._is_asked.set()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())
        return job.done

    async def close(self) -> None:
        """Write what is left, once, and close the store."""
        self._is_closing = True
        self._is_asked.set()
        while self._task is not None:
            await self._task
        await self._in_thread(self._store.close)
        self._thread.shutdown()

    async def _work(self) -> None:
        while self._waiting:
            jobs, self._waiting = self._waiting, []
            self._is_asked.clear()
            left = await self._write(jobs)
            self._waiting = left + self._waiting
            if left and self._is_closing:
                log.error("job store: %d reports could not be written", len(self._waiting))
                break
            if left:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._is_asked.wait(), RETRY_S)
        self._task = None

    async def _write(self, jobs: Sequence[_Job]) -> list[_Job]:
        """Write jobs as one transaction, or each alone where that fails; returns kept ones not written."""
        planned = _plan(jobs)
        error = await self._commit(planned)
        if error is None:
            return []
        if len(planned) == 1 or _is_locked(error):
            return _give_up(planned, error)
        left: list[_Job] = []
        for job, _ in planned:
            if job.is_kept and left:
                left.append(job)  # in order, or the events of an edit would change places
                continue
            alone = _plan([job])
            error = await self._commit(alone)
            if error is not None:
                left += _give_up(alone, error)
        return left

    async def _commit(self, planned: Sequence[tuple[_Job, Plan]]) -> Exception | None:
        if not planned:
            return None
        changes = [change for _, plan in planned for change in plan.changes]
        try:
            await self._in_thread(self._store.transaction, changes)
        except Exception as error:
            log.warning("job store: %s", error)
            self._rollback()
            return error
        for job, plan in planned:
            job.settle(plan.apply())
        return None

    async def _in_thread(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)


def _plan(jobs: Sequence[_Job]) -> list[tuple[_Job, Plan]]:
    """Jobs that have something to write; the others are answered."""
    planned: list[tuple[_Job, Plan]] = []
    for job in jobs:
        try:
            plan = job.plan()
        except Exception as error:
            job.refuse(error)
            continue
        if plan is None:
            job.settle(None)
        else:
            planned.append((job, plan))
    return planned


def _give_up(planned: Sequence[tuple[_Job, Plan]], error: Exception) -> list[_Job]:
    """Refuse what may be refused; returns the rest."""
    is_store = isinstance(error, sqlite3.Error) and not isinstance(error, _OF_ONE_JOB)
    left: list[_Job] = []
    for job, _ in planned:
        if job.is_kept and is_store:
            left.append(job)
        else:
            job.refuse(store_error(error) if isinstance(error, sqlite3.Error) else error)
    return left


def _is_locked(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
