"""Parts of requests: how an edit is queued, which previews are wanted, a blob in pieces."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

from mgie.api.edit import QueuePlace, RestartPolicy
from mgie.api.events import PreviewOptions
from mgie.api.proto_fields import enum_number
from mgie.api.to_proto import to_proto
from mgie.client.blobs import pieces_of
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import types_pb2 as types


def new_request_id() -> str:
    """An id for a new edit or batch. Keep it: sending it again finds what it made."""
    return uuid.uuid4().hex


async def upload_messages(digest: str, blob: bytes | memoryview) -> AsyncIterator[edits.UploadBlobRequest]:
    """The messages that upload a blob."""
    header = edits.BlobHeader(digest=digest, num_bytes=memoryview(blob).nbytes)
    yield edits.UploadBlobRequest(header=header)
    for piece in pieces_of(blob):
        yield edits.UploadBlobRequest(piece=piece)


def queueing(request_id: str, place: QueuePlace, restart_policy: RestartPolicy) -> dict[str, Any]:
    """The fields of a request that puts something in the queue."""
    return {
        "request_id": request_id or new_request_id(),
        "place": number(types.QueuePlace, place),
        "restart_policy": number(types.RestartPolicy, restart_policy),
    }


def number(enum: Any, value: Any) -> int:
    """A value of the vocabulary as the number of its enum."""
    return enum_number(enum.DESCRIPTOR, value)


def wanted(previews: PreviewOptions | None) -> edits.PreviewOptions | None:
    """Which previews are wanted."""
    return None if previews is None else to_proto(previews, edits.PreviewOptions)
