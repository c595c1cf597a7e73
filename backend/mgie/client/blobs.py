"""Bytes by their digest: cutting for an upload, putting together after a download."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterable, Iterator

from mgie.api.failure import Failure, ServiceError

PIECE_BYTES = 1 << 20


def digest_of(blob: bytes | memoryview) -> str:
    """What a blob is called: its SHA-256, lower-case hex."""
    return hashlib.sha256(blob).hexdigest()


def pieces_of(blob: bytes | memoryview) -> Iterator[bytes]:
    """A blob in pieces of at most `PIECE_BYTES`."""
    view = memoryview(blob).cast("B")
    for start in range(0, len(view), PIECE_BYTES):
        yield bytes(view[start : start + PIECE_BYTES])


async def join_pieces(digest: str, pieces: AsyncIterable[bytes]) -> bytes:
    """The blob of a download. Raises ServiceError where it is not the one that was asked for."""
    sha256, blob = hashlib.sha256(), io.BytesIO()  # a join would need the memory twice
    async for piece in pieces:
        sha256.update(piece)  # while the next ones are on their way
        blob.write(piece)
    if sha256.hexdigest() != digest:
        failure = Failure(
            reason="BLOB_INVALID",
            message="the bytes that came are not those that were asked for",
            advice="Try again.",
        )
        raise ServiceError(failure)
    return blob.getvalue()
