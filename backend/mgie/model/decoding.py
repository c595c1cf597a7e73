"""Greedy decoding, the way a device likes it: nothing on the device waits for the host.

`Decoder` keeps, between edits, the buffers that a sequence is written in, the graph that writes one token,
and the states of prompt beginnings that all edits share. `Decoder.generate` yields tokens: the host
reads each while the next is being computed; once [IMG0] is written, the other visual tokens are guessed
and checked in one pass.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import LlamaForCausalLM

from mgie.model.config import LanguageConfig, TokenConfig
from mgie.model.graphs import Graphs
from mgie.model.kv_cache import KvCache, causal_mask, run_layers
from mgie.model.mllm import Choice, Generated, has_visual_states
from mgie.model.ngram_ban import ban_repeats

_BUCKET = 128  # buffers hold a multiple of so many tokens, so that few sizes need a graph
_NUM_BEGINNINGS = 4  # prompt beginnings whose states are kept
_NUM_SPARE = 2  # buffers kept for the next sequences


class Decoder:
    """Decodes sequences with one language model."""

    def __init__(
        self,
        model: LlamaForCausalLM,
        config: LanguageConfig,
        tokens: TokenConfig,
        *,
        graphs: Graphs | None = None,
    ) -> None:
        self._model = model
        self._config = config
        self._tokens = tokens
        self._graphs = graphs or Graphs(None)
        self._spare: list[_Buffers] = []
        self._beginnings: OrderedDict[tuple[int, ...], _Beginning] = OrderedDict()

    @torch.no_grad()
    def generate(
        self,
        prompt_embeds: Tensor,
        prompt_ids: Sequence[int],
        *,
        num_shared: int = 0,
        stop_early: bool = True,
    ) -> Generator[int, None, Generated]:
        """Decode greedily, yielding every new token.

        prompt_embeds: (1, P, D). num_shared: so many ids from the first are the same in other prompts too;
        they are read in a pass of their own, which is done once. stop_early: stop once the visual tokens'
        states exist and nothing that could follow would change them.
        """
        limit = len(prompt_ids) + self._config.max_new_tokens
        with self._borrowed(limit, prompt_embeds) as buffers:
            self._read(buffers, prompt_embeds, prompt_ids, num_shared)
            ids, choices = list(prompt_ids), list[Choice]()
            writing = self._write(buffers, ids, limit)
            is_cut = False
            for token_id, choice in writing:
                ids.append(token_id)
                choices.append(choice)
                yield token_id
                if token_id == self._tokens.eos_id or len(ids) == limit:
                    break
                is_cut = stop_early and has_visual_states(ids, len(prompt_ids), self._tokens)
                if is_cut:
                    break
            states = buffers.hidden_states[: len(ids) - 1].clone()
        return Generated(ids, states, len(prompt_ids), is_cut, choices)

    def forget(self) -> None:
        """Free what is kept between edits."""
        self._spare.clear()
        self._beginnings.clear()

    def _write(self, buffers: _Buffers, ids: list[int], limit: int) -> Iterator[tuple[int, Choice]]:
        """Tokens for as long as they are asked for; `ids` are those known so far, kept by the caller."""
        first, num_visual = self._tokens.visual_ids[0], self._tokens.num_visual_tokens
        num_ahead = int(buffers.ids.is_cuda)
        self._take(buffers, buffers.hidden_states[len(ids) - 1 : len(ids)])
        running = deque([buffers.record()])
        while True:
            if len(running) <= num_ahead and len(ids) + len(running) < limit:
                running.append(self._step(buffers, len(ids) + len(running)))
            token_id, choice = running.popleft()()
            yield token_id, choice
            if token_id == first and (guesses := self._tokens.visual_ids[1 : 1 + limit - len(ids)]):
                running.clear()
                yield from self._check(buffers, ids, guesses[: num_visual - 1])
                buffers.length.fill_(len(ids))
            if not running:
                running.append(self._step(buffers, len(ids)))

    def _read(
        self, buffers: _Buffers, prompt_embeds: Tensor, prompt_ids: Sequence[int], num_shared: int
    ) -> None:
        """Fill the buffers with a prompt."""
        buffers.ids[: len(prompt_ids)] = torch.tensor(list(prompt_ids), device=buffers.ids.device)
        buffers.length.fill_(len(prompt_ids))
        if num_shared:
            key = tuple(prompt_ids[:num_shared])
            if key not in self._beginnings:
                self._pass(buffers, prompt_embeds[:, :num_shared], 0)
                self._beginnings[key] = buffers.beginning(num_shared)
            self._beginnings.move_to_end(key)
            buffers.begin_with(self._beginnings[key])
            while len(self._beginnings) > _NUM_BEGINNINGS:
                self._beginnings.popitem(last=False)
        self._pass(buffers, prompt_embeds[:, num_shared:], num_shared)

    def _pass(self, buffers: _Buffers, embeds: Tensor, start: int) -> Tensor:
        """Run embeddings (1, T, D) that stand from `start` on; their states (T, D) are noted and returned."""
        end = start + embeds.shape[1]
        positions = torch.arange(start, end, device=embeds.device)
        states = run_layers(
            self._model.model,
            embeds,
            positions,
            buffers.cache,
            span=end,
            mask=causal_mask(positions, end) if start else None,
            is_causal=not start,
        )[0]
        buffers.hidden_states[start:end] = states
        return states

    def _step(self, buffers: _Buffers, length: int) -> Callable[[], tuple[int, Choice]]:
        """Begin to compute the token behind the first `length`; the result reads it."""
        self._graphs.run(
            f"one token of {buffers.cache.capacity}",
            buffers,
            partial(self._feed, buffers, None),
            partial(self._feed, buffers, length),
        )
        buffers.length += 1
        return buffers.record()

    def _feed(self, buffers: _Buffers, length: int | None) -> Tensor:
        """Feed the last known token and take the next. Returns the state (1, D); may be done again.

        length: how many ids are known, where the host knows; None attends to the whole cache through a mask.
        """
        position = buffers.length - 1
        states = run_layers(
            self._model.model,
            self._model.model.embed_tokens(buffers.ids[position])[None],
            position,
            buffers.cache,
            span=length or buffers.cache.capacity,
            mask=None if length else causal_mask(position, buffers.cache.capacity),
        )[0]
        buffers.hidden_states.index_copy_(0, position, states)
        self._note(buffers, self._chosen(buffers, states, buffers.length))
        return states

    def _take(self, buffers: _Buffers, state: Tensor) -> None:
        """Take the token that the state (1, D) of the last one predicts."""
        self._note(buffers, self._chosen(buffers, state, buffers.length))
        buffers.length += 1

    def _note(self, buffers: _Buffers, chosen: Tensor) -> None:
        buffers.latest.copy_(chosen)
        buffers.ids.index_copy_(0, buffers.length, chosen[:, 0].long())

    def _check(
        self, buffers: _Buffers, ids: list[int], guesses: Sequence[int]
    ) -> Iterator[tuple[int, Choice]]:
        """Run guessed tokens in one pass and hand out those that are right, and the first that is not."""
        start, end = len(ids), len(ids) + len(guesses)
        guessed = torch.tensor(guesses, device=buffers.ids.device)
        buffers.ids[start:end] = guessed
        fed = self._model.model.embed_tokens(buffers.ids[start - 1 : end - 1])
        states = self._pass(buffers, fed[None], start - 1)
        lengths = torch.arange(start, end, device=buffers.ids.device)
        for row, guess in zip(self._chosen(buffers, states, lengths).tolist(), guesses, strict=True):
            token_id, choice = _read_row(row)
            if token_id != guess:
                buffers.ids[len(ids)] = token_id
            yield token_id, choice
            if token_id != guess:
                return

    def _chosen(self, buffers: _Buffers, states: Tensor, lengths: Tensor) -> Tensor:
        """(T, 4) float32: token, runner-up and their probabilities, after states (T, D) of so many ids."""
        scores = next_scores(self._model, states, buffers.ids, lengths, self._config.no_repeat_ngram_size)
        shares, ids = scores.float().softmax(1).topk(2)
        return torch.cat([ids.float(), shares], dim=1)  # ids are far below 2 ** 24

    @contextmanager
    def _borrowed(self, capacity: int, like: Tensor) -> Generator[_Buffers]:
        """Buffers for one sequence, not used by another at the same time."""
        capacity = -(-capacity // _BUCKET) * _BUCKET
        fitting = [
            buffers
            for buffers in self._spare
            if buffers.cache.capacity == capacity
            and (buffers.hidden_states.device, buffers.hidden_states.dtype) == (like.device, like.dtype)
        ]
        if fitting:
            self._spare.remove(fitting[0])
        buffers = fitting[0] if fitting else _Buffers(self._model, capacity, like)
        try:
            yield buffers
        finally:
            spare = [buffers, *self._spare]
            self._spare = spare[:_NUM_SPARE]
            for dropped in spare[_NUM_SPARE:]:
                self._graphs.forget(dropped)


def next_scores(
    model: LlamaForCausalLM, states: Tensor, ids: Tensor, lengths: Tensor, ngram_size: int
) -> Tensor:
    """Scores (T, V) of the token that follows each last hidden state (T, D), -inf where it would repeat.

    ids, lengths: see `ban_repeats`.
    """
    return ban_repeats(model.lm_head(states), ids, lengths, ngram_size)


class _Beginning(NamedTuple):
    """What a prompt's first ids leave."""

    cache: Tensor  # (layers, 2, 1, heads, n, head_size)
    hidden_states: Tensor  # (n, D)


class _Buffers:
    """Everything one sequence is written in; it stays where it is."""

    def __init__(self, model: LlamaForCausalLM, capacity: int, like: Tensor) -> None:
        self.cache = KvCache(model.model, capacity, like)
        self.hidden_states = like.new_zeros((capacity, like.shape[-1]))
        self.ids = torch.zeros(capacity, dtype=torch.long, device=like.device)
        self.length = torch.zeros(1, dtype=torch.long, device=like.device)  # ids known so far
        self.latest = torch.zeros(1, 4, device=like.device)

    def record(self) -> Callable[[], tuple[int, Choice]]:
        """Begin to fetch the latest token; the result waits for it."""
        if not self.latest.is_cuda:
            return partial(_read_row, self.latest[0].tolist())
        row = torch.empty(4, pin_memory=True)
        row.copy_(self.latest[0], non_blocking=True)
        fetched = torch.cuda.Event()
        fetched.record(torch.cuda.current_stream(self.latest.device))

        def read() -> tuple[int, Choice]:
            fetched.synchronize()
            return _read_row(row.tolist())

        return read

    def beginning(self, length: int) -> _Beginning:
        """A copy of what the first ids left."""
        return _Beginning(self.cache.states[..., :length, :].clone(), self.hidden_states[:length].clone())

    def begin_with(self, beginning: _Beginning) -> None:
        """Start as after those ids."""
        length = len(beginning.hidden_states)
        self.cache.states[..., :length, :] = beginning.cache
        self.hidden_states[:length] = beginning.hidden_states


def _read_row(row: list[float]) -> tuple[int, Choice]:
    token_id, runner_up, share, rest = row
    return int(token_id), Choice(share, int(runner_up), rest)
