"""Where published weights come from: `sources.toml` as values. Mirrors are data, not code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mgie.errors import BadData, ModelNotInstalled
from mgie.weights.manifest import NAME_RULE, is_model_name

SOURCES_PATH = Path(__file__).with_name("sources.toml")


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """One place that holds all files of a part."""

    files: tuple[str, ...]  # names in the order they are fetched
    hub: str | None = None  # repository on the Hugging Face hub, or
    archive: str | None = None  # address of a tar archive
    folder: str = ""  # folder inside the repository
    revision: str = "main"  # of the repository
    sha256: str | None = None  # of the archive; None where none was published

    def __post_init__(self) -> None:
        if (self.hub is None) == (self.archive is None):
            raise BadData(f"{self} needs either hub or archive")
        if not self.files or any("/" in name or name.startswith(".") for name in self.files):
            raise BadData(f"{self} needs plain file names")

    @property
    def address(self) -> str:
        """For people."""
        return self.archive or f"{self.hub}/{self.folder}".rstrip("/")


@dataclass(frozen=True, kw_only=True)
class Part:
    """Files that come from one place together."""

    name: str  # the folder they are kept in until imported
    unpacked_bytes: int  # about how much disk they need, outside of an archive
    mirrors: tuple[Mirror, ...]  # tried in this order


@dataclass(frozen=True, kw_only=True)
class PublishedModel:
    """A model that can be pulled."""

    name: str
    title: str
    kind: str  # of editor; see `mgie.editors.table`
    preset: str  # of that kind
    license: str
    terms: str  # shown before the download, to be accepted
    installed_bytes: int  # about how much disk the imported model needs
    parts: tuple[Part, ...]
    abilities: tuple[str, ...] = ()  # what it can do, in words; (): what its kind can do

    def __post_init__(self) -> None:
        for name in (self.name, *(part.name for part in self.parts)):
            if not is_model_name(name):  # both become folders
                raise BadData(f"name {name!r} in the list of sources; {NAME_RULE}")


def published_models(path: Path = SOURCES_PATH) -> list[PublishedModel]:
    """Every model of a sources file."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return [_model(entry) for entry in data["model"]]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise BadData(f"{path} is damaged: {error!r}") from error


def published_model(name: str, path: Path = SOURCES_PATH) -> PublishedModel:
    """One model of a sources file."""
    models = {model.name: model for model in published_models(path)}
    if name not in models:
        raise ModelNotInstalled(f"no model {name!r} can be pulled; there are {', '.join(models)}")
    return models[name]


def _model(entry: dict[str, Any]) -> PublishedModel:
    parts = tuple(_part(part) for part in entry.pop("part"))
    texts: dict[str, Any] = {"terms": entry["terms"].strip(), "abilities": tuple(entry.get("abilities", ()))}
    return PublishedModel(parts=parts, **(entry | texts))


def _part(entry: dict[str, Any]) -> Part:
    files = tuple(entry.pop("files"))
    mirrors = tuple(
        Mirror(**(mirror | {"files": tuple(mirror.get("files", files))})) for mirror in entry.pop("mirror")
    )
    return Part(mirrors=mirrors, **entry)
