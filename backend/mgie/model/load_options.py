"""`LoadOptions`: how a model is loaded, as opposed to what it is. No torch, so that commands start fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from mgie.errors import BadOption

Precision: TypeAlias = Literal["fp32", "fp16", "bf16", "int8", "int4"]
PlacementMode: TypeAlias = Literal["resident", "staged", "layered"]  # see `mgie.model.offload`

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
PLACEMENTS: tuple[PlacementMode, ...] = get_args(PlacementMode)
# What an edit needs beside the weights where nothing was measured: activations and the framework, roughly
WORKSPACE_BYTES = 1 << 30


@dataclass(frozen=True, kw_only=True)
class LoadOptions:
    """Where and how precisely a model computes."""

    device: str = "auto"  # torch's name; "auto": a GPU where there is one, else the CPU
    precision: Precision | Literal["auto"] = "auto"  # "auto": what is known to work on the device
    placement: PlacementMode | Literal["auto"] = "auto"  # "auto": the fastest that fits into free memory

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("precision", self.precision, PRECISIONS),
            ("placement", self.placement, PLACEMENTS),
        ):
            if value != "auto" and value not in allowed:
                raise BadOption(f"{name} is {value!r}; choose auto, {', '.join(allowed)}")
