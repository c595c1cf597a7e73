"""Published files in, a native model folder out: once, tensor by tensor, nothing guessed.

`import_model` is a generator of the files it has written. Every published key is either used or known to
be superfluous, or the import is refused.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Mapping
from pathlib import Path

import torch

from mgie.errors import BadCheckpoint, BadOption
from mgie.model.config import ModelConfig
from mgie.model.networks import build_networks
from mgie.weights.checkpoint import DEFAULT_SHARD_BYTES, write_model
from mgie.weights.manifest import Manifest, ModelFile
from mgie.weights.source_keys import UNUSED, Rule, published_key
from mgie.weights.source_layouts import InsPix2PixFiles, MgieFiles, Sources
from mgie.weights.tensor_files import DTYPES, LazyTensor


def import_model(
    files: MgieFiles | InsPix2PixFiles,
    folder: Path,
    config: ModelConfig,
    *,
    name: str,
    license: str,
    source: str,
    max_shard_bytes: int = DEFAULT_SHARD_BYTES,
    replace: bool = False,
) -> Generator[ModelFile, None, Manifest]:
    """Convert published files to a native folder, yielding each file written.

    Weights are stored as published, in their dtype. Memory holds one tensor at a time.
    Raises BadCheckpoint or BadTokenizer naming file and key; then nothing is left behind.
    """
    if files.kind != config.kind:
        raise BadOption(f"these files make a model of kind {files.kind}, the preset is of kind {config.kind}")
    tokenizer_files = files.tokenizer_files(config)
    tensors = match_keys(files.open(config), config, files.rules)
    return (
        yield from write_model(
            folder,
            config,
            tensors,
            tokenizer_files=tokenizer_files,
            name=name,
            license=license,
            source=source,
            max_shard_bytes=max_shard_bytes,
            replace=replace,
        )
    )


def match_keys(sources: Sources, config: ModelConfig, rules: tuple[Rule, ...]) -> list[LazyTensor]:
    """Every tensor of the model under our key. Raises for a missing, misshapen or unknown one."""
    wanted = build_networks(config, device="meta").state_dict()
    renamed: list[LazyTensor] = []
    used: dict[str, set[str]] = {source: set() for source in sources}
    for key, like in wanted.items():
        source, published = published_key(key, rules)
        found = sources[source].get(published)
        if found is None:
            raise BadCheckpoint(f"{_where(sources[source])} lacks {published} (shape {tuple(like.shape)})")
        if found.shape != tuple(like.shape):
            raise BadCheckpoint(
                f"{found.file}: {published} has shape {found.shape} instead of {tuple(like.shape)}"
            )
        if (
            found.dtype not in DTYPES.values()
            or found.dtype.is_floating_point != like.dtype.is_floating_point
        ):
            raise BadCheckpoint(
                f"{found.file}: {published} is of type {_name_of(found.dtype)}; the model takes float32, "
                "float16 or bfloat16 weights; save them as one of these"
            )
        used[source].add(published)
        renamed.append(dataclasses.replace(found, key=key))
    for source, tensors in sources.items():
        for published, tensor in tensors.items():
            if published not in used[source] and not _is_unused(source, published):
                raise BadCheckpoint(f"{tensor.file}: {published} belongs to no network of this model")
    return renamed


def _name_of(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _where(tensors: Mapping[str, LazyTensor]) -> str:
    files = sorted({tensor.file for tensor in tensors.values()})
    return ", ".join(files) or "an empty file"


def _is_unused(source: str, key: str) -> bool:
    pattern = UNUSED.get(source)
    return pattern is not None and pattern.fullmatch(key) is not None
