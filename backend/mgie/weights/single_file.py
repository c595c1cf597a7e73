"""One file with a painter's denoiser, as artists have it: .safetensors (8-bit floats too) or .gguf.

Quantised weights become bfloat16, piece by piece while they are written. Keys are those of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFReader
from gguf.quants import dequantize
from torch import Tensor

from mgie.api.models import SINGLE_FILE_SUFFIXES
from mgie.errors import BadCheckpoint
from mgie.weights.tensor_files import LazyTensor, open_tensors

_PREFIX = re.compile(r"^(?:model\.)?diffusion_model\.")  # of files saved by ComfyUI
_SCALES = (".scale_weight", ".weight_scale")  # beside X.weight: what its 8-bit values are multiplied by
# Beside scaled weights; for computing in 8 bits, or a mark that there are scales.
_UNUSED = re.compile(r"scaled_fp8|.*\.(?:scale_input|input_scale|comfy_quant)")


def open_single_file(path: Path) -> dict[str, LazyTensor]:
    """The tensors of one file, as 16- or 32-bit floats. Raises BadCheckpoint naming what cannot be read."""
    ending = path.suffix.lower()
    if ending == ".gguf":
        tensors = _open_gguf(path)
    elif ending == ".safetensors":
        tensors = open_tensors(path, widens_eight_bits=True)
    else:
        raise BadCheckpoint(f"{path.name} is no {' or '.join(SINGLE_FILE_SUFFIXES)} file")
    return _scaled({_PREFIX.sub("", key): tensor for key, tensor in tensors.items()})


def _scaled(tensors: dict[str, LazyTensor]) -> dict[str, LazyTensor]:
    found = {key: tensor for key, tensor in tensors.items() if not _UNUSED.fullmatch(key)}
    for key in list(found):
        ending = next((ending for ending in _SCALES if key.endswith(ending)), None)
        if ending is None:
            continue
        scale, weight = found.pop(key), key.removesuffix(ending) + ".weight"
        if weight not in found:
            raise BadCheckpoint(f"{scale.file}: {key} scales {weight}, which is missing")
        if scale.shape not in ((), (1,)):
            raise BadCheckpoint(f"{scale.file}: {key} has shape {scale.shape}; only one scale can be read")
        found[weight] = _times(found[weight], scale)
    return found


def _times(tensor: LazyTensor, scale: LazyTensor) -> LazyTensor:
    def rows(start: int, stop: int) -> Tensor:
        return (tensor.rows(start, stop).float() * scale.load().float()).to(tensor.dtype)

    count = tensor.shape[0]
    return replace(
        tensor, load=lambda: rows(0, count), load_rows=rows, work_bytes=tensor.work_bytes + 8 * tensor.numel
    )


def _open_gguf(path: Path) -> dict[str, LazyTensor]:
    try:
        reader = GGUFReader(path)
        return {tensor.name: _gguf_tensor(path, tensor) for tensor in reader.tensors}
    except (ValueError, IndexError, KeyError, OSError, OverflowError) as error:
        raise BadCheckpoint(f"{path} is cut short or no GGUF file: {error}") from error


def _gguf_tensor(path: Path, tensor: Any) -> LazyTensor:
    kind: GGMLQuantizationType = tensor.tensor_type
    shape = tuple(int(size) for size in reversed(tensor.shape))  # GGUF counts from the inside
    data: np.ndarray[Any, Any] = tensor.data
    plain = {GGMLQuantizationType.F32: torch.float32, GGMLQuantizationType.F16: torch.float16}.get(kind)
    dtype = plain or torch.bfloat16
    read: Callable[[Any], Any] = np.array if plain else lambda values: dequantize(values, kind)
    try:
        read(data[:1])
    except NotImplementedError as error:
        raise BadCheckpoint(
            f"{path}: {tensor.name} is quantised as {kind.name}, which cannot be read; "
            "take a file in Q8_0, Q6_K, Q5_K, Q4_K, Q4_0 or F16"
        ) from error

    def rows(start: int, stop: int) -> Tensor:
        values = read(data[start:stop])
        return torch.from_numpy(values).to(dtype).reshape(stop - start, *shape[1:])

    return LazyTensor(
        key=cast("str", tensor.name),
        shape=shape,
        dtype=dtype,
        file=str(path),
        load=lambda: rows(0, shape[0]),
        load_rows=rows,
        work_bytes=0 if plain else 8 * int(np.prod(shape)),  # 32-bit values, in pieces and joined
    )
