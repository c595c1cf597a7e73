"""Which models are on this machine, and where: the user's folder and the ones shipped with the package."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from mgie.errors import BadCheckpoint, ModelNotInstalled
from mgie.weights.manifest import MANIFEST_NAME, Manifest, read_manifest

DEFAULT_MODEL = "mgie-mini"


@dataclass(frozen=True, kw_only=True)
class InstalledModel:
    """A model folder that can be loaded, or that says why it cannot."""

    name: str
    folder: Path
    is_shipped: bool  # part of the package, not of the user's folder
    manifest: Manifest | None  # None when unreadable
    problem: str = ""  # why it is unreadable


def default_models_dir() -> Path:
    """Where this user's models live: MGIE_MODELS_DIR, or e.g. ~/.local/share/mgie/models.

    Read here, as XDG_DATA_HOME is, so that every command and a backend that the panel starts agree.
    """
    if named := os.environ.get("MGIE_MODELS_DIR"):
        return Path(named).expanduser()
    return platformdirs.user_data_path("mgie") / "models"


def shipped_models_dir() -> Path:
    """Where the models inside the package live."""
    return Path(__file__).resolve().parent.parent / "models"


def installed_models(models_dir: Path | None = None) -> list[InstalledModel]:
    """Every model, the user's first; a user's model hides a shipped one of the same name."""
    found: dict[str, InstalledModel] = {}
    for base, is_shipped in ((models_dir or default_models_dir(), False), (shipped_models_dir(), True)):
        for folder in _model_folders(base):
            model = _look_at(folder, is_shipped)
            found.setdefault(model.name, model)
    return list(found.values())


def find_model(name_or_path: str | Path, *, models_dir: Path | None = None) -> Path:
    """The folder of a model given by path or by name.

    Looked at in this order: the path itself, the user's models, the shipped models.
    """
    path = Path(name_or_path).expanduser()
    if (path / MANIFEST_NAME).is_file():
        return path
    models = installed_models(models_dir)
    for model in models:
        if model.name == str(name_or_path):
            return model.folder
    names = ", ".join(model.name for model in models) or "none"
    raise ModelNotInstalled(
        f"model {str(name_or_path)!r} is not installed (installed: {names}); "
        "see `mgie models list` and `mgie models pull`"
    )


def _model_folders(base: Path) -> Iterator[Path]:
    if base.is_dir():
        for path in sorted(base.iterdir()):
            if not path.name.startswith(".") and (path / MANIFEST_NAME).is_file():  # dots: being written
                yield path


def _look_at(folder: Path, is_shipped: bool) -> InstalledModel:
    try:
        manifest = read_manifest(folder)
    except BadCheckpoint as error:
        return InstalledModel(
            name=folder.name, folder=folder, is_shipped=is_shipped, manifest=None, problem=str(error)
        )
    return InstalledModel(name=manifest.name, folder=folder, is_shipped=is_shipped, manifest=manifest)
