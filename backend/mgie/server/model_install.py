"""Bringing a model here, for an operation: from a folder, or from where it was published.

The functions block; they report to the `Work` and look at `is_cancelling`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mgie.errors import BadCheckpoint, BadOption, DiskFull, LicenseNotAccepted, ModelNotInstalled
from mgie.server.operations import Work
from mgie.weights.disk import disk_guard, free_bytes
from mgie.weights.manifest import MANIFEST_NAME, ModelFile, read_manifest, verify

if TYPE_CHECKING:
    from mgie.server.settings import ServerSettings
    from mgie.weights.convert import SourceFiles

_PIECE_BYTES = 4 << 20


def install_from(
    source: Path, models_dir: Path, work: Work, *, license_accepted: bool, parts: str = ""
) -> None:
    """Copy a model folder, or convert a repository's folder or a single file; `work.model` is its name.

    parts: the installed model whose other parts a single file takes; "": those that all of its kind share.
    """
    if not source.exists():
        raise ModelNotInstalled(f"there is no {source.name} on the server's machine")
    if source.is_symlink() or (source / MANIFEST_NAME).exists():
        copy_model(source, models_dir, work, license_accepted=license_accepted)
    else:
        _convert(source, models_dir, work, license_accepted, parts)


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
    for _ in verified(source, work):
        if work.is_cancelling:
            return
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


def pull_published(settings: ServerSettings, models_dir: Path, work: Work, *, license_accepted: bool) -> None:
    """Fetch and convert a published model. What arrived stays when it is cancelled; the next try goes on."""
    from mgie.editors.pull import pull_model
    from mgie.weights.fetch import Note
    from mgie.weights.pull_state import Remembered
    from mgie.weights.sources import published_models

    published = {model.name: model for model in published_models(settings.sources)}
    if work.model not in published:
        raise ModelNotInstalled(
            f"{work.model!r} is neither in the server's import folder nor published; "
            f"published are {', '.join(published) or 'none'}"
        )
    model = published[work.model]
    if license_accepted:
        Remembered(models_dir).accept_license(model)
    pulling = pull_model(model, models_dir, hub_endpoint=settings.hub or None)
    for event in pulling:
        if isinstance(event, Note):
            work.report(event.text)
        else:
            work.report(f"receiving {event.file}", event.num_bytes, event.total_bytes or 0)
        if work.is_cancelling:
            pulling.close()


def verified(folder: Path, work: Work) -> Iterator[ModelFile]:
    """Compare the files of a model folder with its manifest, one after the other."""
    total, done = read_manifest(folder).num_bytes, 0
    for file in verify(folder):
        done += file.num_bytes
        work.report(f"verified {file.path}", done, total)
        yield file


def _convert(source: Path, models_dir: Path, work: Work, license_accepted: bool, parts: str) -> None:
    from mgie.weights.convert import import_cost, import_model

    work.report(f"reading {source.name}")
    if parts and not source.is_file():
        raise BadOption(f"{source.name} is no single file, so it takes no parts of {parts}")
    found = _file_source(source, models_dir, parts) if source.is_file() else _folder_source(source)
    cost = import_cost(found.files, found.config)
    free = free_bytes(models_dir)
    if cost.disk_bytes > free:
        raise DiskFull(f"{source.name} needs {cost}; free are {free / 1e9:.1f} GB. Make room and try again")
    if not license_accepted:
        raise LicenseNotAccepted(
            f"{source.name} is under {found.license}; accept it first. {found.note}The import needs {cost}; "
            f"free are {free / 1e9:.1f} GB."
        )
    writing = import_model(
        found.files,
        models_dir / work.model,
        found.config,
        name=work.model,
        license=found.license,
        source=f"imported from {source.name}",
    )
    done = 0
    for file in writing:
        done += file.num_bytes
        work.report(f"wrote {file.path}", min(done, cost.disk_bytes), cost.disk_bytes)
        if work.is_cancelling:
            writing.close()


@dataclass(frozen=True, kw_only=True)
class _Source:
    """What is to be converted."""

    files: SourceFiles[Any]
    config: Any
    license: str
    note: str = ""  # a sentence for people, with a space after it


def _folder_source(folder: Path) -> _Source:
    from mgie.editors.source_folder import SourceFolder

    found = SourceFolder.read(folder)
    return _Source(
        files=found.kind.source_files(folder, found.config), config=found.config, license=found.license
    )


def _file_source(path: Path, models_dir: Path, chosen: str) -> _Source:
    from mgie.editors.single_file import OtherParts, SingleFile, files_of

    file = SingleFile.read(path)
    parts = OtherParts.find(file, chosen, models_dir, takes_folders=False)
    return _Source(
        files=files_of(file, parts),
        config=parts.config,
        license=parts.license,
        note=f"It holds the transformer of a {file.layout.title}; the rest comes from {parts.folder.name}. ",
    )
