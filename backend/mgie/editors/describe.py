"""What a model is, from its manifest alone: `Model` for servers, commands and windows. No torch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mgie.api.models import Model, join
from mgie.editors.table import kind_named
from mgie.errors import BadCheckpoint
from mgie.model.load_options import WORKSPACE_BYTES
from mgie.weights.installed import InstalledModel, find_model
from mgie.weights.manifest import MANIFEST_NAME, Manifest, read_manifest
from mgie.weights.pull_state import Remembered, received_bytes
from mgie.weights.sources import PublishedModel


def describe(manifest: Manifest) -> Model:
    """A model with its options, presets and abilities. Raises BadCheckpoint where it cannot be read."""
    kind = kind_named(manifest.kind)
    return kind.describe(_plain(manifest), kind.read_config(manifest.config))


def describe_installed(model: InstalledModel) -> Model:
    """An installed model; one that cannot be used says why in `problem`."""
    problem, plain = model.problem, Model(name=f"models/{model.name}")
    if model.manifest is not None:
        try:
            return replace(describe(model.manifest), is_shipped=model.is_shipped)
        except BadCheckpoint as error:
            problem, plain = str(error), _plain(model.manifest)
    return replace(plain, is_shipped=model.is_shipped, state="broken", problem=problem)


def describe_published(model: PublishedModel, models_dir: Path) -> Model:
    """A model that can be pulled into `models_dir`, as it would be once it is there."""
    kind = kind_named(model.kind)
    remembered = Remembered(models_dir)
    plain = Model(
        name=f"models/{model.name}",
        kind=model.kind,
        state="available",
        license=model.license,
        source=model.title,
        num_bytes=model.installed_bytes,
        abilities=model.abilities,
        terms=model.terms,
        is_license_accepted=remembered.has_accepted(model),
        received_bytes=received_bytes(models_dir, model.name),
        needed_bytes=model.installed_bytes + WORKSPACE_BYTES,
    )
    return kind.describe(plain, kind.preset_named(model.preset))


def describe_named(name: str, *, models_dir: Path | None = None) -> Model:
    """An installed model, a model folder, or WRITER+PAINTER; see `mgie.editors.loading.open_editor`."""
    parts = split_name(name)
    found = [describe(read_manifest(find_model(part, models_dir=models_dir))) for part in parts]
    return found[0] if len(found) == 1 else join(*found)


def split_name(name: str) -> list[str]:
    """The models that a name asks for: one, or a writer and a painter. A folder's name may hold a plus."""
    writer, plus, painter = name.rpartition("+")
    return [name] if not plus or (Path(name) / MANIFEST_NAME).is_file() else [writer, painter]


def _plain(manifest: Manifest) -> Model:
    return Model(
        name=f"models/{manifest.name}",
        kind=manifest.kind,
        digest=manifest.digest,
        license=manifest.license,
        source=manifest.source,
        num_bytes=manifest.num_bytes,
        needed_bytes=manifest.num_bytes + WORKSPACE_BYTES,
        abilities=manifest.abilities,
    )
