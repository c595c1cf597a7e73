"""The language model at work: splice the picture in, write, and find the eight visual tokens.

`generate` is greedy decoding as a generator of tokens, `force` reads a given answer in one pass,
`visual_window` says which hidden states are the visual tokens.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import LlamaForCausalLM

from mgie.errors import BadInstruction
from mgie.model.config import LanguageConfig, TokenConfig
from mgie.model.kv_cache import PreallocatedCache


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


class NgramBan:
    """Which tokens would repeat an n-gram that the sequence already holds."""

    def __init__(self, size: int, ids: Sequence[int]) -> None:
        """size: n; 0 bans nothing. ids: the prompt, which counts too."""
        self._size = size
        self._ids: list[int] = []
        self._followers: dict[tuple[int, ...], set[int]] = {}
        for token_id in ids:
            self.append(token_id)

    def append(self, token_id: int) -> None:
        """Take note of the next token."""
        self._ids.append(token_id)
        if 0 < self._size <= len(self._ids):
            *prefix, last = self._ids[-self._size :]
            self._followers.setdefault(tuple(prefix), set()).add(last)

    def banned(self) -> list[int]:
        """Tokens that must not come next, sorted."""
        if self._size == 0 or len(self._ids) < self._size - 1:
            return []
        prefix = tuple(self._ids[len(self._ids) - self._size + 1 :])
        return sorted(self._followers.get(prefix, ()))


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
def generate(
    model: LlamaForCausalLM,
    prompt_embeds: Tensor,
    prompt_ids: Sequence[int],
    config: LanguageConfig,
    tokens: TokenConfig,
    *,
    stop_early: bool = True,
) -> Generator[int, None, Generated]:
    """Decode greedily, yielding every new token.

    prompt_embeds: (1, P, D).
    stop_early: stop once the visual tokens' states exist and nothing that could follow would change them.
    """
    ids, ban = list(prompt_ids), NgramBan(config.no_repeat_ngram_size, prompt_ids)
    capacity = len(ids) + config.max_new_tokens
    cache = PreallocatedCache(config.num_layers, capacity)
    hidden_states = prompt_embeds.new_empty((capacity - 1, config.hidden_size))
    embeds, num_states, is_cut = prompt_embeds, 0, False
    choices: list[Choice] = []
    while True:
        output = model.model(inputs_embeds=embeds, past_key_values=cache, use_cache=True)
        states = output.last_hidden_state[0]
        hidden_states[num_states : num_states + len(states)] = states
        num_states += len(states)
        token_id, choice = _choose(next_scores(model, states[-1], ban.banned()))
        choices.append(choice)
        ids.append(token_id)
        ban.append(token_id)
        yield token_id
        if token_id == tokens.eos_id or len(ids) == capacity:
            break
        is_cut = stop_early and _has_visual_states(ids, len(prompt_ids), tokens)
        if is_cut:
            break
        embeds = embed(model, [token_id], None, tokens, device=prompt_embeds.device)
    return Generated(ids, hidden_states[:num_states], len(prompt_ids), is_cut, choices)


@torch.no_grad()
def force(model: LlamaForCausalLM, embeds: Tensor, tokens: TokenConfig) -> Tensor:
    """The visual tokens (8, D) of a given answer, in one pass.

    embeds: (1, T, D) of prompt and answer up to and with the last visual token, which itself is never fed.
    """
    output = model.model(inputs_embeds=embeds[:, :-1], use_cache=False)
    return output.last_hidden_state[0, -tokens.num_visual_tokens :]


def next_scores(model: LlamaForCausalLM, state: Tensor, banned: Sequence[int]) -> Tensor:
    """Scores (V,) of the next token after a last hidden state (D,), -inf where banned."""
    scores = model.lm_head(state)
    if banned:
        scores[list(banned)] = -torch.inf
    return scores


def _choose(scores: Tensor) -> tuple[int, Choice]:
    """The likeliest token of scores (V,), and how likely it and the next were."""
    shares, ids = scores.float().softmax(0).topk(2)
    (first, second), (share, rest) = ids.tolist(), shares.tolist()
    return first, Choice(share, second, rest)


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


def _has_visual_states(ids: Sequence[int], prompt_length: int, tokens: TokenConfig) -> bool:
    first = tokens.visual_ids[0]
    if first not in ids[prompt_length:] or first in ids[:prompt_length]:
        return False
    return len(ids) - ids.index(first) >= tokens.num_visual_tokens
