"""What the server knows of models without loading them, and how a lane loads one."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mgie.api.models import Model, join
from mgie.editors.describe import describe_installed, describe_published
from mgie.errors import BadCheckpoint, ModelNotInstalled
from mgie.model.load_options import LoadOptions
from mgie.model.two_stage_editor import TwoStageEditor
from mgie.weights.installed import InstalledModel, default_models_dir, installed_models
from mgie.weights.manifest import read_manifest
from mgie.weights.sources import SOURCES_PATH, published_models

if TYPE_CHECKING:
    from mgie.server.worker import LoadedEditor

log = logging.getLogger(__name__)

LOADING = threading.Lock()  # held while a model is loaded: libraries are imported by one thread at a time


class ModelRegistry(Protocol):
    """The models of a server."""

    def all(self) -> list[Model]:
        """Every installed model, also those that cannot be used."""
        ...

    def available(self) -> list[Model]:
        """Every model that could be installed and is not."""
        ...

    def model(self, name: str) -> Model:
        """One model that can be used, or WRITER+PAINTER.

        Raises `ModelNotInstalled`, `BadCheckpoint`, or `BadOption` for two that do not go together.
        """
        ...

    def folder(self, name: str) -> Path:
        """Where it lies."""
        ...


class InstalledModels:
    """The models in this user's folder and in the package. A name is only compared, never made a path."""

    def __init__(
        self, models_dir: Path | None, *, extra: Path | None = None, sources: Path = SOURCES_PATH
    ) -> None:
        """extra: a folder the server's owner named. sources: the list of models that can be pulled."""
        self._models_dir = models_dir
        self._extra = extra
        self._sources = sources

    def all(self) -> list[Model]:
        """See `ModelRegistry`."""
        return [_describe(found) for found in self._installed()]

    def available(self) -> list[Model]:
        """See `ModelRegistry`."""
        names = {found.name for found in self._installed()}
        models_dir = self._models_dir or default_models_dir()
        published = [model for model in published_models(self._sources) if model.name not in names]
        return [describe_published(model, models_dir) for model in published]

    def model(self, name: str) -> Model:
        """See `ModelRegistry`."""
        models = [self._usable(part) for part in parts_of(name)]
        return models[0] if len(models) == 1 else join(*models)

    def folder(self, name: str) -> Path:
        """See `ModelRegistry`."""
        return self._find(name).folder

    def _usable(self, name: str) -> Model:
        model = _describe(self._find(name))
        if model.problem:
            raise BadCheckpoint(f"model {name} cannot be used: {model.problem}")
        return model

    def _installed(self) -> list[InstalledModel]:
        found = installed_models(self._models_dir)
        if self._extra is not None:
            manifest = read_manifest(self._extra)
            mine = InstalledModel(name=manifest.name, folder=self._extra, is_shipped=False, manifest=manifest)
            found = [mine, *(other for other in found if other.name != mine.name)]
        return found

    def _find(self, name: str) -> InstalledModel:
        installed = self._installed()
        for found in installed:
            if found.name == name:
                return found
        names = ", ".join(found.name for found in installed) or "none"
        raise ModelNotInstalled(
            f"model {name!r} is not installed (installed: {names}); see `mgie models pull`"
        )


def parts_of(name: str) -> list[str]:
    """The models that a name asks for: one, or a writer and a painter. No model's own name holds a plus."""
    return name.split("+", maxsplit=1)


def load_installed(registry: ModelRegistry, name: str, options: LoadOptions) -> LoadedEditor:
    """Load a model, or a writer and a painter. Imports torch."""
    with LOADING:
        from mgie.editors.devices import best_device
        from mgie.editors.loading import load_editor
        from mgie.server.worker import LoadedEditor

        device = best_device() if options.device == "auto" else options.device
        folders = [registry.folder(part) for part in parts_of(name)]
        editors = [load_editor(folder, replace(options, device=device)) for folder in folders]
    return LoadedEditor(editors[0] if len(editors) == 1 else TwoStageEditor(*editors), device)


def _describe(found: InstalledModel) -> Model:
    """One model as clients see it; a folder full of nonsense is a broken model, whatever it contains."""
    try:
        return describe_installed(found)
    except Exception as error:
        log.warning("model unreadable name=%s", found.name, exc_info=error)
        return Model(name=f"models/{found.name}", state="broken", problem="its description cannot be read")
