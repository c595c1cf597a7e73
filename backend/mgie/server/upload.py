"""`Upload`: one blob on its way to the disk. Digesting and writing may go on in two threads at once."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import ExitStack
from io import FileIO
from pathlib import Path
from typing import Self

from mgie.server.blobs import BlobStore, open_private
from mgie.server.errors import RequestError
from mgie.weights.disk import disk_guard

_RESERVED_BYTES = 32 << 20  # taken on the disk ahead of what has come: writing is faster, a full disk shows


class Upload:
    """Leaving the context without `commit` drops it. Raises DiskFull, BLOB_INVALID or BLOB_QUOTA_EXCEEDED."""

    def __init__(self, store: BlobStore, digest: str, num_bytes: int) -> None:
        """Takes no space for bytes that have not come, and evicts nothing before all are there."""
        store.check_room(num_bytes)
        self._store = store
        self._digest = digest
        self._num_bytes = num_bytes
        self._num_written = 0
        self._num_reserved = 0
        self._sha256 = hashlib.sha256()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with self._stack as stack:
            self._part = stack.enter_context(self._store.new_part(self._digest))
            self._name = Path(self._part.name)  # clients learn of it, but not where it lies
            with disk_guard(self._name):
                self._file = stack.enter_context(open_private(self._part))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def digest(self, *pieces: bytes | memoryview) -> None:
        """Take the next pieces into the digest."""
        for piece in pieces:
            self._sha256.update(piece)

    def write(self, *pieces: bytes | memoryview) -> None:
        """Write the next pieces."""
        self._num_written += sum(map(len, pieces))
        if self._num_written > self._num_bytes:
            raise RequestError("BLOB_INVALID", f"more bytes came than the {self._num_bytes} announced")
        with disk_guard(self._name):
            self._reserve()
            for piece in pieces:
                self._file.write(piece)

    def commit(self) -> None:
        """Check size and digest, and keep the blob. All pieces were digested and written."""
        if self._num_written != self._num_bytes:
            raise RequestError(
                "BLOB_INVALID", f"{self._num_written} of {self._num_bytes} announced bytes came"
            )
        if self._sha256.hexdigest() != self._digest:
            raise RequestError("BLOB_INVALID", "the bytes have another SHA-256 than announced")
        self._file.close()
        with disk_guard(self._name):
            self._store.commit(self._part, self._digest, self._num_bytes)

    def _reserve(self) -> None:
        """Take the next space on the disk, where more is to come than a small blob."""
        if self._num_written <= self._num_reserved or self._num_bytes < _RESERVED_BYTES:
            return
        wanted = min(self._num_written + _RESERVED_BYTES, self._num_bytes)
        _allocate(self._file, self._num_reserved, wanted - self._num_reserved)
        self._num_reserved = wanted


def _allocate(file: FileIO, start: int, num_bytes: int) -> None:
    if not hasattr(os, "posix_fallocate"):  # macOS and Windows
        return
    try:
        os.posix_fallocate(file.fileno(), start, num_bytes)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise  # other errors: this kind of disk cannot
