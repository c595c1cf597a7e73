"""What the kinds of flow-matching painters share from outside; imports torch only when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from mgie.model.load_options import LoadOptions

if TYPE_CHECKING:
    from torch import nn

    from mgie.editors.flow_loading import FlowConfig
    from mgie.model.memory_plan import MemoryPlan

C = TypeVar("C", bound="FlowConfig")


def planned_by(
    empty_networks: Callable[[C], nn.Module],
) -> Callable[[str, C, LoadOptions, int], MemoryPlan]:
    """A `Kind.memory_plan` for networks that are made without memory."""

    def memory_plan(model: str, config: C, options: LoadOptions, spare_bytes: int) -> MemoryPlan:
        from mgie.editors.flow_loading import expected_plan

        return expected_plan(empty_networks, model, config, options, spare_bytes)

    return memory_plan
