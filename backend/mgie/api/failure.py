"""`Failure`: how a call, an edit or an operation failed, as data; `ServiceError`: as an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

UNREACHABLE = "SERVER_UNREACHABLE"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What went wrong, in one sentence, and what a person can do."""

    reason: str  # stable, UPPER_SNAKE; docs/api.md lists all of them
    message: str
    advice: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])  # the variables of the message
    retry_s: float | None = None  # when to try again, None where that does not help
    code: int = 2  # gRPC's canonical code, 1..16


class ServiceError(Exception):
    """A call to the service failed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure

    @property
    def reason(self) -> str:
        """Stable, UPPER_SNAKE."""
        return self.failure.reason

    @property
    def advice(self) -> str:
        """What a person can do, "" where nothing is known."""
        return self.failure.advice

    @property
    def is_connection(self) -> bool:
        """Whether the connection failed rather than the request: calling again may help."""
        return self.reason in (UNREACHABLE, "SERVER_STOPPING")
