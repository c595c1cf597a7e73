"""`EntryRun`: one entry of the queue on its way through a lane. Prepare, run on the device, land, conclude.

The lane is free again as soon as its device is: landing goes on beside the next entry.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence

from mgie.api.events import Declined, EventBody, Finished, InstructionReady, Stage, StageChanged
from mgie.api.failure import Failure
from mgie.server.batch_runner import as_failure
from mgie.server.db_changes import AddMeasure
from mgie.server.edit_manager import EditManager
from mgie.server.errors import RequestError, failure_of, internal_error
from mgie.server.lane import Command, Lane, LaneLostError, Work, WorkItem
from mgie.server.lane_reports import LaneReport, Measurement, PreviewImage, SampleReady
from mgie.server.live_edit import LiveEdit
from mgie.server.pixel_worker import PixelWorker, Prepared
from mgie.server.previews import PreviewBoard
from mgie.server.transitions import stage_changed

log = logging.getLogger(__name__)


class EntryRun:
    """The edits of one entry while a lane works on them."""

    def __init__(
        self,
        work: int,
        lane: Lane,
        lives: Sequence[LiveEdit],
        manager: EditManager,
        pixels: PixelWorker,
        *,
        prepared: Mapping[str, Prepared],
        on_painting: Callable[[], object],
    ) -> None:
        """work: a number that grows with every entry. prepared: edits that are so already.

        on_painting: called when the words of all edits are there.
        """
        self.lives = {live.id: live for live in lives}  # those that are still this run's business
        self._work = work
        self._lane = lane
        self._manager = manager
        self._pixels = pixels
        self._prepared = dict(prepared)
        self._on_painting = on_painting
        self._made = {live.id: set(live.results) for live in lives}
        self._landing: list[asyncio.Task[None]] = []
        self._is_landing: set[str] = set()
        self._started = time.monotonic()
        self._is_lost = False
        self._measurement: Measurement | None = None
        self._finish_s_per_megapixel: float | None = None

    # --- from outside -----------------------------------------------------------------------

    async def use_lane(self) -> None:
        """Everything that needs the lane. Raises nothing: what goes wrong is the edits' failure."""
        try:
            work = await self._prepare()
            if work is not None:
                await self._lane.run(work, self._take)
        except LaneLostError as error:
            self._is_lost = True
            log.warning("lane lost: %s", error)
        except Exception as error:
            for live in list(self.lives.values()):
                self._end(live, as_failure(error, live.id))
        finally:
            for live in self.lives.values():
                live.previews = None

    async def conclude(self) -> None:
        """Wait for the results that are landing, then end every edit, or queue it again."""
        await asyncio.gather(*self._landing)
        written: list[asyncio.Future[bool | None]] = []
        again: list[LiveEdit] = []
        for live in list(self.lives.values()):
            body = self._last_event(live)
            if body is None:
                again.append(live)
            else:
                written.append(self._manager.report(live, body))
        if again:
            await self._manager.requeue(again, "LANE_LOST")
        await asyncio.gather(*written)
        self._write_measurement()

    def stop(self, edit: str) -> None:
        """An edit was cancelled: the device need not go on with it."""
        self._lane.steer(Command(work=self._work, edit=edit, cancel=True))
        self._leave(self.lives[edit])

    def keep(self, edit: str) -> None:
        """Stop sampling after the present step and keep the estimate."""
        self._lane.steer(Command(work=self._work, edit=edit, keep=True))

    # --- before the lane --------------------------------------------------------------------

    async def _prepare(self) -> Work | None:
        lives = list(self.lives.values())
        for live, is_alive in zip(
            lives, await asyncio.gather(*(self._manager.start(live) for live in lives)), strict=True
        ):
            if not is_alive:
                self._leave(live)
        items: list[WorkItem] = []
        for live in lives:
            if live.id in self.lives:
                items += await self._item(live)
        items = [item for item in items if item.edit in self.lives]  # some may have been cancelled meanwhile
        if not items:
            return None
        model = self.lives[items[0].edit].record.spec.model
        return Work(id=self._work, model=model, items=tuple(items))

    async def _item(self, live: LiveEdit) -> list[WorkItem]:
        """What the lane gets of an edit; nothing where it cannot be prepared."""
        try:
            prepared = self._prepared.get(live.id) or await self._pixels.prepare(live.record.spec)
        except Exception as error:
            self._end(live, as_failure(error, live.id))
            return []
        self._prepared[live.id] = prepared
        if live.id in self.lives:
            places = [tile.context for tile in prepared.plan.tiles]
            live.previews = PreviewBoard(places, lambda every: self._ask_preview(live.id, every))
        return [work_item(live, prepared)]

    def _ask_preview(self, edit: str, every: int) -> None:
        self._lane.steer(Command(work=self._work, edit=edit, preview_every=every))

    # --- reports of the lane ----------------------------------------------------------------

    def _take(self, report: LaneReport) -> None:
        body = report.body
        if isinstance(body, Measurement):
            self._measurement = body
            return
        live = self.lives.get(report.edit)
        if live is None or live.is_over:
            return
        match body:
            case PreviewImage():
                if live.previews is not None:
                    live.previews.put(body)
                    live.notify()
            case SampleReady():
                self._landing.append(asyncio.get_running_loop().create_task(self._land(live, body)))
            case Failure() | Declined():
                self._end(live, body)
            case InstructionReady(is_held=True):
                self._end(live, body)
            case _:
                if isinstance(body, StageChanged) and body.stage is Stage.SAMPLING:
                    self._on_painting()
                    if live.previews:
                        live.previews.ask()
                self._manager.report(live, body)

    async def _land(self, live: LiveEdit, sample: SampleReady) -> None:
        if live.id not in self._is_landing:
            self._is_landing.add(live.id)
            self._manager.report(live, stage_changed(Stage.FINISHING))
        started = time.monotonic()
        try:
            result = await self._pixels.land(live.record, self._prepared[live.id], sample)
        except Exception as error:
            self._end(live, as_failure(error, live.id))
            return
        rect = result.weight.rect if result.weight else None
        if rect is not None:
            self._finish_s_per_megapixel = (time.monotonic() - started) / (rect.width * rect.height / 1e6)
        if live.id in self.lives:
            self._made[live.id].add(result.index)
            self._manager.report(live, result)

    # --- ends -------------------------------------------------------------------------------

    def _end(self, live: LiveEdit, body: EventBody) -> None:
        """The edit's last event in this run."""
        if live.id in self.lives:
            self._manager.report(live, body)
            self._leave(live)

    def _leave(self, live: LiveEdit) -> None:
        """An edit is no longer this run's; a held one may soon be in another."""
        live.previews = None
        self.lives.pop(live.id, None)

    def _last_event(self, live: LiveEdit) -> EventBody | None:
        """How an edit ends that nothing has ended so far; None where it is to run again."""
        record, made = live.record, self._made[live.id]
        if len(made) == len(record.spec.seeds) or (record.kept_step and made):
            return Finished(seconds=time.monotonic() - self._started)
        if not self._is_lost:
            log.error("edit incomplete job=%s", live.id)
            return failure_of(internal_error(live.id))
        if record.restart_policy == "restart" and record.may_run_again():
            return None
        return failure_of(RequestError("LANE_LOST", "the worker died while the edit ran"))

    def _write_measurement(self) -> None:
        found = self._measurement
        if found is not None:
            change = AddMeasure(
                model=found.model,
                device=found.device,
                encode_s=found.encode_s,
                step_s=found.step_s,
                finish_s_per_megapixel=self._finish_s_per_megapixel,
                peak_bytes=found.peak_bytes,
            )
            self._manager.write(change)


def work_item(live: LiveEdit, prepared: Prepared) -> WorkItem:
    """What a lane gets of an edit."""
    record, spec = live.record, live.record.spec
    may_hold = not record.was_held
    is_first_run = record.num_starts <= 1  # later ones void what was reported
    return WorkItem(
        edit=live.id,
        overview=prepared.plan.overview.model_image,
        tiles=tuple(tile.model_image for tile in prepared.plan.tiles),
        references=prepared.references,
        instruction=spec.instruction,
        expressive_instruction=record.given_instruction,
        options=spec.options,
        seeds=tuple((i, seed) for i, seed in enumerate(spec.seeds) if i not in live.results),
        holds=spec.hold_before_sampling and may_hold,
        holds_when_unsure=spec.hold_when_unsure and may_hold,
        reports_text=bool(record.corrected_instruction) or may_hold or not is_first_run,
        keep_after_step=record.kept_step,
    )
