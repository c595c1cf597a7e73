"""Vision, language model and edit head, against the published implementation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
import pytest
import torch

from mgie.model.decoding import Decoder, next_scores
from mgie.model.expressive import published_clean_up
from mgie.model.generators import drain
from mgie.model.graphs import Graphs
from mgie.model.mllm import Generated, embed, force, visual_window
from mgie.model.networks import Networks
from mgie.model.ngram_ban import ban_repeats
from mgie.model.prompt import prompt_ids
from mgie.model.vision import clip_pixels, image_features, pixel_values
from support import parity_pack
from support.capture import FakeCapture
from support.parity_pack import Case

TOLERANCE = 1e-4  # the published code differs by 3e-6 between one and two threads
EACH_CASE = pytest.mark.parametrize("case", parity_pack.cases(), ids=str)


def assert_close(found: torch.Tensor, golden: np.ndarray, tolerance: float = TOLERANCE) -> None:
    assert tuple(found.shape) == golden.shape
    np.testing.assert_allclose(found.detach().numpy(), golden, rtol=0, atol=tolerance)


@contextmanager
def outputs_of(*modules: torch.nn.Module) -> Iterator[list[torch.Tensor]]:
    """Collect what the modules return, in the order they run."""
    outputs: list[torch.Tensor] = []
    hooks = [
        module.register_forward_hook(lambda _m, _i, output: outputs.append(output)) for module in modules
    ]
    yield outputs
    for hook in hooks:
        hook.remove()


def see(case: Case, networks: Networks) -> torch.Tensor:
    vision = parity_pack.config().vision
    features = image_features(networks.vision_tower, pixel_values(case.image, vision)[None], vision)
    return networks.projector(features)[0]


def prompt_embeds(case: Case, networks: Networks, ids: list[int]) -> torch.Tensor:
    tokens = parity_pack.config().tokens
    return embed(networks.language_model, ids, see(case, networks), tokens, device="cpu")


@cache
def decode(case: Case, *, stop_early: bool) -> Generated:
    return decode_with(case, Graphs(None), stop_early=stop_early)


@torch.no_grad()
def decode_with(case: Case, graphs: Graphs, *, stop_early: bool = False) -> Generated:
    config, networks = parity_pack.config(), case.networks()
    ids = prompt_ids(parity_pack.tokenizer(), config, case.info["instruction"], markers_act=True)
    embeds = prompt_embeds(case, networks, ids)
    decoder = Decoder(networks.language_model, config.language, config.tokens, graphs=graphs)
    return drain(decoder.generate(embeds, ids, stop_early=stop_early))


@EACH_CASE
def test_pixels_are_exactly_those_of_clips_processor(case: Case) -> None:
    vision = parity_pack.config().vision
    assert np.array_equal(np.asarray(clip_pixels(case.image, vision)), case.mllm["pixel_u8"])


@pytest.mark.parametrize("case", parity_pack.cases_with("pixel_values"), ids=str)
def test_normalised_pixels_are_bit_equal(case: Case) -> None:
    found = pixel_values(case.image, parity_pack.config().vision)
    assert np.array_equal(found.numpy(), case.mllm["pixel_values"])


@torch.no_grad()
@pytest.mark.parametrize("case", parity_pack.cases_with("image_features"), ids=str)
def test_clip_states_and_features(case: Case) -> None:
    networks, vision = case.networks(), parity_pack.config().vision
    tower = networks.vision_tower
    with outputs_of(tower.pre_layrnorm, *tower.encoder.layers) as states:
        features = image_features(tower, pixel_values(case.image, vision)[None], vision)
        assert len(states) == vision.num_used_layers + 1  # nothing runs behind the selected state
        states.append(tower.encoder.layers[-1](states[-1], attention_mask=None))
    for index, golden in enumerate(case.mllm[f"clip_hidden_{i}"] for i in range(vision.num_layers + 1)):
        assert_close(states[index][0], golden)
    assert_close(states[-1][0], case.mllm["clip_last_hidden"])
    assert_close(features[0], case.mllm["image_features"])
    assert_close(networks.projector(features)[0], case.mllm["projected"])


@torch.no_grad()
@EACH_CASE
def test_the_whole_answer_is_decoded_token_by_token(case: Case) -> None:
    tokenizer = parity_pack.tokenizer()
    generated = decode(case, stop_early=False)
    assert generated.ids[: generated.prompt_length] == case.mllm["input_ids"].tolist()
    assert generated.ids == case.mllm["sequence"].tolist()
    assert_close(generated.hidden_states, case.mllm["hid"])
    assert tokenizer.decode(generated.ids) == case.info["decoded"]
    assert published_clean_up(case.info["decoded"]) == case.info["expressive"]


@torch.no_grad()
@EACH_CASE
def test_the_row_of_kernels_that_a_graph_holds_writes_the_same_answer(case: Case) -> None:
    """What a GPU would replay for a token: the whole cache behind a mask, lengths as tensors."""
    backend = FakeCapture()
    golden, found = decode(case, stop_early=False), decode_with(case, Graphs(backend))
    assert found.ids == golden.ids
    assert_close(found.hidden_states, case.mllm["hid"])
    assert backend.num_replays > 0


@torch.no_grad()
@EACH_CASE
@pytest.mark.parametrize("stop_early", [False, True])
def test_window_visual_tokens_and_edit_embeds(case: Case, stop_early: bool) -> None:
    networks, tokens = case.networks(), parity_pack.config().tokens
    generated = decode(case, stop_early=stop_early)
    window = visual_window(generated, tokens)
    assert window.start == case.mllm["p"]
    visual_tokens = generated.hidden_states[window.start :][: tokens.num_visual_tokens]
    assert_close(visual_tokens, case.mllm["hid8"])
    assert_close(networks.edit_head(visual_tokens[None], networks.emb), case.mllm["edit"])
    null = networks.edit_head(torch.zeros_like(visual_tokens)[None], networks.emb)
    assert_close(null, case.mllm["null"])


@torch.no_grad()
@EACH_CASE
def test_decoding_stops_as_soon_as_nothing_can_move_the_visual_tokens(case: Case) -> None:
    """Sequences that end within eight ids of [IMG0], or whose prompt holds it, are written to their end."""
    generated = decode(case, stop_early=True)
    golden, tokens = case.mllm["sequence"].tolist(), parity_pack.config().tokens
    assert generated.ids == golden[: len(generated.ids)]
    place = int(case.mllm["index_img0"])
    end = place + tokens.num_visual_tokens
    assert generated.is_cut is (place >= generated.prompt_length and len(golden) > end)
    assert len(generated.ids) == (end if generated.is_cut else len(golden))


@torch.no_grad()
@EACH_CASE
def test_the_scores_of_the_first_token(case: Case) -> None:
    networks, ids = case.networks(), case.mllm["input_ids"].tolist()
    output = networks.language_model.model(inputs_embeds=prompt_embeds(case, networks, ids))
    found = scores_after(networks, output.last_hidden_state[0, -1:], ids, [len(ids)])
    assert_close(found[0], case.mllm["first_logits"], 1e-3)


@torch.no_grad()
@EACH_CASE
def test_the_ban_of_every_step(case: Case) -> None:
    sequence = torch.from_numpy(case.mllm["sequence"]).long()
    lengths = torch.arange(int(case.mllm["prompt_len"]), len(sequence))
    scores = torch.zeros(len(lengths), parity_pack.config().tokens.vocab_size)
    size = parity_pack.config().language.no_repeat_ngram_size
    for step, row in enumerate(ban_repeats(scores, sequence, lengths, size)):
        banned = row.isneginf().nonzero().flatten().tolist()
        assert banned == sorted(case.info["banned_per_step"].get(str(step), []))


@torch.no_grad()
@EACH_CASE
def test_the_best_token_of_every_step_is_ahead_by_the_published_gap(case: Case) -> None:
    """The gap is far above what rounding moves, so equal ids are no matter of luck."""
    networks, generated = case.networks(), decode(case, stop_early=False)
    lengths = list(range(generated.prompt_length, len(generated.ids)))
    states = generated.hidden_states[generated.prompt_length - 1 :]
    best, second = scores_after(networks, states, generated.ids, lengths).topk(2).values.unbind(1)
    assert float((best - second).min()) == pytest.approx(float(case.mllm["min_gap"]), abs=1e-3)


def scores_after(
    networks: Networks, states: torch.Tensor, ids: list[int], lengths: list[int]
) -> torch.Tensor:
    size = parity_pack.config().language.no_repeat_ngram_size
    return next_scores(networks.language_model, states, torch.tensor(ids), torch.tensor(lengths), size)


@torch.no_grad()
@pytest.mark.parametrize("case", parity_pack.cases_with("prefill_hidden_0"), ids=str)
def test_prefill_states_of_every_layer(case: Case) -> None:
    networks, ids = case.networks(), case.mllm["input_ids"].tolist()
    embeds = prompt_embeds(case, networks, ids)
    model = networks.language_model.model
    with outputs_of(*model.layers[:-1]) as states:
        final = model(inputs_embeds=embeds).last_hidden_state
    for index, state in enumerate([embeds, *states, final]):
        assert_close(state[0], case.mllm[f"prefill_hidden_{index}"])


@torch.no_grad()
@pytest.mark.parametrize("case", parity_pack.cases_with("edit_src"), ids=str)
def test_every_stage_of_the_edit_head(case: Case) -> None:
    head = case.networks().edit_head
    emb = case.networks().emb
    with outputs_of(head.llm2hid, head.mapper.encoder, head.mapper.decoder) as states:
        head(torch.from_numpy(case.mllm["hid8"])[None], emb)
    for state, name in zip(states, ("edit_src", "edit_memory", "edit_decoded"), strict=True):
        assert_close(state, case.mllm[name])


@torch.no_grad()
@pytest.mark.parametrize("case", parity_pack.cases_with("hid_onepass"), ids=str)
def test_one_pass_over_the_whole_answer_gives_the_states_of_decoding(case: Case) -> None:
    networks, tokens = case.networks(), parity_pack.config().tokens
    embeds = prompt_embeds(case, networks, case.mllm["sequence"].tolist())
    output = networks.language_model.model(inputs_embeds=embeds[:, :-1])
    assert_close(output.last_hidden_state[0], case.mllm["hid_onepass"])
    end = case.mllm["sequence"].tolist().index(tokens.visual_ids[-1]) + 1
    assert_close(force(networks.language_model, embeds[:, :end], tokens), case.mllm["hid8"])
