"""`AsyncClient`: the service as coroutines that take and return values of `mgie.api`."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any, Self

import numpy as np
from grpc_health.v1 import health_pb2

from mgie.api.edit import Batch, Edit, EditPage, EditSpec, EditState, QueuePlace, RestartPolicy, RetriedBatch
from mgie.api.events import BatchEvent, EditEvent, Preview, PreviewOptions
from mgie.api.models import Model, Operation
from mgie.api.options import Options
from mgie.api.picture import ColourSpace, Coverage, Picture
from mgie.api.pixel_blobs import MaskBlob, PictureBlob, coverage_from, pixel_bytes, pixels_from, spec_of
from mgie.api.rect import Rect
from mgie.api.system import Estimate, EstimateRequest, Resources, ServerInfo
from mgie.api.to_proto import options_to_proto, to_proto
from mgie.client.blobs import digest_of, join_pieces
from mgie.client.calls import Calls, Method, value_of
from mgie.client.endpoint import Locate
from mgie.client.errors import invalid_answer
from mgie.client.follow import PATIENCE_S, follow_batch, follow_edit
from mgie.client.messages import number, queueing, upload_messages, wanted
from mgie.errors import MgieError
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import model_service_pb2 as models
from mgie.v1 import system_service_pb2 as system

SERVING = health_pb2.HealthCheckResponse.SERVING
EDITS = "mgie.v1.EditService"  # serves as soon as its model is loaded


class AsyncClient:
    """One connection to one server. Used from one event loop; every failure is a `ServiceError`."""

    def __init__(self, locate: Locate, *, client_id: str = "") -> None:
        """Connects with the first call.

        locate: says where the server is, e.g. `Discovery.endpoint`. client_id: whose turns in the queue this
        client takes; "" for a new one.
        """
        self.client_id = client_id or uuid.uuid4().hex
        self._calls = Calls(locate, self.client_id)

    async def close(self) -> None:
        """End the connection; watches end with it."""
        await self._calls.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def refresh(self) -> bool:
        """Connect again where the server has been restarted; returns whether it has."""
        return await self._calls.refresh()

    # --- blobs ------------------------------------------------------------------------------

    async def upload(self, *blobs: bytes | memoryview) -> list[str]:
        """Make sure the server has these bytes; returns their digests. Sends only what is missing."""
        digests = [await asyncio.to_thread(digest_of, blob) for blob in blobs]
        known = dict(zip(digests, blobs, strict=True))
        request = edits.FindMissingBlobsRequest(digests=list(known))
        answer = await self._calls.call(lambda stubs: stubs.edits.FindMissingBlobs, request)
        for digest in answer.missing_digests:
            if digest not in known:
                raise invalid_answer("it misses a blob that was not named")
            messages = partial(upload_messages, digest, known[digest])
            await self._calls.call(lambda stubs: stubs.edits.UploadBlob, messages, timeout_s=None)
        return digests

    async def download(self, digest: str) -> bytes:
        """All bytes of a blob, checked against its digest."""
        request = edits.DownloadBlobRequest(digest=digest)
        answers = self._calls.stream(lambda stubs: stubs.edits.DownloadBlob, request)
        return await join_pieces(digest, (answer.piece async for answer in answers))

    async def upload_picture(self, picture: Picture) -> PictureBlob:
        """Send a picture's pixels and profile."""
        profile = picture.colour_space.icc_profile
        blobs = [pixel_bytes(picture), *([profile] if profile else [])]
        digests = await self.upload(*blobs)
        return PictureBlob(blob_digest=digests[0], raw=spec_of(picture, "".join(digests[1:])))

    async def download_picture(self, blob: PictureBlob) -> Picture:
        """Fetch the pixels and the profile of a raw picture."""
        if blob.raw is None:
            raise invalid_answer("a result is an image file instead of pixels")
        data = await self.download(blob.blob_digest)
        profile = await self.download(blob.raw.icc_digest) if blob.raw.icc_digest else b""
        try:
            return Picture(
                pixels=pixels_from(data, blob.raw),
                alpha=blob.raw.alpha_kind,
                x=blob.raw.rect.x,
                y=blob.raw.rect.y,
                colour_space=ColourSpace(name=blob.raw.space, icc_profile=profile),
            )
        except MgieError as error:
            raise invalid_answer(str(error)) from error

    async def upload_mask(self, rect: Rect, coverage: Coverage | bytes | None = None) -> MaskBlob:
        """Send a selection. coverage: (height, width) of the rectangle; None: all of it."""
        if coverage is None:
            return MaskBlob(rect=rect)
        data = coverage if isinstance(coverage, bytes) else np.ascontiguousarray(coverage).tobytes()
        (digest,) = await self.upload(data)
        return MaskBlob(rect=rect, blob_digest=digest)

    async def download_mask(self, mask: MaskBlob) -> Coverage:
        """Fetch the coverage of a mask: (height, width) of its rectangle."""
        data = await self.download(mask.blob_digest) if mask.blob_digest else b""
        try:
            return coverage_from(data, mask)
        except MgieError as error:
            raise invalid_answer(str(error)) from error

    # --- edits ------------------------------------------------------------------------------

    async def create_edit(
        self,
        spec: EditSpec,
        *,
        request_id: str = "",
        place: QueuePlace = "back",
        restart_policy: RestartPolicy = "restart",
    ) -> Edit:
        """Queue an edit. Safe to repeat with the same `request_id`."""
        request = edits.CreateEditRequest(
            spec=to_proto(spec, edits.EditSpec), **queueing(request_id, place, restart_policy)
        )
        return await self._edit(lambda stubs: stubs.edits.CreateEdit, request)

    async def sample_edit(
        self,
        source_edit: str,
        *,
        options: Options | None = None,
        seeds: Sequence[int] = (),
        request_id: str = "",
        place: QueuePlace = "back",
        restart_policy: RestartPolicy = "restart",
    ) -> Edit:
        """Queue new samples of what was already written for an edit.

        options: those that differ from the edit's own.
        """
        request = edits.SampleEditRequest(
            source_edit=source_edit, seeds=seeds, **queueing(request_id, place, restart_policy)
        )
        for name, value in options_to_proto(options or {}).items():
            request.options[name].MergeFrom(value)  # pyright: ignore[reportArgumentType] # an OptionValue
        return await self._edit(lambda stubs: stubs.edits.SampleEdit, request)

    async def watch_edit(
        self, name: str, *, after_sequence: int = 0, previews: PreviewOptions | None = None
    ) -> AsyncIterator[EditEvent]:
        """Events of an edit until it ends. Closing the iterator ends the watch, not the edit."""
        request = edits.WatchEditRequest(name=name, after_sequence=after_sequence, previews=wanted(previews))
        async for answer in self._calls.stream(lambda stubs: stubs.edits.WatchEdit, request):
            yield _checked(value_of(EditEvent, answer, "event"))

    def follow_edit(
        self,
        name: str,
        *,
        after_sequence: int = 0,
        previews: PreviewOptions | None = None,
        patience_s: float = PATIENCE_S,
    ) -> AsyncIterator[EditEvent]:
        """Events of an edit to its end, every numbered one once, across lost connections and restarts.

        patience_s: how long no server may answer before the error is raised.
        """
        return follow_edit(self, name, after_sequence, previews, patience_s)

    async def revise_instruction(self, name: str, text: str | None = None) -> Edit:
        """Let a held edit go on, with its words as written (None) or corrected."""
        request = edits.ReviseInstructionRequest(name=name, expressive_instruction=text)
        return await self._edit(lambda stubs: stubs.edits.ReviseInstruction, request)

    async def accept_preview(self, name: str) -> Edit:
        """Stop after the present step and keep the estimate."""
        return await self._edit(
            lambda stubs: stubs.edits.AcceptPreview, edits.AcceptPreviewRequest(name=name)
        )

    async def cancel_edit(self, name: str) -> Edit:
        """Stop an edit."""
        return await self._edit(lambda stubs: stubs.edits.CancelEdit, edits.CancelEditRequest(name=name))

    async def get_edit(self, name: str) -> Edit:
        """An edit as it stands."""
        return await self._edit(lambda stubs: stubs.edits.GetEdit, edits.GetEditRequest(name=name))

    async def list_edits(
        self, *, page_size: int = 100, page_token: str = "", states: Sequence[EditState] = ()
    ) -> EditPage:
        """A page of edits, newest first. states: only edits in these."""
        request = edits.ListEditsRequest(page_size=page_size, page_token=page_token)
        request.states.extend(number(edits.EditState, state) for state in states)  # pyright: ignore[reportArgumentType]
        return value_of(EditPage, await self._calls.call(lambda stubs: stubs.edits.ListEdits, request))

    async def delete_edit(self, name: str) -> None:
        """Forget an ended edit and free its results."""
        await self._calls.call(lambda stubs: stubs.edits.DeleteEdit, edits.DeleteEditRequest(name=name))

    # --- batches ----------------------------------------------------------------------------

    async def create_batch(
        self,
        specs: Sequence[EditSpec],
        *,
        request_id: str = "",
        place: QueuePlace = "back",
        restart_policy: RestartPolicy = "restart",
    ) -> Batch:
        """Queue edits as one entry of the queue. Safe to repeat with the same `request_id`."""
        request = edits.CreateBatchRequest(
            specs=[to_proto(spec, edits.EditSpec) for spec in specs],
            **queueing(request_id, place, restart_policy),
        )
        answer = await self._calls.call(lambda stubs: stubs.edits.CreateBatch, request)
        return value_of(Batch, answer, "batch")

    async def get_batch(self, name: str) -> Batch:
        """A batch as it stands."""
        answer = await self._calls.call(lambda stubs: stubs.edits.GetBatch, edits.GetBatchRequest(name=name))
        return value_of(Batch, answer, "batch")

    async def watch_batch(
        self,
        name: str,
        *,
        after_sequences: Sequence[int] = (),
        previews: PreviewOptions | None = None,
    ) -> AsyncIterator[BatchEvent]:
        """Events of all edits of a batch until all have ended. after_sequences: of each edit, in order."""
        request = edits.WatchBatchRequest(
            name=name, after_sequences=after_sequences, previews=wanted(previews)
        )
        async for answer in self._calls.stream(lambda stubs: stubs.edits.WatchBatch, request):
            event = value_of(BatchEvent, answer)
            _checked(event.event)
            yield event

    def follow_batch(
        self,
        name: str,
        *,
        after_sequences: Sequence[int] = (),
        previews: PreviewOptions | None = None,
        patience_s: float = PATIENCE_S,
    ) -> AsyncIterator[BatchEvent]:
        """Like `follow_edit`, for all edits of a batch."""
        return follow_batch(self, name, after_sequences, previews, patience_s)

    async def retry_batch(self, name: str) -> RetriedBatch:
        """Queue the edits again that failed, were cancelled or interrupted."""
        request = edits.RetryBatchRequest(name=name)
        return value_of(RetriedBatch, await self._calls.call(lambda stubs: stubs.edits.RetryBatch, request))

    # --- models -----------------------------------------------------------------------------

    async def list_models(self, *, includes_available: bool = False) -> list[Model]:
        """All installed models, and where wanted those that can be installed."""
        found: list[Model] = []
        token = ""
        while True:
            request = models.ListModelsRequest(page_token=token, includes_available=includes_available)
            page = await self._calls.call(lambda stubs: stubs.models.ListModels, request)
            found += [value_of(Model, model) for model in page.models]
            token = page.next_page_token
            if not token:
                return found

    async def get_model(self, name: str) -> Model:
        """One model, "models/{id}"."""
        request = models.GetModelRequest(name=name)
        answer = await self._calls.call(lambda stubs: stubs.models.GetModel, request)
        return value_of(Model, answer, "model")

    async def load_model(self, name: str) -> Operation:
        """Begin to load a model."""
        return await self._operation(lambda stubs: stubs.models.LoadModel, models.LoadModelRequest(name=name))

    async def unload_model(self, name: str = "") -> Operation:
        """Begin to free a model's memory; "": that of all."""
        return await self._operation(
            lambda stubs: stubs.models.UnloadModel, models.UnloadModelRequest(name=name)
        )

    async def import_model(
        self, source: str, *, license_accepted: bool = False, folder: str = "", parts: str = ""
    ) -> Operation:
        """Begin to install a published model, a folder of the server's import folder, or any of this machine.

        folder: an absolute path; `source` is then what the model will be called. parts: the installed model
        whose other parts a single file takes; "": those that all of its kind share.
        """
        request = models.ImportModelRequest(
            source=source, license_accepted=license_accepted, folder=folder, parts=parts
        )
        return await self._operation(lambda stubs: stubs.models.ImportModel, request)

    async def verify_model(self, name: str) -> Operation:
        """Begin to check a model's bytes."""
        return await self._operation(
            lambda stubs: stubs.models.VerifyModel, models.VerifyModelRequest(name=name)
        )

    async def watch_operation(self, name: str) -> AsyncIterator[Operation]:
        """An operation whenever it changed, to its end."""
        request = models.WatchOperationRequest(name=name)
        async for answer in self._calls.stream(lambda stubs: stubs.models.WatchOperation, request):
            yield value_of(Operation, answer, "operation")

    async def cancel_operation(self, name: str) -> Operation:
        """Stop an import or a verification."""
        return await self._operation(
            lambda stubs: stubs.models.CancelOperation, models.CancelOperationRequest(name=name)
        )

    # --- the server itself ------------------------------------------------------------------

    async def info(self) -> ServerInfo:
        """Version, capabilities, limits."""
        request = system.GetServerInfoRequest()
        return value_of(ServerInfo, await self._calls.call(lambda stubs: stubs.system.GetServerInfo, request))

    async def watch_resources(self, interval_s: float = 2.0) -> AsyncIterator[Resources]:
        """Memory and queue, again and again."""
        request = system.WatchResourcesRequest(interval_s=interval_s)
        async for answer in self._calls.stream(lambda stubs: stubs.system.WatchResources, request):
            yield value_of(Resources, answer)

    async def resources(self) -> Resources:
        """Memory and queue, now."""
        request = system.WatchResourcesRequest(once=True)
        async for answer in self._calls.stream(lambda stubs: stubs.system.WatchResources, request):
            return value_of(Resources, answer)
        raise invalid_answer("the report of its resources is missing")

    async def estimate(self, request: EstimateRequest) -> Estimate:
        """Whether an edit fits and how long it takes."""
        message = to_proto(request, system.EstimateEditRequest)
        return value_of(Estimate, await self._calls.call(lambda stubs: stubs.system.EstimateEdit, message))

    async def is_serving(self, service: str = "") -> bool:
        """What the health service says; `EDITS`: the model is loaded."""
        request = health_pb2.HealthCheckRequest(service=service)
        answer: Any = await self._calls.call(lambda stubs: stubs.health.Check, request)
        return answer.status == SERVING

    async def watch_health(self, service: str = "") -> AsyncIterator[bool]:
        """Whether a service serves, now and at every change; ends with the connection."""
        request = health_pb2.HealthCheckRequest(service=service)
        async for answer in self._calls.stream(lambda stubs: stubs.health.Watch, request):
            yield answer.status == SERVING

    async def shutdown(self, drain_s: float | None = None) -> None:
        """End the server. drain_s: time for running edits; None: the server's own."""
        request = system.ShutdownRequest(drain_s=drain_s)
        await self._calls.call(lambda stubs: stubs.system.Shutdown, request)

    async def _edit(self, method: Method, request: Any) -> Edit:
        return value_of(Edit, await self._calls.call(method, request), "edit")

    async def _operation(self, method: Method, request: Any) -> Operation:
        return value_of(Operation, await self._calls.call(method, request), "operation")


def _checked(event: EditEvent) -> EditEvent:
    """The event, if what it holds fits together."""
    body = event.event
    if isinstance(body, Preview) and body.format == "rgb8" and len(body.data) != 3 * body.width * body.height:
        raise invalid_answer(f"a preview of {body.width}x{body.height} px has {len(body.data)} bytes")
    return event
