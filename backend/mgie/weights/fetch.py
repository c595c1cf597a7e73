"""Bringing the parts of a published model here: mirrors in turn, archives unpacked, the disk checked first.

`fetch_parts` is a generator of what happens. What arrived whole stays until the caller removes it, so a
second try continues where the first one ended.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import filelock
import httpx2

from mgie.errors import BadCheckpoint, BadOption, DiskFull, DownloadFailed
from mgie.model.generators import mapped
from mgie.weights.archive import unpack
from mgie.weights.download import RemoteFile, download, look_up, new_client
from mgie.weights.hub import hub_file
from mgie.weights.manifest import sha256_of
from mgie.weights.pull_state import Remembered
from mgie.weights.sources import Mirror, Part, PublishedModel


@dataclass(frozen=True, kw_only=True)
class Received:
    """A file is arriving."""

    file: str
    num_bytes: int  # held so far
    total_bytes: int | None  # None when the server did not say


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something worth a line."""

    text: str


FetchEvent: TypeAlias = Received | Note
Fetching: TypeAlias = Generator[FetchEvent, None, None]


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How to reach the net, the same for every part."""

    client: httpx2.Client
    remembered: Remembered
    hub_endpoint: str | None = None  # another Hugging Face hub than huggingface.co
    retry_delay_s: float = 2.0  # doubles with every barren try


def fetch_parts(
    model: PublishedModel,
    folder: Path,
    remembered: Remembered,
    *,
    hub_endpoint: str | None = None,
    retry_delay_s: float = 2.0,
) -> Fetching:
    """Fill `folder/<part>/` for every part of a model.

    Raises DiskFull before anything is fetched; otherwise what the last mirror of a part did wrong.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise BadOption(f"{model.name} is being pulled by another process already") from error
    with lock, new_client() as client:
        check_disk(model, folder)
        connection = Connection(
            client=client, remembered=remembered, hub_endpoint=hub_endpoint, retry_delay_s=retry_delay_s
        )
        for part in model.parts:
            yield from _fetch_part(part, folder, connection)


def check_disk(model: PublishedModel, folder: Path) -> None:
    """Raise unless the disk holds what is still to come: downloads, unpacked archives, the imported model."""
    needed = model.installed_bytes
    for part in model.parts:
        if not is_whole(part, folder):
            from_archive = any(mirror.archive is not None for mirror in part.mirrors)  # any may be needed
            needed += part.unpacked_bytes * (2 if from_archive else 1)
            needed -= sum(path.stat().st_size for path in (folder / part.name).glob("*"))
    needed -= sum(path.stat().st_size for path in folder.glob("*.part"))
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFull(
            f"{model.name} needs about {needed / 1e9:.1f} GB in {folder} while it is fetched and converted, "
            f"free are {free / 1e9:.1f} GB; make room or choose another folder for models"
        )


def is_whole(part: Part, folder: Path) -> bool:
    """Whether every file of a part has arrived, from whichever mirror."""
    return any(all((folder / part.name / name).is_file() for name in mirror.files) for mirror in part.mirrors)


def _fetch_part(part: Part, folder: Path, connection: Connection) -> Fetching:
    if is_whole(part, folder):
        yield Note(text=f"{part.name}: here already")
        return
    for mirror in part.mirrors:
        yield Note(text=f"{part.name}: from {mirror.address}")
        try:
            fetch = _fetch_archive if mirror.archive is not None else _fetch_hub_files
            yield from fetch(mirror, folder / part.name, connection)
            return
        except (DownloadFailed, BadCheckpoint) as error:  # a wrong digest is a BadCheckpoint
            if mirror is part.mirrors[-1]:
                raise
            yield Note(text=f"{part.name}: {error}; trying the next mirror")


def _fetch_hub_files(mirror: Mirror, folder: Path, connection: Connection) -> Fetching:
    assert mirror.hub is not None, "a mirror is a hub repository or an archive"
    for name in mirror.files:
        path = f"{mirror.folder}/{name}".lstrip("/")
        remote = hub_file(mirror.hub, path, revision=mirror.revision, endpoint=connection.hub_endpoint)
        if not _is_same(folder / name, remote):
            yield from _download(remote, folder / name, connection)


def _is_same(path: Path, remote: RemoteFile) -> bool:
    """Whether an earlier try, perhaps from another mirror, left exactly this file."""
    if not path.is_file() or path.stat().st_size != remote.num_bytes:
        return False
    return remote.sha256 is None or sha256_of(path) == remote.sha256


def _fetch_archive(mirror: Mirror, folder: Path, connection: Connection) -> Fetching:
    assert mirror.archive is not None, "a mirror is a hub repository or an archive"
    archive = folder.parent / mirror.archive.rpartition("/")[2]
    expected = mirror.sha256 or connection.remembered.digest_of(mirror.archive)
    if not archive.is_file():
        remote = look_up(mirror.archive, sha256=expected, client=connection.client)
        sha256 = yield from _download(remote, archive, connection)
        if expected is None:
            yield Note(text=f"{archive.name}: no digest was published; remembering SHA-256 {sha256}")
            connection.remembered.remember_digest(mirror.archive, sha256)
    try:
        for name in unpack(archive, folder, mirror.files):
            yield Note(text=f"{folder.name}: unpacked {name}")
    except BadCheckpoint:
        archive.unlink()
        raise
    archive.unlink()


def _download(remote: RemoteFile, target: Path, connection: Connection) -> Generator[FetchEvent, None, str]:
    steps = download(remote, target, client=connection.client, retry_delay_s=connection.retry_delay_s)

    def received(num_bytes: int) -> FetchEvent:
        return Received(file=target.name, num_bytes=num_bytes, total_bytes=remote.num_bytes)

    return (yield from mapped(steps, received))
