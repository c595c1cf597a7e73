"""`ServiceError`: what a call to the service can end with, in one shape."""

from __future__ import annotations

from collections.abc import Mapping

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

UNREACHABLE = "SERVER_UNREACHABLE"


class ServiceError(Exception):
    """A call failed. `reason` is stable and UPPER_SNAKE; docs/api.md lists all of them."""

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        advice: str = "",
        metadata: Mapping[str, str] | None = None,
        retry_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.advice = advice  # what a person can do, "" where nothing is known
        self.metadata = dict(metadata or {})
        self.retry_s = retry_s  # when to try again, None where that does not help

    @property
    def is_connection(self) -> bool:
        """Whether the connection failed rather than the request: calling again may help."""
        return self.reason in (UNREACHABLE, "SERVER_STOPPING")


def error_of_status(status: status_pb2.Status) -> ServiceError:
    """The error in an event, an edit or an operation."""
    info, help_ = error_details_pb2.ErrorInfo(), error_details_pb2.Help()
    retry = error_details_pb2.RetryInfo()
    for detail in status.details:
        for message in (info, help_, retry):
            detail.Unpack(message)  # does nothing where the type is another
    return ServiceError(
        info.reason or "UNKNOWN",
        status.message,
        advice=help_.links[0].description if help_.links else "",
        metadata=info.metadata,
        retry_s=retry.retry_delay.ToTimedelta().total_seconds() if retry.HasField("retry_delay") else None,
    )


def error_of_call(error: grpc.RpcError) -> ServiceError:
    """The error of a call that gRPC ended, blocking or with asyncio."""
    if isinstance(error, grpc.Call | grpc.aio.AioRpcError):
        status = rpc_status.from_call(error)  # pyright: ignore[reportArgumentType] # both have what it reads
        if status is not None:
            return error_of_status(status)
        code = error.code()
        if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
            return ServiceError(UNREACHABLE, "the backend does not answer", advice="Start it: mgie serve.")
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return ServiceError("DEADLINE_EXCEEDED", "the backend did not answer in time")
        return ServiceError(code.name, error.details() or code.name)
    return ServiceError("UNKNOWN", str(error))
