"""From what gRPC raises to `ServiceError`."""

from __future__ import annotations

import grpc
from grpc_status import rpc_status

from mgie.api.failure import UNREACHABLE, Failure, ServiceError
from mgie.api.proto_fields import failure_from_status

_GONE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


def error_of_call(error: grpc.RpcError) -> ServiceError:
    """The error of a call that gRPC ended."""
    if not isinstance(error, grpc.Call | grpc.aio.AioRpcError):
        return ServiceError(Failure(reason="UNKNOWN", message=str(error)))
    status = rpc_status.from_call(error)  # pyright: ignore[reportArgumentType] # both have what it reads
    if status is not None:
        return ServiceError(failure_from_status(status))
    code = error.code()
    if code in _GONE:
        return unreachable()
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        failure = Failure(reason=code.name, message="the backend did not answer in time", advice="Try again.")
        return ServiceError(failure)
    reason = "TOKEN_INVALID" if code is grpc.StatusCode.UNAUTHENTICATED else code.name
    return ServiceError(Failure(reason=reason, message=error.details() or code.name))


def unreachable(message: str = "the backend does not answer") -> ServiceError:
    """Nobody answers."""
    return ServiceError(Failure(reason=UNREACHABLE, message=message, advice="Start it: mgie serve."))


def invalid_answer(what: str) -> ServiceError:
    """The server sent something that cannot be used. what: ends the sentence."""
    failure = Failure(
        reason="ANSWER_INVALID",
        message=f"the backend sent an answer that cannot be used: {what}",
        advice="Bring panel, command line and backend to the same version.",
    )
    return ServiceError(failure)
