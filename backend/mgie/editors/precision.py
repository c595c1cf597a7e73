"""In which numbers a model computes: what was asked for, what the model needs, what the device does well."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Literal

import torch

from mgie.errors import BadOption
from mgie.model.load_options import Precision
from mgie.model.quantized import DTYPES, QUANTIZED

log = logging.getLogger(__name__)


def precisions(
    model: str,
    asked: Precision | Literal["auto"],
    device: torch.device,
    *,
    needed: Precision | None = None,
    on_gpu: Precision = "fp16",
    smaller: Sequence[Precision] = (),
) -> list[Precision]:
    """Those that a model may be loaded in, best first.

    needed: the only precision the model works in; it goes before what was asked. on_gpu: what "auto" takes on
    NVIDIA; elsewhere it takes fp32, because halves are slow on CPUs and garble text on Apple's GPUs.
    smaller: what the model can be quantised to, for "auto" only where memory asks for it.
    Raises BadOption for a precision that is not offered.
    """
    chosen: list[Precision]
    if needed is not None:
        chosen = [needed]
    elif asked != "auto":
        chosen = [asked]
    else:
        chosen = [on_gpu, *smaller] if device.type == "cuda" else ["fp32"]
    if asked not in ("auto", *chosen):
        log.warning("%s needs %s, so it is not loaded in %s", model, chosen[0], asked)
    offered = [*DTYPES, *(smaller if needed is None else QUANTIZED)]
    if chosen[0] not in offered:
        raise BadOption(f"{model} cannot be loaded in {chosen[0]}; choose {', '.join(offered)}")
    return chosen


def dtype_of(precision: Precision, device: torch.device, *, on_gpu: Precision = "fp16") -> torch.dtype:
    """The dtype of all weights that are not quantised. on_gpu: what it is on NVIDIA beside quantised ones."""
    if precision in DTYPES:
        return DTYPES[precision]
    return DTYPES[on_gpu] if device.type == "cuda" else torch.float32


def weights_dtype(
    model: str, asked: Precision | Literal["auto"], device: torch.device, *, on_gpu: Precision = "fp16"
) -> torch.dtype:
    """The dtype of all weights of a model that is not quantised; see `precisions`."""
    return DTYPES[precisions(model, asked, device, on_gpu=on_gpu)[0]]
