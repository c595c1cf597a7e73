"""`Kind`: what a kind of editor gives to the rest of the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mgie.api.models import Model
from mgie.model.load_options import LoadOptions

if TYPE_CHECKING:
    from mgie.model.events import Editor

C = TypeVar("C")


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
    missing_packages: Callable[[C], tuple[str, ...]] = (
        lambda config: ()
    )  # beyond mgie[backend], by pip's names
