"""`mgie models pull`: fetch a published model, convert it, remove what is no longer needed."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path

from mgie.editors.table import kind_named
from mgie.errors import BadOption
from mgie.model.generators import mapped
from mgie.weights.convert import import_model
from mgie.weights.fetch import FetchEvent, Note, fetch_parts
from mgie.weights.manifest import Manifest, ModelFile
from mgie.weights.pull_state import Remembered, downloads_folder
from mgie.weights.sources import PublishedModel


def pull_model(
    model: PublishedModel,
    models_dir: Path,
    *,
    hub_endpoint: str | None = None,
    retry_delay_s: float = 2.0,
    keep_downloads: bool = False,
    replace: bool = False,
) -> Generator[FetchEvent, None, Manifest]:
    """Install a published model as `models_dir/<name>`, yielding progress; closing it keeps what arrived.

    Raises LicenseNotAccepted unless `Remembered.accept_license` was called before.
    """
    remembered = Remembered(models_dir)
    remembered.require_license(model)
    if (models_dir / model.name).exists() and not replace:
        raise BadOption(f"{model.name} is installed already in {models_dir}; ask for it to be replaced")
    downloads = downloads_folder(models_dir, model.name)
    yield from fetch_parts(
        model, downloads, remembered, hub_endpoint=hub_endpoint, retry_delay_s=retry_delay_s
    )
    kind = kind_named(model.kind)
    config = kind.preset_named(model.preset)
    writing = import_model(
        kind.source_files(downloads, config),
        models_dir / model.name,
        config,
        name=model.name,
        license=model.license,
        source=model.title,
        abilities=model.abilities,
        replace=replace,
    )
    manifest = yield from mapped(writing, _written)
    if not keep_downloads:
        shutil.rmtree(downloads)
    return manifest


def _written(file: ModelFile) -> FetchEvent:
    return Note(text=f"wrote {file.path} ({file.num_bytes / 1e6:.0f} MB)")
