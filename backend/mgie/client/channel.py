"""A channel to a server: Unix socket, loopback, or TLS with the server's certificate pinned."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ssl

import grpc

from mgie.api.failure import Failure, ServiceError
from mgie.client.endpoint import Endpoint, normal_fingerprint
from mgie.client.errors import unreachable

MAX_RECEIVE_BYTES = 64 << 20  # lists of edits; pictures come in pieces
SERVER_NAME = "mgie"  # what certificates made by a server answer to

_OPTIONS: list[tuple[str, int | str]] = [
    ("grpc.max_receive_message_length", MAX_RECEIVE_BYTES),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.enable_http_proxy", 0),
]


async def open_channel(endpoint: Endpoint) -> grpc.aio.Channel:
    """A channel to a server. Raises ServiceError where it does not show the pinned certificate."""
    address = endpoint.address
    if endpoint.fingerprint:
        certificate = await asyncio.to_thread(_fetch_certificate, address, endpoint.fingerprint)
        credentials = grpc.ssl_channel_credentials(certificate.encode())
        options = [*_OPTIONS, ("grpc.ssl_target_name_override", SERVER_NAME)]
        return grpc.aio.secure_channel(address, credentials, options)
    if endpoint.uses_tls:
        return grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(), _OPTIONS)
    return grpc.aio.insecure_channel(address, _OPTIONS)


async def shown_fingerprint(address: str) -> str:
    """SHA-256 of the certificate that a server shows, hex, to be compared by a person before it is trusted.

    Raises ServiceError where no TLS server answers.
    """
    return _fingerprint(await asyncio.to_thread(_shown_certificate, address))


def _fetch_certificate(address: str, fingerprint: str) -> str:
    """The certificate a server shows, if it is the pinned one."""
    certificate = _shown_certificate(address)
    found = _fingerprint(certificate)
    if not hmac.compare_digest(found, normal_fingerprint(fingerprint)):
        failure = Failure(
            reason="CERTIFICATE_CHANGED",
            message=f"the server at {address} shows another certificate than the pinned one",
            advice="Ask its owner for the fingerprint that `mgie status` prints there.",
        )
        raise ServiceError(failure)
    return certificate


def _shown_certificate(address: str) -> str:
    host, _, port = address.rpartition(":")
    try:
        return ssl.get_server_certificate((host.strip("[]"), int(port)), timeout=10)
    except (OSError, ValueError) as error:
        raise unreachable(f"no TLS server answers at {address}") from error


def _fingerprint(certificate: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()
