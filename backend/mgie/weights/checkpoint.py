"""The native model folder: `save_model` writes it, `load_networks` maps it back into memory.

A folder holds `model.json` (see `manifest`), one or more safetensors files per part, and the tokenizer's
files. Keys are those of the networks' `state_dict()`; every key must be there once, with its shape.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from mgie.errors import BadCheckpoint, BadOption
from mgie.model.config_dict import config_from_dict, config_to_dict
from mgie.model.generators import drain
from mgie.model.networks import Networks, build_networks
from mgie.weights.disk import disk_guard
from mgie.weights.manifest import (
    MANIFEST_NAME,
    NAME_RULE,
    TOKENIZER_PART,
    Manifest,
    ModelFile,
    check_sizes,
    describe_file,
    is_model_name,
    read_manifest,
    write_manifest,
)
from mgie.weights.tensor_files import LazyTensor, open_tensors, write_shards

DEFAULT_SHARD_BYTES = 2 << 30


class EditorConfig(Protocol):
    """The config of any kind of editor: a dataclass that names its kind."""

    @property
    def kind(self) -> str:
        """See `mgie.editors.table`."""
        ...


def save_model(
    folder: Path,
    config: EditorConfig,
    networks: nn.Module,
    *,
    tokenizer_files: Sequence[Path],
    name: str,
    license: str,
    source: str,
    metrics: Mapping[str, Any] | None = None,
    abilities: Sequence[str] = (),
    dtype: torch.dtype | None = None,
    max_shard_bytes: int = DEFAULT_SHARD_BYTES,
    replace: bool = False,
) -> Manifest:
    """Write networks as a model folder, which appears whole or not at all.

    config: a dataclass, of the editor's kind. abilities: what the model can do, where its kind's do not fit.
    dtype: what floating-point weights are stored as; None keeps theirs.
    max_shard_bytes: no weight file grows beyond this (plus its header).
    """
    stored = set(stored_names(networks).values())
    tensors = [_lazy(key, value, dtype) for key, value in networks.state_dict().items() if key in stored]
    writing = write_model(
        folder,
        config,
        tensors,
        tokenizer_files=tokenizer_files,
        name=name,
        license=license,
        source=source,
        metrics=metrics,
        abilities=abilities,
        max_shard_bytes=max_shard_bytes,
        replace=replace,
    )
    return drain(writing)


def write_model(
    folder: Path,
    config: EditorConfig,
    tensors: Iterable[LazyTensor],
    *,
    tokenizer_files: Sequence[Path],
    name: str,
    license: str,
    source: str,
    metrics: Mapping[str, Any] | None = None,
    abilities: Sequence[str] = (),
    made_from: str = "",
    max_shard_bytes: int = DEFAULT_SHARD_BYTES,
    replace: bool = False,
) -> Generator[ModelFile, None, Manifest]:
    """Write tensors, under the keys of the kind's networks, as a model folder; yields each finished file.

    made_from: see `Manifest`.
    Closing the generator early leaves nothing behind.
    """
    if not is_model_name(name):
        raise BadOption(f"model name {name!r}; {NAME_RULE}")
    parts: dict[str, list[LazyTensor]] = {}
    for tensor in tensors:
        parts.setdefault(part_of(tensor.key), []).append(tensor)
    with _new_folder(folder, replace=replace) as partial:
        files: list[ModelFile] = []
        for part, members in parts.items():
            for file in write_shards(partial, part, members, max_shard_bytes):
                files.append(file)
                yield file
        for path in tokenizer_files:
            shutil.copyfile(path, partial / path.name)
            files.append(describe_file(TOKENIZER_PART, partial / path.name))
        manifest = Manifest(
            name=name,
            kind=config.kind,
            license=license,
            source=source,
            config=config_to_dict(config),
            files=tuple(files),
            metrics=metrics or {},
            abilities=tuple(abilities),
            made_from=made_from,
        )
        write_manifest(partial, manifest)
    return manifest


def load_networks(
    folder: Path, *, device: torch.device | str = "cpu", dtype: torch.dtype | None = None
) -> Networks:
    """The networks of a model folder, in evaluation mode.

    On the CPU in the stored dtype the weights are mapped, not read: memory fills as they are used.
    dtype: of all floating-point weights; None keeps what is stored.
    Raises BadCheckpoint naming file and key for anything missing, unexpected or misshapen.
    """
    networks = build_networks(config_from_dict(read_manifest(folder).config), device="meta")
    fill_networks(networks, folder, device=device, dtype=dtype)
    return networks.to(device).eval()  # what is computed, not stored, moves here


def fill_networks(
    networks: nn.Module,
    folder: Path,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype | None = None,
) -> None:
    """Give networks that were built without memory the weights of a model folder; see `load_networks`.

    A weight that two networks share is stored once, under the first of its names.
    """
    manifest = read_manifest(folder)
    check_sizes(folder, manifest)
    tensors = open_model_tensors(folder, manifest)
    names = stored_names(networks)
    wanted = networks.state_dict()
    check_keys(folder, {key: tuple(wanted[key].shape) for key in names.values()}, tensors)
    loaded = {key: _place(tensor.load(), device, dtype) for key, tensor in tensors.items()}
    state = {key: loaded[stored] for key, stored in names.items()}
    networks.load_state_dict(state, strict=True, assign=True)


def stored_names(networks: nn.Module) -> dict[str, str]:
    """Every key of the state, and the key its tensor is stored under: the first of those that share it."""
    first: dict[int, str] = {}
    state = networks.state_dict(keep_vars=True)
    return {key: first.setdefault(id(tensor), key) for key, tensor in state.items()}


def open_model_tensors(folder: Path, manifest: Manifest) -> dict[str, LazyTensor]:
    """Every tensor of a model folder, not yet loaded."""
    tensors: dict[str, LazyTensor] = {}
    for file in manifest.files:
        if file.part == TOKENIZER_PART:
            continue
        for key, tensor in open_tensors(folder / file.path).items():
            if key in tensors:
                raise BadCheckpoint(f"{folder / file.path}: {key} is also in {tensors[key].file}")
            tensors[key] = tensor
    return tensors


def check_keys(where: Path, wanted: Mapping[str, tuple[int, ...]], found: Mapping[str, LazyTensor]) -> None:
    """Raise unless `found` has exactly the wanted keys and shapes."""
    for key, shape in wanted.items():
        if key not in found:
            raise BadCheckpoint(f"{where} lacks {key} (shape {shape})")
        if found[key].shape != shape:
            raise BadCheckpoint(f"{found[key].file}: {key} has shape {found[key].shape} instead of {shape}")
    for key, tensor in found.items():
        if key not in wanted:
            raise BadCheckpoint(f"{tensor.file}: {key} belongs to no network of this model")


def part_of(key: str) -> str:
    """Which part a key of `Networks` belongs to; `emb` goes with the edit head that adds it."""
    return "edit_head" if key == "emb" else key.partition(".")[0]


def _lazy(key: str, tensor: torch.Tensor, dtype: torch.dtype | None) -> LazyTensor:
    stored = dtype if dtype is not None and tensor.is_floating_point() else tensor.dtype
    return LazyTensor(key=key, shape=tuple(tensor.shape), dtype=stored, file="memory", load=lambda: tensor)


def _place(tensor: torch.Tensor, device: torch.device | str, dtype: torch.dtype | None) -> torch.Tensor:
    return tensor.to(device=device, dtype=dtype if tensor.is_floating_point() else None)


@contextmanager
def _new_folder(folder: Path, *, replace: bool) -> Generator[Path]:
    """A folder to fill beside `folder`, which takes its name when the block ends well."""
    if folder.exists() and not replace:
        raise BadOption(f"{folder} exists already; remove it or ask for it to be replaced")
    if folder.exists() and not (folder / MANIFEST_NAME).is_file():
        raise BadOption(f"{folder} exists and is not a model, so it is not replaced")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        with disk_guard(folder):
            yield partial
            if folder.exists():
                shutil.rmtree(folder)
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
