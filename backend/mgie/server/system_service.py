"""`SystemService`: what the server is, how it is doing, how long an edit would take."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import grpc
import psutil

from mgie.server import from_proto
from mgie.server.estimate import estimate
from mgie.server.lane import LaneState
from mgie.server.records import EditState
from mgie.server.to_proto import timestamp
from mgie.v1 import system_service_pb2 as system
from mgie.v1 import system_service_pb2_grpc
from mgie.v1 import types_pb2 as types

if TYPE_CHECKING:
    from mgie.server.backend import Backend

Context = grpc.aio.ServicerContext[Any, Any]

API_REVISION = 1
CAPABILITIES = (
    "batch",
    "estimate",
    "hold",
    "keep",
    "picture.encoded",
    "picture.icc",
    "picture.raw",
    "preview.jpeg",
    "preview.png",
    "preview.rgb8",
    "queue.front",
    "queue.replace",
    "restart.policy",
    "sample.again",
    "shutdown",
)


class SystemService(system_service_pb2_grpc.SystemServiceServicer):
    """What the methods do stands in system_service.proto."""

    def __init__(self, backend: Backend, on_shutdown: Callable[[float], None]) -> None:
        self._backend = backend
        self._on_shutdown = on_shutdown
        self._session_id = uuid.uuid4().hex

    async def GetServerInfo(
        self, request: system.GetServerInfoRequest, context: Context
    ) -> system.GetServerInfoResponse:
        return system.GetServerInfoResponse(
            version=version("mgie"),
            api_revision=API_REVISION,
            capabilities=CAPABILITIES,
            limits=system.Limits(**vars(self._backend.settings.limits)),
            session_id=self._session_id,
            start_time=timestamp(self._backend.start_time),
            pid=os.getpid(),
            default_model=self._backend.default_model,
        )

    async def WatchResources(
        self, request: system.WatchResourcesRequest, context: Context
    ) -> AsyncIterator[system.WatchResourcesResponse]:
        interval_s = request.interval_s if request.HasField("interval_s") else 2.0
        if not 0.1 <= interval_s <= 3600:  # also refuses NaN
            raise from_proto.invalid("interval_s", f"{interval_s}; choose 0.1 to 3600")
        while True:
            yield await asyncio.to_thread(self._resources)
            if request.once:
                return
            await asyncio.sleep(interval_s)

    async def EstimateEdit(
        self, request: system.EstimateEditRequest, context: Context
    ) -> system.EstimateEditResponse:
        limits = self._backend.settings.limits
        if not request.width or not request.height:
            raise from_proto.invalid("width", "a picture has at least one pixel each way")
        from_proto.check_size(request.width, request.height, limits)
        num_seeds = request.num_seeds or 1
        if num_seeds > limits.max_seeds:
            raise from_proto.invalid("num_seeds", f"{num_seeds}; at most {limits.max_seeds}")
        wish = from_proto.read_sampling(request.sampling)
        model = from_proto.read_model(request.model) or self._backend.default_model
        facts = await asyncio.to_thread(self._backend.catalogue.facts, model)
        lane = await asyncio.to_thread(self._backend.driver.lanes[0].state)
        averages = await self._backend.journal.ask(self._backend.store.averages, model, lane.device)
        forecast = estimate(
            averages,
            lane,
            wish.over(facts.sampling),
            num_pixels=request.width * request.height,
            num_seeds=num_seeds,
            model_bytes=facts.num_bytes,
            is_loaded=model in lane.loaded_models,
        )
        ahead = len(self._backend.desk.line) + self._backend.driver.num_running
        wait_s = None
        if forecast.seconds is not None:
            wait_s = forecast.seconds * ahead / len(self._backend.driver.lanes)
        return system.EstimateEditResponse(
            fits=forecast.fits,
            seconds=forecast.seconds,
            wait_s=wait_s,
            needed_bytes=forecast.needed_bytes,
            free_bytes=forecast.free_bytes,
            explanation=forecast.explanation,
            num_measured=forecast.num_measured,
        )

    async def Shutdown(self, request: system.ShutdownRequest, context: Context) -> system.ShutdownResponse:
        drain_s = request.drain_s if request.HasField("drain_s") else self._backend.settings.drain_s
        if not 0 <= drain_s <= 3600:  # also refuses NaN
            raise from_proto.invalid("drain_s", f"{drain_s}; choose 0 to 3600")
        self._on_shutdown(drain_s)
        return system.ShutdownResponse()

    def _resources(self) -> system.WatchResourcesResponse:
        memory = psutil.virtual_memory()
        desk, driver = self._backend.desk, self._backend.driver
        states = [lane.state() for lane in driver.lanes]
        return system.WatchResourcesResponse(
            ram_total_bytes=memory.total,
            ram_free_bytes=memory.available,
            ram_ours_bytes=psutil.Process().memory_info().rss,
            devices=[_device(state) for state in states if state.device],
            num_queued=len(desk.line),
            num_running=driver.num_running,
            num_held=sum(live.record.state is EditState.HELD for live in tuple(desk.live.values())),
            loaded_models=sorted({f"models/{name}" for state in states for name in state.loaded_models}),
            blob_bytes=self._backend.blobs.total_bytes,
        )


def _device(state: LaneState) -> types.DeviceResources:
    return types.DeviceResources(
        name=state.device_name,
        device=state.device,
        total_bytes=state.total_bytes,
        free_bytes=state.free_bytes,
        ours_bytes=state.ours_bytes,
    )
