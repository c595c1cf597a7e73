"""`EditService`: thin. Convert, ask the desk, convert."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import grpc

from mgie.errors import MgieError
from mgie.server import from_proto, to_proto
from mgie.server.edit_manager import NewEdit, Request
from mgie.server.errors import RequestError
from mgie.server.live import LiveEdit
from mgie.server.order import Order
from mgie.server.records import BatchRecord, EditRecord
from mgie.server.streams import watch_edit, watch_items
from mgie.server.transfers import receive_blob, send_blob
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import edit_service_pb2_grpc

if TYPE_CHECKING:
    from mgie.server.backend import Backend

Context = grpc.aio.ServicerContext[Any, Any]
Answer = TypeVar("Answer")

_MAX_DIGESTS = 256
_MAX_PAGE_BYTES = (
    8 << 20
)  # a page of edits ends early beyond this: records of how pictures were made are long


class EditService(edit_service_pb2_grpc.EditServiceServicer):
    """What the methods do stands in edit_service.proto."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._desk = backend.desk
        self._limits = backend.settings.limits

    # --- blobs ------------------------------------------------------------------------------

    async def FindMissingBlobs(
        self, request: edits.FindMissingBlobsRequest, context: Context
    ) -> edits.FindMissingBlobsResponse:
        if len(request.digests) > _MAX_DIGESTS:
            raise from_proto.invalid("digests", f"{len(request.digests)}; at most {_MAX_DIGESTS} at once")
        digests = [from_proto.read_digest("digests", digest) for digest in request.digests]
        missing = [digest for digest in digests if not self._backend.blobs.has(digest)]
        return edits.FindMissingBlobsResponse(missing_digests=missing)

    async def UploadBlob(
        self, request_iterator: AsyncIterable[edits.UploadBlobRequest], context: Context
    ) -> edits.UploadBlobResponse:
        return await receive_blob(request_iterator, self._backend.blobs, self._limits)

    async def DownloadBlob(
        self, request: edits.DownloadBlobRequest, context: Context
    ) -> AsyncIterator[edits.DownloadBlobResponse]:
        from_proto.read_digest("digest", request.digest)
        async for piece in send_blob(request.digest, request.offset, self._backend.blobs, self._limits):
            yield piece

    # --- edits ------------------------------------------------------------------------------

    async def CreateEdit(
        self, request: edits.CreateEditRequest, context: Context
    ) -> edits.CreateEditResponse:
        asked = _request(request, context)
        found = await self._desk.known(asked)
        if found is None:
            found = await self._create(asked, request.spec)
        return edits.CreateEditResponse(edit=await self._desk.message_of(found))

    async def SampleEdit(
        self, request: edits.SampleEditRequest, context: Context
    ) -> edits.SampleEditResponse:
        source_id = from_proto.read_name(request.source_edit, "edits")
        asked = replace(_request(request, context), source=source_id)
        found = await self._desk.known(asked)
        if found is None:
            record = _record(await self._desk.find(source_id))
            if not record.has_text:
                raise RequestError(
                    "TEXT_NOT_READY", "the source edit has no whole expressive instruction yet"
                )
            spec = edits.EditSpec.FromString(record.spec)
            spec.expressive_instruction = record.corrected or spec.expressive_instruction
            spec.sampling.MergeFrom(request.sampling)
            spec.hold_before_sampling = False
            spec.seeds[:] = request.seeds
            found = await self._create(asked, spec)
        return edits.SampleEditResponse(edit=await self._desk.message_of(found))

    async def _create(self, asked: Request, spec: edits.EditSpec) -> LiveEdit | EditRecord:
        order = from_proto.read_order(spec, self._limits, self._backend.default_model)
        await self._backend.check(order)
        return await _carry_out(self._desk.create(asked, _new_edit(spec, order)))

    async def WatchEdit(
        self, request: edits.WatchEditRequest, context: Context
    ) -> AsyncIterator[edits.WatchEditResponse]:
        wish = from_proto.read_previews(request, request.previews)
        found = await self._desk.find(from_proto.read_name(request.name, "edits"))
        async for event in watch_edit(self._desk, found, request.after_sequence, wish):
            yield edits.WatchEditResponse(event=event)

    async def ReviseInstruction(
        self, request: edits.ReviseInstructionRequest, context: Context
    ) -> edits.ReviseInstructionResponse:
        text = None
        if request.HasField("expressive_instruction"):
            text = from_proto.read_expressive(request.expressive_instruction, self._limits)
            if not text:
                raise from_proto.invalid("expressive_instruction", "empty; leave it out to go on as written")
        live = await _carry_out(self._desk.revise(from_proto.read_name(request.name, "edits"), text))
        return edits.ReviseInstructionResponse(edit=await self._desk.message_of(live))

    async def AcceptPreview(
        self, request: edits.AcceptPreviewRequest, context: Context
    ) -> edits.AcceptPreviewResponse:
        found = await self._desk.find(from_proto.read_name(request.name, "edits"))
        if isinstance(found, EditRecord):
            raise RequestError("NOTHING_TO_KEEP", "the edit has ended")
        self._backend.driver.keep(found)
        return edits.AcceptPreviewResponse(edit=await self._desk.message_of(found))

    async def CancelEdit(
        self, request: edits.CancelEditRequest, context: Context
    ) -> edits.CancelEditResponse:
        found = await self._desk.cancel(from_proto.read_name(request.name, "edits"))
        return edits.CancelEditResponse(edit=await self._desk.message_of(found))

    async def GetEdit(self, request: edits.GetEditRequest, context: Context) -> edits.GetEditResponse:
        found = await self._desk.find(from_proto.read_name(request.name, "edits"))
        return edits.GetEditResponse(edit=await self._desk.message_of(found))

    async def ListEdits(self, request: edits.ListEditsRequest, context: Context) -> edits.ListEditsResponse:
        page = from_proto.read_page(request.page_size, request.page_token)
        states = from_proto.read_states(request.states)
        response, num_bytes, last = edits.ListEditsResponse(), 0, 0
        for number, found in await self._desk.page(page.token, page.size + 1, states):
            if len(response.edits) == page.size or num_bytes > _MAX_PAGE_BYTES:
                response.next_page_token = str(last)
                break
            response.edits.append(await self._desk.message_of(found))
            num_bytes += response.edits[-1].ByteSize()
            last = number
        return response

    async def DeleteEdit(
        self, request: edits.DeleteEditRequest, context: Context
    ) -> edits.DeleteEditResponse:
        await _carry_out(self._desk.delete(from_proto.read_name(request.name, "edits")))
        return edits.DeleteEditResponse()

    # --- batches ----------------------------------------------------------------------------

    async def CreateBatch(
        self, request: edits.CreateBatchRequest, context: Context
    ) -> edits.CreateBatchResponse:
        asked = _request(request, context)
        batch = await self._desk.known_batch(asked)
        if batch is None:
            if not 1 <= len(request.items) <= self._limits.max_batch_size:
                allowed = f"1 to {self._limits.max_batch_size}"
                raise from_proto.invalid("items", f"{len(request.items)} of them; {allowed} are allowed")
            items = [await self._item(request, item) for item in request.items]
            refusals = [item.refusal for item in items]
            if refusals[0] is not None and all(refusals):
                raise refusals[0]
            batch = await _carry_out(self._desk.create_batch(asked, items))
        return edits.CreateBatchResponse(batch=await self._batch_message(batch))

    async def _item(self, request: edits.CreateBatchRequest, item: edits.BatchItem) -> NewEdit:
        spec = edits.EditSpec(
            picture=item.picture if item.HasField("picture") else request.picture,
            mask=item.mask if item.HasField("mask") else None,
            instruction=item.instruction,
            expressive_instruction=item.expressive_instruction,
            model=request.model,
            sampling=request.sampling,
            seeds=item.seeds,
            compose=request.compose,
        )
        try:
            order = from_proto.read_order(spec, self._limits, self._backend.default_model)
            await self._backend.check(order)
        except MgieError as error:
            return NewEdit(spec=spec.SerializeToString(), order=None, refusal=error)
        return _new_edit(spec, order)

    async def GetBatch(self, request: edits.GetBatchRequest, context: Context) -> edits.GetBatchResponse:
        batch = await self._desk.batch(from_proto.read_name(request.name, "batches"))
        return edits.GetBatchResponse(batch=await self._batch_message(batch))

    async def WatchBatch(
        self, request: edits.WatchBatchRequest, context: Context
    ) -> AsyncIterator[edits.WatchBatchResponse]:
        wish = from_proto.read_previews(request, request.previews)
        batch = await self._desk.batch(from_proto.read_name(request.name, "batches"))
        items = await self._desk.items(batch.id)
        async for response in watch_items(self._desk, items, request.after_sequences, wish):
            yield response

    async def RetryBatch(
        self, request: edits.RetryBatchRequest, context: Context
    ) -> edits.RetryBatchResponse:
        batch_id = from_proto.read_name(request.name, "batches")
        batch, indices = await _carry_out(self._desk.retry(batch_id, self._backend.restore))
        return edits.RetryBatchResponse(batch=await self._batch_message(batch), retried_indices=indices)

    async def _batch_message(self, batch: BatchRecord) -> edits.Batch:
        items = await self._desk.items(batch.id)
        return to_proto.batch_of(batch, [await self._desk.message_of(item) for item in items])


def _request(
    request: edits.CreateEditRequest | edits.SampleEditRequest | edits.CreateBatchRequest, context: Context
) -> Request:
    return Request(
        request_id=from_proto.read_request_id(request.request_id),
        digest=hashlib.sha256(request.SerializeToString(deterministic=True)).hexdigest(),
        client=_client(context),
        place=from_proto.read_place(request.place),
        restarts=from_proto.read_restarts(request.restart_policy),
    )


def _client(context: Context) -> str:
    """Whose turn it is: what the client calls itself, else where it calls from."""
    for key, value in context.invocation_metadata() or ():
        if key == "mgie-client" and isinstance(value, str):
            return value[:128]
    return context.peer()


def _new_edit(spec: edits.EditSpec, order: Order) -> NewEdit:
    filled = edits.EditSpec()
    filled.CopyFrom(spec)
    filled.model = order.model
    filled.seeds[:] = order.seeds
    return NewEdit(spec=filled.SerializeToString(), order=order)


def _record(found: LiveEdit | EditRecord) -> EditRecord:
    return found.record if isinstance(found, LiveEdit) else found


async def _carry_out(change: Coroutine[Any, Any, Answer]) -> Answer:
    """Finish a change even where the client that asked for it has gone."""
    return await asyncio.shield(asyncio.ensure_future(change))
