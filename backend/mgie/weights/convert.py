"""Published files in, a native model folder out: once, tensor by tensor, nothing guessed.

`import_model` is a generator of the files it has written. Every published key is either used or known to
be superfluous, or the import is refused.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from mgie.errors import BadOption
from mgie.weights.checkpoint import DEFAULT_SHARD_BYTES, EditorConfig, write_model
from mgie.weights.manifest import Manifest, ModelFile
from mgie.weights.tensor_files import LazyTensor

C = TypeVar("C", bound=EditorConfig)
C_contra = TypeVar("C_contra", bound=EditorConfig, contravariant=True)


class SourceFiles(Protocol[C_contra]):
    """Where the published files of one kind of model are, and what is in them."""

    @property
    def kind(self) -> str:
        """What these files make."""
        ...

    def tensors(self, config: C_contra) -> list[LazyTensor]:
        """Every tensor of the model under our key. Raises BadCheckpoint naming file and key."""
        ...

    def tokenizer_files(self, config: C_contra) -> Sequence[Path]:
        """The tokenizer's files, checked. Raises BadTokenizer."""
        ...


@dataclass(frozen=True, kw_only=True)
class ImportCost:
    """What an import needs, known before it begins."""

    disk_bytes: int  # of the model folder
    memory_bytes: int  # at most, for the tensor at work; programs and mapped files not counted

    def __str__(self) -> str:
        """For people."""
        memory = max(0.1, self.memory_bytes / 1e9)
        return f"{self.disk_bytes / 1e9:.1f} GB of disk and, while it works, {memory:.1f} GB of memory"


def import_cost(files: SourceFiles[C], config: C) -> ImportCost:
    """What `import_model` needs for these files. Raises as it does for files that do not fit."""
    tensors = files.tensors(config)
    tokenizer_bytes = sum(path.stat().st_size for path in files.tokenizer_files(config))
    return ImportCost(
        disk_bytes=tokenizer_bytes + sum(tensor.num_bytes for tensor in tensors),
        memory_bytes=max((tensor.num_bytes + tensor.work_bytes for tensor in tensors), default=0),
    )


def import_model(
    files: SourceFiles[C],
    folder: Path,
    config: C,
    *,
    name: str,
    license: str,
    source: str,
    abilities: Sequence[str] = (),
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
    tensors = files.tensors(config)
    return (
        yield from write_model(
            folder,
            config,
            tensors,
            tokenizer_files=tokenizer_files,
            name=name,
            license=license,
            source=source,
            abilities=abilities,
            max_shard_bytes=max_shard_bytes,
            replace=replace,
        )
    )
