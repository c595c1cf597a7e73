"""`Lane`: where edits run, one entry of the queue at a time. `ThreadLane` is a worker thread of this process.

`Work` is what a lane gets: pictures at the model's size and words, nothing of the wire or the disk.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mgie.api.options import Options
from mgie.server.lane_reports import LaneReport

if TYPE_CHECKING:
    from PIL import Image

    from mgie.server.worker import LaneWorker

Report = Callable[[LaneReport], None]


@dataclass(frozen=True, kw_only=True)
class WorkItem:
    """One edit, ready for the model."""

    edit: str  # id
    overview: Image.Image  # RGB; what the words are written from
    tiles: tuple[Image.Image, ...]  # RGB; what is painted, often only the overview
    references: tuple[Image.Image, ...] = ()  # RGB; further pictures the words speak of
    instruction: str
    expressive_instruction: str = ""  # given or corrected; "" to have it written
    options: Options  # those that differ from the model's own
    seeds: tuple[tuple[int, int], ...]  # (index of the result, seed) of those still to be made
    holds: bool = False  # stop after the words
    holds_when_unsure: bool = False  # stop there where the words may mean several things
    reports_text: bool = True  # False where the watchers already have it
    keep_after_step: int = 0  # stop sampling there and keep the estimate; 0: no

    @property
    def read_pictures(self) -> tuple[Image.Image, ...]:
        """What the words are made from: the whole where they are to be written, and the references."""
        return (self.tiles[0] if self.expressive_instruction else self.overview, *self.references)


@dataclass(frozen=True, kw_only=True)
class Work:
    """The edits of one entry."""

    id: int  # grows with every entry
    model: str
    items: tuple[WorkItem, ...]


@dataclass(frozen=True, kw_only=True)
class Command:
    """What is wanted of an edit that runs."""

    work: int  # which run of it
    edit: str
    cancel: bool = False
    keep: bool = False  # stop sampling after this step, keep the estimate
    preview_every: int | None = None  # make one preview at the next step divisible by this; 0: none


@dataclass(frozen=True, kw_only=True)
class LaneState:
    """What a lane holds."""

    device: str = ""  # torch's name, "" while nothing was loaded
    device_name: str = ""  # for people
    total_bytes: int = 0
    free_bytes: int = 0
    ours_bytes: int = 0
    loaded_models: tuple[str, ...] = ()
    memory_plan: str = ""  # how they are loaded, for people
    notices: tuple[str, ...] = ()  # what does not run as fast as it could, each one sentence
    looks_ahead: bool = False  # it is worth telling it what comes next


class LaneLostError(Exception):
    """The worker behind a lane died; its edits can run on another one."""


class Lane(Protocol):
    """One device at work."""

    async def run(self, work: Work, report: Report) -> None:
        """Run an entry to its end, reporting everything that happens in the event loop's thread."""
        ...

    async def load(self, model: str) -> None:
        """Bring a model into memory."""
        ...

    async def unload(self) -> None:
        """Free the device."""
        ...

    def steer(self, command: Command) -> None:
        """Reach an edit that runs or is expected; one that does not run any more is not affected."""
        ...

    def expect(self, work: Work) -> None:
        """This entry, or its first edits, will most likely be run next."""
        ...

    def state(self) -> LaneState:
        """What the lane holds, without waiting."""
        ...

    async def ready(self) -> None:
        """Wait until an entry can be run; only after a `LaneLostError` this takes time."""
        ...

    async def close(self) -> None:
        """Give everything back."""
        ...


class ThreadLane:
    """A lane in this process. The worker is built in its thread, so that torch loads there."""

    def __init__(self, make_worker: Callable[[], LaneWorker]) -> None:
        self._make_worker = make_worker
        self._worker: LaneWorker | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mgie-lane")
        self._is_closing = threading.Event()

    async def run(self, work: Work, report: Report) -> None:
        """See `Lane`."""
        loop = asyncio.get_running_loop()

        def hand_over(found: LaneReport) -> None:
            loop.call_soon_threadsafe(report, found)

        await loop.run_in_executor(self._thread, self._run, work, hand_over)

    async def load(self, model: str) -> None:
        """See `Lane`."""
        await asyncio.get_running_loop().run_in_executor(self._thread, lambda: self._get_worker().load(model))

    async def unload(self) -> None:
        """See `Lane`."""
        if self._worker is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._worker.unload)

    def steer(self, command: Command) -> None:
        """See `Lane`."""
        if self._worker is not None:
            self._worker.steer(command)

    def expect(self, work: Work) -> None:
        """See `Lane`."""
        if self._worker is not None:
            self._worker.expect(work)

    def state(self) -> LaneState:
        """See `Lane`."""
        return self._worker.state() if self._worker is not None else LaneState()

    async def ready(self) -> None:
        """See `Lane`. A thread does not get lost."""

    async def close(self) -> None:
        """See `Lane`. Running work stops at its next token or step."""
        self._is_closing.set()
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        if self._worker is not None:
            await asyncio.to_thread(self._worker.close)

    def _get_worker(self) -> LaneWorker:
        if self._worker is None:
            self._worker = self._make_worker()
        return self._worker

    def _run(self, work: Work, report: Report) -> None:
        reports: Iterator[LaneReport] = self._get_worker().run(work)
        for found in reports:
            report(found)
            if self._is_closing.is_set():
                break
