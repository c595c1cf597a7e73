"""`Driver`: carries tickets through the lanes. Prepare in a thread, run on the device, finish in a thread.

A lane is free again as soon as its device is: finishing goes on beside the next ticket.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mgie.errors import MgieError
from mgie.server import to_proto
from mgie.server.blobs import BlobStore
from mgie.server.db_writer import Journal
from mgie.server.db_writer_changes import AddMeasure
from mgie.server.edit_manager import Desk
from mgie.server.errors import RequestError, internal_error
from mgie.server.lane import Command, Lane, LaneLostError, Work, WorkItem
from mgie.server.lane_events import (
    EditFailed,
    EditStopped,
    Happening,
    Measured,
    PreviewMade,
    SampleMade,
    Stage,
    StageEntered,
    StepDone,
    TextWhole,
)
from mgie.server.live import LiveEdit
from mgie.server.model_registry import Catalogue, ModelFacts
from mgie.server.order import Order
from mgie.server.queue import Ticket
from mgie.server.records import EditState
from mgie.server.settings import Limits

if TYPE_CHECKING:
    from mgie.pipeline import Prepared

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 2  # on lanes that die


@dataclass(eq=False)
class _Run:
    """One ticket on its way."""

    lane: Lane
    lives: dict[str, LiveEdit]
    prepared: dict[str, Prepared] = field(default_factory=dict[str, "Prepared"])
    facts: dict[str, ModelFacts] = field(default_factory=dict[str, ModelFacts])
    finishing: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    measured: Measured | None = None
    finish_s_per_megapixel: float | None = None


class Driver:
    """The lanes of a server and what runs on them."""

    def __init__(
        self,
        desk: Desk,
        lanes: Sequence[Lane],
        catalogue: Catalogue,
        blobs: BlobStore,
        journal: Journal,
        limits: Limits,
    ) -> None:
        self.lanes = tuple(lanes)
        self._desk = desk
        self._catalogue = catalogue
        self._blobs = blobs
        self._journal = journal
        self._limits = limits
        self._free = list(lanes)
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: dict[str, _Run] = {}  # by edit
        self._pixels = ThreadPoolExecutor(max_workers=2, thread_name_prefix="mgie-pixels")
        self.is_draining = False
        desk.on_work = self.pump
        desk.on_cancel = self._cancel

    @property
    def num_running(self) -> int:
        """Edits on their way through a lane or being finished."""
        return len(self._running)

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs."""
        return not self._tasks

    def pump(self) -> None:
        """Give work to free lanes."""
        while self._free and not self.is_draining:
            ticket = self._desk.line.pop()
            if ticket is None:
                break
            self._start(self._serve(self._free.pop(0), ticket))
            self._desk.publish_positions()

    def keep(self, live: LiveEdit) -> None:
        """Stop sampling and keep the estimate. Raises where there is none yet."""
        run = self._running.get(live.id)
        if run is None or not live.num_steps_done or live.record.state is not EditState.RUNNING:
            raise RequestError("NOTHING_TO_KEEP", "no denoising step is done yet")
        live.is_keeping = True
        run.lane.steer(live.id, Command(keep=True))

    async def drain(self, timeout_s: float, hurry: asyncio.Event) -> None:
        """Let what runs end, for a while or until `hurry` is set. What waits, waits for the next start."""
        self.is_draining = True
        ends = [asyncio.ensure_future(self._until_idle()), asyncio.ensure_future(hurry.wait())]
        if timeout_s > 0:
            await asyncio.wait(ends, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()

    async def _until_idle(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Stop everything. Edits that still run are found in the store at the next start."""
        self.is_draining = True
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for lane in self.lanes:
            await lane.close()
        await asyncio.to_thread(self._pixels.shutdown, cancel_futures=True)

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- one ticket -------------------------------------------------------------------------

    async def _serve(self, lane: Lane, ticket: Ticket) -> None:
        run = _Run(lane, {edit: self._desk.live[edit] for edit in ticket.edits})
        self._running.update(dict.fromkeys(ticket.edits, run))
        lost = False
        try:
            work = await self._prepare(run)
            if work is not None:
                await lane.run(work, lambda happening: self._hear(run, happening))
        except LaneLostError as error:
            lost = True
            log.warning("lane lost: %s", error)
        except Exception as error:
            log.exception("ticket failed jobs=%s", " ".join(ticket.edits))
            self._fail_all(run, error)
        finally:
            for live in run.lives.values():
                live.ask_preview = None
            self._start(self._give_back(lane))
        try:
            await asyncio.gather(*run.finishing)
            self._conclude(run, lost)
        finally:
            for live in list(run.lives.values()):
                self._leave(run, live)

    async def _give_back(self, lane: Lane) -> None:
        await lane.ready()
        self._free.append(lane)
        self.pump()

    def _leave(self, run: _Run, live: LiveEdit) -> None:
        """An edit is no longer this ticket's; a held one may soon be on another."""
        live.ask_preview = None
        del run.lives[live.id]
        run.prepared.pop(live.id, None)
        self._running.pop(live.id, None)

    async def _prepare(self, run: _Run) -> Work | None:
        for live in run.lives.values():
            live.started = time.monotonic()
            live.forget_progress()
            self._desk.change(live, state=EditState.RUNNING)
            self._desk.tell(live, to_proto.event_of(StageEntered(edit=live.id, stage=Stage.PREPARING)))
        items: list[WorkItem] = []
        model = ""
        for live in run.lives.values():
            try:
                items.append(await self._prepare_one(run, live))
                model = _order(live).model
            except MgieError as error:
                self._desk.fail(live, error)
            except Exception:
                log.exception("preparing failed job=%s", live.id)
                self._desk.fail(live, internal_error(live.id))
        for live in run.lives.values():
            if live.is_cancelling:
                self._desk.stop(live)
        items = [item for item in items if not run.lives[item.edit].record.state.has_ended]
        return Work(model=model, items=tuple(items)) if items else None

    async def _prepare_one(self, run: _Run, live: LiveEdit) -> WorkItem:
        from mgie.server import blob_images

        order = _order(live)
        loop = asyncio.get_running_loop()
        facts = await loop.run_in_executor(self._pixels, self._catalogue.facts, order.model)
        prepared = await loop.run_in_executor(
            self._pixels, blob_images.prepare_order, order, facts.native_size_px, self._blobs, self._limits
        )
        run.prepared[live.id] = prepared
        run.facts[live.id] = facts
        live.place = prepared.context
        live.ask_preview = lambda every: run.lane.steer(live.id, Command(preview_every=every))
        was_held = live.record.has_text and order.hold
        is_corrected = bool(live.record.corrected)
        return WorkItem(
            edit=live.id,
            image=prepared.model_image,
            instruction=order.instruction,
            expressive_instruction=live.record.corrected or order.expressive_instruction,
            sampling=order.sampling,
            seeds=tuple((i, s) for i, s in enumerate(order.seeds) if i not in live.results),
            hold=order.hold and not was_held,
            tells_text=is_corrected or not was_held,
        )

    def _hear(self, run: _Run, happening: Happening) -> None:
        live = run.lives.get(happening.edit)
        if live is None or live.record.state.has_ended:
            return
        match happening:
            case PreviewMade():
                live.heard_preview(happening)
            case SampleMade():
                run.finishing.append(self._start(self._finish(run, live, happening)))
            case Measured():
                run.measured = happening
            case EditFailed(error=error):
                self._desk.fail(live, error)
            case EditStopped():
                self._desk.stop(live)
            case _:
                self._hear_event(run, live, happening)

    def _hear_event(self, run: _Run, live: LiveEdit, happening: to_proto.Event) -> None:
        match happening:
            case TextWhole(text=text, is_held=is_held):
                self._desk.change(live, text=text, has_text=True)
                if is_held and not live.is_cancelling:
                    self._desk.change(live, state=EditState.HELD)
                    self._leave(run, live)
            case StepDone(step=step):
                live.num_steps_done = step
            case StageEntered(stage=Stage.SAMPLING):
                live.renew_wishes()
            case _:
                pass
        self._desk.tell(live, to_proto.event_of(happening))

    async def _finish(self, run: _Run, live: LiveEdit, sample: SampleMade) -> None:
        from mgie.server import blob_images

        order, started = _order(live), time.monotonic()
        if not live.is_finishing:
            live.is_finishing = True
            self._desk.tell(live, to_proto.event_of(StageEntered(edit=live.id, stage=Stage.FINISHING)))
        try:
            picture = await asyncio.get_running_loop().run_in_executor(
                self._pixels,
                blob_images.finish_sample,
                order,
                run.prepared[live.id],
                sample,
                run.facts[live.id],
                self._blobs,
            )
        except MgieError as error:
            self._desk.fail(live, error)
            return
        except Exception:
            log.exception("finishing failed job=%s", live.id)
            self._desk.fail(live, internal_error(live.id))
            return
        rect = picture.raw.rect
        run.finish_s_per_megapixel = (time.monotonic() - started) / (rect.width * rect.height / 1e6)
        if not live.record.state.has_ended and not live.is_cancelling:
            result = to_proto.result_of(sample.index, sample.seed, picture, is_partial=sample.is_partial)
            self._desk.add_result(live, result)

    # --- its end ----------------------------------------------------------------------------

    def _conclude(self, run: _Run, lost: bool) -> None:
        again: list[LiveEdit] = []
        for live in run.lives.values():
            if live.record.state.has_ended:
                continue
            if live.is_cancelling:
                self._desk.stop(live)
            elif live.is_keeping and live.results:
                self._desk.succeed(live)
            elif lost and live.record.restarts and live.num_attempts + 1 < MAX_ATTEMPTS:
                live.num_attempts += 1
                self._desk.tell(live, to_proto.restarted("LANE_LOST"))
                again.append(live)
            elif lost:
                self._desk.fail(live, RequestError("LANE_LOST", "the worker died while the edit ran"))
            elif len(live.results) == len(_order(live).seeds):
                self._desk.succeed(live)
            else:
                log.error("edit incomplete job=%s", live.id)
                self._desk.fail(live, internal_error(live.id))
        for live in again:
            self._leave(run, live)
        if again:
            self._desk.queue(again, again[0].record.client)
        if run.measured is not None:
            self._measure(run.measured, run.finish_s_per_megapixel)

    def _measure(self, measured: Measured, finish_s_per_megapixel: float | None) -> None:
        self._journal.note(
            AddMeasure(
                model=measured.model,
                device=measured.device,
                encode_s=measured.encode_s,
                step_s=measured.step_s,
                finish_s_per_megapixel=finish_s_per_megapixel,
                peak_bytes=measured.peak_bytes,
            )
        )

    def _fail_all(self, run: _Run, error: Exception) -> None:
        for live in run.lives.values():
            self._desk.fail(live, error if isinstance(error, MgieError) else internal_error(live.id))

    def _cancel(self, live: LiveEdit) -> None:
        run = self._running.get(live.id)
        if run is not None:
            run.lane.steer(live.id, Command(cancel=True))


def _order(live: LiveEdit) -> Order:
    assert live.order is not None, "an edit that was refused never runs"
    return live.order
