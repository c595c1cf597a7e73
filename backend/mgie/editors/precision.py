"""In which numbers a model computes: what was asked for, what the model needs, what the device does well."""

from __future__ import annotations

import logging
from typing import Literal

import torch

from mgie.errors import BadOption
from mgie.model.load_options import Precision

log = logging.getLogger(__name__)

_DTYPES: dict[Precision, torch.dtype] = {
    "fp32": torch.float32,
    "fp16": torch.float16,
    "bf16": torch.bfloat16,
}


def weights_dtype(
    model: str,
    asked: Precision | Literal["auto"],
    device: torch.device,
    *,
    needed: Precision | None = None,
    on_gpu: Precision = "fp16",
) -> torch.dtype:
    """The dtype of all weights of a model.

    needed: the only precision the model works in; it goes before what was asked. on_gpu: what "auto" takes on
    NVIDIA; elsewhere it takes fp32, because halves are slow on CPUs and garble text on Apple's GPUs.
    Raises BadOption for a precision that is not offered.
    """
    chosen = needed or (asked if asked != "auto" else on_gpu if device.type == "cuda" else "fp32")
    if asked not in ("auto", chosen):
        log.warning("%s needs %s, so it is not loaded in %s", model, chosen, asked)
    if chosen not in _DTYPES:
        raise BadOption(f"{model} cannot be loaded in {chosen}; choose {', '.join(_DTYPES)}")
    return _DTYPES[chosen]
