"""From a model's folder or name to an editor that is ready to work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mgie.editors.describe import describe, describe_named, split_name
from mgie.editors.kind import LoadRequest
from mgie.editors.table import kind_named
from mgie.errors import BadOption
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
    options = replace(options, device=best_device() if options.device == "auto" else _usable(options.device))
    manifest = read_manifest(folder)
    check_sizes(folder, manifest)
    kind = kind_named(manifest.kind)
    config = kind.read_config(manifest.config)
    return kind.load(LoadRequest(folder=folder, config=config, info=describe(manifest), options=options))


def best_device() -> str:
    """A GPU where torch finds one, else the CPU."""
    import torch

    if torch.cuda.is_available():
        return "cuda:0"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _usable(name: str) -> str:
    """The name of a device that is there. Raises BadOption."""
    import torch

    choice = f"choose auto or {best_device()}"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise BadOption(f"device {name!r} is unknown; choose auto, cpu, cuda, cuda:1 or mps") from error
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if not count:
            has_cuda = torch.version.cuda is not None or torch.version.hip is not None
            why = "torch finds no such GPU here" if has_cuda else "this torch was built without it"
            raise BadOption(f"device {name} cannot be used: {why}; {choice}")
        if (device.index or 0) >= count:
            raise BadOption(f"device {name} is not there: {count} GPUs are, counted from 0; {choice}")
    elif device.type == "mps":
        if not torch.backends.mps.is_available():
            raise BadOption(f"device {name} cannot be used: this is no Mac with an Apple GPU; {choice}")
    elif device.type != "cpu":
        raise BadOption(f"device {name!r} is not supported; choose auto, cpu, cuda, cuda:1 or mps")
    return name
