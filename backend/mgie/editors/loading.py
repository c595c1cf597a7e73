"""From a model's folder or name to an editor that is ready to work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mgie.editors.describe import describe, describe_named, split_name
from mgie.editors.devices import usable_device
from mgie.editors.kind import LoadRequest
from mgie.editors.table import kind_named
from mgie.model.load_options import LoadOptions
from mgie.model.two_stage_editor import TwoStageEditor
from mgie.weights.installed import find_model
from mgie.weights.manifest import check_sizes, read_manifest

if TYPE_CHECKING:
    from mgie.model.events import Editor


def open_editor(name: str, options: LoadOptions | None = None, *, models_dir: Path | None = None) -> Editor:
    """The editor of an installed model or a model folder; WRITER+PAINTER composes two (see `TwoStageEditor`).

    name: e.g. "mgie-mini", "runs/mine", "mgie-7b+instruct-pix2pix".
    """
    folders = [find_model(part, models_dir=models_dir) for part in split_name(name)]
    if len(folders) == 1:
        return load_editor(folders[0], options)
    describe_named(name, models_dir=models_dir)  # so that two that do not go together are refused unloaded
    return TwoStageEditor(*(load_editor(folder, options) for folder in folders))


def load_editor(folder: Path, options: LoadOptions | None = None) -> Editor:
    """Load the model of a folder (see `find_model`) as an editor. Imports torch.

    Raises BadCheckpoint or BadTokenizer naming what does not fit, DeviceOutOfMemory, and BadOption for a
    device that is not there, or a precision or placement that the model does not have.
    """
    options = options or LoadOptions()
    options = replace(options, device=usable_device(options.device))
    manifest = read_manifest(folder)
    check_sizes(folder, manifest)
    kind = kind_named(manifest.kind)
    config = kind.read_config(manifest.config)
    return kind.load(LoadRequest(folder=folder, config=config, info=describe(manifest), options=options))
