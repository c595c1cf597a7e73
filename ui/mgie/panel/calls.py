"""The backend's calls as coroutines on one channel: blobs, edits, batches, what it is and how it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from mgie.client.transfer import join_pieces, upload_messages
from mgie.host.types import PixelFormat
from mgie.panel import pixels, wire
from mgie.panel.ports import Order
from mgie.panel.state.backend import BackendStatus, Link
from mgie.panel.state.messages import ResultPicture
from mgie.panel.state.settings import ModelDefaults
from mgie.v1 import edit_service_pb2 as edit_pb
from mgie.v1 import edit_service_pb2_grpc as edit_grpc
from mgie.v1 import model_service_pb2 as model_pb
from mgie.v1 import model_service_pb2_grpc as model_grpc
from mgie.v1 import system_service_pb2 as system_pb
from mgie.v1 import system_service_pb2_grpc as system_grpc

CALL_S = 20.0  # deadline of one short call
FRAME_SIDE_PX = 640  # of a result as the panel shows it
PREVIEWS = edit_pb.PreviewOptions(max_side_px=512, max_rate_hz=12.0, format=edit_pb.PREVIEW_FORMAT_RGB8)


class Opened(NamedTuple):
    """A channel and what every call on it must bring."""

    channel: grpc.aio.Channel
    metadata: tuple[tuple[str, str], ...] = ()


class Calls:
    """Stubs on an open channel."""

    def __init__(self, opened: Opened) -> None:
        channel, self._metadata = opened
        self._edits = edit_grpc.EditServiceStub(channel)
        self._models = model_grpc.ModelServiceStub(channel)
        self._system = system_grpc.SystemServiceStub(channel)
        self._health = health_pb2_grpc.HealthStub(channel)

    async def status(self) -> BackendStatus:
        """What it is: its model with its numbers, its device."""
        models = await self._models.ListModels(
            model_pb.ListModelsRequest(), timeout=CALL_S, metadata=self._metadata
        )
        model = next((model for model in models.models if model.is_default), None)
        device = ""
        async for report in self._system.WatchResources(
            system_pb.WatchResourcesRequest(once=True), timeout=CALL_S, metadata=self._metadata
        ):
            device = report.devices[0].name if report.devices else ""
        return BackendStatus(
            link=Link.READY, model=_defaults(model) if model else ModelDefaults(), device=device
        )

    async def health(self) -> AsyncIterator[bool]:
        """Whether it serves, now and at every change; ends when the connection does."""
        watch: Any = self._health.Watch  # pyright: ignore[reportAttributeAccessIssue] # added at run time
        async for report in watch(health_pb2.HealthCheckRequest(), metadata=self._metadata):
            yield report.status == health_pb2.HealthCheckResponse.SERVING

    async def create(self, key: str, orders: Sequence[Order]) -> list[str]:
        """Upload what is missing and queue the edits; returns their names. Safe to repeat."""
        parcel = await asyncio.to_thread(wire.parcel, orders)
        await self._upload(parcel.blobs)
        if len(orders) == 1 and not orders[0].job.batch:
            request = edit_pb.CreateEditRequest(request_id=key, spec=parcel.specs[0])
            return [
                (await self._edits.CreateEdit(request, timeout=CALL_S, metadata=self._metadata)).edit.name
            ]
        answer = await self._edits.CreateBatch(
            _batch(key, parcel.specs), timeout=CALL_S, metadata=self._metadata
        )
        return [edit.name for edit in answer.batch.edits]

    async def watch(self, edit: str, after: int) -> AsyncIterator[edit_pb.EditEvent]:
        """The events of an edit after a number, with previews."""
        request = edit_pb.WatchEditRequest(name=edit, after_sequence=after, previews=PREVIEWS)
        async for answer in self._edits.WatchEdit(request, metadata=self._metadata):
            yield answer.event

    async def result(self, result: edit_pb.EditResult, document: PixelFormat) -> ResultPicture:
        """Fetch a result's pixels and coverage."""
        data = await self._download(result.picture.blob_digest)
        icc = await self._download(result.picture.raw.icc_digest)
        coverage = await self._download(result.weight.blob_digest)
        return await asyncio.to_thread(_unpack, result, data, icc, coverage, document)

    async def revise(self, edit: str, text: str) -> None:
        """Let a held edit go on."""
        request = edit_pb.ReviseInstructionRequest(name=edit, expressive_instruction=text)
        await self._edits.ReviseInstruction(request, timeout=CALL_S, metadata=self._metadata)

    async def keep(self, edit: str) -> None:
        """Stop and keep."""
        await self._edits.AcceptPreview(
            edit_pb.AcceptPreviewRequest(name=edit), timeout=CALL_S, metadata=self._metadata
        )

    async def cancel(self, edit: str) -> None:
        """Stop."""
        await self._edits.CancelEdit(
            edit_pb.CancelEditRequest(name=edit), timeout=CALL_S, metadata=self._metadata
        )

    async def _upload(self, blobs: dict[str, bytes]) -> None:
        request = edit_pb.FindMissingBlobsRequest(digests=list(blobs))
        missing = await self._edits.FindMissingBlobs(request, timeout=CALL_S, metadata=self._metadata)
        for digest in missing.missing_digests:
            await self._edits.UploadBlob(_pieces(digest, blobs[digest]), metadata=self._metadata)

    async def _download(self, digest: str) -> bytes:
        if not digest:
            return b""
        request, pieces = edit_pb.DownloadBlobRequest(digest=digest), list[bytes]()
        async for answer in self._edits.DownloadBlob(request, metadata=self._metadata):
            pieces.append(answer.piece)
        return await asyncio.to_thread(join_pieces, digest, pieces)


async def _pieces(digest: str, data: bytes) -> AsyncIterator[edit_pb.UploadBlobRequest]:
    for message in upload_messages(digest, data):
        yield message


def _batch(key: str, specs: Sequence[edit_pb.EditSpec]) -> edit_pb.CreateBatchRequest:
    """Regions of one picture: what they share stands once."""
    first = specs[0]
    request = edit_pb.CreateBatchRequest(
        request_id=key, picture=first.picture, sampling=first.sampling, compose=first.compose
    )
    for spec in specs:
        item = request.items.add(
            instruction=spec.instruction, expressive_instruction=spec.expressive_instruction, seeds=spec.seeds
        )
        if spec.HasField("mask"):
            item.mask.CopyFrom(spec.mask)
    return request


def _unpack(
    result: edit_pb.EditResult, data: bytes, icc: bytes, coverage: bytes, document: PixelFormat
) -> ResultPicture:
    picture = wire.picture_of(result, data, icc, document)
    weight = wire.mask_of(result.weight, coverage) if result.HasField("weight") else None
    return ResultPicture(
        index=result.index,
        seed=result.seed,
        picture=picture,
        frame=pixels.frame_of(picture, FRAME_SIDE_PX, weight),
        weight=weight,
        provenance=result.provenance_json,
    )


def _defaults(model: model_pb.Model) -> ModelDefaults:
    sampling, ours = model.default_sampling, ModelDefaults()
    return ModelDefaults(
        name=model.name.removeprefix("models/"),
        num_inference_steps=sampling.num_inference_steps or ours.num_inference_steps,
        guidance_scale=sampling.guidance_scale or ours.guidance_scale,
        image_guidance_scale=sampling.image_guidance_scale or ours.image_guidance_scale,
    )
