"""Loading a flow-matching painter by a memory plan: precision of its blocks, and placement."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

import torch
from torch import nn

from mgie.editors.flow_editor import FlowEditor, FlowModel
from mgie.editors.kind import LoadRequest
from mgie.editors.precision import QUANTIZED, dtype_of, precisions
from mgie.model.load_options import LoadOptions, Precision
from mgie.model.memory_plan import MemoryPlan, ModelSizes, Sized, choose_plan, sizes_of
from mgie.model.offload import cast_weights, free_memory, place
from mgie.model.quantized import is_quantized, quantize_layers
from mgie.model.step_down import LoadedPlan
from mgie.weights.checkpoint import fill_networks

log = logging.getLogger(__name__)

C = TypeVar("C")
_ON_GPU: Precision = "bf16"  # what these models were trained in; T5 overflows fp16


@dataclass(frozen=True, kw_only=True)
class FlowPlan:
    """What a painter is loaded as, and what it may become."""

    chosen: MemoryPlan
    sizes: ModelSizes
    smaller: tuple[Precision, ...]  # precisions that remain where memory runs out, best first


def flow_plan(model: str, sizes: ModelSizes, options: LoadOptions, *, spare_bytes: int = 0) -> FlowPlan:
    """What a painter would be loaded as now. spare_bytes: see `free_memory`.

    Raises BadOption for a precision that is not offered.
    """
    device = torch.device(options.device)
    offered = precisions(model, options.precision, device, on_gpu=_ON_GPU, smaller=QUANTIZED)
    free_bytes = free_memory(device, spare_bytes=spare_bytes)
    chosen = choose_plan(sizes, free_bytes, precisions=offered, placement=options.placement)
    smaller = offered[offered.index(chosen.precision) + 1 :]
    return FlowPlan(chosen=chosen, sizes=sizes, smaller=tuple(smaller))


def expected_plan(
    empty_networks: Callable[[C], nn.Module],
    model: str,
    config: C,
    options: LoadOptions,
    spare_bytes: int,
) -> MemoryPlan:
    """See `Kind.memory_plan`, for a painter whose networks are made without memory."""
    sizes = _sizes_by_config(empty_networks, config)
    return flow_plan(model, sizes, options, spare_bytes=spare_bytes).chosen


@cache
def _sizes_by_config(empty_networks: Callable[[Any], nn.Module], config: Any) -> ModelSizes:
    return _sizes(cast("Sized", empty_networks(config)))


def _sizes(networks: Sized) -> ModelSizes:
    return sizes_of(networks, can_tile=False)


def load_by_plan(networks: nn.Module, request: LoadRequest[Any]) -> FlowPlan:
    """Fill networks that are without memory from the request's folder, in the precision of the plan."""
    sized = cast("Sized", networks)
    plan = flow_plan(request.info.id, _sizes(sized), request.options)
    device = torch.device(request.options.device)
    log.info("memory plan model=%s device=%s plan=%s", request.info.id, device, plan.chosen)
    fill_networks(networks, request.folder)
    if is_quantized(plan.chosen.precision):
        quantize_layers(networks, plan.chosen.precision, sized.stacks)
    cast_weights(networks, dtype_of(plan.chosen.precision, device, on_gpu=_ON_GPU))
    return plan


def flow_editor(
    model: FlowModel, networks: nn.Module, plan: FlowPlan, request: LoadRequest[Any]
) -> FlowEditor:
    """The painter, placed by its plan. Raises DeviceOutOfMemory where it does not fit."""
    sized = cast("Sized", networks)
    placement = place(sized.halves, torch.device(request.options.device), plan.chosen.placement)
    loaded = LoadedPlan(
        networks,
        placement,
        plan.chosen,
        sizes=plan.sizes,
        stacks=sized.stacks,
        precisions=plan.smaller,
    )
    return FlowEditor(model, info=request.info, plan=loaded)
