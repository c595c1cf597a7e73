"""Decoding, its cache, its window, and teacher forcing."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import DynamicCache

from mgie.errors import BadInstruction
from mgie.model.decoding import Decoder
from mgie.model.generators import drain
from mgie.model.kv_cache import KvCache, causal_mask, run_layers
from mgie.model.mllm import (
    Generated,
    Window,
    embed,
    force,
    splice_image,
    visual_window,
)
from mgie.model.networks import Networks
from mgie.model.presets import TINY
from support.tiny import tiny_networks

TOKENS, LANGUAGE = TINY.tokens, TINY.language
FIRST, LAST, EOS = TOKENS.visual_ids[0], TOKENS.visual_ids[-1], TOKENS.eos_id


@pytest.fixture(scope="module")
def networks() -> Networks:
    return tiny_networks()


def run(
    networks: Networks, ids: list[int], script: dict[int, int] | None = None, **options: object
) -> Generated:
    """Decode; `script` writes its token at its place of the answer, whatever the model would say."""
    model = networks.language_model
    step = -1

    def overrule(_module: object, _inputs: object, scores: torch.Tensor) -> torch.Tensor:
        nonlocal step
        scores = scores.clone()
        for row in scores:
            step += 1
            row[TOKENS.num_pieces :] = -1e4  # visual tokens only where the script has them
            row[EOS] = -1e4
            if step in (script or {}):
                row[script[step]] = 1e4
        return scores

    hook = model.lm_head.register_forward_hook(overrule)
    config = replace(LANGUAGE, **options) if options else LANGUAGE
    decoding = Decoder(model, config, TOKENS).generate(embed(model, ids, None, TOKENS, device="cpu"), ids)
    try:
        return drain(decoding)
    finally:
        hook.remove()


def visual_script(start: int) -> dict[int, int]:
    return {start + index: token_id for index, token_id in enumerate(TOKENS.visual_ids)}


@torch.no_grad()
def test_the_still_cache_gives_the_states_of_transformers_own(networks: Networks) -> None:
    model = networks.language_model.model
    ids = torch.arange(3, 23)
    ours, theirs = KvCache(model, 32, networks.emb), DynamicCache()
    for start, end in ((0, 17), (17, 18), (18, 20)):
        positions = torch.arange(start, end)
        mask = causal_mask(positions, end) if start else None
        found = run_layers(
            model,
            model.embed_tokens(ids[None, start:end]),
            positions,
            ours,
            span=end,
            mask=mask,
            is_causal=not start,
        )
        golden = model(input_ids=ids[None, start:end], past_key_values=theirs, use_cache=True)
        torch.testing.assert_close(found, golden.last_hidden_state)


@settings(max_examples=12)
@given(start=st.integers(0, 20), prompt=st.lists(st.integers(3, 639), min_size=3, max_size=30))
def test_forcing_the_models_own_words_gives_the_same_visual_tokens(start: int, prompt: list[int]) -> None:
    networks = tiny_networks()
    generated = run(networks, prompt, visual_script(start))
    window = visual_window(generated, TOKENS)
    assert window == Window(len(prompt) + start - 1, is_fallback=False)
    decoded = generated.hidden_states[window.start :][:8]
    forced = force(
        networks.language_model,
        embed(networks.language_model, generated.ids, None, TOKENS, device="cpu"),
        TOKENS,
    )
    torch.testing.assert_close(decoded, forced, rtol=1e-4, atol=1e-5)


def test_decoding_ends_with_the_last_visual_token(networks: Networks) -> None:
    generated = run(networks, [5, 6, 7], visual_script(4))
    assert generated.is_cut
    assert generated.answer_ids[-1] == LAST
    assert len(generated.hidden_states) == len(generated.ids) - 1


def test_decoding_ends_with_the_end_token(networks: Networks) -> None:
    generated = run(networks, [5, 6, 7], {3: EOS})
    assert generated.answer_ids[-1] == EOS
    assert len(generated.answer_ids) == 4
    assert not generated.is_cut


def test_an_answer_without_visual_tokens_falls_back_to_its_last_states(networks: Networks) -> None:
    generated = run(networks, [5, 6, 7], max_new_tokens=20)
    assert len(generated.answer_ids) == 20
    assert visual_window(generated, TOKENS) == Window(22 - 9, is_fallback=True)


def test_visual_tokens_cut_off_by_the_length_fall_back(networks: Networks) -> None:
    generated = run(networks, [5, 6, 7], visual_script(14), max_new_tokens=20)
    assert visual_window(generated, TOKENS) == Window(22 - 9, is_fallback=True)


def test_the_last_visual_token_at_the_very_end_moves_the_window_as_published(networks: Networks) -> None:
    generated = run(networks, [5, 6, 7], visual_script(12), max_new_tokens=20)
    assert generated.answer_ids[-1] == LAST
    assert visual_window(generated, TOKENS) == Window(3 + 12 - 2, is_fallback=True)


def test_no_trigram_comes_twice(networks: Networks) -> None:
    generated = run(networks, [5, 6, 7, 5, 6], max_new_tokens=60)
    trigrams = list(zip(generated.ids, generated.ids[1:], generated.ids[2:], strict=False))
    answer = trigrams[3:]
    assert len(set(answer)) == len(answer)
    assert not set(answer) & set(trigrams[:3])


def test_a_second_picture_in_the_prompt_is_refused() -> None:
    ids = [TOKENS.im_start_id, *[TOKENS.im_patch_id] * 2, TOKENS.im_end_id]
    features = torch.ones(2, 4)
    assert torch.equal(splice_image(torch.zeros(4, 4), ids, features, TOKENS)[1:3], features)
    for wrong in (ids * 2, ids[:-1], [TOKENS.im_start_id, *ids]):
        with pytest.raises(BadInstruction, match="exactly one picture"):
            splice_image(torch.zeros(len(wrong), 4), wrong, features, TOKENS)


def test_decoding_leaves_gradients_on_for_the_caller(networks: Networks) -> None:
    embeds = embed(networks.language_model, [5, 6], None, TOKENS, device="cpu")
    decoding = Decoder(networks.language_model, LANGUAGE, TOKENS).generate(embeds, [5, 6])
    next(decoding)
    assert torch.is_grad_enabled()
    decoding.close()
