"""A model folder whose blocks are stored in 8 or 4 bits, made once from another, layer by layer."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

from mgie.editors.table import kind_named
from mgie.errors import BadOption
from mgie.model.quantized import QuantizedPrecision, quantized_names, quantized_state
from mgie.weights.checkpoint import open_model_tensors, write_model
from mgie.weights.manifest import TOKENIZER_PART, Manifest, ModelFile, check_sizes, read_manifest
from mgie.weights.tensor_files import LazyTensor

if TYPE_CHECKING:
    from torch import nn

    from mgie.model.memory_plan import Sized


def quantize_model(
    source: Path, target: Path, precision: QuantizedPrecision, *, name: str, replaces: bool = False
) -> Generator[ModelFile, None, Manifest]:
    """Write a quantised copy of a model folder, yielding each finished file.

    Raises BadOption for a model that has no blocks to quantise, or works in one precision only.
    """
    manifest = read_manifest(source)
    check_sizes(source, manifest)
    kind = kind_named(manifest.kind)
    if kind.empty_networks is None:
        raise BadOption(f"{manifest.name} is of kind {manifest.kind}, whose weights cannot be quantised")
    config: Any = kind.read_config(manifest.config)
    fixed = config.quantized or getattr(config, "precision", None)
    if fixed is not None:
        raise BadOption(f"{manifest.name} works in {fixed} only, so it cannot be quantised to {precision}")
    networks = cast("Sized", kind.empty_networks(config))
    layers = set(quantized_names(cast("nn.Module", networks), networks.stacks))
    if not layers:
        raise BadOption(f"{manifest.name} has no language model and no transformer that could be quantised")
    return (
        yield from write_model(
            target,
            replace(config, quantized=precision),
            list(_tensors(source, manifest, layers, precision)),
            tokenizer_files=[source / file.path for file in manifest.files if file.part == TOKENIZER_PART],
            name=name,
            license=manifest.license,
            source=f"{precision} of {manifest.name}: {manifest.source}",
            abilities=manifest.abilities,
            made_from=manifest.digest,
            replace=replaces,
        )
    )


def _tensors(
    source: Path, manifest: Manifest, layers: set[str], precision: QuantizedPrecision
) -> Iterator[LazyTensor]:
    last = _Last()
    for key, tensor in open_model_tensors(source, manifest).items():
        layer = key.removesuffix(".weight")
        if layer == key or layer not in layers:
            yield tensor
            continue
        shapes = quantized_state(torch.empty(tensor.shape, dtype=tensor.dtype, device="meta"), precision)
        for name, shape in shapes.items():
            yield LazyTensor(
                key=f"{layer}.{name}",
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
