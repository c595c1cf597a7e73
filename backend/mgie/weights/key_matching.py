"""Published tensors under our keys: each is used, known to be superfluous, or an error."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from torch import nn

from mgie.errors import BadCheckpoint
from mgie.weights.checkpoint import stored_names
from mgie.weights.source_keys import UNUSED, Rule, published_key
from mgie.weights.tensor_files import DTYPES, LazyTensor

Sources = dict[str, dict[str, LazyTensor]]  # per source of a rule: published key -> tensor


def match_keys(sources: Sources, networks: nn.Module, rules: tuple[Rule, ...]) -> list[LazyTensor]:
    """Every tensor of networks, which may be without memory, under our key.

    Raises BadCheckpoint for a missing, misshapen or unknown one.
    """
    wanted = networks.state_dict()
    renamed: list[LazyTensor] = []
    used: dict[str, set[str]] = {source: set() for source in sources}
    for key in dict.fromkeys(stored_names(networks).values()):
        like = wanted[key]
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
                f"{found.file}: {published} is of type {str(found.dtype).removeprefix('torch.')}; the model "
                "takes float32, float16 or bfloat16 weights; save them as one of these"
            )
        used[source].add(published)
        renamed.append(dataclasses.replace(found, key=key))
    for source, tensors in sources.items():
        for published, tensor in tensors.items():
            if published not in used[source] and not _is_unused(source, published):
                raise BadCheckpoint(f"{tensor.file}: {published} belongs to no network of this model")
    return renamed


def _where(tensors: Mapping[str, LazyTensor]) -> str:
    files = sorted({tensor.file for tensor in tensors.values()})
    return ", ".join(files) or "an empty file"


def _is_unused(source: str, key: str) -> bool:
    pattern = UNUSED.get(source)
    return pattern is not None and pattern.fullmatch(key) is not None
