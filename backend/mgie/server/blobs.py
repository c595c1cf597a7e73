"""Bytes on disk under their own SHA-256, within a quota; what is unused for longest goes first.

Everything here blocks on the disk and is called from worker threads; one lock guards the books.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Generator, Iterable
from pathlib import Path

from mgie.server.errors import RequestError
from mgie.server.upload import Upload

_DIGEST = re.compile(r"[0-9a-f]{64}")


def check_digest(digest: str) -> None:
    """Raise unless it is a SHA-256 in lower-case hex. Nothing else ever becomes a file name."""
    if not _DIGEST.fullmatch(digest):
        raise RequestError("BLOB_INVALID", "a blob is named by 64 lower-case hex digits, its SHA-256")


class BlobStore:
    """The blobs of one server."""

    def __init__(self, folder: Path, quota_bytes: int) -> None:
        self._folder = folder
        self._quota_bytes = quota_bytes
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()
        self._reserved_bytes = 0  # of uploads under way
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left_over in folder.glob("*.part"):
            left_over.unlink()
        found = sorted((path.stat().st_mtime, path) for path in folder.glob("??/*"))
        self._sizes = OrderedDict(
            (path.name, path.stat().st_size) for _, path in found
        )  # longest unused first
        self._total_bytes = sum(self._sizes.values())
        self._num_uploads = 0

    @property
    def total_bytes(self) -> int:
        """Disk space in use."""
        return self._total_bytes

    def has(self, digest: str) -> bool:
        """Whether a blob is there; asking counts as using it."""
        with self._lock:
            if digest not in self._sizes:
                return False
            self._sizes.move_to_end(digest)
        os.utime(self._path(digest))
        return True

    def size(self, digest: str) -> int:
        """Bytes of a blob; raises where it is missing."""
        check_digest(digest)
        if not self.has(digest):
            raise RequestError(
                "BLOB_NOT_FOUND", f"blob {digest[:12]}... is not here; upload it", metadata={"digest": digest}
            )
        return self._sizes[digest]

    def read(self, digest: str) -> bytes:
        """All bytes of a blob."""
        return self.path(digest).read_bytes()

    def path(self, digest: str) -> Path:
        """The file of a blob. Hold the blob while the file is in use."""
        self.size(digest)
        return self._path(digest)

    def pieces(self, digest: str, offset: int, piece_bytes: int) -> Generator[bytes]:
        """The bytes of a blob from an offset on."""
        self.size(digest)
        with self._path(digest).open("rb") as file:
            file.seek(offset)
            while piece := file.read(piece_bytes):
                yield piece

    def write(self, data: bytes | memoryview) -> str:
        """Store bytes that are ours; returns their digest."""
        digest = hashlib.sha256(data).hexdigest()
        if not self.has(digest):
            with self.upload(digest, len(data)) as upload:
                upload.digest(data)
                upload.write(data)
                upload.commit()
        return digest

    def upload(self, digest: str, num_bytes: int) -> Upload:
        """Begin to store bytes that come in pieces. Room for them is made at once."""
        check_digest(digest)
        with self._lock:
            self._make_room(num_bytes)
            self._reserved_bytes += num_bytes
            self._num_uploads += 1
            part = self._folder / f"{digest}.{self._num_uploads}.part"
        return Upload(self, part, digest, num_bytes)

    def hold(self, digests: Iterable[str]) -> None:
        """Never evict these until they are released as often."""
        with self._lock:
            self._held.update(digests)

    def release(self, digests: Iterable[str]) -> None:
        """Undo one `hold`."""
        with self._lock:
            self._held.subtract(digests)
            self._held += Counter()  # drops what is not held any more

    def _make_room(self, num_bytes: int) -> None:
        excess = self._total_bytes + self._reserved_bytes + num_bytes - self._quota_bytes
        victims: list[str] = []
        for digest, size in self._sizes.items():
            if excess <= 0:
                break
            if digest not in self._held:
                victims.append(digest)
                excess -= size
        if excess > 0:
            raise RequestError(
                "BLOB_QUOTA_EXCEEDED",
                f"{num_bytes} bytes do not fit beside what is in use; the quota is {self._quota_bytes} bytes",
                metadata={"num_bytes": str(num_bytes), "quota_bytes": str(self._quota_bytes)},
            )
        for digest in victims:
            self._total_bytes -= self._sizes.pop(digest)
            self._path(digest).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def finish_upload(self, part: Path, digest: str, num_bytes: int) -> None:
        """Enter a complete upload into the books."""
        path = self._path(digest)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        part.replace(path)
        with self._lock:
            self._reserved_bytes -= num_bytes
            if digest not in self._sizes:
                self._total_bytes += num_bytes
            self._sizes[digest] = num_bytes
            self._sizes.move_to_end(digest)

    def drop_upload(self, part: Path, num_bytes: int) -> None:
        """Forget an upload that broke off."""
        part.unlink(missing_ok=True)
        with self._lock:
            self._reserved_bytes -= num_bytes
