"""`Intake`: how edits and batches come in, once for every request id, and how failed ones are retried."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from mgie.api.edit import Batch, Edit, EditSpec, EditState, QueuePlace, RestartPolicy, RetriedBatch
from mgie.api.events import Restarted
from mgie.errors import MgieError
from mgie.server.admission import Admission
from mgie.server.blobs import BlobStore
from mgie.server.db_changes import AddBatch, AddEdit, UpdateEdit
from mgie.server.edit_manager import EditManager
from mgie.server.edit_record import BatchRecord, EditRecord
from mgie.server.edit_rows import UNREADABLE_SPEC
from mgie.server.errors import RequestError, failure_of
from mgie.server.live_edit import Draft, LiveEdit
from mgie.server.transitions import requeued

T = TypeVar("T")
Check = Callable[[EditSpec], Awaitable[EditSpec]]  # what will be run, or MgieError where it cannot be


@dataclass(frozen=True, kw_only=True)
class Request:
    """Who asks, and for what place in the queue."""

    request_id: str
    digest: str  # of the whole request
    client: str
    place: QueuePlace = "back"
    restart_policy: RestartPolicy = "restart"
    source: str = ""  # id of the edit whose words are used


class Intake:
    """The way into the queue."""

    def __init__(
        self, manager: EditManager, blobs: BlobStore, check: Check, *, max_queue_length: int
    ) -> None:
        """check: looks at models and pixels, and fills in what the server chooses."""
        self._manager = manager
        self._blobs = blobs
        self._check = check
        self._admission = Admission(max_queue_length)
        self._turn = asyncio.Lock()  # so that a repeated request finds the first one

    async def create(self, request: Request, spec: Callable[[], Awaitable[EditSpec]]) -> Edit:
        """Take one edit in, or find the one that this request made before. spec: asked only for a new one."""
        return await to_its_end(self._create(request, spec))

    async def create_batch(self, request: Request, specs: Sequence[EditSpec | MgieError]) -> Batch:
        """Take a batch in, or find the one that this request made before.

        Items that cannot be run fail by themselves; where none can be run the first error is raised.
        """
        return await to_its_end(self._create_batch(request, specs))

    async def retry(self, batch: str) -> RetriedBatch:
        """Queue what failed in a batch again. Raises NOTHING_TO_RETRY or EDIT_NOT_ENDED."""
        return await to_its_end(self._retry(batch))

    async def _create(self, request: Request, spec: Callable[[], Awaitable[EditSpec]]) -> Edit:
        known = await self._known(request)
        if known is not None:
            return known
        checked = await self._check(await spec())
        with self._blobs.holding(checked.digests):
            async with self._turn:
                known = await self._known(request)
                if known is not None:
                    return known
                live = LiveEdit(_record(request, checked))
                await self._add(request, [live], [])
        return await self._manager.show(live)

    async def _create_batch(self, request: Request, specs: Sequence[EditSpec | MgieError]) -> Batch:
        known = await self._known_batch(request)
        if known is not None:
            return await self._manager.batch(known.id)
        items = [await self._item(spec) for spec in specs]
        errors = [error for _, error in items]
        if errors[0] is not None and all(errors):
            raise errors[0]
        with self._blobs.holding([digest for spec, _ in items for digest in spec.digests]):
            async with self._turn:
                known = await self._known_batch(request)
                if known is None:
                    known = await self._add_batch(request, items)
        return await self._manager.batch(known.id)

    async def _item(self, spec: EditSpec | MgieError) -> tuple[EditSpec, MgieError | None]:
        try:
            if isinstance(spec, MgieError):
                raise spec
            return await self._check(spec), None
        except MgieError as error:
            return (UNREADABLE_SPEC if isinstance(spec, MgieError) else spec), error

    async def _add_batch(
        self, request: Request, items: Sequence[tuple[EditSpec, MgieError | None]]
    ) -> BatchRecord:
        batch = BatchRecord(
            id=uuid.uuid4().hex,
            request_id=request.request_id,
            request_digest=request.digest,
            create_time=time.time(),
        )
        lives = [LiveEdit(_record(request, spec, batch.id, i)) for i, (spec, _) in enumerate(items)]
        await self._add(request, lives, [error for _, error in items], batch)
        return batch

    async def _add(
        self,
        request: Request,
        lives: Sequence[LiveEdit],
        errors: Sequence[MgieError | None],
        batch: BatchRecord | None = None,
    ) -> None:
        failed = {live: error for live, error in zip(lives, errors, strict=False) if error is not None}

        def draft() -> tuple[Draft, Sequence[LiveEdit]]:
            self._admit(request, len(lives))
            drafted = Draft()
            drafted.changes += [AddBatch(record=batch)] if batch else []
            drafted.changes += [AddEdit(record=live.record) for live in lives]
            for live, error in failed.items():
                drafted.add(live, failure_of(error))
            return drafted, [live for live in lives if live not in failed]

        await self._manager.add(draft, request.client, request.place)

    def _admit(self, request: Request, num_edits: int) -> None:
        waiting = self._manager.queue.num_by_client()
        if request.place == "replace":
            del waiting[request.client]
        self._admission.admit(request.client, num_edits, waiting, time.monotonic())

    async def _retry(self, batch: str) -> RetriedBatch:
        async with self._turn:
            await self._manager.batch_record(batch)
            items = await self._manager.items(batch)
            if any(isinstance(item, LiveEdit) for item in items):
                raise RequestError("EDIT_NOT_ENDED", "the batch still runs; wait for its end")
            records = [item for item in items if isinstance(item, EditRecord)]
            lives = [await revive(self._manager, item) for item in records if await self._can_run(item)]
            if not lives:
                raise RequestError("NOTHING_TO_RETRY", "no item of the batch can be run again")
            await self._manager.add(lambda: _retried(lives), lives[0].record.client, "back")
        indices = tuple(live.record.batch_index for live in lives)
        return RetriedBatch(batch=await self._manager.batch(batch), retried_indices=indices)

    async def _can_run(self, record: EditRecord) -> bool:
        if record.state in (EditState.SUCCEEDED, EditState.DECLINED):
            return False
        try:
            await self._check(record.spec)
        except MgieError:
            return False
        return True

    async def _known(self, request: Request) -> Edit | None:
        reader = self._manager.reader
        known = await reader.ask(reader.store.edit_of_request, request.request_id)
        if known is None:
            return None
        _check_same(known.request_digest, request)
        return await self._manager.show(self._manager.live.get(known.id, known))

    async def _known_batch(self, request: Request) -> BatchRecord | None:
        reader = self._manager.reader
        known = await reader.ask(reader.store.batch_of_request, request.request_id)
        if known is not None:
            _check_same(known.request_digest, request)
        return known


async def revive(manager: EditManager, record: EditRecord) -> LiveEdit:
    """An edit from the store, with its events and results, not yet among those under way."""
    reader = manager.reader
    live = LiveEdit(record)
    live.events = await reader.ask(reader.store.events, record.id)
    live.results = (await reader.ask(reader.store.results, record.id)).by_index
    if live.events and live.events[-1][0] > record.last_sequence:
        live.record = live.planned = replace(record, last_sequence=live.events[-1][0])
    return live


def _retried(lives: Sequence[LiveEdit]) -> tuple[Draft, Sequence[LiveEdit]]:
    draft = Draft()
    for live in lives:
        fresh = requeued(live.planned)
        draft.changes.append(UpdateEdit.between(live.planned, fresh))
        live.planned = fresh
        draft.add(live, Restarted(reason="RETRIED"))
    return draft, lives


def _record(request: Request, spec: EditSpec, batch: str = "", index: int = 0) -> EditRecord:
    return EditRecord(
        id=uuid.uuid4().hex,
        request_id=request.request_id,
        request_digest=request.digest,
        client=request.client,
        spec=spec,
        restart_policy=request.restart_policy,
        create_time=time.time(),
        source=request.source,
        batch=batch,
        batch_index=index,
    )


def _check_same(digest: str, request: Request) -> None:
    if digest != request.digest:
        raise RequestError(
            "REQUEST_ID_REUSED",
            "this request_id was used for another request",
            metadata={"request_id": request.request_id},
        )


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Finish a change even where the client that asked for it has gone."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be waiting for it
    return await asyncio.shield(task)
