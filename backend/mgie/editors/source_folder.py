"""What lies in a folder of published weights: the kind of editor that reads it, and its licence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mgie.editors.json_file import read_json
from mgie.editors.kind import Kind
from mgie.editors.table import KINDS, kind_named
from mgie.errors import BadCheckpoint

UNKNOWN_LICENSE = "unknown"
_LICENSE = re.compile(r"^license(?:_name)?:[ \t]*([A-Za-z0-9 ._+-]+?)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class SourceFolder:
    """A repository on disk, in the layout of diffusers or transformers."""

    folder: Path
    kind: Kind[Any]
    config: Any  # the preset for such folders
    license: str  # as its README says, or UNKNOWN_LICENSE

    @classmethod
    def read(cls, folder: Path) -> SourceFolder:
        """Look at the small files of a folder. Raises BadCheckpoint where no kind reads such a folder."""
        kind, config = _kind_of(folder)
        return cls(folder=folder, kind=kind, config=config, license=_license_of(folder))


def _kind_of(folder: Path) -> tuple[Kind[Any], Any]:
    """The kind and its preset."""
    pipeline, config = pipeline_of(folder), read_json(folder / "config.json")
    for kind in kinds():
        preset = kind.preset_of(pipeline)
        if preset is not None:
            return kind, kind.fit_to_folder(preset, folder)
        if kind.reads_chat_models and "vision_config" in config:
            return kind, next(iter(kind.presets.values()))
    what = f"a {pipeline}" if pipeline else "no model that this version knows"
    known = ", ".join(name for kind in kinds() for name in kind.pipelines)
    raise BadCheckpoint(
        f"{folder.name} holds {what}; it can be the folder of a chat model that sees pictures, or of {known}"
    )


def pipeline_of(folder: Path) -> str:
    """The class of diffusers that the folder was saved by, "" where it does not say."""
    return read_json(folder / "model_index.json").get("_class_name", "")


def kinds() -> Iterator[Kind[Any]]:
    """Every kind once."""
    yield from {id(kind): kind for kind in map(kind_named, KINDS)}.values()


def _license_of(folder: Path) -> str:
    """From the front matter of its README, as the Hugging Face hub has it."""
    try:
        text = (folder / "README.md").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return UNKNOWN_LICENSE
    matter = text.removeprefix("---").partition("\n---")[0] if text.startswith("---") else ""
    names = [name for name in _LICENSE.findall(matter) if name != "other"]
    return names[-1] if names else UNKNOWN_LICENSE
