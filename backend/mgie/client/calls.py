"""`Calls`: calls and streams on one server, wherever it is after a restart; failures as `ServiceError`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple, NoReturn, TypeAlias, TypeVar

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2_grpc

from mgie.api.failure import ServiceError
from mgie.api.from_proto import from_proto
from mgie.client.channel import open_channel
from mgie.client.endpoint import Endpoint, Locate
from mgie.client.errors import error_of_call, invalid_answer, unreachable
from mgie.errors import MgieError
from mgie.v1 import edit_service_pb2_grpc, model_service_pb2_grpc, system_service_pb2_grpc

T = TypeVar("T")
TIMEOUT_S = 30.0  # of calls that return at once


class Stubs(NamedTuple):
    """All services on one channel."""

    edits: edit_service_pb2_grpc.EditServiceAsyncStub
    models: model_service_pb2_grpc.ModelServiceAsyncStub
    system: system_service_pb2_grpc.SystemServiceAsyncStub
    health: Any  # its methods are not in its type


Method: TypeAlias = Callable[[Stubs], Callable[..., Any]]  # picks one of a service's methods


class Calls:
    """One connection. Used from one event loop."""

    def __init__(self, locate: Locate, client_id: str) -> None:
        """locate: asked for the server before the first call, and after the connection was lost."""
        self._locate = locate
        self._client_id = client_id
        self._endpoint: Endpoint | None = None
        self._channel: grpc.aio.Channel | None = None
        self._stubs: Stubs | None = None
        self._opening = asyncio.Lock()

    async def refresh(self) -> bool:
        """Connect to where the server is now. Returns whether that changed; nothing does when it has not."""
        async with self._opening:
            endpoint = await asyncio.to_thread(self._locate)
            if endpoint == self._endpoint:
                return False
            channel = await open_channel(endpoint)
            await self._close_channel()  # calls on it have lost their server
            self._endpoint, self._channel = endpoint, channel
            self._stubs = _stubs_on(channel)
            return True

    async def close(self) -> None:
        """End all calls."""
        async with self._opening:
            await self._close_channel()

    async def call(self, method: Method, request: Any, *, timeout_s: float | None = TIMEOUT_S) -> Any:
        """Make one call. request: a message, or a function that makes an iterator of messages."""
        try:
            return await self._call(method, request, timeout_s)
        except ServiceError as error:
            if error.reason != "TOKEN_INVALID" or not await self.refresh():
                raise
        return await self._call(method, request, timeout_s)  # the server was restarted

    async def stream(self, method: Method, request: Message) -> AsyncIterator[Any]:
        """The answers of a stream; closing the iterator ends the call."""
        stubs = await self._connected()
        answers: Any = None
        try:
            answers = method(stubs)(request, metadata=self._metadata)
            async for answer in answers:
                yield answer
        except grpc.RpcError as error:
            raise error_of_call(error) from error
        except grpc.aio.UsageError as error:
            raise unreachable() from error
        except asyncio.CancelledError as error:
            _raise_unless_closed(error)
        finally:
            if answers is not None:
                answers.cancel()

    async def _call(self, method: Method, request: Any, timeout_s: float | None) -> Any:
        stubs = await self._connected()
        message = request() if callable(request) else request
        try:
            return await method(stubs)(message, metadata=self._metadata, timeout=timeout_s)
        except grpc.RpcError as error:
            raise error_of_call(error) from error
        except grpc.aio.UsageError as error:
            raise unreachable() from error
        except asyncio.CancelledError as error:
            _raise_unless_closed(error)

    async def _connected(self) -> Stubs:
        if self._stubs is None:
            await self.refresh()
        assert self._stubs is not None
        return self._stubs

    @property
    def _metadata(self) -> tuple[tuple[str, str], ...]:
        token = self._endpoint.token if self._endpoint else ""
        return (("authorization", f"Bearer {token}"), ("mgie-client", self._client_id))

    async def _close_channel(self) -> None:
        self._stubs, self._endpoint = None, None
        if self._channel is not None:
            channel, self._channel = self._channel, None
            await channel.close()


def value_of(value_class: type[T], message: Any, part: str = "") -> T:
    """An answer, or one part of it, as a value of `mgie.api`. Raises ServiceError where it is malformed."""
    if part and not message.HasField(part):
        raise invalid_answer(f"{part} is missing")
    try:
        return from_proto(value_class, getattr(message, part) if part else message, part)
    except (MgieError, ValueError, OverflowError) as error:
        raise invalid_answer(str(error)) from error


def _stubs_on(channel: grpc.aio.Channel) -> Stubs:
    return Stubs(
        edits=edit_service_pb2_grpc.EditServiceStub(channel),
        models=model_service_pb2_grpc.ModelServiceStub(channel),
        system=system_service_pb2_grpc.SystemServiceStub(channel),
        health=health_pb2_grpc.HealthStub(channel),
    )


def _raise_unless_closed(error: asyncio.CancelledError) -> NoReturn:
    """gRPC ends the calls of a channel that is closed as if their task had been cancelled."""
    task = asyncio.current_task()
    if task is None or task.cancelling():
        raise error
    raise unreachable() from error
