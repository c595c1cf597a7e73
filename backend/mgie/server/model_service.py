"""`ModelService`: thin. Convert, ask the registry or start an operation, convert."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

from mgie.api.models import Model, Operation
from mgie.api.to_proto import to_proto
from mgie.server import checks, model_work
from mgie.server.address import read_address
from mgie.server.errors import invalid
from mgie.v1 import model_service_pb2 as models
from mgie.v1 import model_service_pb2_grpc

if TYPE_CHECKING:
    from mgie.server.backend import Backend

Context = grpc.aio.ServicerContext[Any, Any]


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """What the methods do stands in model_service.proto."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._registry = backend.registry
        self._operations = backend.operations

    async def ListModels(
        self, request: models.ListModelsRequest, context: Context
    ) -> models.ListModelsResponse:
        page = checks.read_page(request.page_size, request.page_token)
        found = await asyncio.to_thread(self._registry.all)
        if request.includes_available:
            found = [*found, *await asyncio.to_thread(self._registry.available)]
        start = page.token or 0
        end = start + page.size
        return models.ListModelsResponse(
            models=[self._model(model) for model in found[start:end]],
            next_page_token=str(end) if end < len(found) else "",
        )

    async def GetModel(self, request: models.GetModelRequest, context: Context) -> models.GetModelResponse:
        name = checks.read_name(request.name, "models")
        return models.GetModelResponse(model=self._model(await asyncio.to_thread(self._registry.model, name)))

    async def LoadModel(self, request: models.LoadModelRequest, context: Context) -> models.LoadModelResponse:
        name = checks.read_name(request.name, "models")
        await asyncio.to_thread(self._registry.model, name)
        work = self._operations.start("load", name, partial(model_work.load, self._backend))
        return models.LoadModelResponse(operation=_message(work.value))

    async def UnloadModel(
        self, request: models.UnloadModelRequest, context: Context
    ) -> models.UnloadModelResponse:
        name = checks.read_name(request.name, "models") if request.name else ""
        work = self._operations.start("unload", name, partial(model_work.unload, self._backend))
        return models.UnloadModelResponse(operation=_message(work.value))

    async def ImportModel(
        self, request: models.ImportModelRequest, context: Context
    ) -> models.ImportModelResponse:
        name = checks.read_model(request.source)
        if not name:
            raise invalid("source", "name a published model or a folder in the import folder")
        folder = self._read_folder(request.folder) if request.folder else None
        run = partial(
            model_work.install,
            self._backend,
            license_accepted=request.license_accepted,
            folder=folder,
            parts=checks.read_model(request.parts),
        )
        work = self._operations.start("import", name, run)
        return models.ImportModelResponse(operation=_message(work.value))

    async def VerifyModel(
        self, request: models.VerifyModelRequest, context: Context
    ) -> models.VerifyModelResponse:
        name = checks.read_name(request.name, "models")
        await asyncio.to_thread(self._registry.folder, name)
        work = self._operations.start("verify", name, partial(model_work.check_bytes, self._backend))
        return models.VerifyModelResponse(operation=_message(work.value))

    async def WatchOperation(
        self, request: models.WatchOperationRequest, context: Context
    ) -> AsyncIterator[models.WatchOperationResponse]:
        work = self._operations.find(checks.read_name(request.name, "operations"))
        async with contextlib.aclosing(self._operations.watch(work)) as operations:
            async for operation in operations:
                yield models.WatchOperationResponse(operation=_message(operation))

    async def CancelOperation(
        self, request: models.CancelOperationRequest, context: Context
    ) -> models.CancelOperationResponse:
        operation = self._operations.cancel(checks.read_name(request.name, "operations"))
        return models.CancelOperationResponse(operation=_message(operation))

    def _read_folder(self, path: str) -> Path:
        """A folder that a client names. Callers from elsewhere must not look around on this disk."""
        if read_address(self._backend.settings).needs_tls:
            raise invalid("folder", "only a server on your own machine takes a path; use its import folder")
        folder = Path(path)
        if not folder.is_absolute():
            raise invalid("folder", "give an absolute path")
        return folder

    def _model(self, model: Model) -> models.Model:
        """A model with what only this server knows of it."""
        is_loaded = any(model.id in lane.state().loaded_models for lane in self._backend.scheduler.lanes)
        state = "loaded" if is_loaded and not model.problem else model.state
        is_default = model.id == self._backend.default_model
        operation = self._operations.under_way(model.id)
        known = replace(model, state=state, is_default=is_default, operation=operation)
        return to_proto(known, models.Model)


def _message(operation: Operation) -> models.Operation:
    return to_proto(operation, models.Operation)
