"""Blobs as messages: cutting, digesting, putting together again."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator

from mgie.client.errors import ServiceError
from mgie.v1 import edit_service_pb2 as edits

PIECE_BYTES = 1 << 20


def digest_of(blob: bytes | memoryview) -> str:
    """What a blob is called: its SHA-256, lower-case hex."""
    return hashlib.sha256(blob).hexdigest()


def upload_messages(digest: str, blob: bytes | memoryview) -> Iterator[edits.UploadBlobRequest]:
    """The messages that upload a blob."""
    view = memoryview(blob).cast("B")
    header = edits.BlobHeader(digest=digest, num_bytes=len(view))
    yield edits.UploadBlobRequest(header=header)
    for start in range(0, len(view), PIECE_BYTES):
        yield edits.UploadBlobRequest(piece=bytes(view[start : start + PIECE_BYTES]))


def join_pieces(digest: str, pieces: Iterable[bytes]) -> bytes:
    """The blob of a download. Raises where it is not the one that was asked for."""
    sha256, blob = hashlib.sha256(), io.BytesIO()  # a join would need the memory twice
    for piece in pieces:
        sha256.update(piece)  # while the next ones are on their way
        blob.write(piece)
    if sha256.hexdigest() != digest:
        raise ServiceError("BLOB_INVALID", "the bytes that came are not those that were asked for")
    return blob.getvalue()
