"""What the operations on models do. The blocking parts run in threads and look at `is_cancelling`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from mgie.errors import BadOption
from mgie.server.model_install import install_from, pull_published, verified
from mgie.server.operations import Work
from mgie.weights.installed import default_models_dir

if TYPE_CHECKING:
    from mgie.server.backend import Backend
    from mgie.server.settings import ServerSettings


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


async def install(
    backend: Backend, work: Work, license_accepted: bool, folder: Path | None = None, parts: str = ""
) -> None:
    """Install a published model, one from the import folder, or one from any folder of this machine.

    parts: see `install_from`.
    """
    await asyncio.to_thread(_install, backend.settings, work, license_accepted, folder, parts)


def import_folder(state_dir: Path) -> Path:
    """Where the server's owner puts model folders to be imported by name."""
    return state_dir / "imports"


def _verify(folder: Path, work: Work) -> None:
    for _ in verified(folder, work):
        if work.is_cancelling:
            return


def _install(
    settings: ServerSettings, work: Work, license_accepted: bool, folder: Path | None, parts: str
) -> None:
    models_dir = settings.models_dir or default_models_dir()
    if folder is not None:
        install_from(folder, models_dir, work, license_accepted=license_accepted, parts=parts)
        return
    inbox = import_folder(settings.state_dir)
    found = {path.name: path for path in inbox.iterdir()} if inbox.is_dir() else {}
    found |= {path.stem.lower(): path for path in found.values() if path.is_file()}  # as it is called then
    if work.model in found:
        install_from(found[work.model], models_dir, work, license_accepted=license_accepted, parts=parts)
    elif parts:
        raise BadOption(
            f"{work.model} is no file in the server's import folder, so it takes no parts of {parts}"
        )
    else:
        pull_published(settings, models_dir, work, license_accepted=license_accepted)
