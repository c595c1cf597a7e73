"""Loading a flow-matching painter by a memory plan: precision of its blocks, and placement."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol, TypeVar, cast

import torch
from torch import nn

from mgie.editors.flow_editor import FlowEditor, FlowModel
from mgie.editors.kind import LoadRequest
from mgie.editors.loading_plan import LoadingPlan, loading_plan
from mgie.editors.precision import dtype_of
from mgie.model.load_options import LoadOptions, Precision
from mgie.model.memory_plan import MemoryPlan, ModelSizes, Sized, sizes_of
from mgie.model.offload import cast_weights, place
from mgie.model.quantized import (
    QUANTIZED,
    QuantizedPrecision,
    is_quantized,
    prepare_quantized,
    quantize_layers,
)
from mgie.model.step_down import LoadedPlan
from mgie.weights.checkpoint import fill_networks
from mgie.weights.stored_copies import StoredCopies

log = logging.getLogger(__name__)

C = TypeVar("C", bound="FlowConfig")
_ON_GPU: Precision = "bf16"  # what these models were trained in; T5 overflows fp16


class FlowConfig(Protocol):
    """The config of a painter."""

    @property
    def quantized(self) -> QuantizedPrecision | None:
        """How its blocks are stored; None: as numbers."""
        ...


class FlowNetworks(Sized, Protocol):
    """The networks of a painter, modules of torch."""

    def tile_pictures(self) -> object:
        """From now on code pictures tile by tile."""
        ...


def flow_plan(
    model: str,
    sizes: ModelSizes,
    options: LoadOptions,
    *,
    stored: QuantizedPrecision | None = None,
    spare_bytes: int = 0,
) -> LoadingPlan:
    """What a painter would be loaded as now; see `loading_plan`. stored: what its folder is quantised to."""
    return loading_plan(
        model,
        sizes,
        options,
        spare_bytes=spare_bytes,
        needed=stored,
        on_gpu=_ON_GPU,
        smaller=QUANTIZED,
    )


def expected_plan(
    empty_networks: Callable[[C], nn.Module],
    model: str,
    config: C,
    options: LoadOptions,
    spare_bytes: int,
) -> MemoryPlan:
    """See `Kind.memory_plan`, for a painter whose networks are made without memory."""
    sizes = _sizes_by_config(empty_networks, config)
    return flow_plan(model, sizes, options, stored=config.quantized, spare_bytes=spare_bytes).chosen


@cache
def _sizes_by_config(empty_networks: Callable[[Any], nn.Module], config: Any) -> ModelSizes:
    return sizes_of(cast("Sized", empty_networks(config)))


def load_by_plan(networks: nn.Module, request: LoadRequest[Any]) -> LoadingPlan:
    """Fill networks that are without memory from the request's folder, in the precision of the plan."""
    sized = cast("Sized", networks)
    stored: QuantizedPrecision | None = request.config.quantized
    plan = flow_plan(request.info.id, sizes_of(sized), request.options, stored=stored)
    device = torch.device(request.options.device)
    log.info("memory plan model=%s device=%s plan=%s", request.info.id, device, plan.chosen)
    if stored is not None:
        prepare_quantized(networks, stored, sized.stacks)
    fill_networks(networks, request.folder)
    if is_quantized(plan.chosen.precision):  # those that are so already stay
        quantize_layers(networks, plan.chosen.precision, sized.stacks, StoredCopies(request.folder))
    cast_weights(networks, dtype_of(plan.chosen.precision, device, on_gpu=_ON_GPU))
    return plan


def flow_editor(
    model: FlowModel, networks: nn.Module, plan: LoadingPlan, request: LoadRequest[Any]
) -> FlowEditor:
    """The painter, placed by its plan. Raises DeviceOutOfMemory where it does not fit."""
    sized = cast("FlowNetworks", networks)
    if plan.chosen.tiles_pictures:
        sized.tile_pictures()
    placement = place(sized.halves, torch.device(request.options.device), plan.chosen.placement)
    loaded = LoadedPlan(
        sized,
        placement,
        plan.chosen,
        sizes=plan.sizes,
        precisions=plan.smaller,
        tile=sized.tile_pictures,
        stored=StoredCopies(request.folder),
    )
    return FlowEditor(model, info=request.info, plan=loaded)
