"""The published files of a flow-matching painter: a folder in diffusers' layout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from mgie.weights.tensor_files import LazyTensor, open_sharded


def open_parts(
    folder: Path, parts: Iterable[str], transformer: Mapping[str, LazyTensor] | None
) -> dict[str, dict[str, LazyTensor]]:
    """The tensors of the parts of a model, by their names.

    transformer: of another file, instead of the folder's own, which may then be missing.
    Raises BadCheckpoint for a part that is missing or cannot be read.
    """
    given = {} if transformer is None else {"transformer": dict(transformer)}
    return {
        part: given[part]
        if part in given
        else open_sharded(folder / part, ["diffusion_pytorch_model", "model"])
        for part in parts
    }
