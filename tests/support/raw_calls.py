"""The service as bare stubs, for what no client of ours would send."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Self

import grpc

from mgie.client.discovery import Discovery
from mgie.client.errors import error_of_call
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import edit_service_pb2_grpc as edits_grpc
from mgie.v1 import system_service_pb2_grpc as system_grpc

_OPTIONS = [("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1)]


class RawCalls:
    """One blocking connection; failures are `ServiceError`."""

    def __init__(self, discovery: Discovery, *, client_id: str = "raw") -> None:
        endpoint = discovery.endpoint()
        self.channel = grpc.insecure_channel(endpoint.address, _OPTIONS)
        self.metadata = (("authorization", f"Bearer {endpoint.token}"), ("mgie-client", client_id))
        self.edits = edits_grpc.EditServiceStub(self.channel)
        self.system = system_grpc.SystemServiceStub(self.channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.channel.close()

    def call(self, method: Any, request: Any, timeout: float = 20.0) -> Any:
        """A call with one answer."""
        try:
            return method(request, metadata=self.metadata, timeout=timeout)
        except grpc.RpcError as error:
            raise error_of_call(error) from error

    def stream(self, method: Any, request: Any) -> Iterator[Any]:
        """A call with many answers."""
        try:
            yield from method(request, metadata=self.metadata)
        except grpc.RpcError as error:
            raise error_of_call(error) from error


def upload_messages(blob: bytes) -> Iterator[edits.UploadBlobRequest]:
    """What uploads a blob, its bytes in one piece."""
    digest = hashlib.sha256(blob).hexdigest()
    yield edits.UploadBlobRequest(header=edits.BlobHeader(digest=digest, num_bytes=len(blob)))
    yield edits.UploadBlobRequest(piece=blob)
