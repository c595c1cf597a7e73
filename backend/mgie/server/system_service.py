"""`SystemService`: what the server is, how it is doing, how long an edit would take."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import grpc
import psutil

from mgie.api.from_proto import from_proto
from mgie.api.options import complete_options
from mgie.api.system import DeviceResources, EstimateRequest, Resources, ServerInfo
from mgie.api.to_proto import to_proto
from mgie.server import checks
from mgie.server.errors import invalid
from mgie.server.estimate import estimate
from mgie.server.expected_plan import ExpectedPlan, expected_plan
from mgie.server.lane import LaneState
from mgie.v1 import system_service_pb2 as system
from mgie.v1 import system_service_pb2_grpc

if TYPE_CHECKING:
    from mgie.server.backend import Backend

Context = grpc.aio.ServicerContext[Any, Any]

API_REVISION = 1
CAPABILITIES = (
    "batch",
    "declined",
    "estimate",
    "hold",
    "hold.unsure",
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
    "tiles",
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
        info = ServerInfo(
            version=version("mgie"),
            api_revision=API_REVISION,
            capabilities=CAPABILITIES,
            limits=self._backend.settings.limits,
            session_id=self._session_id,
            start_time=self._backend.start_time,
            pid=os.getpid(),
            default_model=self._backend.default_model,
            notices=(*self._backend.notices, *await asyncio.to_thread(self._lane_notices)),
        )
        return to_proto(info, system.GetServerInfoResponse)

    async def WatchResources(
        self, request: system.WatchResourcesRequest, context: Context
    ) -> AsyncIterator[system.WatchResourcesResponse]:
        interval_s = request.interval_s if request.HasField("interval_s") else 2.0
        checks.read_seconds("interval_s", interval_s, 0.1, 3600)
        while True:
            yield to_proto(await asyncio.to_thread(self._resources), system.WatchResourcesResponse)
            if request.once:
                return
            await asyncio.sleep(interval_s)

    async def EstimateEdit(
        self, request: system.EstimateEditRequest, context: Context
    ) -> system.EstimateEditResponse:
        asked = self._checked(from_proto(EstimateRequest, request))
        model = await asyncio.to_thread(self._backend.registry.model, asked.model)
        lanes = self._backend.scheduler.lanes
        lane = await asyncio.to_thread(lanes[0].state)
        is_loaded = asked.model in lane.loaded_models
        expected = None if is_loaded else await asyncio.to_thread(self._expected_plan, asked.model, lane)
        reader = self._backend.reader
        forecast = estimate(
            await reader.ask(reader.store.averages, asked.model, lane.device),
            lane,
            complete_options(model.options, asked.options),
            num_pixels=asked.width * asked.height,
            num_seeds=asked.num_seeds,
            model_bytes=model.num_bytes,
            is_loaded=is_loaded,
            expected=expected,
        )
        if forecast.seconds is not None:
            num_ahead = len(self._backend.manager.queue) + self._backend.scheduler.num_running
            forecast = replace(forecast, wait_s=forecast.seconds * num_ahead / len(lanes))
        return to_proto(forecast, system.EstimateEditResponse)

    async def Shutdown(self, request: system.ShutdownRequest, context: Context) -> system.ShutdownResponse:
        drain_s = request.drain_s if request.HasField("drain_s") else self._backend.settings.drain_s
        self._on_shutdown(checks.read_seconds("drain_s", drain_s, 0, 3600))
        return system.ShutdownResponse()

    def _expected_plan(self, model: str, lane: LaneState) -> ExpectedPlan | None:
        settings = self._backend.settings
        if settings.ray_address:
            return None  # the device is another process's, maybe another machine's
        options, spare_bytes = settings.load_options, lane.ours_bytes if lane.loaded_models else 0
        return expected_plan(self._backend.registry, model, options, spare_bytes=spare_bytes)

    def _checked(self, asked: EstimateRequest) -> EstimateRequest:
        limits = self._backend.settings.limits
        if not asked.width or not asked.height:
            raise invalid("width", "a picture has at least one pixel each way")
        checks.check_size(asked.width, asked.height, limits)
        if asked.num_seeds > limits.max_seeds:
            raise invalid("num_seeds", f"{asked.num_seeds}; at most {limits.max_seeds}")
        model = checks.read_model(asked.model) or self._backend.default_model
        return replace(asked, model=model, num_seeds=asked.num_seeds or 1)

    def _lane_notices(self) -> list[str]:
        states = [lane.state() for lane in self._backend.scheduler.lanes]
        return [notice for state in states for notice in state.notices]

    def _resources(self) -> Resources:
        memory = psutil.virtual_memory()
        manager, scheduler = self._backend.manager, self._backend.scheduler
        states = [lane.state() for lane in scheduler.lanes]
        return Resources(
            ram_total_bytes=memory.total,
            ram_free_bytes=memory.available,
            ram_ours_bytes=psutil.Process().memory_info().rss,
            devices=tuple(_device(state) for state in states if state.device),
            num_queued=len(manager.queue),
            num_running=scheduler.num_running,
            num_held=len(manager.held_edits()),
            loaded_models=tuple(sorted({f"models/{name}" for s in states for name in s.loaded_models})),
            blob_bytes=self._backend.blobs.total_bytes,
        )


def _device(state: LaneState) -> DeviceResources:
    return DeviceResources(
        name=state.device_name,
        device=state.device,
        total_bytes=state.total_bytes,
        free_bytes=state.free_bytes,
        ours_bytes=state.ours_bytes,
    )
