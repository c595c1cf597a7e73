"""Blobs in and out, in pieces; threads do the hashing and writing while the next pieces arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Generator
from itertools import islice

from mgie.api.system import Limits
from mgie.server.blobs import BlobStore
from mgie.server.checks import check_digest
from mgie.server.errors import RequestError, invalid
from mgie.server.upload import Upload
from mgie.v1 import edit_service_pb2 as edits

IDLE_S = 30.0  # an upload that brings nothing for so long is dropped
_CHUNK_BYTES = 2 << 20  # collected before a thread takes them


async def receive_blob(
    requests: AsyncIterable[edits.UploadBlobRequest],
    blobs: BlobStore,
    limits: Limits,
    *,
    idle_s: float = IDLE_S,
) -> edits.UploadBlobResponse:
    """Store an upload. One that breaks off, stalls, or is not what it announced, leaves nothing behind."""
    messages = _timely(aiter(requests), idle_s)
    header = await _header(messages, limits)
    if await asyncio.to_thread(blobs.has, header.digest):
        return edits.UploadBlobResponse(digest=header.digest, already_there=True)
    with await asyncio.to_thread(Upload, blobs, header.digest, header.num_bytes) as upload:
        storing: asyncio.Future[None] = asyncio.ensure_future(asyncio.sleep(0))
        try:
            async for pieces in _chunks(messages, limits):
                await asyncio.shield(storing)
                storing = asyncio.ensure_future(_store(upload, pieces))
            await asyncio.shield(storing)
        finally:  # also where the client has gone: no thread may write into a file that is closed
            await asyncio.gather(storing, return_exceptions=True)
        await asyncio.to_thread(upload.commit)
    return edits.UploadBlobResponse(digest=header.digest)


async def send_blob(
    digest: str, offset: int, blobs: BlobStore, limits: Limits
) -> AsyncGenerator[edits.DownloadBlobResponse]:
    """The bytes of a blob from an offset on."""
    with blobs.holding([digest]):
        size = await asyncio.to_thread(blobs.size, digest)
        if offset > size:
            raise invalid("offset", f"{offset} lies beyond the blob's {size} bytes")
        pieces = blobs.pieces(digest, offset, limits.max_piece_bytes)
        num_ahead = max(1, _CHUNK_BYTES // limits.max_piece_bytes)
        reading = asyncio.ensure_future(asyncio.to_thread(_take, pieces, num_ahead))
        try:
            while chunk := await asyncio.shield(reading):
                reading = asyncio.ensure_future(asyncio.to_thread(_take, pieces, num_ahead))
                for piece in chunk:
                    yield edits.DownloadBlobResponse(piece=piece)
        finally:
            await asyncio.gather(reading, return_exceptions=True)
            pieces.close()


async def _timely(
    messages: AsyncIterator[edits.UploadBlobRequest], idle_s: float
) -> AsyncIterator[edits.UploadBlobRequest]:
    """The messages of an upload, as long as each comes in time."""
    while True:
        try:
            message = await asyncio.wait_for(anext(messages, None), idle_s)
        except TimeoutError as error:
            raise RequestError("UPLOAD_STALLED", f"nothing came for {idle_s:g} s") from error
        if message is None:
            return
        yield message


async def _header(messages: AsyncIterator[edits.UploadBlobRequest], limits: Limits) -> edits.BlobHeader:
    first = await anext(messages, None)
    if first is None or first.WhichOneof("content") != "header":
        raise invalid("content", "the first message of an upload is its header")
    header = first.header
    check_digest("header.digest", header.digest)
    if not header.num_bytes:
        raise RequestError("BLOB_INVALID", "an empty blob; num_bytes must be at least 1")
    if header.num_bytes > limits.max_blob_bytes:
        raise RequestError(
            "BLOB_TOO_LARGE",
            f"a blob of {header.num_bytes} bytes; {limits.max_blob_bytes} at most",
            metadata={"max_blob_bytes": str(limits.max_blob_bytes)},
        )
    return header


async def _chunks(
    messages: AsyncIterator[edits.UploadBlobRequest], limits: Limits
) -> AsyncIterator[list[bytes]]:
    pieces: list[bytes] = []
    num_bytes = 0
    async for message in messages:
        if message.WhichOneof("content") != "piece":
            raise invalid("content", "after the header only pieces follow")
        piece = message.piece  # once: protobuf copies the bytes every time
        if len(piece) > limits.max_piece_bytes:
            raise invalid("piece", f"{len(piece)} bytes; {limits.max_piece_bytes} at most")
        pieces.append(piece)
        num_bytes += len(piece)
        if num_bytes >= _CHUNK_BYTES:
            yield pieces
            pieces, num_bytes = [], 0
    if pieces:
        yield pieces


async def _store(upload: Upload, pieces: list[bytes]) -> None:
    """Digest and write at the same time; returns, or raises, when both have ended."""
    digesting = asyncio.ensure_future(asyncio.to_thread(upload.digest, *pieces))
    try:
        await asyncio.to_thread(upload.write, *pieces)
    finally:
        await digesting


def _take(pieces: Generator[bytes], num: int) -> list[bytes]:
    return list(islice(pieces, num))
