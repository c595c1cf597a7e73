"""Decoding, its cache, its window, and teacher forcing."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import DynamicCache

from mgie.errors import BadInstruction
from mgie.model.generators import drain
from mgie.model.kv_cache import PreallocatedCache
from mgie.model.mllm import (
    Generated,
    NgramBan,
    Window,
    embed,
    force,
    generate,
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
        step += 1
        scores = scores.clone()
        scores[TOKENS.num_pieces :] = -1e4  # visual tokens only where the script has them
        scores[EOS] = -1e4
        if step in (script or {}):
            scores[script[step]] = 1e4
        return scores

    hook = model.lm_head.register_forward_hook(overrule)
    config = replace(LANGUAGE, **options) if options else LANGUAGE
    decoding = generate(model, embed(model, ids, None, TOKENS, device="cpu"), ids, config, TOKENS)
    try:
        return drain(decoding)
    finally:
        hook.remove()


def visual_script(start: int) -> dict[int, int]:
    return {start + index: token_id for index, token_id in enumerate(TOKENS.visual_ids)}


@torch.no_grad()
def test_the_preallocated_cache_gives_the_states_of_the_growing_one(networks: Networks) -> None:
    model = networks.language_model.model
    ids = torch.arange(3, 23)[None]
    ours, theirs = PreallocatedCache(LANGUAGE.num_layers, 20), DynamicCache()
    for piece in (ids[:, :17], ids[:, 17:18], ids[:, 18:]):
        found = model(input_ids=piece, past_key_values=ours, use_cache=True).last_hidden_state
        golden = model(input_ids=piece, past_key_values=theirs, use_cache=True).last_hidden_state
        torch.testing.assert_close(found, golden)
    assert ours.get_seq_length() == theirs.get_seq_length() == 20
    assert ours.layers[0].get_max_length() == 20
    assert ours.layers[0].keys.data_ptr() == ours.layers[0].keys[:, :, :1].data_ptr()


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


def test_repetition_is_allowed_when_the_ban_is_off() -> None:
    ban = NgramBan(0, [5, 5, 5, 5])
    assert ban.banned() == []


@given(ids=st.lists(st.integers(0, 4), max_size=30), size=st.integers(1, 4))
def test_the_ban_is_what_a_search_finds(ids: list[int], size: int) -> None:
    prefix = ids[len(ids) - size + 1 :] if size > 1 else []
    windows = [ids[i : i + size] for i in range(len(ids) - size + 1)]
    found = {window[-1] for window in windows if window[:-1] == prefix} if len(ids) >= size - 1 else set()
    assert NgramBan(size, ids).banned() == sorted(found)


def test_a_second_picture_in_the_prompt_is_refused() -> None:
    ids = [TOKENS.im_start_id, *[TOKENS.im_patch_id] * 2, TOKENS.im_end_id]
    features = torch.ones(2, 4)
    assert torch.equal(splice_image(torch.zeros(4, 4), ids, features, TOKENS)[1:3], features)
    for wrong in (ids * 2, ids[:-1], [TOKENS.im_start_id, *ids]):
        with pytest.raises(BadInstruction, match="exactly one picture"):
            splice_image(torch.zeros(len(wrong), 4), wrong, features, TOKENS)


def test_decoding_leaves_gradients_on_for_the_caller(networks: Networks) -> None:
    embeds = embed(networks.language_model, [5, 6], None, TOKENS, device="cpu")
    decoding = generate(networks.language_model, embeds, [5, 6], LANGUAGE, TOKENS)
    next(decoding)
    assert torch.is_grad_enabled()
    decoding.close()
