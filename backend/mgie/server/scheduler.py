"""`Scheduler`: gives the entries of the queue to the lanes that are free."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Sequence
from itertools import count
from typing import Any

from mgie.server.edit_manager import EditManager
from mgie.server.entry_run import EntryRun
from mgie.server.lane import Lane
from mgie.server.live_edit import LiveEdit
from mgie.server.looking_ahead import LookingAhead
from mgie.server.pixel_worker import PixelWorker

log = logging.getLogger(__name__)

_STORE_PATIENCE_S = 2.0  # for a last word to the job store


class Scheduler:
    """The lanes of a server and what runs on them."""

    def __init__(self, manager: EditManager, lanes: Sequence[Lane], pixels: PixelWorker) -> None:
        self.lanes = tuple(lanes)
        self.is_draining = False
        self._manager = manager
        self._pixels = pixels
        self._free = list(lanes)
        self._runs: set[EntryRun] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = count(1)
        self._dispatching: asyncio.Task[None] | None = None
        # Which of several lanes the next entry comes to cannot be known.
        self._ahead = LookingAhead(manager, pixels, lanes[0]) if len(lanes) == 1 else None

    @property
    def num_running(self) -> int:
        """Edits on their way through a lane or being finished."""
        return sum(len(run.lives) for run in self._runs)

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs."""
        return not self._tasks

    def start(self) -> None:
        """Begin to take entries."""
        self._dispatching = asyncio.get_running_loop().create_task(self._dispatch())

    def stop(self, edit: str) -> None:
        """An edit was cancelled; free its device where it has one."""
        for run in self._runs:
            if edit in run.lives:
                run.stop(edit)
        self._look_ahead()

    def keep(self, edit: str) -> None:
        """The estimate of an edit was accepted; stop its sampling."""
        for run in self._runs:
            if edit in run.lives:
                run.keep(edit)

    async def drain(self, timeout_s: float, hurry: asyncio.Event) -> None:
        """Let what runs end, for a while or until `hurry` is set. What waits, waits for the next start."""
        self.is_draining = True
        ends = [asyncio.ensure_future(self._until_idle()), asyncio.ensure_future(hurry.wait())]
        if timeout_s > 0:
            await asyncio.wait(ends, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()

    async def close(self) -> None:
        """Stop everything. Edits that still run are found in the store at the next start."""
        self.is_draining = True
        running = [live for run in self._runs for live in run.lives.values()]
        if self._dispatching is not None:
            self._dispatching.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for lane in self.lanes:
            await lane.close()
        await self._pixels.close()
        await self._discount(running)

    async def _until_idle(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _dispatch(self) -> None:
        while True:
            await self._manager.has_work.wait()
            self._manager.has_work.clear()
            self._give_work()

    def _give_work(self) -> None:
        while self._free and not self.is_draining:
            entry = self._manager.queue.pop()
            if entry is None:
                return
            lives = [self._manager.live[edit] for edit in entry.edits]
            self._spawn(self._serve(self._free.pop(0), lives))
            self._manager.publish_positions()
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Tell the lane what comes next, where that is worth it and not said yet."""
        if self._ahead is not None and not self._free and not self.is_draining:
            self._spawn(self._ahead.look())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, lane: Lane, lives: Sequence[LiveEdit]) -> None:
        run = EntryRun(
            next(self._numbers),
            lane,
            lives,
            self._manager,
            self._pixels,
            prepared=self._ahead.take(live.id for live in lives) if self._ahead is not None else {},
            on_painting=self._look_ahead,
        )
        self._runs.add(run)
        try:
            try:
                await run.use_lane()
            finally:
                self._spawn(self._give_back(lane))
            await run.conclude()
        except Exception:
            log.exception("entry failed jobs=%s", " ".join(live.id for live in lives))
        finally:
            self._runs.discard(run)

    async def _give_back(self, lane: Lane) -> None:
        await lane.ready()
        self._free.append(lane)
        self._give_work()

    async def _discount(self, running: Sequence[LiveEdit]) -> None:
        if running:
            with contextlib.suppress(Exception):  # the store may be full: then it counts as a death
                await asyncio.wait_for(self._manager.discount_starts(running), _STORE_PATIENCE_S)
