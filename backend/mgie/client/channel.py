"""A channel to a server: Unix socket, loopback, or TLS with the server's certificate pinned."""

from __future__ import annotations

import hashlib
import hmac
import ssl

import grpc

from mgie.client.errors import UNREACHABLE, ServiceError

MAX_RECEIVE_BYTES = 64 << 20  # lists of edits; pictures come in pieces
SERVER_NAME = "mgie"  # what certificates made by a server answer to

_OPTIONS: list[tuple[str, int | str]] = [
    ("grpc.max_receive_message_length", MAX_RECEIVE_BYTES),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 3_000),
    ("grpc.enable_http_proxy", 0),
]


def open_channel(address: str, *, fingerprint: str = "", tls: bool = False) -> grpc.Channel:
    """A channel to an address as gRPC writes it.

    fingerprint: SHA-256 of the server's certificate, hex; makes the channel trust exactly that certificate.
    tls: without a fingerprint, trust what the machine's own authorities signed.
    """
    if fingerprint:
        certificate = _fetch_certificate(address, fingerprint)
        credentials = grpc.ssl_channel_credentials(certificate.encode())
        options = [*_OPTIONS, ("grpc.ssl_target_name_override", SERVER_NAME)]
        return grpc.secure_channel(address, credentials, options)
    if tls:
        return grpc.secure_channel(address, grpc.ssl_channel_credentials(), _OPTIONS)
    return grpc.insecure_channel(address, _OPTIONS)


def _fetch_certificate(address: str, fingerprint: str) -> str:
    """The certificate a server shows, if it is the pinned one."""
    host, _, port = address.rpartition(":")
    try:
        certificate = ssl.get_server_certificate((host.strip("[]"), int(port)), timeout=10)
    except (OSError, ValueError) as error:
        raise ServiceError(UNREACHABLE, f"no TLS server answers at {address}") from error
    found = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()
    if not hmac.compare_digest(found, fingerprint.lower().replace(":", "")):
        raise ServiceError(
            "CERTIFICATE_CHANGED",
            f"the server at {address} shows another certificate than the pinned one",
            advice="Ask its owner for the fingerprint that `mgie status` prints there.",
        )
    return certificate
