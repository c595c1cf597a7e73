"""`ComposeOptions`: how a region is shown to the model, and how the result lands in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from mgie.api.rect import Rect
from mgie.errors import BadOption

ContextPolicy: TypeAlias = Literal["auto", "selection", "canvas", "custom"]
TransferMode: TypeAlias = Literal["auto", "tonal", "content"]
RANGES: Final = {  # of the numbers, both ends allowed
    "padding": (0, 4),
    "grow_px": (-1000, 1000),
    "feather_px": (0, 1000),
    "blend_px": (0, 1000),
    "colour_match": (0, 1),
    "max_scale": (1, 64),
    "tile_overlap": (0.05, 0.5),
}


@dataclass(frozen=True, kw_only=True)
class ComposeOptions:
    """How a region is shown to the model, and how the result lands in the picture."""

    context: ContextPolicy = "auto"  # what the model sees: padded selection, selection, all, `context_rect`
    context_rect: Rect | None = None  # canvas coordinates, only with context "custom"
    padding: float = 0.25  # of the selection's longer side, added on every side, 0..4
    grow_px: int = 0  # -1000..1000: where the feather begins, outside (+) or inside (-) the selection
    feather_px: float = 0.0  # 0..1000: width of the ramp inside the selection
    blend_px: float = 0.0  # 0..1000: width over which a content edit is led into its surroundings
    transfer: TransferMode = "auto"  # tonal: recolour the document's own pixels; content: the model's pixels
    colour_match: float = 0.0  # 0..1: pull content edits towards the surroundings' colour
    corrects_drift: bool = True  # undo a pure shift or zoom of the result
    is_square: bool = False  # show the model squares only
    max_scale: float = 4.0  # content edits this many times larger than the model's size are tiled, 1..64
    tile_overlap: float = 0.25  # of a tile's side, 0.05..0.5
    leaves_weight_to_layer: bool = False  # the weight becomes the layer's mask instead of being applied

    def __post_init__(self) -> None:
        if self.context not in get_args(ContextPolicy):
            raise BadOption(f"context is {self.context!r}; choose {', '.join(get_args(ContextPolicy))}")
        if (self.context == "custom") != (self.context_rect is not None):
            raise BadOption('context_rect goes with context "custom", and only with it')
        if self.context_rect is not None and self.context_rect.is_empty:
            raise BadOption(f"context_rect is {tuple(self.context_rect)}; it must hold at least one pixel")
        if self.transfer not in get_args(TransferMode):
            raise BadOption(f"transfer is {self.transfer!r}; choose {', '.join(get_args(TransferMode))}")
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:  # also refuses NaN
                raise BadOption(f"{name} is {value}; choose {low} to {high}")
