"""What the operations on models do. The blocking parts run in threads and look at `is_cancelling`."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from mgie.errors import LicenseNotAccepted, ModelNotInstalled
from mgie.server.operations import Operation
from mgie.weights.installed import default_models_dir
from mgie.weights.manifest import read_manifest, verify

if TYPE_CHECKING:
    from mgie.server.backend import Backend


async def load(backend: Backend, operation: Operation) -> None:
    """Bring a model into memory on every lane."""
    operation.message = "loading"
    await asyncio.to_thread(backend.catalogue.facts, operation.model)
    await asyncio.gather(*(lane.load(operation.model) for lane in backend.driver.lanes))


async def unload(backend: Backend, operation: Operation) -> None:
    """Free the devices, after what runs on them."""
    operation.message = "waiting for running edits"
    await asyncio.gather(*(lane.unload() for lane in backend.driver.lanes))


async def check_bytes(backend: Backend, operation: Operation) -> None:
    """Compare every byte with the manifest."""
    folder = await asyncio.to_thread(backend.catalogue.folder, operation.model)
    await asyncio.to_thread(_verify, folder, operation)


async def install(backend: Backend, operation: Operation, license_accepted: bool) -> None:
    """Install a published model, or one from the import folder."""
    models_dir = backend.settings.models_dir or default_models_dir()
    inbox = import_folder(backend.settings.state_dir)
    await asyncio.to_thread(_install, operation, models_dir, inbox, license_accepted)


def import_folder(state_dir: Path) -> Path:
    """Where the server's owner puts model folders to be imported by name."""
    return state_dir / "imports"


def _verify(folder: Path, operation: Operation) -> None:
    operation.total_bytes = read_manifest(folder).num_bytes
    for file in verify(folder):
        operation.done_bytes += file.num_bytes
        operation.message = f"verified {file.path}"
        if operation.is_cancelling:
            return


def _install(operation: Operation, models_dir: Path, inbox: Path, license_accepted: bool) -> None:
    folders = {path.name: path for path in inbox.iterdir()} if inbox.is_dir() else {}
    if operation.model in folders:
        _copy(folders[operation.model], models_dir, operation, license_accepted)
    else:
        _pull(operation, models_dir, license_accepted)


def _copy(source: Path, models_dir: Path, operation: Operation, license_accepted: bool) -> None:
    manifest = read_manifest(source)
    if not license_accepted:
        raise LicenseNotAccepted(f"{manifest.name} is under {manifest.license}; accept it first")
    _verify(source, operation)
    partial = models_dir / f".{manifest.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    if operation.is_cancelling:
        return
    operation.message = "copying"
    shutil.copytree(source, partial, symlinks=False)
    shutil.rmtree(models_dir / manifest.name, ignore_errors=True)
    partial.rename(models_dir / manifest.name)


def _pull(operation: Operation, models_dir: Path, license_accepted: bool) -> None:
    from mgie.weights.fetch import Note
    from mgie.editors.pull import pull_model
    from mgie.weights.pull_state import Remembered
    from mgie.weights.sources import published_models

    published = {model.name: model for model in published_models()}
    if operation.model not in published:
        raise ModelNotInstalled(
            f"{operation.model!r} is neither in the server's import folder nor published; "
            f"published are {', '.join(published) or 'none'}"
        )
    model = published[operation.model]
    if license_accepted:
        Remembered(models_dir).accept_license(model)
    pulling = pull_model(model, models_dir)
    for event in pulling:
        if isinstance(event, Note):
            operation.message = event.text
        else:
            operation.message = f"receiving {event.file}"
            operation.done_bytes, operation.total_bytes = event.num_bytes, event.total_bytes or 0
        if operation.is_cancelling:
            pulling.close()
