"""Bytes on disk under their own SHA-256, within a quota; what is unused for longest goes first.

A blob is trusted once it has been compared with its name, and again after its file has changed; a damaged one
is missing. Everything here blocks on the disk and is called from worker threads; a lock guards its state.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import threading
from collections import Counter, OrderedDict
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import TypeAlias

from mgie.errors import DiskFull
from mgie.server.errors import RequestError
from mgie.weights.disk import disk_guard
from mgie.weights.manifest import sha256_of

log = logging.getLogger(__name__)

Signature: TypeAlias = tuple[int, int, int]  # size, time of the last change, inode
_DIGEST_CHARS = frozenset("0123456789abcdef")


class BlobStore:
    """The blobs of one server."""

    def __init__(self, folder: Path, quota_bytes: int) -> None:
        """Raises OSError where the folder cannot be made or read."""
        self._folder = folder
        self._quota_bytes = quota_bytes
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()
        self._verified: dict[str, Signature] = {}
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left_over in folder.glob("*.part"):
            with contextlib.suppress(OSError):
                left_over.unlink()
        self._sizes = _sizes_in(folder)  # longest unused first
        self._total_bytes = sum(self._sizes.values())
        self._num_uploads = 0

    @property
    def total_bytes(self) -> int:
        """Disk space in use."""
        return self._total_bytes

    def has(self, digest: str) -> bool:
        """Whether a blob is there, whole and unchanged; asking counts as using it."""
        with self._lock:
            if digest not in self._sizes:
                return False
            self._sizes.move_to_end(digest)
        if not self._is_good(digest):
            log.warning("blob damaged or gone digest=%s", digest)
            self._drop(digest)
            return False
        with contextlib.suppress(OSError):
            os.utime(self._path(digest))
            self._verified[digest] = _signature(self._path(digest))
        return True

    def size(self, digest: str) -> int:
        """Bytes of a blob; raises where it is missing."""
        if not self.has(digest):
            raise RequestError(
                "BLOB_NOT_FOUND", f"blob {digest[:12]}... is not here; upload it", metadata={"digest": digest}
            )
        return self._sizes[digest]

    def read(self, digest: str) -> bytes:
        """All bytes of a blob, compared with its name."""
        data = self.path(digest).read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            self._drop(digest)
            message = f"blob {digest[:12]}... is damaged; upload it again"
            raise RequestError("BLOB_NOT_FOUND", message, metadata={"digest": digest})
        return data

    def path(self, digest: str) -> Path:
        """The file of a blob. Hold the blob while the file is in use."""
        self.size(digest)
        return self._path(digest)

    def pieces(self, digest: str, offset: int, piece_bytes: int) -> Generator[bytes]:
        """The bytes of a blob from an offset on."""
        with self.path(digest).open("rb") as file:
            file.seek(offset)
            while piece := file.read(piece_bytes):
                yield piece

    def write(self, data: bytes | memoryview) -> str:
        """Store bytes that are ours; returns their digest. Raises DiskFull or BLOB_QUOTA_EXCEEDED."""
        digest = hashlib.sha256(data).hexdigest()
        if not self.has(digest):
            with self.new_part(digest) as part:
                with disk_guard(Path(part.name)), open_private(part) as file:
                    file.write(data)
                self.commit(part, digest, len(data))
        return digest

    def hold(self, digests: Iterable[str]) -> None:
        """Never evict these until they are released as often."""
        with self._lock:
            self._held.update(digests)

    def release(self, digests: Iterable[str]) -> None:
        """Undo one `hold`."""
        with self._lock:
            self._held.subtract(digests)
            self._held += Counter()  # drops what is not held any more

    @contextmanager
    def holding(self, digests: Iterable[str]) -> Generator[None]:
        """Hold blobs for a while."""
        held = list(digests)
        self.hold(held)
        try:
            yield
        finally:
            self.release(held)

    def remove(self, digests: Iterable[str]) -> None:
        """Delete those that nobody holds."""
        for digest in digests:
            with self._lock:
                is_held = digest in self._held
            if not is_held:
                self._drop(digest)

    def check_room(self, num_bytes: int) -> None:
        """Raise where a blob of this size could not be stored, whatever is evicted. Evicts nothing."""
        with self._lock:
            in_use = sum(size for digest, size in self._sizes.items() if digest in self._held)
        if in_use + num_bytes > self._quota_bytes:
            raise self._too_much(num_bytes)
        if num_bytes > shutil.disk_usage(self._folder).free + self._total_bytes:
            raise DiskFull(f"a blob of {num_bytes} bytes does not fit on the server's disk")

    @contextmanager
    def new_part(self, digest: str) -> Generator[Path]:
        """Where a blob is written before it is whole; gone with the end of the block."""
        with self._lock:
            self._num_uploads += 1
            part = self._folder / f"{digest}.{self._num_uploads}.part"
        try:
            yield part
        finally:
            part.unlink(missing_ok=True)

    def commit(self, part: Path, digest: str, num_bytes: int) -> None:
        """Make a whole part a blob. The caller has compared its bytes with the digest."""
        with self._lock:
            known = self._sizes.pop(digest, 0)
            self._total_bytes -= known
            try:
                victims = self._victims(num_bytes)
            except RequestError:
                if known:
                    self._sizes[digest] = known
                    self._total_bytes += known
                raise
            for victim in victims:
                self._total_bytes -= self._sizes.pop(victim)
                self._path(victim).unlink(missing_ok=True)
            path = self._path(digest)
            path.parent.mkdir(exist_ok=True, mode=0o700)
            part.replace(path)
            self._total_bytes += num_bytes
            self._sizes[digest] = num_bytes
            self._verified[digest] = _signature(path)

    def _victims(self, num_bytes: int) -> list[str]:
        """What has to go for so many bytes, longest unused first."""
        excess = self._total_bytes + num_bytes - self._quota_bytes
        victims: list[str] = []
        for digest, size in self._sizes.items():
            if excess <= 0:
                break
            if digest not in self._held:
                victims.append(digest)
                excess -= size
        if excess > 0:
            raise self._too_much(num_bytes)
        return victims

    def _too_much(self, num_bytes: int) -> RequestError:
        return RequestError(
            "BLOB_QUOTA_EXCEEDED",
            f"{num_bytes} bytes do not fit beside what is in use; the quota is {self._quota_bytes} bytes",
            metadata={"num_bytes": str(num_bytes), "quota_bytes": str(self._quota_bytes)},
        )

    def _is_good(self, digest: str) -> bool:
        path = self._path(digest)
        try:
            if path.is_symlink() or not path.is_file():
                return False
            signature = _signature(path)
            if self._verified.get(digest) == signature:
                return True
            if signature[0] != self._sizes.get(digest) or sha256_of(path) != digest:
                return False
        except OSError:
            return False
        self._verified[digest] = signature
        return True

    def _drop(self, digest: str) -> None:
        with self._lock:
            self._total_bytes -= self._sizes.pop(digest, 0)
            self._verified.pop(digest, None)
            with contextlib.suppress(OSError):
                self._path(digest).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def open_private(path: Path) -> FileIO:
    """A file to write, without a buffer, that only this user can read."""
    return FileIO(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600))


def _sizes_in(folder: Path) -> OrderedDict[str, int]:
    """The blobs of a folder by when they were last used. What is none is left alone."""
    found: list[tuple[float, str, int]] = []
    for path in folder.glob("??/*"):
        if len(path.name) != 64 or not _DIGEST_CHARS.issuperset(path.name):
            continue
        with contextlib.suppress(OSError):
            status = path.lstat()
            found.append((status.st_mtime, path.name, status.st_size))
    return OrderedDict((name, size) for _, name, size in sorted(found))


def _signature(path: Path) -> Signature:
    status = path.lstat()
    return status.st_size, status.st_mtime_ns, status.st_ino
