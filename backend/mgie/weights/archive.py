"""Taking the wanted files, and nothing else, out of a tar archive from the net."""

from __future__ import annotations

import shutil
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from mgie.errors import BadCheckpoint, DiskFull
from mgie.weights.disk import disk_guard


def unpack(archive: Path, folder: Path, wanted: Iterable[str]) -> Iterator[str]:
    """Write the members whose last name is in `wanted` to `folder`, yielding each name.

    Refused are archives with a path that leaves its folder, without one of the wanted names, or cut
    short; links and other members are passed over.
    """
    missing = set(wanted)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with disk_guard(folder), tarfile.open(archive, mode="r|*") as tar:
            for member in tar:
                name = _checked_name(archive, member)
                if name not in missing:
                    continue
                _write_member(tar, member, folder / name)
                missing.remove(name)
                yield name
                if not missing:
                    return
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BadCheckpoint(f"{archive.name} is damaged or no archive: {error}") from error
    raise BadCheckpoint(f"{archive.name} holds no {', '.join(sorted(missing))}")


def _checked_name(archive: Path, member: tarfile.TarInfo) -> str:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name:
        raise BadCheckpoint(f"{archive.name} holds the unsafe path {member.name!r}; nothing of it is used")
    return path.name if member.isreg() else ""


def _write_member(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    free = shutil.disk_usage(target.parent).free
    if member.size > free:
        raise DiskFull(f"{target} needs {member.size / 1e9:.1f} GB, free are {free / 1e9:.1f} GB")
    source = tar.extractfile(member)
    assert source is not None, "regular members can be read"
    partial = target.with_name(target.name + ".part")
    with source, partial.open("wb") as file:
        shutil.copyfileobj(source, file, length=1 << 20)
    if partial.stat().st_size != member.size:
        raise EOFError(f"{member.name} ends early")
    partial.replace(target)
