"""The language model at work: splice the picture in, and find the eight visual tokens.

`force` reads a given answer in one pass, `visual_window` says which hidden states are the visual tokens.
`mgie.model.decoding` writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import LlamaForCausalLM

from mgie.errors import BadInstruction
from mgie.model.config import TokenConfig


class Choice(NamedTuple):
    """How sure one token was."""

    probability: float  # of the token that was taken
    runner_up: int  # the second likeliest token
    runner_up_probability: float


class Generated(NamedTuple):
    """A decoded sequence."""

    ids: list[int]  # prompt and answer
    hidden_states: Tensor  # (len(ids) - 1, D): row j is the state whose input is ids[j]
    prompt_length: int
    is_cut: bool  # decoding stopped because all visual tokens were there
    choices: list[Choice]  # one per token of the answer

    @property
    def answer_ids(self) -> list[int]:
        """The answer alone."""
        return self.ids[self.prompt_length :]


class Window(NamedTuple):
    """Which hidden states are the visual tokens."""

    start: int
    is_fallback: bool  # the model did not write all of them; these states stand in


def splice_image(embeds: Tensor, ids: Sequence[int], image_embeds: Tensor, tokens: TokenConfig) -> Tensor:
    """Put the projected image features (N, D) in place of the <im_patch> embeddings; embeds: (P, D)."""
    starts = [index for index, token_id in enumerate(ids) if token_id == tokens.im_start_id]
    ends = [index for index, token_id in enumerate(ids) if token_id == tokens.im_end_id]
    num_patches = len(image_embeds)
    if len(starts) != 1 or ends != [starts[0] + num_patches + 1]:
        raise BadInstruction(
            "the prompt must hold exactly one picture; remove <im_start> and <im_end> from the text"
        )
    first = starts[0] + 1
    return torch.cat([embeds[:first], image_embeds.to(embeds), embeds[first + num_patches :]])


def embed(
    model: LlamaForCausalLM,
    ids: Sequence[int],
    image_embeds: Tensor | None,
    tokens: TokenConfig,
    *,
    device: torch.device | str,
) -> Tensor:
    """Input embeddings (1, P, D) of token ids, with the picture spliced in when there is one."""
    embeds = model.model.embed_tokens(torch.tensor(list(ids), device=device))
    if image_embeds is not None:
        embeds = splice_image(embeds, ids, image_embeds, tokens)
    return embeds[None]


@torch.no_grad()
def force(model: LlamaForCausalLM, embeds: Tensor, tokens: TokenConfig) -> Tensor:
    """The visual tokens (8, D) of a given answer, in one pass.

    embeds: (1, T, D) of prompt and answer up to and with the last visual token, which itself is never fed.
    """
    output = model.model(inputs_embeds=embeds[:, :-1], use_cache=False)
    return output.last_hidden_state[0, -tokens.num_visual_tokens :]


def visual_window(generated: Generated, tokens: TokenConfig) -> Window:
    """Find the eight states that predict [IMG0] .. [IMG7].

    As published: from the state before the first [IMG0], but never later than nine from the end; without any
    [IMG0], nine from the end.
    """
    last_start = len(generated.hidden_states) - tokens.num_visual_tokens - 1
    if tokens.visual_ids[0] not in generated.ids:
        return Window(max(last_start, 0), is_fallback=True)
    start = generated.ids.index(tokens.visual_ids[0]) - 1
    if generated.is_cut or start <= last_start:
        return Window(start, is_fallback=False)
    return Window(max(last_start, 0), is_fallback=True)


def has_visual_states(ids: Sequence[int], prompt_length: int, tokens: TokenConfig) -> bool:
    """Whether all visual tokens are written, in an answer to a prompt that names none."""
    first = tokens.visual_ids[0]
    if first not in ids[prompt_length:] or first in ids[:prompt_length]:
        return False
    return len(ids) - ids.index(first) >= tokens.num_visual_tokens
