"""Decoding: the same whatever is kept, guessed, captured or read late."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import DynamicCache

from mgie.model.decoding import Decoder
from mgie.model.editor import run_edit
from mgie.model.events import EditDone
from mgie.model.generators import drain
from mgie.model.graphs import Graphs
from mgie.model.mllm import Generated, embed
from mgie.model.networks import Networks
from mgie.model.ngram_ban import ban_repeats
from mgie.model.presets import TINY
from support.capture import FakeCapture
from support.tiny import tiny_editor, tiny_networks, tiny_picture

TOKENS, LANGUAGE = TINY.tokens, TINY.language
PROMPT = [1, 5, 6, 7, 8, 9, 10, 11]


@pytest.fixture(scope="module")
def networks() -> Networks:
    return tiny_networks()


def teach(networks: Networks, answer: list[int]) -> None:
    """Make the model write this answer after a prompt that ends in 11: every token calls for the next."""
    model = networks.language_model
    with torch.no_grad():
        model.model.embed_tokens.weight.mul_(0.01)
        chain = [PROMPT[-1], *answer]
        for index, (token, following) in enumerate(pairwise(chain)):
            direction = torch.zeros(LANGUAGE.hidden_size)
            direction[index] = 1000.0
            model.model.embed_tokens.weight[token] = direction
            model.lm_head.weight[following] = direction


def published(networks: Networks, ids: list[int], num_tokens: int) -> list[int]:
    """Greedy decoding as transformers does it, one token after the other."""
    cache, known = DynamicCache(), list(ids)
    fed = torch.tensor([ids])
    for _ in range(num_tokens):
        scores = networks.language_model(fed, past_key_values=cache).logits[0, -1]
        trigrams = zip(known, known[1:], known[2:], strict=False)
        scores[[last for *pair, last in trigrams if pair == known[-2:]]] = -torch.inf
        known.append(int(scores.argmax()))
        fed = torch.tensor([known[-1:]])
        if known[-1] == TOKENS.eos_id:
            break
    return known


def decode(
    networks: Networks, ids: list[int] = PROMPT, *, graphs: Graphs | None = None, **how: object
) -> Generated:
    decoder = Decoder(networks.language_model, LANGUAGE, TOKENS, graphs=graphs)
    return drain(
        decoder.generate(embed(networks.language_model, ids, None, TOKENS, device="cpu"), ids, **how)
    )


def visual_answer(*after: int) -> list[int]:
    return [20, 21, 22, TOKENS.visual_ids[0], *after]


@torch.no_grad()
@pytest.mark.parametrize(
    "answer",
    [
        visual_answer(*TOKENS.visual_ids[1:], 30, TOKENS.eos_id),
        visual_answer(*TOKENS.visual_ids[1:4], 30, 31, TOKENS.eos_id),
        visual_answer(30, 31, TOKENS.eos_id),
        visual_answer(TOKENS.eos_id),
        visual_answer(*TOKENS.visual_ids[1:3], TOKENS.eos_id),
    ],
    ids=["whole", "broken off", "alone", "then the end", "then the end later"],
)
def test_guessed_visual_tokens_are_those_the_model_writes(answer: list[int]) -> None:
    """A wrong guess costs time, never a different text."""
    networks = tiny_networks()
    teach(networks, answer)
    generated = decode(networks, stop_early=False)
    assert generated.answer_ids == answer
    assert generated.ids == published(networks, PROMPT, LANGUAGE.max_new_tokens)
    golden = networks.language_model.model(torch.tensor([generated.ids[:-1]])).last_hidden_state[0]
    torch.testing.assert_close(generated.hidden_states, golden, rtol=1e-4, atol=1e-4)
    assert len(generated.choices) == len(answer)


@torch.no_grad()
def test_all_visual_tokens_but_the_first_come_from_one_pass() -> None:
    networks = tiny_networks()
    teach(networks, visual_answer(*TOKENS.visual_ids[1:]))
    rows: list[int] = []
    networks.language_model.lm_head.register_forward_hook(lambda _m, inputs, _o: rows.append(len(inputs[0])))
    assert decode(networks).is_cut
    assert rows == [1, 1, 1, 1, 7]


def test_an_answer_ends_where_the_model_must(networks: Networks) -> None:
    generated = decode(networks)
    assert len(generated.answer_ids) == LANGUAGE.max_new_tokens
    assert len(generated.hidden_states) == len(generated.ids) - 1


def test_a_shared_beginning_is_read_once_and_changes_nothing(networks: Networks) -> None:
    model = networks.language_model
    decoder = Decoder(model, LANGUAGE, TOKENS)
    lengths: list[int] = []
    hook = model.model.layers[0].mlp.register_forward_hook(
        lambda _m, inputs, _o: lengths.append(inputs[0].shape[1])
    )
    runs = [
        drain(decoder.generate(embed(model, ids, None, TOKENS, device="cpu"), ids, num_shared=5))
        for ids in (PROMPT, PROMPT, [*PROMPT[:5], 40, 41])
    ]
    hook.remove()
    assert [length for length in lengths if length > 1] == [5, 3, 3, 2]
    assert runs[0].ids == runs[1].ids == decode(networks).ids
    assert torch.equal(runs[0].hidden_states, runs[1].hidden_states)
    torch.testing.assert_close(runs[0].hidden_states, decode(networks).hidden_states, rtol=1e-4, atol=1e-5)
    assert runs[2].ids == decode(networks, [*PROMPT[:5], 40, 41]).ids


def test_few_beginnings_are_kept(networks: Networks) -> None:
    decoder = Decoder(networks.language_model, replace(LANGUAGE, max_new_tokens=1), TOKENS)
    for first in range(3, 13):
        ids = [first, *PROMPT]
        embeds = embed(networks.language_model, ids, None, TOKENS, device="cpu")
        drain(decoder.generate(embeds, ids, num_shared=4))
    assert len(decoder._beginnings) == 4
    decoder.forget()
    assert not decoder._beginnings


def test_two_sequences_at_a_time_do_not_disturb_each_other(networks: Networks) -> None:
    model, other = networks.language_model, [3, 4, 5]
    decoder = Decoder(model, LANGUAGE, TOKENS)
    ours = decoder.generate(embed(model, PROMPT, None, TOKENS, device="cpu"), PROMPT)
    theirs = decoder.generate(embed(model, other, None, TOKENS, device="cpu"), other)
    tokens = [(next(ours), next(theirs)) for _ in range(10)]
    assert [first for first, _ in tokens] == decode(networks).answer_ids[:10]
    assert [second for _, second in tokens] == decode(networks, other).answer_ids[:10]


def test_a_captured_token_gives_the_same_text(networks: Networks) -> None:
    backend = FakeCapture()
    graphs = Graphs(backend)
    captured = decode(networks, graphs=graphs)
    assert captured.ids == decode(networks).ids
    torch.testing.assert_close(captured.hidden_states, decode(networks).hidden_states, rtol=1e-4, atol=1e-5)
    assert backend.num_captures == 1
    assert backend.num_replays == LANGUAGE.max_new_tokens - 1
    assert not graphs.refused


def test_a_token_that_cannot_be_captured_is_written_all_the_same(networks: Networks) -> None:
    graphs = Graphs(FakeCapture(fails=True))
    assert decode(networks, graphs=graphs).ids == decode(networks).ids
    assert list(graphs.refused.values()) == ["capturing is not supported"]


def test_a_graph_that_writes_something_else_is_not_used(networks: Networks) -> None:
    graphs = Graphs(FakeCapture(error=5.0))
    found = decode(networks, graphs=graphs)
    assert found.ids == decode(networks).ids
    torch.testing.assert_close(found.hidden_states, decode(networks).hidden_states)
    assert "differs by" in next(iter(graphs.refused.values()))


@given(
    ids=st.lists(st.integers(0, 4), max_size=30),
    size=st.integers(0, 4),
    behind=st.lists(st.integers(0, 4), max_size=3),
)
def test_the_ban_is_what_a_search_finds(ids: list[int], size: int, behind: list[int]) -> None:
    """Whatever stands behind the known ids does not count."""
    prefix = ids[len(ids) - size + 1 :] if size > 1 else []
    windows = [ids[i : i + size] for i in range(len(ids) - size + 1)] if size else []
    golden = {window[-1] for window in windows if window[:-1] == prefix} if len(ids) >= size - 1 else set()
    everything = torch.tensor([*ids, *behind], dtype=torch.long)
    scores = ban_repeats(torch.zeros(1, 5), everything, torch.tensor([len(ids)]), size)
    assert set(scores[0].isneginf().nonzero().flatten().tolist()) == golden


def test_a_model_decodes_under_autocast() -> None:
    """As samples of a training in half precision do: some states are narrower than the cache."""
    editor = tiny_editor()
    with torch.autocast("cpu", torch.bfloat16):
        *_, done = run_edit(editor, tiny_picture(), "make it red", seed=0, options={"num_inference_steps": 2})
    assert isinstance(done, EditDone)
    assert np.isfinite(done.sampled.image).all()
