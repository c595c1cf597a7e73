"""What the operations on models do. The blocking parts run in threads and look at `is_cancelling`."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from mgie.errors import BadCheckpoint, DiskFull, LicenseNotAccepted, ModelNotInstalled
from mgie.server.operations import Work
from mgie.weights.disk import disk_guard
from mgie.weights.installed import default_models_dir
from mgie.weights.manifest import MANIFEST_NAME, read_manifest, verify

if TYPE_CHECKING:
    from mgie.server.backend import Backend

_PIECE_BYTES = 4 << 20


async def load(backend: Backend, work: Work) -> None:
    """Bring a model into memory on every lane."""
    work.report("loading")
    await asyncio.to_thread(backend.registry.model, work.model)
    await asyncio.gather(*(lane.load(work.model) for lane in backend.scheduler.lanes))


async def unload(backend: Backend, work: Work) -> None:
    """Free the devices, after what runs on them."""
    work.report("waiting for running edits")
    await asyncio.gather(*(lane.unload() for lane in backend.scheduler.lanes))


async def check_bytes(backend: Backend, work: Work) -> None:
    """Compare every byte with the manifest."""
    folder = await asyncio.to_thread(backend.registry.folder, work.model)
    await asyncio.to_thread(_verify, folder, work)


async def install(backend: Backend, work: Work, license_accepted: bool) -> None:
    """Install a published model, or one from the import folder."""
    models_dir = backend.settings.models_dir or default_models_dir()
    inbox = import_folder(backend.settings.state_dir)
    await asyncio.to_thread(_install, work, models_dir, inbox, license_accepted)


def import_folder(state_dir: Path) -> Path:
    """Where the server's owner puts model folders to be imported by name."""
    return state_dir / "imports"


def _verify(folder: Path, work: Work) -> None:
    total, done = read_manifest(folder).num_bytes, 0
    for file in verify(folder):
        done += file.num_bytes
        work.report(f"verified {file.path}", done, total)
        if work.is_cancelling:
            return


def _install(work: Work, models_dir: Path, inbox: Path, license_accepted: bool) -> None:
    folders = {path.name: path for path in inbox.iterdir()} if inbox.is_dir() else {}
    if work.model in folders:
        copy_model(folders[work.model], models_dir, work, license_accepted=license_accepted)
    else:
        _pull(work, models_dir, license_accepted)


def copy_model(source: Path, models_dir: Path, work: Work, *, license_accepted: bool) -> None:
    """Install what the manifest lists, and nothing else; links are refused."""
    if source.is_symlink() or (source / MANIFEST_NAME).is_symlink():
        raise BadCheckpoint(f"{source.name} is, or holds, a symbolic link; import a folder of plain files")
    manifest = read_manifest(source)
    names = [MANIFEST_NAME, *(file.path for file in manifest.files)]
    if any((source / name).is_symlink() for name in names):
        raise BadCheckpoint(f"{source.name} holds a symbolic link; import a folder of plain files")
    if not license_accepted:
        raise LicenseNotAccepted(f"{manifest.name} is under {manifest.license}; accept it first")
    _verify(source, work)
    partial = models_dir / f".{manifest.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        done = 0
        for name in names:
            done = _copy_file(source / name, partial / name, work, done, manifest.num_bytes)
        if not work.is_cancelling:
            shutil.rmtree(models_dir / manifest.name, ignore_errors=True)
            partial.rename(models_dir / manifest.name)
    except DiskFull as error:
        raise DiskFull(f"no space left while copying {manifest.name}; make room and try again") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _copy_file(source: Path, target: Path, work: Work, done: int, total: int) -> int:
    """Copy a plain file piece by piece, as long as nobody cancels; returns the bytes copied so far in all."""
    handle = os.open(source, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    with os.fdopen(handle, "rb") as old, disk_guard(Path(target.name)), target.open("wb") as new:
        while not work.is_cancelling and (piece := old.read(_PIECE_BYTES)):
            new.write(piece)
            done += len(piece)
            work.report(f"copying {source.name}", min(done, total), total)
    return done


def _pull(work: Work, models_dir: Path, license_accepted: bool) -> None:
    from mgie.editors.pull import pull_model
    from mgie.weights.fetch import Note
    from mgie.weights.pull_state import Remembered
    from mgie.weights.sources import published_models

    published = {model.name: model for model in published_models()}
    if work.model not in published:
        raise ModelNotInstalled(
            f"{work.model!r} is neither in the server's import folder nor published; "
            f"published are {', '.join(published) or 'none'}"
        )
    model = published[work.model]
    if license_accepted:
        Remembered(models_dir).accept_license(model)
    pulling = pull_model(model, models_dir)
    for event in pulling:
        if isinstance(event, Note):
            work.report(event.text)
        else:
            work.report(f"receiving {event.file}", event.num_bytes, event.total_bytes or 0)
        if work.is_cancelling:
            pulling.close()
