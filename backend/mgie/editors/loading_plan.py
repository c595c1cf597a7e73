"""By which memory plan a model is loaded: what it may be loaded in, against the memory that is free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from mgie.editors.precision import precisions
from mgie.model.load_options import LoadOptions, Precision
from mgie.model.memory_plan import MemoryPlan, ModelSizes, choose_plan
from mgie.model.offload import free_memory


@dataclass(frozen=True, kw_only=True)
class LoadingPlan:
    """What a model is loaded as, and what it may become."""

    chosen: MemoryPlan
    sizes: ModelSizes
    smaller: tuple[Precision, ...]  # precisions that remain where memory runs out, best first


def loading_plan(
    model: str,
    sizes: ModelSizes,
    options: LoadOptions,
    *,
    spare_bytes: int = 0,
    needed: Precision | None = None,
    on_gpu: Precision = "fp16",
    smaller: Sequence[Precision] = (),
) -> LoadingPlan:
    """What a model would be loaded as now.

    options: with a device of torch's. spare_bytes: see `free_memory`. needed, on_gpu, smaller: see
    `precisions`. Raises BadOption for a precision that is not offered.
    """
    device = torch.device(options.device)
    offered = precisions(model, options.precision, device, needed=needed, on_gpu=on_gpu, smaller=smaller)
    free_bytes = free_memory(device, spare_bytes=spare_bytes)
    chosen = choose_plan(sizes, free_bytes, precisions=offered, placement=options.placement)
    remaining = offered[offered.index(chosen.precision) + 1 :]
    return LoadingPlan(chosen=chosen, sizes=sizes, smaller=tuple(remaining))
