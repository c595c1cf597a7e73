"""Loading a flow-matching painter by a memory plan: precision of its blocks, and placement."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn

from mgie.editors.flow_editor import FlowEditor, FlowModel
from mgie.editors.kind import LoadRequest
from mgie.editors.loading import best_device
from mgie.editors.precision import QUANTIZED, dtype_of, precisions
from mgie.model.load_options import LoadOptions, Precision
from mgie.model.memory_plan import MemoryPlan, ModelSizes, Sized, choose_plan, sizes_of
from mgie.model.offload import cast_weights, free_memory, place
from mgie.model.quantized import is_quantized, quantize_layers
from mgie.model.step_down import LoadedPlan
from mgie.weights.checkpoint import fill_networks

log = logging.getLogger(__name__)

_ON_GPU: Precision = "bf16"  # what these models were trained in; T5 overflows fp16


@dataclass(frozen=True, kw_only=True)
class FlowPlan:
    """What a painter is loaded as, and what it may become."""

    chosen: MemoryPlan
    sizes: ModelSizes
    smaller: tuple[Precision, ...]  # precisions that remain where memory runs out, best first


def flow_plan(model: str, networks: Sized, options: LoadOptions) -> FlowPlan:
    """What a painter would be loaded as now. networks: they may be without memory.

    Raises BadOption for a precision that is not offered.
    """
    device = torch.device(options.device)
    offered = precisions(model, options.precision, device, on_gpu=_ON_GPU, smaller=QUANTIZED)
    sizes = sizes_of(networks, can_tile=False)
    chosen = choose_plan(sizes, free_memory(device), precisions=offered, placement=options.placement)
    smaller = offered[offered.index(chosen.precision) + 1 :]
    return FlowPlan(chosen=chosen, sizes=sizes, smaller=tuple(smaller))


def plan_here(model: str, networks: nn.Module) -> str:
    """The same on the best device of this machine, for people."""
    device = best_device()
    plan = flow_plan(model, cast("Sized", networks), LoadOptions(device=device))
    return f"on {device}: {plan.chosen}"


def load_by_plan(networks: nn.Module, request: LoadRequest[Any]) -> FlowPlan:
    """Fill networks that are without memory from the request's folder, in the precision of the plan."""
    sized = cast("Sized", networks)
    plan = flow_plan(request.info.id, sized, request.options)
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
