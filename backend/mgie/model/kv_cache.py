"""LLaMA's layers over keys and values that stand still: allocated once, written at positions a tensor names.

Nothing here depends on a number that only the device knows, so one token is always the same row of kernels,
which a CUDA graph can hold (`mgie.model.graphs`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

if TYPE_CHECKING:
    from transformers import LlamaModel
    from transformers.models.llama.modeling_llama import LlamaDecoderLayer


class KvCache:
    """Keys and values of every layer for one sequence."""

    def __init__(self, model: LlamaModel, capacity: int, like: Tensor) -> None:
        """capacity: longest sequence, tokens. like: a tensor of the dtype and on the device of the states."""
        config = model.config
        heads = config.num_attention_heads
        shape = (config.num_hidden_layers, 2, 1, heads, capacity, config.hidden_size // heads)
        self.states = like.new_zeros(shape)  # zeros: what a mask hides must still be a number

    @property
    def capacity(self) -> int:
        """How many positions there are."""
        return self.states.shape[4]

    def layer(self, index: int) -> tuple[Tensor, Tensor]:
        """Keys and values (1, heads, capacity, head_size) of one layer."""
        keys, values = self.states[index]
        return keys, values


def run_layers(
    model: LlamaModel,
    embeds: Tensor,
    positions: Tensor,
    cache: KvCache,
    *,
    span: int,
    mask: Tensor | None = None,
    is_causal: bool = False,
) -> Tensor:
    """Hidden states (1, T, D) after the final norm, of input embeddings (1, T, D).

    positions: (T,) where they stand; their keys and values are written there. span: how many positions of the
    cache they attend to, from the first. mask: (T, span), True where attended. is_causal: instead of a mask,
    where the T are the whole span.
    """
    cos, sin = model.rotary_emb(embeds, positions[None])
    states = embeds
    for index, module in enumerate(model.layers):
        layer = cast("LlamaDecoderLayer", module)
        attention = layer.self_attn
        normed = layer.input_layernorm(states)
        query, key, value = (
            project(normed).unflatten(-1, (-1, attention.head_dim)).transpose(1, 2)
            for project in (attention.q_proj, attention.k_proj, attention.v_proj)
        )
        query, key = apply_rotary_pos_emb(query, key, cos, sin)
        keys, values = cache.layer(index)
        keys.index_copy_(2, positions, key.to(keys.dtype))  # autocast makes some of them narrower
        values.index_copy_(2, positions, value.to(values.dtype))
        attended = F.scaled_dot_product_attention(
            query, keys[:, :, :span], values[:, :, :span], attn_mask=mask, is_causal=is_causal
        )
        states = states + attention.o_proj(attended.transpose(1, 2).flatten(2))
        states = states + layer.mlp(layer.post_attention_layernorm(states))
    return model.norm(states)


def causal_mask(positions: Tensor, span: int) -> Tensor:
    """(T, span): True where a position is not later than the query's; positions: (T,)."""
    return torch.arange(span, device=positions.device)[None] <= positions[:, None]
