"""`Upload`: one blob on its way to the disk. Digesting and writing may go on in two threads at once."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from mgie.server.errors import RequestError
from mgie.weights.disk import disk_guard

if TYPE_CHECKING:
    from io import FileIO

    from mgie.server.blobs import BlobStore

_RESERVED_FROM_BYTES = 1 << 20  # for less it would cost more than it brings


class Upload:
    """Leaving the context without `commit` drops it. Raises `DiskFull`."""

    def __init__(self, store: BlobStore, part: Path, digest: str, num_bytes: int) -> None:
        self._store = store
        self._part = part
        self._digest = digest
        self._num_bytes = num_bytes
        self._num_written = 0
        self._sha256 = hashlib.sha256()
        self._is_done = False
        self._guard_name = Path(part.name)  # clients hear of it, but not where it lies
        try:
            self._file = part.open("wb", buffering=0)
        except BaseException:
            store.drop_upload(part, num_bytes)
            raise

    def __enter__(self) -> Upload:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
        if not self._is_done:
            self._store.drop_upload(self._part, self._num_bytes)

    def reserve(self) -> None:
        """Take the space on the disk: a full one shows before anything is sent, and writing is faster."""
        if self._num_bytes >= _RESERVED_FROM_BYTES:
            with disk_guard(self._guard_name):
                _reserve(self._file, self._num_bytes)

    def digest(self, *pieces: bytes | memoryview) -> None:
        """Take the next pieces into the digest."""
        for piece in pieces:
            self._sha256.update(piece)

    def write(self, *pieces: bytes | memoryview) -> None:
        """Write the next pieces."""
        self._num_written += sum(map(len, pieces))
        if self._num_written > self._num_bytes:
            raise RequestError("BLOB_INVALID", f"more bytes came than the {self._num_bytes} announced")
        with disk_guard(self._guard_name):
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
        self._store.finish_upload(self._part, self._digest, self._num_bytes)
        self._is_done = True


def _reserve(file: FileIO, num_bytes: int) -> None:
    if not hasattr(os, "posix_fallocate"):  # macOS and Windows
        return
    try:
        os.posix_fallocate(file.fileno(), 0, num_bytes)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise  # other errors: this kind of disk cannot
