"""`LoadedPlan`: how a model is loaded, and its way down where memory runs out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import cast

from torch import nn

from mgie.model.load_options import Precision
from mgie.model.memory_plan import MemoryPlan, ModelSizes, Sized, next_plan
from mgie.model.offload import Placement
from mgie.model.quantized import StoredLayers, is_quantized, quantize_layers

log = logging.getLogger(__name__)


class LoadedPlan:
    """The plan that networks are placed by now."""

    def __init__(
        self,
        networks: Sized,
        placement: Placement,
        plan: MemoryPlan,
        *,
        sizes: ModelSizes,
        precisions: Sequence[Precision] = (),
        tile: Callable[[], object],
        stored: StoredLayers | None = None,
    ) -> None:
        """networks: a module of torch. precisions: smaller ones that it may be quantised to, best first.
        tile: from now on pictures are coded tile by tile. stored: see `quantize_layers`.
        """
        self.placement = placement
        self._networks = networks
        self._plan = plan
        self._sizes = sizes
        self._precisions = (plan.precision, *precisions)
        self._tile = tile
        self._stored = stored

    def __str__(self) -> str:
        return str(self._plan)

    def step_down(self, model: str) -> bool:
        """Go on to the next plan that needs no more; False after the last. model: named in the log."""
        plan = next_plan(self._sizes, self._plan, self._precisions)
        if plan is None:
            return False
        self._plan = plan  # also where what follows lacks memory: the next one needs less
        self.placement.leave()
        if is_quantized(plan.precision):
            quantize_layers(
                cast("nn.Module", self._networks), plan.precision, self._networks.stacks, self._stored
            )
        self.placement.use(plan.placement)
        if plan.tiles_pictures:
            self._tile()
        log.info("memory plan model=%s plan=%s", model, plan)
        return True
