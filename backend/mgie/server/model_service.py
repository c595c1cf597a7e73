"""`ModelService`: thin. Convert, ask the catalogue or start an operation, convert."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING, Any

import grpc

from mgie.model.events import SamplingOptions
from mgie.server import from_proto, model_work
from mgie.server.errors import status_of
from mgie.server.model_registry import ModelFacts
from mgie.server.operations import Operation, OperationState
from mgie.server.to_proto import timestamp
from mgie.v1 import model_service_pb2 as models
from mgie.v1 import model_service_pb2_grpc
from mgie.v1 import types_pb2 as types

if TYPE_CHECKING:
    from mgie.server.backend import Backend

Context = grpc.aio.ServicerContext[Any, Any]

_KINDS = {
    "mgie": models.MODEL_KIND_MGIE,
    "lgie": models.MODEL_KIND_LGIE,
    "insp2p": models.MODEL_KIND_INSP2P,
}
_STATES = {
    OperationState.RUNNING: models.OPERATION_STATE_RUNNING,
    OperationState.SUCCEEDED: models.OPERATION_STATE_SUCCEEDED,
    OperationState.FAILED: models.OPERATION_STATE_FAILED,
    OperationState.CANCELLED: models.OPERATION_STATE_CANCELLED,
}
_SAMPLERS = {
    "euler_a": types.SAMPLER_EULER_A,
    "dpmpp_2m": types.SAMPLER_DPMPP_2M,
    "unipc": types.SAMPLER_UNIPC,
}


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """What the methods do stands in model_service.proto."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._operations = backend.operations

    async def ListModels(
        self, request: models.ListModelsRequest, context: Context
    ) -> models.ListModelsResponse:
        page = from_proto.read_page(request.page_size, request.page_token)
        found = await asyncio.to_thread(self._backend.catalogue.all)
        start = page.token or 0
        end = start + page.size
        return models.ListModelsResponse(
            models=[self._model(facts) for facts in found[start:end]],
            next_page_token=str(end) if end < len(found) else "",
        )

    async def GetModel(self, request: models.GetModelRequest, context: Context) -> models.GetModelResponse:
        name = from_proto.read_name(request.name, "models")
        facts = await asyncio.to_thread(self._backend.catalogue.facts, name)
        return models.GetModelResponse(model=self._model(facts))

    async def LoadModel(self, request: models.LoadModelRequest, context: Context) -> models.LoadModelResponse:
        name = from_proto.read_name(request.name, "models")
        await asyncio.to_thread(self._backend.catalogue.facts, name)
        operation = self._operations.start("load", name, partial(model_work.load, self._backend))
        return models.LoadModelResponse(operation=_operation(operation))

    async def UnloadModel(
        self, request: models.UnloadModelRequest, context: Context
    ) -> models.UnloadModelResponse:
        name = from_proto.read_name(request.name, "models") if request.name else ""
        operation = self._operations.start("unload", name, partial(model_work.unload, self._backend))
        return models.UnloadModelResponse(operation=_operation(operation))

    async def ImportModel(
        self, request: models.ImportModelRequest, context: Context
    ) -> models.ImportModelResponse:
        name = from_proto.read_model(request.source)
        if not name:
            raise from_proto.invalid("source", "name a published model or a folder in the import folder")
        work = partial(model_work.install, self._backend, license_accepted=request.license_accepted)
        return models.ImportModelResponse(operation=_operation(self._operations.start("import", name, work)))

    async def VerifyModel(
        self, request: models.VerifyModelRequest, context: Context
    ) -> models.VerifyModelResponse:
        name = from_proto.read_name(request.name, "models")
        await asyncio.to_thread(self._backend.catalogue.folder, name)
        operation = self._operations.start("verify", name, partial(model_work.check_bytes, self._backend))
        return models.VerifyModelResponse(operation=_operation(operation))

    async def GetOperation(
        self, request: models.GetOperationRequest, context: Context
    ) -> models.GetOperationResponse:
        operation = self._operations.find(from_proto.read_name(request.name, "operations"))
        return models.GetOperationResponse(operation=_operation(operation))

    async def WatchOperation(
        self, request: models.WatchOperationRequest, context: Context
    ) -> AsyncIterator[models.WatchOperationResponse]:
        operation = self._operations.find(from_proto.read_name(request.name, "operations"))
        async for changed in self._operations.watch(operation):
            yield models.WatchOperationResponse(operation=_operation(changed))

    async def CancelOperation(
        self, request: models.CancelOperationRequest, context: Context
    ) -> models.CancelOperationResponse:
        operation = self._operations.find(from_proto.read_name(request.name, "operations"))
        operation.is_cancelling = operation.is_cancelling or operation.kind in ("import", "verify")
        return models.CancelOperationResponse(operation=_operation(operation))

    def _model(self, facts: ModelFacts) -> models.Model:
        is_loaded = any(facts.name in lane.state().loaded_models for lane in self._backend.driver.lanes)
        state = models.MODEL_STATE_LOADED if is_loaded else models.MODEL_STATE_INSTALLED
        return models.Model(
            name=f"models/{facts.name}",
            kind=_KINDS.get(facts.kind, models.MODEL_KIND_UNSPECIFIED),
            state=models.MODEL_STATE_BROKEN if facts.problem else state,
            digest=facts.digest,
            license=facts.license,
            source=facts.source,
            num_bytes=facts.num_bytes,
            native_size_px=facts.native_size_px,
            default_sampling=sampling_of(facts.sampling),
            is_default=facts.name == self._backend.default_model,
            is_shipped=facts.is_shipped,
            problem=facts.problem,
        )


def sampling_of(options: SamplingOptions) -> types.SamplingOptions:
    """Sampling options, every field named."""
    return types.SamplingOptions(
        num_inference_steps=options.num_inference_steps,
        guidance_scale=options.guidance_scale,
        image_guidance_scale=options.image_guidance_scale,
        sampler=_SAMPLERS[options.sampler],
    )


def _operation(operation: Operation) -> models.Operation:
    message = models.Operation(
        name=f"operations/{operation.id}",
        kind=operation.kind,
        model=f"models/{operation.model}" if operation.model else "",
        state=_STATES[operation.state],
        message=operation.message,
        done_bytes=operation.done_bytes,
        total_bytes=operation.total_bytes,
        create_time=timestamp(operation.create_time),
    )
    if operation.end_time:
        message.end_time.CopyFrom(timestamp(operation.end_time))
    if operation.error is not None:
        message.error.CopyFrom(status_of(operation.error))
    return message
