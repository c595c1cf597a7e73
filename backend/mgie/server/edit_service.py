"""`EditService`: thin. From messages to values, a call, back to messages."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import grpc

from mgie.api.edit import Edit, EditSpec, EditState
from mgie.api.events import PreviewOptions
from mgie.api.from_proto import from_proto, options_from_proto
from mgie.api.proto_fields import enum_numbers
from mgie.api.to_proto import to_proto
from mgie.errors import BadOption, MgieError
from mgie.server import checks
from mgie.server.edit_record import EditRecord
from mgie.server.errors import RequestError, invalid
from mgie.server.identity import client_of
from mgie.server.intake import Request
from mgie.server.live_edit import LiveEdit
from mgie.server.transfers import receive_blob, send_blob
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import edit_service_pb2_grpc
from mgie.v1 import types_pb2 as types

if TYPE_CHECKING:
    from mgie.server.backend import Backend

Context = grpc.aio.ServicerContext[Any, Any]

_MAX_DIGESTS = 256
_MAX_PAGE_BYTES = 8 << 20  # a page of edits ends early beyond this: records of pictures are long
_PLACES = enum_numbers(types.QueuePlace.DESCRIPTOR)
_POLICIES = enum_numbers(types.RestartPolicy.DESCRIPTOR)


class EditService(edit_service_pb2_grpc.EditServiceServicer):
    """What the methods do stands in edit_service.proto."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._manager = backend.manager
        self._blobs = backend.blobs
        self._limits = backend.settings.limits

    # --- blobs ------------------------------------------------------------------------------

    async def FindMissingBlobs(
        self, request: edits.FindMissingBlobsRequest, context: Context
    ) -> edits.FindMissingBlobsResponse:
        if len(request.digests) > _MAX_DIGESTS:
            raise invalid("digests", f"{len(request.digests)}; at most {_MAX_DIGESTS} at once")
        digests = [checks.check_digest("digests", digest) for digest in request.digests]
        missing = await asyncio.to_thread(lambda: [d for d in digests if not self._blobs.has(d)])
        return edits.FindMissingBlobsResponse(missing_digests=missing)

    async def UploadBlob(
        self, request_iterator: AsyncIterable[edits.UploadBlobRequest], context: Context
    ) -> edits.UploadBlobResponse:
        return await receive_blob(request_iterator, self._blobs, self._limits)

    async def DownloadBlob(
        self, request: edits.DownloadBlobRequest, context: Context
    ) -> AsyncIterator[edits.DownloadBlobResponse]:
        checks.check_digest("digest", request.digest)
        sending = send_blob(request.digest, request.offset, self._blobs, self._limits)
        async with contextlib.aclosing(sending) as pieces:
            async for piece in pieces:
                yield piece

    # --- edits ------------------------------------------------------------------------------

    async def CreateEdit(
        self, request: edits.CreateEditRequest, context: Context
    ) -> edits.CreateEditResponse:
        async def spec() -> EditSpec:
            if not request.HasField("spec"):
                raise invalid("spec", "is missing")
            return from_proto(EditSpec, request.spec)

        edit = await self._backend.intake.create(_request(request, context), spec)
        return edits.CreateEditResponse(edit=_message(edit))

    async def SampleEdit(
        self, request: edits.SampleEditRequest, context: Context
    ) -> edits.SampleEditResponse:
        source = checks.read_name(request.source_edit, "edits", "source_edit")

        async def spec() -> EditSpec:
            record = _record(await self._manager.find(source))
            if not record.has_text:
                raise RequestError(
                    "TEXT_NOT_READY", "the source edit has no whole expressive instruction yet"
                )
            return replace(
                record.spec,
                expressive_instruction=record.given_instruction,
                options={**record.spec.options, **options_from_proto(request.options)},
                hold_before_sampling=False,
                hold_when_unsure=False,
                seeds=tuple(request.seeds),
            )

        asked = replace(_request(request, context), source=source)
        return edits.SampleEditResponse(edit=_message(await self._backend.intake.create(asked, spec)))

    async def WatchEdit(
        self, request: edits.WatchEditRequest, context: Context
    ) -> AsyncIterator[edits.WatchEditResponse]:
        options = _previews(request)
        after = checks.read_sequence("after_sequence", request.after_sequence)
        found = await self._manager.find(checks.read_name(request.name, "edits"))
        async with contextlib.aclosing(self._backend.streams.watch_edit(found, after, options)) as events:
            async for event in events:
                yield edits.WatchEditResponse(event=event)

    async def ReviseInstruction(
        self, request: edits.ReviseInstructionRequest, context: Context
    ) -> edits.ReviseInstructionResponse:
        text = None
        if request.HasField("expressive_instruction"):
            text = checks.read_expressive(request.expressive_instruction, self._limits)
            if not text:
                raise invalid("expressive_instruction", "empty; leave it out to go on as written")
        edit = await self._manager.revise(checks.read_name(request.name, "edits"), text)
        return edits.ReviseInstructionResponse(edit=_message(edit))

    async def AcceptPreview(
        self, request: edits.AcceptPreviewRequest, context: Context
    ) -> edits.AcceptPreviewResponse:
        edit = await self._backend.accept(checks.read_name(request.name, "edits"))
        return edits.AcceptPreviewResponse(edit=_message(edit))

    async def CancelEdit(
        self, request: edits.CancelEditRequest, context: Context
    ) -> edits.CancelEditResponse:
        edit = await self._backend.cancel(checks.read_name(request.name, "edits"))
        return edits.CancelEditResponse(edit=_message(edit))

    async def GetEdit(self, request: edits.GetEditRequest, context: Context) -> edits.GetEditResponse:
        edit = await self._manager.edit(checks.read_name(request.name, "edits"))
        return edits.GetEditResponse(edit=_message(edit))

    async def ListEdits(self, request: edits.ListEditsRequest, context: Context) -> edits.ListEditsResponse:
        page = checks.read_page(request.page_size, request.page_token)
        states = _states(request.states)
        response, num_bytes, last = edits.ListEditsResponse(), 0, 0
        reader = self._manager.reader
        for number, record in await reader.ask(reader.store.page, page.token, page.size + 1, states):
            if len(response.edits) == page.size or num_bytes > _MAX_PAGE_BYTES:
                response.next_page_token = str(last)
                break
            message = _message(await self._manager.show(record))
            response.edits.append(message)
            num_bytes += message.ByteSize()
            last = number
        return response

    async def DeleteEdit(
        self, request: edits.DeleteEditRequest, context: Context
    ) -> edits.DeleteEditResponse:
        await self._manager.delete(checks.read_name(request.name, "edits"))
        return edits.DeleteEditResponse()

    # --- batches ----------------------------------------------------------------------------

    async def CreateBatch(
        self, request: edits.CreateBatchRequest, context: Context
    ) -> edits.CreateBatchResponse:
        checks.check_count("specs", request.specs, self._limits.max_batch_size)
        specs = [_spec(spec, index) for index, spec in enumerate(request.specs)]
        batch = await self._backend.intake.create_batch(_request(request, context), specs)
        return edits.CreateBatchResponse(batch=to_proto(batch, edits.Batch))

    async def GetBatch(self, request: edits.GetBatchRequest, context: Context) -> edits.GetBatchResponse:
        batch = await self._manager.batch(checks.read_name(request.name, "batches"))
        return edits.GetBatchResponse(batch=to_proto(batch, edits.Batch))

    async def WatchBatch(
        self, request: edits.WatchBatchRequest, context: Context
    ) -> AsyncIterator[edits.WatchBatchResponse]:
        options = _previews(request)
        after = [checks.read_sequence("after_sequences", sequence) for sequence in request.after_sequences]
        batch = await self._manager.batch_record(checks.read_name(request.name, "batches"))
        items = await self._manager.items(batch.id)
        async with contextlib.aclosing(self._backend.streams.watch_batch(items, after, options)) as answers:
            async for answer in answers:
                yield answer

    async def RetryBatch(
        self, request: edits.RetryBatchRequest, context: Context
    ) -> edits.RetryBatchResponse:
        retried = await self._backend.intake.retry(checks.read_name(request.name, "batches"))
        return to_proto(retried, edits.RetryBatchResponse)


def _request(
    request: edits.CreateEditRequest | edits.SampleEditRequest | edits.CreateBatchRequest, context: Context
) -> Request:
    return Request(
        request_id=checks.read_request_id(request.request_id),
        digest=hashlib.sha256(request.SerializeToString(deterministic=True)).hexdigest(),
        client=client_of(context),
        place=_choice("place", _PLACES, request.place, "back"),
        restart_policy=_choice("restart_policy", _POLICIES, request.restart_policy, "restart"),
    )


def _choice(field: str, numbers: Any, number: int, default: str) -> Any:
    names = {known: name for name, known in numbers.items()} | {0: default}
    if number not in names:
        raise invalid(field, f"{number} is none of {sorted(names)}")
    return names[number]


def _spec(message: edits.EditSpec, index: int) -> EditSpec | MgieError:
    try:
        return from_proto(EditSpec, message, f"specs[{index}]")
    except MgieError as error:
        return error


def _states(numbers: Sequence[int]) -> tuple[EditState, ...]:
    known = {state.value for state in EditState}
    if not known.issuperset(numbers):
        raise invalid("states", f"choose among {sorted(known)}")
    return tuple(EditState(number) for number in set(numbers))


def _previews(request: edits.WatchEditRequest | edits.WatchBatchRequest) -> PreviewOptions | None:
    if not request.HasField("previews"):
        return None
    try:
        return from_proto(PreviewOptions, request.previews, "previews")
    except BadOption as error:
        raise invalid("previews", str(error)) from error


def _record(found: LiveEdit | EditRecord) -> EditRecord:
    return found.record if isinstance(found, LiveEdit) else found


def _message(edit: Edit) -> edits.Edit:
    return to_proto(edit, edits.Edit)
