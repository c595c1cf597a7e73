"""A chat vision-language model from outside: it writes for a painter."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mgie.api.models import Model
from mgie.editors.kind import Kind, LoadRequest
from mgie.editors.vlm.config import PRESETS, VlmConfig
from mgie.model.config_dict import read_config

if TYPE_CHECKING:
    from mgie.model.events import Editor
    from mgie.weights.convert import SourceFiles


def describe(model: Model, config: VlmConfig) -> Model:
    """The description of a writer."""
    return replace(
        model,
        abilities=model.abilities or ("sees the picture and writes what to change, for a painter",),
        paints=False,
    )


def _load(request: LoadRequest[VlmConfig]) -> Editor:
    from mgie.editors.vlm.loading import load

    return load(request)


def _source_files(folder: Path, config: VlmConfig) -> SourceFiles[VlmConfig]:
    from mgie.editors.vlm.source import VlmFiles

    return VlmFiles(folder=folder / "model" if (folder / "model").is_dir() else folder)


KIND = Kind(
    read_config=partial(read_config, VlmConfig),
    describe=describe,
    load=_load,
    source_files=_source_files,
    presets=PRESETS,
    reads_chat_models=True,
)
