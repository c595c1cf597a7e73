"""A model folder whose language model is stored in 8 or 4 bits, made once from another, layer by layer."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from mgie.errors import BadOption
from mgie.model.config import ModelConfig
from mgie.model.config_dict import config_from_dict
from mgie.model.networks import build_networks
from mgie.model.quantized import QuantizedPrecision, quantized_names, quantized_state
from mgie.weights.checkpoint import open_model_tensors, write_model
from mgie.weights.manifest import TOKENIZER_PART, Manifest, ModelFile, check_sizes, read_manifest
from mgie.weights.tensor_files import LazyTensor


def quantize_model(
    source: Path, target: Path, precision: QuantizedPrecision, *, name: str, replaces: bool = False
) -> Generator[ModelFile, None, Manifest]:
    """Write a quantised copy of a model folder, yielding each finished file.

    Raises BadOption for a model that has no language model of ours, or whose weights cannot be quantised.
    """
    manifest = read_manifest(source)
    check_sizes(source, manifest)
    if manifest.kind not in ("mgie", "lgie"):
        raise BadOption(f"{manifest.name} is of kind {manifest.kind}; only mgie and lgie can be quantised")
    config = config_from_dict(manifest.config)
    fixed = config.quantized or config.precision
    if fixed is not None:
        raise BadOption(f"{manifest.name} works in {fixed} only, so it cannot be quantised to {precision}")
    return (
        yield from write_model(
            target,
            replace(config, quantized=precision),
            list(_tensors(source, manifest, config, precision)),
            tokenizer_files=[source / file.path for file in manifest.files if file.part == TOKENIZER_PART],
            name=name,
            license=manifest.license,
            source=f"{precision} of {manifest.name}: {manifest.source}",
            abilities=manifest.abilities,
            replace=replaces,
        )
    )


def _tensors(
    source: Path, manifest: Manifest, config: ModelConfig, precision: QuantizedPrecision
) -> Iterator[LazyTensor]:
    language_model = build_networks(config, device="meta").language_model
    assert language_model is not None
    last = _Last()
    layers = {f"language_model.{layer}.weight" for layer in quantized_names(language_model)}
    for key, tensor in open_model_tensors(source, manifest).items():
        if key not in layers:
            yield tensor
            continue
        shapes = quantized_state(torch.empty(tensor.shape, dtype=tensor.dtype, device="meta"), precision)
        for name, shape in shapes.items():
            yield LazyTensor(
                key=f"{key.removesuffix('weight')}{name}",
                shape=tuple(shape.shape),
                dtype=shape.dtype,
                file=tensor.file,
                load=partial(last.state, tensor, precision, name),
            )


class _Last:
    """The layer that was quantised last, so that its tensors are computed once though written one by one."""

    def __init__(self) -> None:
        self._key = ""
        self._state: dict[str, Tensor] = {}

    def state(self, tensor: LazyTensor, precision: QuantizedPrecision, name: str) -> Tensor:
        """One of the tensors that a layer becomes."""
        if self._key != tensor.key:
            self._key, self._state = tensor.key, quantized_state(tensor.load(), precision)
        return self._state[name]
