"""What the server knows of models without loading them, and how a lane loads one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mgie.errors import BadCheckpoint, ModelNotInstalled
from mgie.model.config_dict import config_from_dict
from mgie.model.events import SamplingOptions
from mgie.weights.installed import InstalledModel, installed_models
from mgie.weights.manifest import read_manifest

if TYPE_CHECKING:
    from mgie.server.worker import LoadedEditor


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """One installed model."""

    name: str
    kind: str  # "mgie", "lgie", "insp2p"; "" where it cannot be read
    digest: str = ""  # of its manifest
    license: str = ""
    source: str = ""
    num_bytes: int = 0
    native_size_px: int = 0
    sampling: SamplingOptions = field(default_factory=SamplingOptions)
    is_shipped: bool = False
    problem: str = ""  # why it cannot be used


class Catalogue(Protocol):
    """The models of a server."""

    def all(self) -> list[ModelFacts]:
        """Every installed model, also those that cannot be used."""
        ...

    def facts(self, model: str) -> ModelFacts:
        """One model that can be used. Raises `ModelNotInstalled` or `BadCheckpoint`."""
        ...

    def folder(self, model: str) -> Path:
        """Where it lies."""
        ...


class InstalledCatalogue:
    """The models in this user's folder and in the package. A name is only compared, never made a path."""

    def __init__(self, models_dir: Path | None, *, extra: Path | None = None) -> None:
        self._models_dir = models_dir
        self._extra = extra  # a folder the server's owner named

    def all(self) -> list[ModelFacts]:
        """See `Catalogue`."""
        return [_facts(model) for model in self._models()]

    def facts(self, model: str) -> ModelFacts:
        """See `Catalogue`."""
        facts = _facts(self._find(model))
        if facts.problem:
            raise BadCheckpoint(f"model {model} cannot be used: {facts.problem}")
        return facts

    def folder(self, model: str) -> Path:
        """See `Catalogue`."""
        return self._find(model).folder

    def _models(self) -> list[InstalledModel]:
        models = installed_models(self._models_dir)
        if self._extra is not None:
            manifest = read_manifest(self._extra)
            mine = InstalledModel(name=manifest.name, folder=self._extra, is_shipped=False, manifest=manifest)
            models = [mine, *(model for model in models if model.name != mine.name)]
        return models

    def _find(self, name: str) -> InstalledModel:
        models = self._models()
        for model in models:
            if model.name == name:
                return model
        names = ", ".join(model.name for model in models) or "none"
        raise ModelNotInstalled(
            f"model {name!r} is not installed (installed: {names}); see `mgie models pull`"
        )


def load_installed(catalogue: Catalogue, model: str, device: str) -> LoadedEditor:
    """Load a model on a device ("auto" for the best there is). Imports torch."""
    from mgie.server.worker import LoadedEditor
    from mgie.weights.loading import best_device, load_editor

    device = best_device() if device == "auto" else device
    return LoadedEditor(load_editor(catalogue.folder(model), device=device), device)


def _facts(model: InstalledModel) -> ModelFacts:
    manifest = model.manifest
    if manifest is None:
        return ModelFacts(name=model.name, kind="", is_shipped=model.is_shipped, problem=model.problem)
    try:
        config = config_from_dict(manifest.config)
    except BadCheckpoint as error:
        return ModelFacts(name=model.name, kind="", is_shipped=model.is_shipped, problem=str(error))
    return ModelFacts(
        name=manifest.name,
        kind=manifest.kind,
        digest=manifest.digest,
        license=manifest.license,
        source=manifest.source,
        num_bytes=manifest.num_bytes,
        native_size_px=config.native_size_px,
        sampling=config.sampling,
        is_shipped=model.is_shipped,
    )
