"""Weight-only quantisation of transformers: int8 by row, int4 by groups of columns.

Weights are stored small and computed with in the precision of the states. `quantize_layers` replaces the
linear layers inside stacks of equal blocks. What stands outside the stacks (embeddings, heads, projections of
pictures) stays as it is. One row on a GPU is a single kernel that reads the small weights; otherwise they are
made whole first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Literal, TypeAlias, TypeGuard

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mgie.errors import BadOption
from mgie.model.load_options import Precision

log = logging.getLogger(__name__)

QuantizedPrecision: TypeAlias = Literal["int8", "int4"]

QUANTIZED: tuple[QuantizedPrecision, ...] = ("int8", "int4")  # best first
DTYPES: dict[Precision, torch.dtype] = {  # of weights that are not quantised
    "fp32": torch.float32,
    "fp16": torch.float16,
    "bf16": torch.bfloat16,
}
GROUP_SIZE = 32  # columns that share a scale in int4
DECODER = ("model.layers",)  # the blocks of a language model
# What is stored of a layer, by its name, in 8 or 4 bits: mapped, not read; None where nothing is.
StoredLayers: TypeAlias = "Callable[[str, QuantizedPrecision], Mapping[str, Tensor] | None]"
_broken: set[str] = set()  # kernels that could not be made on this machine


class QuantizedLinear(nn.Module):
    """A linear layer, its weights in 8 or 4 bits. State: `weight`, `scale`, `offset`, `bias`."""

    precision: QuantizedPrecision
    weight: Tensor  # int8: numbers (N, K), or two in a byte (N, K / 2): see `_packed`
    scale: Tensor  # (N, groups)
    offset: Tensor  # (N, groups), int4 only: what 0 means
    bias: nn.Parameter | None  # (N,), not quantised

    def __init__(
        self, in_features: int, out_features: int, precision: QuantizedPrecision, *, has_bias: bool = False
    ) -> None:
        super().__init__()
        self.in_features, self.out_features, self.precision = in_features, out_features, precision
        bias = nn.Parameter(torch.empty(out_features), requires_grad=False) if has_bias else None
        self.register_parameter("bias", bias)
        if precision == "int8":
            self.register_buffer("weight", torch.empty(out_features, in_features, dtype=torch.int8))
            self.register_buffer("scale", torch.empty(out_features, 1))
            return
        _check_groups(in_features)
        shape = (out_features, in_features // GROUP_SIZE)
        self.register_buffer("weight", torch.empty(out_features, in_features // 2, dtype=torch.int8))
        self.register_buffer("scale", torch.empty(shape))
        self.register_buffer("offset", torch.empty(shape))

    @classmethod
    @torch.no_grad()
    def of(cls, linear: nn.Linear | QuantizedLinear, precision: QuantizedPrecision) -> QuantizedLinear:
        """Quantise a layer, on its device; scales are in its dtype."""
        weight = linear.whole() if isinstance(linear, QuantizedLinear) else linear.weight
        return cls.holding(quantized_state(weight, precision), linear, precision)

    @classmethod
    @torch.no_grad()
    def holding(
        cls, state: Mapping[str, Tensor], linear: nn.Linear | QuantizedLinear, precision: QuantizedPrecision
    ) -> QuantizedLinear:
        """A layer with these weights, scales and offsets in place of another one, whose bias it takes."""
        with torch.device("meta"):
            made = cls(linear.in_features, linear.out_features, precision, has_bias=linear.bias is not None)
        whole = dict(state)
        if linear.bias is not None:
            whole["bias"] = linear.bias.detach()
        made.load_state_dict(whole, assign=True)
        return made

    @property
    def dtype(self) -> torch.dtype:
        """What its numbers are made whole in."""
        return self.scale.dtype

    def forward(self, states: Tensor) -> Tensor:
        """(..., K) to (..., N)."""
        if states.is_cuda and states.numel() == states.shape[-1] and self.precision not in _broken:
            return self._one_row(states)
        return F.linear(states, self.whole().to(states.dtype), self.bias)

    def whole(self) -> Tensor:
        """The weights (N, K) as numbers again, in the dtype of the scales."""
        if self.precision == "int8":
            return self.weight * self.scale
        values = torch.cat(_unpacked(self.weight), dim=2)
        return (values * self.scale[..., None] + self.offset[..., None]).flatten(1)

    def _one_row(self, states: Tensor) -> Tensor:
        row = states.reshape(-1)
        try:
            if self.precision == "int8":
                found = _compiled(int8_row)(row, self.weight, self.scale)
            else:
                found = _compiled(int4_row)(row, self.weight, self.scale, self.offset)
        except Exception as error:  # whatever a compiler may lack: the result is the same without it
            _broken.add(self.precision)
            log.warning("no kernel for %s, which stays slower: %s", self.precision, str(error)[:200])
            return F.linear(states, self.whole().to(states.dtype), self.bias)
        if self.bias is not None:
            found = found + self.bias
        return found.to(states.dtype).view(*states.shape[:-1], -1)


def int8_row(row: Tensor, weight: Tensor, scale: Tensor) -> Tensor:
    """(N,) float32: the product with a row (K,), written so that a compiler reads the weights once."""
    return (weight.float() * row.float()).sum(1) * scale[:, 0].float()


def int4_row(row: Tensor, weight: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
    """(N,) float32, as `int8_row`."""
    parts = row.float().view(-1, 2, GROUP_SIZE // 2)
    sums = torch.zeros(len(weight), device=row.device)
    for index, values in enumerate(_unpacked(weight)):
        numbers = values.float() * scale[..., None].float() + offset[..., None].float()
        sums = sums + (numbers * parts[:, index]).sum((1, 2))
    return sums


@torch.no_grad()
def quantized_state(weight: Tensor, precision: QuantizedPrecision) -> dict[str, Tensor]:
    """What a `QuantizedLinear` stores of weights (N, K), scales in their dtype."""
    numbers = weight.float()
    if precision == "int8":
        scale = (numbers.abs().amax(1, keepdim=True) / 127).clamp(min=1e-8).to(weight.dtype)
        values = (numbers / scale.float()).round().clamp(-127, 127)
        return {"weight": values.to(torch.int8), "scale": scale}
    _check_groups(weight.shape[1])
    groups = numbers.unflatten(1, (-1, GROUP_SIZE))
    low, high = groups.amin(2), groups.amax(2)
    scale = ((high - low) / 15).clamp(min=1e-8).to(weight.dtype)
    offset = low.to(weight.dtype)
    values = ((groups - offset.float()[..., None]) / scale.float()[..., None]).round().clamp(0, 15)
    return {"weight": _packed(values.to(torch.uint8)), "scale": scale, "offset": offset}


def _packed(values: Tensor) -> Tensor:
    """Bytes (N, K / 2) of 4-bit values (N, groups, GROUP_SIZE): half of a group low, the other half high.

    They are called int8, which transformers' T5 leaves alone; states it would cast to any other dtype.
    """
    first, second = values.chunk(2, dim=2)
    return (first | (second << 4)).flatten(1).view(torch.int8)


def _unpacked(weight: Tensor) -> tuple[Tensor, Tensor]:
    """The two halves (N, groups, GROUP_SIZE / 2) of every group."""
    pairs = weight.view(torch.uint8).unflatten(1, (-1, GROUP_SIZE // 2))
    return pairs & 15, pairs >> 4


def quantize_layers(
    model: nn.Module,
    precision: QuantizedPrecision,
    stacks: Sequence[str],
    stored: StoredLayers | None = None,
) -> None:
    """Replace the linear layers inside stacks of blocks, one after the other, also those that are quantised.

    stacks: their names in the model. stored: layers that need not be computed; they come to the main memory,
    so the model is to be placed anew.
    """
    for name in quantized_names(model, stacks):
        linear = model.get_submodule(name)
        assert isinstance(linear, nn.Linear | QuantizedLinear)
        if isinstance(linear, QuantizedLinear) and linear.precision == precision:
            continue  # an earlier attempt lacked memory
        state = stored(name, precision) if stored is not None else None
        if state is None:
            made = QuantizedLinear.of(linear, precision)
        else:
            dtype = linear.dtype if isinstance(linear, QuantizedLinear) else linear.weight.dtype
            ready = {key: t.to(dtype) if t.is_floating_point() else t for key, t in state.items()}
            made = QuantizedLinear.holding(ready, linear, precision)
        model.set_submodule(name, made)


def prepare_quantized(
    model: nn.Module, precision: QuantizedPrecision, stacks: Sequence[str] = DECODER
) -> None:
    """The same without values, for weights that are stored quantised."""
    for name in quantized_names(model, stacks):
        linear = model.get_submodule(name)
        assert isinstance(linear, nn.Linear)
        has_bias = linear.bias is not None  # pyright: ignore[reportUnnecessaryComparison]  # bias=False
        with torch.device(linear.weight.device):
            made = QuantizedLinear(linear.in_features, linear.out_features, precision, has_bias=has_bias)
        model.set_submodule(name, made)


def quantized_names(model: nn.Module, stacks: Sequence[str] = DECODER) -> list[str]:
    """The linear layers inside stacks of blocks, quantised or not."""
    return [
        f"{stack}.{name}"
        for stack in stacks
        for name, module in model.get_submodule(stack).named_modules()
        if isinstance(module, nn.Linear | QuantizedLinear)
    ]


def is_quantized(precision: Precision) -> TypeGuard[QuantizedPrecision]:
    """Whether a precision is one of quantised weights."""
    return precision in QUANTIZED


def stored_precision(network: nn.Module) -> Precision:
    """What most of a network's weights are in."""
    for module in network.modules():
        if isinstance(module, QuantizedLinear):
            return module.precision
    dtype: torch.dtype = next(network.parameters()).dtype
    return next(name for name, known in DTYPES.items() if known == dtype)


def _check_groups(in_features: int) -> None:
    if in_features % GROUP_SIZE:
        raise BadOption(
            f"int4 needs a multiple of {GROUP_SIZE} inputs per layer, not {in_features}; choose int8"
        )


@cache
def _compiled(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return torch.compile(function, dynamic=False)
