"""Files that are whole or not there: written beside their place, then put into it. Standard library only."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_KEPT_ATTRIBUTES = ("user.", "system.posix_acl_access")


@contextmanager
def atomic_write(path: Path, *, mode: int | None = None, follows_links: bool = True) -> Generator[Path]:
    """A file to write that takes the place of `path` once the block ended well; no crash leaves half a file.

    A file that is there keeps its mode, owner, attributes and hard links, and a symbolic link stays one,
    unless `follows_links` is false: then the link itself is replaced. mode: permission bits of a new file,
    and without `follows_links` of any; None leaves them to the umask. Raises OSError.
    """
    target = Path(os.path.realpath(path)) if follows_links else path
    old = _stat(target) if follows_links else None
    temporary = _create(target, stat.S_IMODE(old.st_mode) if old else mode)
    try:
        yield temporary
        _sync(temporary)
        _put(temporary, target, old)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes, *, mode: int | None = None, follows_links: bool = True) -> None:
    """Put `data` in the place of a file, whole or not at all; see `atomic_write`. Raises OSError."""
    with atomic_write(path, mode=mode, follows_links=follows_links) as temporary:
        with temporary.open("wb") as file:
            file.write(data)
        if temporary.stat().st_size != len(data):
            raise OSError(f"{temporary.stat().st_size} of {len(data)} bytes arrived")


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _create(target: Path, mode: int | None) -> Path:
    """An empty file in the target's folder; its name is short, however long the target's is."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".mgie-{secrets.token_hex(6)}{target.suffix[:8]}")
    wanted = 0o666 if mode is None else mode | stat.S_IWUSR
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, wanted))
    if mode is not None:
        temporary.chmod(wanted)
    return temporary


def _put(temporary: Path, target: Path, old: os.stat_result | None) -> None:
    """Move the file into place, or write into the old one where only that keeps its links and owner."""
    if old is not None and (old.st_nlink > 1 or not _takes_after(temporary, target, old)):
        _overwrite(temporary, target)
        return
    try:
        temporary.replace(target)
    except OSError:
        if old is None or not target.is_file():
            raise
        _overwrite(temporary, target)  # a file that is mounted by itself cannot be replaced
    _sync_folder(target.parent)


def _takes_after(temporary: Path, target: Path, old: os.stat_result) -> bool:
    """Whether the new file could be given owner, mode and attributes of the old one."""
    new = temporary.stat()
    try:
        if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
            os.chown(temporary, old.st_uid, old.st_gid)
        temporary.chmod(stat.S_IMODE(old.st_mode))
        for name in os.listxattr(target) if hasattr(os, "listxattr") else []:
            if name.startswith(_KEPT_ATTRIBUTES):  # the rest is the system's own, as of SELinux
                os.setxattr(temporary, name, os.getxattr(target, name))
    except OSError:
        return False
    return True


def _overwrite(source: Path, target: Path) -> None:
    """Write into the file that is there; the space is claimed before its first byte changes."""
    size = source.stat().st_size
    with source.open("rb") as new, target.open("r+b") as file:
        _reserve(file.fileno(), size)
        shutil.copyfileobj(new, file, 1 << 20)
        file.truncate(size)
        file.flush()
        os.fsync(file.fileno())


def _reserve(handle: int, size: int) -> None:
    before = os.fstat(handle).st_size
    if size <= 0 or not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(handle, 0, size)
    except OSError:
        os.ftruncate(handle, before)
        raise


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    """Make the new name last; not every system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
