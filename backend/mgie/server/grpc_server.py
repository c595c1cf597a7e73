"""`GrpcServer`: a backend behind its gRPC front, with health, reflection and interceptors."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from mgie.server import model_work
from mgie.server.address import Address, bind
from mgie.server.backend import Backend
from mgie.server.edit_service import EditService
from mgie.server.interceptors import ErrorInterceptor, TokenInterceptor
from mgie.server.model_service import ModelService
from mgie.server.system_service import SystemService
from mgie.v1 import (
    edit_service_pb2_grpc,
    model_service_pb2_grpc,
    system_service_pb2_grpc,
)

log = logging.getLogger(__name__)

SERVICES = ("mgie.v1.EditService", "mgie.v1.ModelService", "mgie.v1.SystemService")
_EDITS = SERVICES[0]
_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
_GRACE_S = 0.5  # for streams to end by themselves
_MAX_STREAMS = 256  # at once on one connection


class GrpcServer:
    """One server on one address."""

    def __init__(self, backend: Backend, token: str, on_shutdown: Callable[[float], None]) -> None:
        self.backend = backend
        self.last_call = time.monotonic()
        limits = backend.settings.limits
        # `health.aio` is set at run time only.
        self._health: Any = getattr(health, "aio").HealthServicer()  # noqa: B009 # see above
        self._server = grpc.aio.server(
            interceptors=(TokenInterceptor(token), ErrorInterceptor(self._note_call)),
            options=[
                ("grpc.max_receive_message_length", limits.max_message_bytes),
                ("grpc.max_send_message_length", -1),
                ("grpc.so_reuseport", 0),
                ("grpc.max_concurrent_streams", _MAX_STREAMS),
                ("grpc.keepalive_time_ms", 30_000),
                ("grpc.keepalive_timeout_ms", 10_000),
                ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
            ],
        )
        edit_service_pb2_grpc.add_EditServiceServicer_to_server(EditService(backend), self._server)
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(ModelService(backend), self._server)
        system_service_pb2_grpc.add_SystemServiceServicer_to_server(
            SystemService(backend, on_shutdown), self._server
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            (*SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server
        )
        self._preloading: asyncio.Task[None] | None = None

    async def start(self, address: Address, credentials: grpc.ServerCredentials | None) -> str:
        """Take up old edits, listen, load the model beside; returns the address for clients."""
        bound = bind(self._server, address, credentials)
        await self.backend.start()
        await self._server.start()
        for service in ("", *SERVICES[1:]):
            await self._health.set(service, _SERVING)
        await self._health.set(_EDITS, _NOT_SERVING)
        self._preloading = asyncio.ensure_future(self._preload())
        return bound

    async def stop(self, drain_s: float, hurry: asyncio.Event) -> None:
        """Let running edits end, for a while or until `hurry` is set; then close the connections."""
        log.info("stopping drain_s=%.1f running=%d", drain_s, self.backend.scheduler.num_running)
        await self._health.enter_graceful_shutdown()
        await self.backend.scheduler.drain(drain_s, hurry)
        if self._preloading is not None:
            self._preloading.cancel()
        # Watchers get the last events of what was drained before their streams are cut.
        await self._server.stop(_GRACE_S)
        if self._preloading is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._preloading

    def _note_call(self) -> None:
        self.last_call = time.monotonic()

    async def _preload(self) -> None:
        """Load the default model, then say that edits can start at once."""
        backend = self.backend
        if backend.settings.preload:
            run = partial(model_work.load, backend)
            loading = backend.operations.start("load", backend.default_model, run)
            async for _ in backend.operations.watch(loading, interval_s=0.05):
                pass
            if loading.value.state != "succeeded":
                error = loading.value.error
                message = error.message if error else ""
                log.warning("model not loaded model=%s error=%s", backend.default_model, message)
                return
        await self._health.set(_EDITS, _SERVING)
