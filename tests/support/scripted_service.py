"""A gRPC server that answers as a test says, also wrongly: for tests of the client alone."""

# ruff: noqa: N802 - methods have the service's names

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from mgie.api.system import Limits, ServerInfo
from mgie.api.to_proto import to_proto
from mgie.client.blobs import digest_of
from mgie.client.endpoint import Endpoint
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import edit_service_pb2_grpc as edits_grpc
from mgie.v1 import model_service_pb2 as models
from mgie.v1 import model_service_pb2_grpc as models_grpc
from mgie.v1 import system_service_pb2 as system
from mgie.v1 import system_service_pb2_grpc as system_grpc

INFO = ServerInfo(
    version="1",
    api_revision=1,
    capabilities=(),
    limits=Limits(),
    session_id="s",
    start_time=1.5,
    pid=7,
    default_model="m",
    notices=("one edit could not be read",),
)


class ScriptedService(
    edits_grpc.EditServiceServicer, models_grpc.ModelServiceServicer, system_grpc.SystemServiceServicer
):
    """Answers, and what was asked. `breaks_after`: sequences after which a watch breaks off, once each."""

    def __init__(self) -> None:
        self.token = "secret"
        self.blobs: dict[str, bytes] = {}
        self.uploads: list[str] = []
        self.requests: list[Any] = []  # every message that was understood
        self.edit = edits.Edit()  # the answer to everything that returns an edit
        self.events: list[edits.EditEvent] = []
        self.batch_events: list[edits.WatchBatchResponse] = []
        self.breaks_after: set[int] = set()
        self.model = models.Model(name="models/m", state=models.MODEL_STATE_LOADED, is_default=True)
        self.info = to_proto(INFO, system.GetServerInfoResponse)
        self.num_streams_ended = 0

    async def FindMissingBlobs(self, request: Any, context: Any) -> Any:
        await self._check(request, context)
        missing = [digest for digest in request.digests if digest not in self.blobs]
        return edits.FindMissingBlobsResponse(missing_digests=missing)

    async def UploadBlob(self, requests: Any, context: Any) -> Any:
        digest, data = "", b""
        async for request in requests:
            digest = request.header.digest or digest
            data += request.piece
        assert digest_of(data) == digest
        self.blobs[digest] = data
        self.uploads.append(digest)
        return edits.UploadBlobResponse(digest=digest)

    async def DownloadBlob(self, request: Any, context: Any) -> AsyncIterator[Any]:
        await self._check(request, context)
        yield edits.DownloadBlobResponse(piece=self.blobs[request.digest])

    async def CreateEdit(self, request: Any, context: Any) -> Any:
        await self._check(request, context)
        return edits.CreateEditResponse(edit=self.edit)

    async def GetEdit(self, request: Any, context: Any) -> Any:
        await self._check(request, context)
        return edits.GetEditResponse(edit=self.edit)

    async def SampleEdit(self, request: Any, context: Any) -> Any:
        await self._check(request, context)
        return edits.SampleEditResponse(edit=self.edit)

    async def CreateBatch(self, request: Any, context: Any) -> Any:
        await self._check(request, context)
        return edits.CreateBatchResponse(batch=self._batch(self.edit))

    async def GetBatch(self, request: Any, context: Any) -> Any:
        await self._check(request, context)
        return edits.GetBatchResponse(batch=self._batch(self.edit, self.edit))

    async def WatchEdit(self, request: Any, context: Any) -> AsyncIterator[Any]:
        await self._check(request, context)
        try:
            for event in self.events:
                if event.sequence and event.sequence <= request.after_sequence:
                    continue
                yield edits.WatchEditResponse(event=event)
                await self._break(event.sequence, context)
            if not self.events or self.events[-1].WhichOneof("event") == "queued":
                await asyncio.Event().wait()
        finally:
            self.num_streams_ended += 1

    async def WatchBatch(self, request: Any, context: Any) -> AsyncIterator[Any]:
        await self._check(request, context)
        after = request.after_sequences or [0, 0]
        for answer in self.batch_events:
            if answer.event.sequence > after[answer.index]:
                yield answer
                await self._break(answer.event.sequence, context)

    async def GetServerInfo(self, request: Any, context: Any) -> Any:
        await self._check(request, context)
        return self.info

    async def ListModels(self, request: Any, context: Any) -> Any:
        await self._check(request, context)
        return models.ListModelsResponse(models=[self.model])

    async def WatchResources(self, request: Any, context: Any) -> AsyncIterator[Any]:
        await self._check(request, context)
        yield system.WatchResourcesResponse()

    def _batch(self, *members: edits.Edit) -> edits.Batch:
        return edits.Batch(name="batches/1", edits=members, create_time=self.edit.create_time)

    async def _check(self, request: Any, context: Any) -> None:
        metadata = dict(context.invocation_metadata())
        if metadata.get("authorization") != f"Bearer {self.token}":
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "wrong token")
        self.requests.append(request)

    async def _break(self, sequence: int, context: Any) -> None:
        if sequence in self.breaks_after:
            self.breaks_after.remove(sequence)
            await context.abort(grpc.StatusCode.UNAVAILABLE, "broken on purpose")


@contextmanager
def running_service(service: ScriptedService) -> Iterator[Endpoint]:
    """The service in a thread of its own, until the block is left."""
    ready: list[Endpoint] = []
    is_ready = threading.Event()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    async def serve() -> None:
        with tempfile.TemporaryDirectory() as folder:  # short enough for a socket
            async with serving(service, Path(folder)) as endpoint:
                ready.append(endpoint)
                is_ready.set()
                await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert is_ready.wait(10)
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


@asynccontextmanager
async def serving(service: ScriptedService, folder: Path) -> AsyncIterator[Endpoint]:
    """The service on a Unix socket in a folder, until the block is left."""
    server = grpc.aio.server()
    edits_grpc.add_EditServiceServicer_to_server(service, server)
    models_grpc.add_ModelServiceServicer_to_server(service, server)
    system_grpc.add_SystemServiceServicer_to_server(service, server)
    checks: Any = getattr(health, "aio").HealthServicer()  # noqa: B009 # set at run time only
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    for name in ("", "mgie.v1.EditService"):
        await checks.set(name, health_pb2.HealthCheckResponse.SERVING)
    address = f"unix:{folder}/s.sock"
    server.add_insecure_port(address)
    await server.start()
    try:
        yield Endpoint(address=address, token=service.token)
    finally:
        await server.stop(None)
