"""How a model is made to fit: from free memory to precision, placement and tiling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, cast

from mgie.model.load_options import PLACEMENTS, WORKSPACE_BYTES, PlacementMode, Precision
from mgie.model.quantized import GROUP_SIZE, quantized_names

if TYPE_CHECKING:
    from torch import nn

    from mgie.model.offload import Halves

_LAYER_BYTES = 300 << 20  # of a transformer that passes layer by layer: its largest piece, roughly
_TILED_WORKSPACE_BYTES = 600 << 20  # decoding by tiles needs less beside the weights
_WAYS: tuple[tuple[PlacementMode, bool], ...] = (  # and whether pictures are tiled, fastest first
    ("resident", False),
    ("staged", False),
    ("staged", True),
    ("layered", True),
)
_BITS: dict[Precision, float] = {
    "fp32": 32,
    "fp16": 16,
    "bf16": 16,
    "int8": 8,
    "int4": 4 + 2 * 16 / GROUP_SIZE,
}


@dataclass(frozen=True, kw_only=True)
class ModelSizes:
    """Numbers that a model consists of."""

    language: int  # weights of the reading and writing half that can be quantised
    reading: int  # others of that half
    denoiser: int = 0  # weights of the painting half that can be quantised
    painting: int  # others of that half

    def num_bytes(self, precision: Precision) -> tuple[float, float, float, float]:
        """Of the four, where a quantised model keeps the rest in half precision."""
        small, rest = _BITS[precision] / 8, max(_BITS[precision], 16) / 8
        return self.language * small, self.reading * rest, self.denoiser * small, self.painting * rest


class Sized(Protocol):
    """The networks of a model, as far as their sizes go."""

    @property
    def halves(self) -> Halves:
        """By the half of an edit that needs them."""
        ...

    @property
    def stacks(self) -> tuple[str, ...]:
        """Names of the stacks of blocks whose linear layers can be quantised."""
        ...


@dataclass(frozen=True, kw_only=True)
class MemoryPlan:
    """What a model is loaded as."""

    precision: Precision  # of the blocks; quantised ones leave the rest in half precision
    placement: PlacementMode
    tiles_pictures: bool  # encode and decode tile by tile
    num_bytes: int  # on the device at the most, about

    def __str__(self) -> str:
        where = {"resident": "all on the device", "staged": "halves in turn", "layered": "layer by layer"}
        tiles = ", pictures in tiles" if self.tiles_pictures else ""
        return f"{self.precision}, {where[self.placement]}{tiles}, about {self.num_bytes / 1e9:.1f} GB"


def choose_plan(
    sizes: ModelSizes,
    free_bytes: int | None,
    *,
    precisions: Sequence[Precision],
    placement: PlacementMode | Literal["auto"] = "auto",
) -> MemoryPlan:
    """The best plan that fits, or the most frugal one.

    free_bytes: what other programs leave; None where there is no limit to mind. precisions: those that may be
    chosen, best first.
    """
    plans = [plan for plan in _plans(sizes, precisions) if placement in ("auto", plan.placement)]
    fitting = (plan for plan in plans if free_bytes is None or plan.num_bytes <= free_bytes)
    return next(fitting, plans[-1])


def plan_of(
    sizes: ModelSizes, precision: Precision, placement: PlacementMode, *, tiles_pictures: bool
) -> MemoryPlan:
    """The plan of a model that is loaded in some way."""
    language, reading, denoiser, painting = sizes.num_bytes(precision)
    layer, layer_painting = (min(blocks, _LAYER_BYTES) for blocks in (language, denoiser))
    weights: dict[PlacementMode, float] = {
        "resident": language + reading + denoiser + painting,
        "staged": max(language + reading, denoiser + painting),
        "layered": max(layer + reading, layer_painting + painting),
    }
    return MemoryPlan(
        precision=precision,
        placement=placement,
        tiles_pictures=tiles_pictures,
        num_bytes=round(weights[placement]) + (_TILED_WORKSPACE_BYTES if tiles_pictures else WORKSPACE_BYTES),
    )


def next_plan(sizes: ModelSizes, plan: MemoryPlan, precisions: Sequence[Precision]) -> MemoryPlan | None:
    """The best plan of those that come after one and need no more than it; None after the last.

    precisions: those that may be chosen, best first; the plan's own is among them.
    """

    def rank(plan: MemoryPlan) -> tuple[int, int, bool]:
        return precisions.index(plan.precision), PLACEMENTS.index(plan.placement), plan.tiles_pictures

    after = (other for other in _plans(sizes, precisions) if rank(other) > rank(plan))
    return next((other for other in after if other.num_bytes <= plan.num_bytes), None)


def sizes_of(networks: Sized) -> ModelSizes:
    """The sizes of networks, modules of torch that may be without memory."""
    blocks: dict[int, int] = {}  # numbers, by the identity of a layer
    for name in quantized_names(cast("nn.Module", networks), networks.stacks):
        # or quantised, with as many
        layer = cast("nn.Linear", cast("nn.Module", networks).get_submodule(name))
        blocks[id(layer)] = layer.in_features * layer.out_features
    (language, reading), (denoiser, painting) = (
        _numbers(half, blocks) for half in (networks.halves.encode, networks.halves.sample)
    )
    return ModelSizes(language=language, reading=reading, denoiser=denoiser, painting=painting)


def _numbers(half: Sequence[nn.Module], blocks: dict[int, int]) -> tuple[int, int]:
    """How many a half has in its blocks' layers, and besides."""
    inside = rest = 0
    for module in half:
        stored = 0
        for layer in module.modules():
            if id(layer) in blocks:
                inside += blocks[id(layer)]
                stored += sum(p.numel() for name, p in layer.named_parameters() if name == "weight")
        rest += sum(weight.numel() for weight in module.parameters()) - stored
    return inside, rest


def _plans(sizes: ModelSizes, precisions: Sequence[Precision]) -> list[MemoryPlan]:
    plans: list[MemoryPlan] = []
    for precision in precisions:
        is_last = precision == precisions[-1]
        for mode, tiles in _WAYS:
            if tiles and not is_last:
                continue  # a smaller precision is better than so little memory
            if mode == "layered" and not sizes.language + sizes.denoiser:
                continue
            plans.append(plan_of(sizes, precision, mode, tiles_pictures=tiles))
    return plans
