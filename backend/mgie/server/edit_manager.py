"""`EditManager`: all edits of a server, and everything that can happen to them. The event loop's thread only.

Every change is planned against what is on disk, written, and only then made so in memory and answered. How
new edits come in is `Intake`'s part, how they are carried through a lane is `Scheduler`'s.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from mgie.api.edit import Batch, Edit, EditState, QueuePlace
from mgie.api.events import Cancelled, EventBody, Queued, Restarted, Stage
from mgie.server.blobs import BlobStore
from mgie.server.db_changes import Change, ForgetEdit, UpdateEdit
from mgie.server.db_reader import DbReader
from mgie.server.db_writer import DbWriter, Plan
from mgie.server.edit_record import BatchRecord, EditRecord, batch_of, edit_of
from mgie.server.edit_rows import damage_of
from mgie.server.errors import RequestError
from mgie.server.live_edit import Draft, LiveEdit
from mgie.server.queue import Queue, QueueEntry
from mgie.server.store import JobStore
from mgie.server.transitions import stage_changed, without_present_start

log = logging.getLogger(__name__)

_FORGET_EVERY = 100  # edits that end; so many more than are kept may be there at times
_FORGET_AT_ONCE = 20  # edits between which others get their turn


class EditManager:
    """All edits of a server."""

    def __init__(self, store: JobStore, reader: DbReader, blobs: BlobStore, *, max_kept_edits: int) -> None:
        self.reader = reader
        self.queue = Queue()
        self.live: dict[str, LiveEdit] = {}  # those that have not ended
        self.has_work = asyncio.Event()  # set whenever something is queued
        self.last_activity = time.monotonic()
        self._blobs = blobs
        self._writer = DbWriter(store, self._roll_back)
        self._drafted: set[LiveEdit] = set()
        self._max_kept_edits = max_kept_edits
        self._num_ended = 0
        self._forgetting: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Write what is left and close the store."""
        if self._forgetting is not None:
            self._forgetting.cancel()
            await asyncio.gather(self._forgetting, return_exceptions=True)
        await self._writer.close()
        await self.reader.close()

    # --- what running edits report ----------------------------------------------------------

    def report(self, live: LiveEdit, body: EventBody) -> asyncio.Future[bool | None]:
        """Something happened to an edit; None where it has ended already. Kept until it can be written."""

        def plan() -> Plan | None:
            if live.planned.state.has_ended:
                return None
            draft = Draft()
            draft.add(live, body)
            return self._plan(draft, lambda: True)

        return self._writer.submit(plan, is_kept=True)

    def start(self, live: LiveEdit) -> asyncio.Future[bool | None]:
        """A lane begins with an edit; None where it has ended already."""
        return self.report(live, stage_changed(Stage.PREPARING))

    def requeue(self, lives: Sequence[LiveEdit], reason: str) -> asyncio.Future[None]:
        """Run edits of one entry again from their beginning."""

        def plan() -> Plan | None:
            left = [live for live in lives if not live.planned.state.has_ended]
            if not left:
                return None
            draft = Draft()
            for live in left:
                draft.add(live, Restarted(reason=reason))
            return self._plan_queueing(draft, left, left[0].record.client, "back")

        return self._writer.submit(plan, is_kept=True)

    def discount_starts(self, lives: Sequence[LiveEdit]) -> asyncio.Future[None]:
        """The server ends in good order while edits run: that is not their fault."""
        changes = [
            UpdateEdit.between(live.record, without_present_start(live.record))
            for live in lives
            if live.record.state is EditState.RUNNING
        ]
        return self.write(*changes)

    def write(self, *changes: Change) -> asyncio.Future[None]:
        """Write changes that concern no state of an edit."""
        written = self._writer.submit(lambda: Plan(changes=changes))
        written.add_done_callback(lambda done: done.exception())  # nobody may be waiting for it
        return written

    # --- steering ---------------------------------------------------------------------------

    async def revise(self, edit: str, text: str | None) -> Edit:
        """Let a held edit go on, before the client's other edits."""
        live = await self._living(edit, "EDIT_NOT_HELD", "the edit has ended")

        def plan() -> Plan:
            state = live.planned.state
            if state is not EditState.HELD:
                raise RequestError("EDIT_NOT_HELD", f"the edit is {state.name.lower()}, not held")
            is_changed = text is not None and text != live.planned.expressive_instruction
            facts = {"corrected_instruction": text} if is_changed else {}
            return self._plan_queueing(
                Draft(), [live], live.record.client, "front", num_starts=0, num_runs=0, **facts
            )

        await self._carry_out(plan)
        return self._shown(live)

    async def cancel(self, edit: str) -> Edit:
        """Stop an edit wherever it is. One that has ended stays as it is."""
        live = self.live.get(edit)
        if live is None:
            return await self.edit(edit)

        def plan() -> Plan | None:
            if live.planned.state.has_ended:
                return None
            draft = Draft()
            draft.add(live, Cancelled())
            return self._plan(draft)

        await self._carry_out(plan)
        return self._shown(live)

    async def accept(self, edit: str) -> Edit:
        """Stop sampling and keep the estimate. Raises NOTHING_TO_KEEP where there is none yet."""
        live = await self._living(edit, "NOTHING_TO_KEEP", "the edit has ended")

        def plan() -> Plan:
            step = live.planned.num_steps_done
            if live.planned.state is not EditState.RUNNING or not step:
                raise RequestError("NOTHING_TO_KEEP", "no denoising step is done yet")
            self._drafted.add(live)
            live.planned = replace(live.planned, kept_step=step)
            return Plan(changes=[UpdateEdit(edit=live.id, values={"kept_step": step})], apply=apply)

        def apply() -> None:
            live.record = replace(live.record, kept_step=live.planned.kept_step)

        await self._carry_out(plan)
        return self._shown(live)

    async def delete(self, edit: str) -> None:
        """Forget an ended edit, and free the blobs that only its results need."""
        if edit in self.live:
            raise RequestError("EDIT_NOT_ENDED", "the edit has not ended; cancel it first")
        await self._known(edit)
        await self._forget(edit)

    # --- answers ----------------------------------------------------------------------------

    async def find(self, edit: str) -> LiveEdit | EditRecord:
        """An edit, under way or ended. Raises EDIT_NOT_FOUND."""
        return self.live.get(edit) or await self._known(edit)

    async def edit(self, edit: str) -> Edit:
        """An edit as a client sees it. Raises EDIT_NOT_FOUND."""
        return await self.show(await self.find(edit))

    async def show(self, found: LiveEdit | EditRecord) -> Edit:
        """An edit as a client sees it; a failed one where its results cannot be read."""
        if isinstance(found, LiveEdit):
            return self._shown(found)
        if found.id in self.live:
            return self._shown(self.live[found.id])
        results, is_whole = await self.reader.ask(self.reader.store.results, found.id)
        shown = edit_of(found, results)
        return shown if is_whole else replace(shown, state=EditState.FAILED, error=damage_of(found.id))

    async def batch(self, batch: str) -> Batch:
        """A batch as a client sees it. Raises BATCH_NOT_FOUND."""
        record = await self.batch_record(batch)
        return batch_of(record, tuple([await self.show(item) for item in await self.items(batch)]))

    async def batch_record(self, batch: str) -> BatchRecord:
        """A batch as it is stored. Raises BATCH_NOT_FOUND."""
        record = await self.reader.ask(self.reader.store.batch, batch)
        if record is None:
            raise RequestError("BATCH_NOT_FOUND", f"there is no batch {batch}")
        return record

    async def items(self, batch: str) -> list[LiveEdit | EditRecord]:
        """The edits of a batch in order."""
        records = await self.reader.ask(self.reader.store.edits_of_batch, batch)
        return [self.live.get(record.id, record) for record in records]

    def held_edits(self) -> list[LiveEdit]:
        """Edits that wait for the artist."""
        return [live for live in tuple(self.live.values()) if live.record.state is EditState.HELD]

    # --- for `Intake` and recovery ----------------------------------------------------------

    async def add(
        self,
        draft: Callable[[], tuple[Draft, Sequence[LiveEdit]]],
        client: str,
        place: QueuePlace,
    ) -> None:
        """Take in the edits that a draft makes, and queue those that it names, on one entry.

        draft: called when its turn comes; raises where there is no room.
        """

        def plan() -> Plan:
            drafted, runnable = draft()
            if place == "replace":
                waiting = [self.live[edit] for edit in self.queue.of_client(client)]
                for live in waiting:
                    if not live.planned.state.has_ended:  # cancelled in the same transaction
                        drafted.add(live, Cancelled())
            if not runnable:
                return self._plan(drafted, lambda: self._adopt(drafted.edits))
            return self._plan_queueing(drafted, runnable, client, place)

        await self._carry_out(plan)

    def resume(self, lives: Sequence[LiveEdit], *, is_waiting: bool) -> None:
        """Take up edits that are on disk as they are; those that wait join the queue on one entry."""
        self._adopt(lives)
        if is_waiting:
            self._enqueue(lives, lives[0].record.client, "back")

    def forget_surplus(self) -> None:
        """Forget the oldest ended edits beyond those that are kept, beside everything else."""
        if self._forgetting is None or self._forgetting.done():
            self._forgetting = asyncio.get_running_loop().create_task(self._forget_surplus())

    # --- inside -----------------------------------------------------------------------------

    def _plan(self, draft: Draft, then: Callable[[], Any] = lambda: None) -> Plan:
        self._drafted.update(draft.edits)

        def apply() -> Any:
            draft.apply()
            for result in draft.results:
                self._blobs.hold(result.digests)  # whoever waits for the whole edit finds all of it
            answer = then()
            self._settle(draft.edits)
            return answer

        return Plan(changes=draft.changes, apply=apply)

    def _plan_queueing(
        self, draft: Draft, lives: Sequence[LiveEdit], client: str, place: QueuePlace, **facts: Any
    ) -> Plan:
        entry = QueueEntry(client=client, edits=tuple(live.id for live in lives))
        position = self.queue.foresee(entry, place)
        for live in lives:
            draft.add(live, Queued(position=position), **facts)

        def then() -> None:
            self._adopt(draft.edits)
            self._enqueue([live for live in lives if not live.is_over], client, place)

        return self._plan(draft, then)

    def _adopt(self, lives: Sequence[LiveEdit]) -> None:
        """Keep edits among those under way, and their blobs on the disk."""
        for live in lives:
            if live.id not in self.live:
                self.live[live.id] = live
                self._blobs.hold(live.digests)

    def _enqueue(self, lives: Sequence[LiveEdit], client: str, place: QueuePlace) -> None:
        self.last_activity = time.monotonic()
        self.queue.add(QueueEntry(client=client, edits=tuple(live.id for live in lives)), place)
        self.publish_positions()
        self.has_work.set()

    def publish_positions(self) -> None:
        """Let watchers know where their edits stand now."""
        for edit, position in self.queue.positions().items():
            live = self.live[edit]
            if live.position != position:
                live.position = position
                live.notify()

    def _settle(self, lives: Sequence[LiveEdit]) -> None:
        """Hold new results; let those go that have ended."""
        self._drafted.difference_update(lives)
        for live in lives:
            if not live.is_over or self.live.get(live.id) is not live:
                continue
            del self.live[live.id]
            self._blobs.release(live.digests)
            self._note_end(live)
            if self.queue.remove(live.id):
                self.publish_positions()

    def _note_end(self, live: LiveEdit) -> None:
        record = live.record
        reason = f" reason={record.error.reason}" if record.error else ""
        log.info("edit %s job=%s results=%d%s", record.state.name.lower(), live.id, len(live.results), reason)
        self.last_activity = time.monotonic()
        self._num_ended += 1
        if self._num_ended % min(_FORGET_EVERY, self._max_kept_edits) == 0:
            self.forget_surplus()

    def _roll_back(self) -> None:
        for live in self._drafted:
            live.planned = live.record
        self._drafted.clear()

    async def _carry_out(self, plan: Callable[[], Plan | None]) -> Any:
        """Write a change and wait for it, to its end even where the client that asked for it has gone."""
        return await asyncio.shield(self._writer.submit(plan))

    def _shown(self, live: LiveEdit) -> Edit:
        return edit_of(live.record, live.results, live.position)

    async def _known(self, edit: str) -> EditRecord:
        record = await self.reader.ask(self.reader.store.edit, edit)
        if record is None:
            raise RequestError("EDIT_NOT_FOUND", f"there is no edit {edit}")
        return record

    async def _living(self, edit: str, reason: str, message: str) -> LiveEdit:
        live = self.live.get(edit)
        if live is None:
            await self._known(edit)
            raise RequestError(reason, message)
        return live

    async def _forget(self, edit: str) -> None:
        freed = await self.reader.ask(self.reader.store.blobs_only_of, edit)
        await self._carry_out(lambda: Plan(changes=[ForgetEdit(edit=edit)]))
        await asyncio.to_thread(self._blobs.remove, freed)

    async def _forget_surplus(self) -> None:
        with contextlib.suppress(RequestError):  # the next time will do
            while True:
                store = self.reader.store
                edits = await self.reader.ask(store.surplus, self._max_kept_edits, _FORGET_AT_ONCE)
                for edit in edits:
                    await self._forget(edit)
                if len(edits) < _FORGET_AT_ONCE:
                    return
