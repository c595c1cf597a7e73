"""`Kind`: what a kind of editor gives to the rest of the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mgie.api.models import Model
from mgie.errors import BadOption
from mgie.model.load_options import LoadOptions

if TYPE_CHECKING:  # the latter load torch
    from torch import nn

    from mgie.model.events import Editor
    from mgie.model.memory_plan import MemoryPlan
    from mgie.weights.checkpoint import EditorConfig
    from mgie.weights.convert import SourceFiles

C = TypeVar("C", bound="EditorConfig")


@dataclass(frozen=True, kw_only=True)
class SingleFiles(Generic[C]):
    """How one file that holds only the denoiser of a kind is known and read."""

    title: str  # of what such files hold, for people
    marks: tuple[str, ...]  # keys that only they have, in the layout of the model's makers
    library_marks: tuple[str, ...]  # the same in the layout of diffusers
    library_class: str  # of diffusers, whose converter knows the makers' keys
    empty_networks: Callable[[C], nn.Module]  # imports torch; the denoiser is called `transformer`
    converter_width: tuple[str, int] | None = None  # a key, and how many rows of it the converter expects
    marker: str = ""  # an empty tensor by which files say what is in no weight
    fit_to_marker: Callable[[C], C] | None = None  # the config with what it says


def _as_it_is(config: C, _folder: Path) -> C:
    return config


@dataclass(frozen=True, kw_only=True)
class LoadRequest(Generic[C]):
    """A model to be loaded."""

    folder: Path  # its files, already compared with the manifest by size
    config: C
    info: Model  # what the editor says of itself
    options: LoadOptions  # with a device of torch's, never "auto"


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[C]):
    """One kind of editor. C: its config, a frozen dataclass."""

    read_config: Callable[[Mapping[str, Any]], C]  # of a manifest; raises BadCheckpoint naming the field
    describe: Callable[[Model, C], Model]  # adds options, abilities, ... to what the manifest says; no torch
    load: Callable[[LoadRequest[C]], Editor]  # imports torch; raises BadCheckpoint or BadTokenizer
    # Published files as they lie in a folder, one folder for each part that sources.toml names; imports torch
    source_files: Callable[[Path, C], SourceFiles[C]]
    presets: Mapping[str, C]  # what published files can be imported as
    pipelines: Mapping[str, str] = field(
        default_factory=dict[str, str]
    )  # of diffusers: the preset for its folder
    # A preset with what the small files of a published folder say otherwise
    fit_to_folder: Callable[[C, Path], C] = _as_it_is
    single_files: SingleFiles[C] | None = None  # None where single files are not imported
    # As what a model would be loaded now: its name, its config, options with a device of torch's, and bytes
    # of the device that would be freed first (below 0: taken). Imports torch; raises BadOption for a
    # precision that is not offered. None where there is nothing to choose.
    memory_plan: Callable[[str, C, LoadOptions, int], MemoryPlan] | None = None
    # Networks without memory that name their stacks of blocks, for `mgie models quantize`. None: it has none
    empty_networks: Callable[[C], nn.Module] | None = None
    reads_chat_models: bool = False  # `source_files` takes folders of transformers' chat models that see
    packages: tuple[str, ...] = ()  # needed beyond mgie[backend], by the names they are imported by

    def preset_named(self, name: str) -> C:
        """The preset that a person or a sources file names. Raises BadOption."""
        if name not in self.presets:
            raise BadOption(f"there is no preset {name!r}; choose {', '.join(self.presets)}")
        return self.presets[name]

    def preset_of(self, pipeline: str) -> C | None:
        """The preset for folders that a class of diffusers has saved; None for one of another kind."""
        name = self.pipelines.get(pipeline)
        return None if name is None else self.presets[name]
