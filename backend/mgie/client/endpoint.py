"""`Endpoint`: all that is needed to call a server."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from mgie.api.failure import UNREACHABLE, Failure, ServiceError


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A server as a client sees it."""

    address: str  # as gRPC writes it, e.g. "unix:/run/user/1000/mgie.sock" or "host:7860"
    token: str  # that every call must bring
    fingerprint: str = ""  # SHA-256 of its certificate, hex: trust exactly that one
    uses_tls: bool = False  # without a fingerprint: trust what the machine's own authorities signed


Locate: TypeAlias = Callable[[], Endpoint]  # raises ServiceError where there is no server


def read_token(path: Path) -> str:
    """The token in a file. Raises ServiceError where there is none."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        failure = Failure(
            reason=UNREACHABLE,
            message=f"the token file {path.name} cannot be read",
            advice="Start the backend again, or name the token file of the server.",
        )
        raise ServiceError(failure) from error


def is_loopback(host: str) -> bool:
    """Whether an address reaches this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def normal_fingerprint(fingerprint: str) -> str:
    """Lower-case hex without colons."""
    return fingerprint.lower().replace(":", "").strip()
