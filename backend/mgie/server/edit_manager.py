"""`Desk`: takes edits in, keeps their books, and answers for them. The event loop's thread only.

How a ticket is carried through a lane is `driver`'s part.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from google.rpc import status_pb2

from mgie.errors import MgieError
from mgie.server import to_proto
from mgie.server.blobs import BlobStore
from mgie.server.db_writer import Journal
from mgie.server.db_writer_changes import AddEvent, Change, ForgetEdit, PutBatch, PutEdit, PutResult
from mgie.server.errors import RequestError, status_of
from mgie.server.live import LiveEdit
from mgie.server.order import Order
from mgie.server.queue import Place, Ticket, WaitingLine
from mgie.server.records import BatchRecord, EditRecord, EditState
from mgie.server.settings import Limits
from mgie.server.store import JobStore
from mgie.v1 import edit_service_pb2 as edits

log = logging.getLogger(__name__)

RETRY_WHEN_BUSY_S = 5.0


@dataclass(frozen=True, kw_only=True)
class NewEdit:
    """An edit to take in; `refusal` where one item of a batch cannot be run."""

    spec: bytes
    order: Order | None
    refusal: MgieError | None = None


@dataclass(frozen=True, kw_only=True)
class Request:
    """Who asks, and for what place in the queue."""

    request_id: str
    digest: str  # of the whole request
    client: str
    place: Place = Place.BACK
    restarts: bool = True
    source: str = ""


class Desk:
    """All edits of a server."""

    def __init__(self, store: JobStore, journal: Journal, blobs: BlobStore, limits: Limits) -> None:
        self.line = WaitingLine()
        self.live: dict[str, LiveEdit] = {}
        self.on_work: Callable[[], None] = lambda: None  # there may be something to run
        self.on_cancel: Callable[[LiveEdit], None] = lambda live: None  # a running edit is to stop
        self.on_end: Callable[[], None] = lambda: None  # one more edit has ended
        self.last_activity = time.monotonic()
        self._store = store
        self._journal = journal
        self._blobs = blobs
        self._limits = limits
        self._taking_in = asyncio.Lock()  # so that a repeated request finds the first one

    # --- taking in --------------------------------------------------------------------------

    async def known(self, request: Request) -> LiveEdit | EditRecord | None:
        """The edit that this request made before."""
        known = await self._journal.ask(self._store.edit_of_request, request.request_id)
        if known is None:
            return None
        _check_same(known.request_digest, request)
        return self.live.get(known.id, known)

    async def known_batch(self, request: Request) -> BatchRecord | None:
        """The batch that this request made before."""
        known = await self._journal.ask(self._store.batch_of_request, request.request_id)
        if known is not None:
            _check_same(known.request_digest, request)
        return known

    async def create(self, request: Request, new: NewEdit) -> LiveEdit | EditRecord:
        """Take one edit in, or find the one that this request made before."""
        async with self._taking_in:
            known = await self.known(request)
            if known is not None:
                return known
            self._check_room(1, request)
            (live,) = await self._take_in(request, [new], None)
            return live

    async def create_batch(self, request: Request, items: Sequence[NewEdit]) -> BatchRecord:
        """Take a batch in, or find the one that this request made before."""
        async with self._taking_in:
            known = await self.known_batch(request)
            if known is not None:
                return known
            self._check_room(len(items), request)
            batch = BatchRecord(
                id=uuid.uuid4().hex,
                request_id=request.request_id,
                request_digest=request.digest,
                create_time=time.time(),
            )
            await self._take_in(request, items, batch)
            return batch

    async def _take_in(
        self, request: Request, items: Sequence[NewEdit], batch: BatchRecord | None
    ) -> list[LiveEdit]:
        lives = [self._new_live(request, item, index, batch) for index, item in enumerate(items)]
        changes: list[Change] = [PutBatch(record=batch)] if batch else []
        changes += [PutEdit(record=live.record) for live in lives]
        await self._journal.write(*changes)
        for live, item in zip(lives, items, strict=True):
            self.adopt(live)
            if item.refusal is not None:
                self.fail(live, item.refusal)
        runnable = [live for live, item in zip(lives, items, strict=True) if item.refusal is None]
        self.queue(runnable, request.client, request.place)
        return lives

    def _new_live(self, request: Request, item: NewEdit, index: int, batch: BatchRecord | None) -> LiveEdit:
        record = EditRecord(
            id=uuid.uuid4().hex,
            request_id=request.request_id,
            request_digest=request.digest,
            client=request.client,
            spec=item.spec,
            state=EditState.QUEUED,
            restarts=request.restarts,
            create_time=time.time(),
            source=request.source,
            batch=batch.id if batch else "",
            batch_index=index,
        )
        return LiveEdit(record, item.order)

    def _check_room(self, num_edits: int, request: Request) -> None:
        leaving = 0
        if request.place is Place.REPLACE:
            leaving = sum(live.record.client == request.client for live in self.waiting())
        num_waiting = len(self.line) - leaving
        if num_waiting + num_edits > self._limits.max_queue_length:
            raise RequestError(
                "SERVER_BUSY",
                f"{num_waiting} edits wait already; {self._limits.max_queue_length} at most",
                metadata={"num_waiting": str(num_waiting)},
                retry_s=RETRY_WHEN_BUSY_S,
            )

    def adopt(self, live: LiveEdit) -> None:
        """Keep an edit among the living, and its blobs on the disk."""
        self.live[live.id] = live
        self._blobs.hold(_digests(live))

    def queue(self, lives: Sequence[LiveEdit], client: str, place: Place = Place.BACK) -> None:
        """Put edits in the line on one ticket."""
        self.last_activity = time.monotonic()
        if not lives:
            return
        ticket = Ticket(client=client, edits=tuple(live.id for live in lives))
        for replaced in self.line.add(ticket, place):
            for edit in replaced.edits:
                self._end(self.live[edit], EditState.CANCELLED, to_proto.cancelled())
        positions = self.line.positions()
        for live in lives:
            live.position = positions[live.id]
            self.change(live, state=EditState.QUEUED)
            self.tell(live, to_proto.queued(live.position))
        self.publish_positions()
        self.on_work()

    def publish_positions(self) -> None:
        """Let watchers know where their edits stand now."""
        for edit, position in self.line.positions().items():
            live = self.live[edit]
            if live.position != position:
                live.position = position
                live.notify()

    def waiting(self) -> list[LiveEdit]:
        """Edits in the line."""
        return [self.live[edit] for edit in self.line.positions()]

    # --- steering ---------------------------------------------------------------------------

    async def revise(self, edit: str, text: str | None) -> LiveEdit:
        """Let a held edit go on, before the client's other edits."""
        live = await self._living(edit, "EDIT_NOT_HELD", "it has ended")
        if live.record.state is not EditState.HELD:
            raise RequestError("EDIT_NOT_HELD", f"the edit is {live.record.state.name.lower()}, not held")
        if text is not None and text != live.record.text:
            self.change(live, corrected=text)
        self.queue([live], live.record.client, Place.FRONT)
        return live

    async def cancel(self, edit: str) -> LiveEdit | EditRecord:
        """Stop an edit wherever it is."""
        live = self.live.get(edit)
        if live is None:
            return await self._known(edit)
        if live.record.state is EditState.RUNNING:
            live.is_cancelling = True
            self.on_cancel(live)
        elif not live.record.state.has_ended:
            self.line.remove(live.id)
            self._end(live, EditState.CANCELLED, to_proto.cancelled())
            self.publish_positions()
        return live

    async def delete(self, edit: str) -> None:
        """Forget an ended edit."""
        if edit in self.live:
            raise RequestError("EDIT_NOT_ENDED", "the edit has not ended; cancel it first")
        await self._known(edit)
        await self._journal.write(ForgetEdit(edit=edit))

    async def retry(
        self, batch: str, restore: Callable[[EditRecord], Order | None]
    ) -> tuple[BatchRecord, list[int]]:
        """Queue what failed in a batch again; returns which items."""
        async with self._taking_in:
            record = await self.batch(batch)
            items = await self._journal.ask(self._store.edits_of_batch, batch)
            if any(item.id in self.live for item in items):
                raise RequestError("EDIT_NOT_ENDED", "the batch still runs; wait for its end")
            lives: list[LiveEdit] = []
            for item in items:
                order = None if item.state is EditState.SUCCEEDED else restore(item)
                if order is not None:
                    fresh = replace(item, state=EditState.QUEUED, end_time=0.0, error=b"")
                    live = await self.revive(fresh, order)
                    self.tell(live, to_proto.restarted("RETRIED"))
                    lives.append(live)
            if not lives:
                raise RequestError("NOTHING_TO_RETRY", "no item of the batch can be run again")
            self.queue(lives, lives[0].record.client)
            return record, [live.record.batch_index for live in lives]

    async def revive(self, record: EditRecord, order: Order | None) -> LiveEdit:
        """Bring an edit back from the store."""
        live = LiveEdit(record, order)
        live.events = await self._journal.ask(self._store.events, record.id)
        live.results = await self._journal.ask(self._store.results, record.id)
        self.adopt(live)
        return live

    # --- answers ----------------------------------------------------------------------------

    async def find(self, edit: str) -> LiveEdit | EditRecord:
        """An edit, alive or ended. Raises EDIT_NOT_FOUND."""
        return self.live.get(edit) or await self._known(edit)

    async def message_of(self, found: LiveEdit | EditRecord) -> edits.Edit:
        """An edit as a client sees it."""
        if isinstance(found, LiveEdit):
            return to_proto.edit_of(found.record, found.results, found.position)
        return to_proto.edit_of(found, await self._journal.ask(self._store.results, found.id))

    async def batch(self, batch: str) -> BatchRecord:
        """A batch. Raises BATCH_NOT_FOUND."""
        record = await self._journal.ask(self._store.batch, batch)
        if record is None:
            raise RequestError("BATCH_NOT_FOUND", f"there is no batch {batch}")
        return record

    async def items(self, batch: str) -> list[LiveEdit | EditRecord]:
        """The edits of a batch in order."""
        records = await self._journal.ask(self._store.edits_of_batch, batch)
        return [self.live.get(record.id, record) for record in records]

    async def page(
        self, before: int | None, size: int, states: Sequence[EditState]
    ) -> list[tuple[int, LiveEdit | EditRecord]]:
        """Edits with their numbers, newest first, older than number `before`."""
        rows = await self._journal.ask(self._store.page, before, size, states)
        return [(number, self.live.get(record.id, record)) for number, record in rows]

    async def events(self, edit: str, after_sequence: int) -> list[bytes]:
        """Stored events of an ended edit."""
        return await self._journal.ask(self._store.events, edit, after_sequence)

    async def _known(self, edit: str) -> EditRecord:
        record = await self._journal.ask(self._store.edit, edit)
        if record is None:
            raise RequestError("EDIT_NOT_FOUND", f"there is no edit {edit}")
        return record

    async def _living(self, edit: str, reason: str, message: str) -> LiveEdit:
        live = self.live.get(edit)
        if live is None:
            await self._known(edit)
            raise RequestError(reason, message)
        return live

    # --- books ------------------------------------------------------------------------------

    def change(self, live: LiveEdit, **fields: object) -> None:
        """Note new facts about an edit."""
        live.record = replace(live.record, **fields)  # pyright: ignore[reportArgumentType]  # its own fields
        self._journal.note(PutEdit(record=live.record))

    def tell(
        self, live: LiveEdit, event: edits.EditEvent, *more: Change, then: Callable[[], None] | None = None
    ) -> None:
        """Number an event, store it with further changes, and hand it to the watchers once it is safe."""
        sequence = live.record.last_sequence + 1
        live.record = replace(live.record, last_sequence=sequence)
        payload = to_proto.numbered(event, sequence, time.time())

        def publish() -> None:
            live.events.append(payload)
            if then is not None:
                then()
            live.notify()

        self._journal.note(*more, AddEvent(edit=live.id, sequence=sequence, payload=payload), then=publish)

    def add_result(self, live: LiveEdit, result: edits.EditResult) -> None:
        """Keep a result and tell it."""
        payload = result.SerializeToString()
        live.results[result.index] = payload
        self._blobs.hold(to_proto.result_digests(payload))  # whoever waits for the whole edit finds all of it
        change = PutResult(edit=live.id, place=result.index, payload=payload)
        self.tell(live, edits.EditEvent(result=result), change)

    def succeed(self, live: LiveEdit) -> None:
        """End an edit that has all its results."""
        seconds = time.monotonic() - live.started
        log.info("edit done job=%s seconds=%.2f results=%d", live.id, seconds, len(live.results))
        self._end(live, EditState.SUCCEEDED, to_proto.finished(seconds))

    def stop(self, live: LiveEdit) -> None:
        """End an edit that was cancelled."""
        log.info("edit cancelled job=%s", live.id)
        self._end(live, EditState.CANCELLED, to_proto.cancelled())

    def fail(self, live: LiveEdit, error: MgieError, state: EditState = EditState.FAILED) -> None:
        """End an edit with an error."""
        log.info("edit failed job=%s reason=%s", live.id, error.reason)
        status: status_pb2.Status = status_of(error)
        self._end(live, state, to_proto.failed(status), error=status.SerializeToString())

    def _end(self, live: LiveEdit, state: EditState, event: edits.EditEvent, *, error: bytes = b"") -> None:
        if live.record.state.has_ended:
            return
        live.ask_preview = None
        live.record = replace(live.record, state=state, end_time=time.time(), error=error)
        ended = replace(live.record, last_sequence=live.record.last_sequence + 1)
        self.last_activity = time.monotonic()

        def bury() -> None:
            live.is_over = True
            self.live.pop(live.id, None)
            self._blobs.release(_digests(live))

        self.tell(live, event, PutEdit(record=ended), then=bury)
        self.on_end()


def _digests(live: LiveEdit) -> list[str]:
    """The blobs that an edit needs until it ends: what it works on, and what it has made."""
    needed = list(live.order.digests) if live.order is not None else []
    for payload in live.results.values():
        needed += to_proto.result_digests(payload)
    return needed


def _check_same(digest: str, request: Request) -> None:
    if digest != request.digest:
        raise RequestError(
            "REQUEST_ID_REUSED",
            "this request_id was used for another request",
            metadata={"request_id": request.request_id},
        )
