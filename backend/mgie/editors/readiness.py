"""What keeps a model from being used on this machine, and the one command that brings it. No torch."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mgie.editors.describe import describe_installed
from mgie.editors.table import kind_named
from mgie.errors import BadCheckpoint
from mgie.weights.installed import InstalledModel, installed_models
from mgie.weights.manifest import check_sizes
from mgie.weights.sources import published_models

# What every kind needs; mgie[backend] brings it.
BACKEND_PACKAGES = ("torch", "transformers", "diffusers", "accelerate", "safetensors")


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """One model, installed or published."""

    name: str
    missing: str = ""  # one sentence; "" when it is ready
    command: str = ""  # that brings what is missing


def readiness_of_all(models_dir: Path | None = None) -> Iterator[Readiness]:
    """Every installed model, then every published one that is not installed."""
    installed = installed_models(models_dir)
    for model in installed:
        yield readiness(model)
    names = {model.name for model in installed}
    for published in published_models():
        if published.name not in names:
            size = f"{published.installed_bytes / 1e9:.1f} GB"
            yield Readiness(
                name=published.name,
                missing=f"not installed ({size}, {published.license})",
                command=f"mgie models pull {published.name}",
            )


def readiness(model: InstalledModel) -> Readiness:
    """Whether an installed model can be loaded, as far as packages and a glance at its files tell."""
    problem = _damage(model) or describe_installed(model).problem
    if problem:
        return Readiness(name=model.name, missing=problem, command=_again(model))
    assert model.manifest is not None, "a model without a manifest has a problem"
    if absent := _absent(BACKEND_PACKAGES):
        return Readiness(
            name=model.name, missing=f"needs {', '.join(absent)}", command="pip install 'mgie[backend]'"
        )
    if absent := _absent(kind_named(model.manifest.kind).packages):
        return Readiness(
            name=model.name, missing=f"needs {', '.join(absent)}", command=f"pip install {' '.join(absent)}"
        )
    return Readiness(name=model.name)


def _damage(model: InstalledModel) -> str:
    if model.manifest is None:
        return model.problem
    try:
        check_sizes(model.folder, model.manifest)
    except BadCheckpoint as error:
        return str(error)
    return ""


def _again(model: InstalledModel) -> str:
    if model.is_shipped:
        return "pip install --force-reinstall --no-deps mgie"
    if any(published.name == model.name for published in published_models()):
        return f"mgie models pull {model.name} --replace"
    return f"mgie models import --replace --name {model.name} ...  # import the model again"


def _absent(packages: tuple[str, ...]) -> list[str]:
    return [package for package in packages if importlib.util.find_spec(package) is None]
