"""Loading a flow-matching painter by a memory plan: precision of its blocks, and placement."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

import torch
from torch import nn

from mgie.editors.flow_editor import FlowEditor, FlowModel
from mgie.editors.kind import LoadRequest
from mgie.editors.loading_plan import LoadingPlan, loading_plan
from mgie.editors.precision import dtype_of
from mgie.model.load_options import LoadOptions, Precision
from mgie.model.memory_plan import MemoryPlan, ModelSizes, Sized, sizes_of
from mgie.model.offload import cast_weights, place
from mgie.model.quantized import QUANTIZED, is_quantized, quantize_layers
from mgie.model.step_down import LoadedPlan
from mgie.weights.checkpoint import fill_networks

log = logging.getLogger(__name__)

C = TypeVar("C")
_ON_GPU: Precision = "bf16"  # what these models were trained in; T5 overflows fp16


def flow_plan(model: str, sizes: ModelSizes, options: LoadOptions, *, spare_bytes: int = 0) -> LoadingPlan:
    """What a painter would be loaded as now; see `loading_plan`."""
    return loading_plan(model, sizes, options, spare_bytes=spare_bytes, on_gpu=_ON_GPU, smaller=QUANTIZED)


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


def load_by_plan(networks: nn.Module, request: LoadRequest[Any]) -> LoadingPlan:
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
    model: FlowModel, networks: nn.Module, plan: LoadingPlan, request: LoadRequest[Any]
) -> FlowEditor:
    """The painter, placed by its plan. Raises DeviceOutOfMemory where it does not fit."""
    sized = cast("Sized", networks)
    placement = place(sized.halves, torch.device(request.options.device), plan.chosen.placement)
    loaded = LoadedPlan(sized, placement, plan.chosen, sizes=plan.sizes, precisions=plan.smaller)
    return FlowEditor(model, info=request.info, plan=loaded)
