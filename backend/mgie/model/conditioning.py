"""Cross-attention keys and values, computed once per edit instead of in every denoising step.

The texts an edit attends to never change while it runs, and two of the three guidance rows are the same text.
`project_contexts` computes, `install` lets a UNet use them; without them the UNet computes as ever.
`fuse_self_attention` makes one product of three where a picture attends to itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import torch
import torch.nn.functional as F
from diffusers.models.attention_processor import Attention
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn


class KeyValue(NamedTuple):
    """Keys and values (R, heads, L, head_size) of one cross-attention layer."""

    key: Tensor
    value: Tensor


ContextKeyValues: TypeAlias = Mapping[str, KeyValue]  # by layer name


class ContextAttention:
    """diffusers' attention processor, taking ready keys and values for the constant contexts."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
        context_kv: ContextKeyValues | None = None,
    ) -> Tensor:
        """Attend. hidden_states: (R, S, C), as inside Stable Diffusion's transformer blocks."""
        assert attention_mask is None
        if isinstance(attn.to_q, FusedProjection):
            query, *both = (_split_heads(attn, part) for part in attn.to_q(hidden_states).chunk(3, dim=-1))
            key_value = KeyValue(*both)
        else:
            query = _split_heads(attn, attn.to_q(hidden_states))
            if encoder_hidden_states is None:
                key_value = _project(attn, hidden_states)
            elif context_kv is None:
                key_value = _project(attn, encoder_hidden_states)
            else:
                key_value = context_kv[self._name]
        attended = F.scaled_dot_product_attention(query, key_value.key, key_value.value)
        attended = attended.transpose(1, 2).flatten(2)
        assert attn.to_out is not None  # only absent in joint-attention blocks
        return attn.to_out[1](attn.to_out[0](attended))


def install(unet: UNet2DConditionModel) -> None:
    """Let the UNet accept `cross_attention_kwargs={"context_kv": ...}`."""
    processors = {name: ContextAttention(name) for name in unet.attn_processors}
    unet.set_attn_processor(processors)  # pyright: ignore[reportArgumentType]  # typed as diffusers' own classes


class FusedProjection(nn.Linear):
    """Queries, keys and values of self-attention in one product."""

    def __init__(self, query: nn.Linear, key: nn.Linear, value: nn.Linear) -> None:
        """All three have as many inputs and outputs, and no bias, as in Stable Diffusion."""
        weight = torch.cat([part.weight.detach() for part in (query, key, value)])
        super().__init__(weight.shape[1], weight.shape[0], bias=False, device="meta")
        self.weight = nn.Parameter(weight, requires_grad=False)


def fuse_self_attention(unet: UNet2DConditionModel) -> None:
    """Replace the three projections of every self-attention; the UNet can paint, but no longer be saved."""
    for module in unet.modules():
        if not isinstance(module, Attention) or module.is_cross_attention:
            continue
        parts: list[Any] = [module.to_q, module.to_k, module.to_v]
        if all(isinstance(part, nn.Linear) and "bias" not in part.state_dict() for part in parts):
            module.to_q = FusedProjection(*parts)
            module.to_k = module.to_v = None


def project_contexts(unet: UNet2DConditionModel, contexts: Tensor, rows: Tensor) -> ContextKeyValues:
    """Keys and values of every cross-attention layer.

    contexts: (K, L, C) different contexts. rows: (R,) which context each row of the UNet's batch attends to.
    """
    key_values: dict[str, KeyValue] = {}
    for name in unet.attn_processors:
        attn = unet.get_submodule(name.removesuffix(".processor"))
        assert isinstance(attn, Attention)
        if attn.is_cross_attention:
            projected = _project(attn, contexts)
            key_values[name] = KeyValue(projected.key[rows], projected.value[rows])
    return key_values


def _project(attn: Attention, context: Tensor) -> KeyValue:
    assert attn.to_k is not None  # only absent in attention over added projections
    assert attn.to_v is not None
    return KeyValue(_split_heads(attn, attn.to_k(context)), _split_heads(attn, attn.to_v(context)))


def _split_heads(attn: Attention, states: Tensor) -> Tensor:
    return states.unflatten(-1, (attn.heads, -1)).transpose(1, 2)
