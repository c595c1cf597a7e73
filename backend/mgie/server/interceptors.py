"""Interceptors: no call without the token, no error but through the table of reasons."""

from __future__ import annotations

import asyncio
import hmac
import inspect
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from grpc_status import rpc_status

from mgie.api.proto_fields import status_from_failure
from mgie.errors import MgieError
from mgie.server.errors import RequestError, error_of, failure_of

log = logging.getLogger(__name__)

_Handler = Any  # grpc's own types of handlers are generic over messages that an interceptor never sees
_HandlerMaker = Callable[[grpc.HandlerCallDetails], Awaitable[_Handler]]


class TokenInterceptor(grpc.aio.ServerInterceptor):
    """Refuses every call, health and reflection included, that does not bring the token."""

    def __init__(self, token: str) -> None:
        self._expected = f"Bearer {token}".encode()

    async def intercept_service(
        self, continuation: _HandlerMaker, handler_call_details: grpc.HandlerCallDetails
    ) -> _Handler:
        """Compare in constant time, before anything of the request is read."""
        for key, value in handler_call_details.invocation_metadata or ():
            if key == "authorization":
                given = value.encode("utf-8", "replace") if isinstance(value, str) else value
                if hmac.compare_digest(given, self._expected):
                    return await continuation(handler_call_details)
                break
        return grpc.unary_unary_rpc_method_handler(_refuse)


async def _refuse(request: object, context: grpc.aio.ServicerContext[Any, Any]) -> None:
    await abort(context, RequestError("TOKEN_INVALID", "this server needs its token with every call"))


class ErrorInterceptor(grpc.aio.ServerInterceptor):
    """Turns our exceptions into statuses, and everything else into INTERNAL with a number for the log."""

    def __init__(self, on_call: Callable[[], None]) -> None:
        self._on_call = on_call

    async def intercept_service(
        self, continuation: _HandlerMaker, handler_call_details: grpc.HandlerCallDetails
    ) -> _Handler:
        """Wrap the method's behaviour."""
        self._on_call()
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or not method.startswith("/mgie."):
            return handler
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                _guarded_stream(handler.unary_stream, method),
                _reader(handler.request_deserializer),
                handler.response_serializer,
            )
        make, behaviour, check = (
            (grpc.stream_unary_rpc_method_handler, handler.stream_unary, _each_readable)
            if handler.request_streaming
            else (grpc.unary_unary_rpc_method_handler, handler.unary_unary, _readable)
        )
        return make(
            _guarded_unary(behaviour, check, method),
            _reader(handler.request_deserializer),
            handler.response_serializer,
        )


def _reader(deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Hand on what is wrong with bytes that are no message: gRPC's own answer would have no reason."""

    def read(data: bytes) -> Any:
        try:
            return deserialize(data)
        except DecodeError:
            return RequestError("REQUEST_INVALID", "the bytes sent are no message of this method")

    return read


def _readable(request: Any) -> Any:
    if isinstance(request, RequestError):
        raise request
    return request


async def _each_readable(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for request in requests:
        yield _readable(request)


def _guarded_unary(behaviour: Any, check: Callable[[Any], Any], method: str) -> Any:
    async def guarded(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        try:
            return await behaviour(check(request), context)
        except Exception as error:
            await abort(context, _as_ours(error, method))

    return guarded


def _guarded_stream(behaviour: Any, method: str) -> Any:
    async def guarded(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
        answers: Any = None
        try:
            answers = behaviour(_readable(request), context)
            async for answer in answers:
                yield answer
        except Exception as error:
            await abort(context, _as_ours(error, method))
        finally:
            if inspect.isasyncgen(answers):
                await answers.aclose()

    return guarded


async def abort(context: grpc.aio.ServicerContext[Any, Any], error: MgieError) -> None:
    """End a call with an error. Raises."""
    status: Any = rpc_status.to_status(status_from_failure(failure_of(error)))
    await context.abort(status.code, status.details, status.trailing_metadata)


def _as_ours(error: Exception, method: str) -> MgieError:
    if isinstance(error, MgieError):
        return error
    if isinstance(error, grpc.aio.AbortError | asyncio.CancelledError):
        raise error
    incident = uuid.uuid4().hex[:12]
    log.error("call failed method=%s incident=%s", method, incident, exc_info=error)
    return error_of(error, incident)
