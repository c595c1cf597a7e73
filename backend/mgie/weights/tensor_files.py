"""Tensors on disk: reading published files safely and lazily, writing safetensors one tensor at a time.

`open_tensors` and `open_sharded` never run code from a file and map it instead of reading it;
`write_shards` streams and hashes, so that memory holds one tensor, not one model.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import safetensors
import torch

from mgie.errors import BadCheckpoint, BadOption
from mgie.weights.manifest import ModelFile

_DTYPE_NAMES = {
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int8: "I8",
    torch.uint8: "U8",
}
_EIGHT_BIT_FLOATS = ("F8_E4M3", "F8_E5M2")
DTYPES = {name: dtype for dtype, name in _DTYPE_NAMES.items()}


@dataclass(frozen=True, kw_only=True)
class LazyTensor:
    """A tensor that is known but not loaded."""

    key: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    file: str  # the file it comes from, for messages
    load: Callable[[], torch.Tensor]
    load_rows: Callable[[int, int], torch.Tensor] | None = None  # some of them, where that is less work
    work_bytes: int = 0  # memory needed while it loads, beside the values

    @property
    def numel(self) -> int:
        """How many values."""
        return torch.Size(self.shape).numel()

    @property
    def num_bytes(self) -> int:
        """Size of the values."""
        return self.numel * self.dtype.itemsize

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Some rows."""
        return self.load_rows(start, stop) if self.load_rows else self.load()[start:stop]


def open_tensors(path: Path, *, widens_eight_bits: bool = False) -> dict[str, LazyTensor]:
    """The tensors of one .safetensors, .pt or .bin file, mapped into memory.

    widens_eight_bits: 8-bit floats of .safetensors come as bfloat16, which holds each of their values.
    Raises BadCheckpoint for a file that is missing, cut short, holds code, or holds anything but tensors.
    """
    if not path.is_file():
        raise BadCheckpoint(f"{path} is missing")
    if path.suffix.lower() == ".safetensors":
        return _open_safetensors(path, widens_eight_bits)
    return {key: _already_loaded(path, key, value) for key, value in _load_pickle(path).items()}


def open_sharded(folder: Path, stems: Sequence[str]) -> dict[str, LazyTensor]:
    """The tensors of a published folder: one file or an index with several, whichever is there first.

    stems: file names without ending in order of preference, e.g. "model" for model.safetensors.
    """
    for stem in stems:
        for suffix in (".safetensors", ".bin"):
            index = folder / f"{stem}{suffix}.index.json"
            if index.is_file():
                return _open_index(folder, index)
            if (folder / f"{stem}{suffix}").is_file():
                return open_tensors(folder / f"{stem}{suffix}")
    names = " or ".join(f"{stem}.safetensors / {stem}.bin" for stem in stems)
    raise BadCheckpoint(f"{folder} holds no {names}")


def write_shards(
    folder: Path, part: str, tensors: Iterable[LazyTensor], max_shard_bytes: int
) -> Iterator[ModelFile]:
    """Write the tensors of one part as one or more safetensors files, yielding each finished file."""
    shards = _plan_shards(part, tensors, max_shard_bytes)
    for number, shard in enumerate(shards, start=1):
        of = f"-{number:05d}-of-{len(shards):05d}" if len(shards) > 1 else ""
        yield _write_safetensors(folder / f"{part}{of}.safetensors", part, shard)


def _open_safetensors(path: Path, widens_eight_bits: bool) -> dict[str, LazyTensor]:
    try:
        file = cast("Any", safetensors.safe_open(path, framework="pt", device="cpu"))
        tensors: dict[str, LazyTensor] = {}
        for key in cast("list[str]", file.keys()):
            view = file.get_slice(key)
            dtype = DTYPES.get(view.get_dtype())
            if dtype is None and widens_eight_bits and view.get_dtype() in _EIGHT_BIT_FLOATS:
                dtype = torch.bfloat16
            if dtype is None:
                raise BadCheckpoint(f"{path}: {key} is of type {view.get_dtype()}, not {', '.join(DTYPES)}")

            def load(key: str = key, dtype: torch.dtype = dtype) -> torch.Tensor:
                return file.get_tensor(key).to(dtype)

            def rows(start: int, stop: int, key: str = key, dtype: torch.dtype = dtype) -> torch.Tensor:
                return file.get_slice(key)[start:stop].to(dtype)

            tensors[key] = LazyTensor(
                key=key,
                shape=tuple(view.get_shape()),
                dtype=dtype,
                file=str(path),
                load=load,
                load_rows=rows,
            )
    except (safetensors.SafetensorError, OSError) as error:
        raise BadCheckpoint(f"{path} is cut short or no safetensors file: {error}") from error
    return tensors


def _load_pickle(path: Path) -> dict[str, torch.Tensor]:
    try:
        with path.open("rb") as file:
            is_zip = file.read(4) == b"PK\x03\x04"
        loaded: object = torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip)
    except pickle.UnpicklingError as error:
        reason = str(error).splitlines()[0]
        raise BadCheckpoint(f"{path} holds code or is no tensor file; it is not opened ({reason})") from error
    except MemoryError:
        raise
    except Exception as error:  # damage makes an unpickler raise almost anything
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadCheckpoint(f"{path} is cut short or damaged: {reason}") from error
    if not isinstance(loaded, dict):
        raise BadCheckpoint(f"{path} holds a {type(loaded).__name__}, not a dictionary of tensors")
    tensors = cast("dict[object, object]", loaded)
    for key, value in tensors.items():
        if not isinstance(key, str) or not isinstance(value, torch.Tensor):
            raise BadCheckpoint(f"{path}: {key!r} is a {type(value).__name__}, not a tensor")
        if value.layout != torch.strided or value.is_quantized:
            raise BadCheckpoint(f"{path}: {key} is a sparse or quantised tensor; save it as a plain one")
    return cast("dict[str, torch.Tensor]", tensors)


def _already_loaded(path: Path, key: str, tensor: torch.Tensor) -> LazyTensor:
    return LazyTensor(
        key=key, shape=tuple(tensor.shape), dtype=tensor.dtype, file=str(path), load=lambda: tensor
    )


def _open_index(folder: Path, index: Path) -> dict[str, LazyTensor]:
    weight_map = _weight_map(index)
    names = sorted(set(weight_map.values()))
    tensors: dict[str, LazyTensor] = {}
    for name in names:
        if Path(name).name != name:
            raise BadCheckpoint(f"{index} points to {name!r}, outside its folder")
        tensors |= open_tensors(folder / name)
    for key, name in weight_map.items():
        if key not in tensors:
            raise BadCheckpoint(f"{folder / name} lacks {key}, which {index.name} promises")
    return tensors


def _weight_map(index: Path) -> dict[str, str]:
    """Which file holds which tensor."""
    try:
        weight_map: object = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadCheckpoint(f"{index} is damaged: {error}") from error
    if not isinstance(weight_map, dict):
        raise BadCheckpoint(f"{index} is damaged: its weight_map is a {type(weight_map).__name__}")
    for key, name in cast("dict[str, object]", weight_map).items():
        if not isinstance(name, str):
            raise BadCheckpoint(f"{index} is damaged: {key} is in {name!r}, which is no file name")
    return cast("dict[str, str]", weight_map)


def _plan_shards(part: str, tensors: Iterable[LazyTensor], max_shard_bytes: int) -> list[list[LazyTensor]]:
    """Fill files one after the other; the widest types first, so that every tensor lies aligned."""
    shards: list[list[LazyTensor]] = [[]]
    used = 0
    for tensor in sorted(tensors, key=lambda tensor: (-tensor.dtype.itemsize, tensor.key)):
        if tensor.num_bytes > max_shard_bytes:
            raise BadOption(
                f"{part}: {tensor.key} alone has {tensor.num_bytes} bytes; "
                f"max_shard_bytes is {max_shard_bytes}, choose more"
            )
        if used + tensor.num_bytes > max_shard_bytes:
            shards.append([])
            used = 0
        shards[-1].append(tensor)
        used += tensor.num_bytes
    return shards


def _write_safetensors(path: Path, part: str, tensors: Sequence[LazyTensor]) -> ModelFile:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for tensor in tensors:
        start, end = end, end + tensor.num_bytes
        header[tensor.key] = {
            "dtype": _DTYPE_NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [start, end],
        }
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for piece in (len(text).to_bytes(8, "little"), text):
            file.write(piece)
            digest.update(piece)
        for tensor in tensors:
            values = _bytes_of(tensor)
            file.write(values)
            digest.update(values)
            del values  # before the next one is loaded
        num_bytes = file.tell()
    return ModelFile(part=part, path=path.name, num_bytes=num_bytes, sha256=digest.hexdigest())


def _bytes_of(lazy: LazyTensor) -> memoryview:
    tensor = lazy.load()
    if tuple(tensor.shape) != lazy.shape:
        raise BadCheckpoint(f"{lazy.file}: {lazy.key} has shape {tuple(tensor.shape)}, not {lazy.shape}")
    values = tensor.detach().to(device="cpu", dtype=lazy.dtype).contiguous()
    return values.reshape(-1).view(torch.uint8).numpy().data
