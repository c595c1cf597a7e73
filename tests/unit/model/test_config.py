"""Configs refuse what cannot work and survive the way through JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from mgie.errors import BadCheckpoint, BadOption
from mgie.model.config import (
    ModelConfig,
    SchedulerConfig,
    TokenConfig,
)
from mgie.model.config_dict import config_from_dict, config_to_dict
from mgie.model.presets import (
    INSPIX2PIX,
    LGIE_7B,
    MGIE_7B,
    MGIE_13B,
    MINI,
    MINI_INSPIX2PIX,
    TINY,
    TINY_INSPIX2PIX,
    TINY_LGIE,
)

PRESETS = [
    *(MGIE_7B, MGIE_13B, LGIE_7B, INSPIX2PIX),
    *(MINI, MINI_INSPIX2PIX),
    *(TINY, TINY_LGIE, TINY_INSPIX2PIX),
]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_config_survives_json(preset: ModelConfig) -> None:
    assert config_from_dict(json.loads(json.dumps(config_to_dict(preset)))) == preset


def test_the_published_token_ids() -> None:
    tokens = MGIE_7B.tokens
    assert (tokens.im_patch_id, tokens.im_start_id, tokens.im_end_id) == (32000, 32001, 32002)
    assert tokens.visual_ids == tuple(range(32003, 32011))
    assert tokens.vocab_size == 32011
    assert len(tokens.added_tokens) == 11


def test_the_published_tower_gives_256_features_of_the_23rd_layer() -> None:
    assert MGIE_7B.vision.num_patches == 256
    assert MGIE_7B.vision.num_used_layers == 23


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: replace(TINY, kind="other"), "kind is 'other'"),
        (lambda: replace(TINY, vision=None), "needs vision"),
        (lambda: replace(TINY, kind="lgie"), "has no vision"),
        (lambda: replace(TINY, text_encoder=TINY_INSPIX2PIX.text_encoder), "has no text_encoder"),
        (lambda: replace(TINY, native_size_px=60), "multiple of 8"),
        (lambda: replace(TINY, prompt="no place for it"), "prompt must hold"),
        (lambda: replace(TINY_LGIE, prompt="{instruction} {image}"), "prompt must hold"),
        (lambda: replace(TINY.vision, patch_size_px=15), "does not divide"),
        (lambda: replace(TINY.vision, feature_layer=-9), "feature_layer is -9"),
        (lambda: replace(TINY.vision, num_heads=5), "heads do not divide"),
        (lambda: replace(TINY.language, num_layers=0), "must be positive"),
        (lambda: replace(TINY.language, no_repeat_ngram_size=-1), "choose 0 or more"),
        (lambda: TokenConfig(num_pieces=2), "too few tokens"),
        (lambda: replace(TINY.unet, block_out_channels=(16, 30)), "does not divide"),
        (lambda: replace(TINY.unet, block_has_attention=(True,)), "one block_has_attention per block"),
        (lambda: replace(TINY.vae, block_out_channels=()), "does not divide"),
        (lambda: SchedulerConfig(beta_start=0.5, beta_end=0.1), "betas run from"),
        (lambda: SchedulerConfig(rescale_betas_zero_snr=True), "needs prediction_type v_prediction"),
        (
            lambda: replace(TINY_INSPIX2PIX, unet=replace(TINY.unet, cross_attention_dim=32)),
            "cross_attention_dim",
        ),
    ],
)
def test_an_impossible_config_is_refused(change: Any, message: str) -> None:
    with pytest.raises(BadOption, match=message):
        change()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("unet", "surprise"), 1, "config.unet has the unknown field surprise"),
        (("unet", "num_heads"), "four", "config.unet.num_heads is 'four'; expected int"),
        (("unet", "num_heads"), True, "config.unet.num_heads is True"),
        (("unet", "block_has_attention"), [1, 0, 0, 0], r"config.unet.block_has_attention\[0\] is 1"),
        (("scheduler", "prediction_type"), "guess", "config.scheduler.prediction_type is 'guess'"),
        (("language",), 5, "config.language is 5; expected a table"),
        (("language", "num_layers"), -3, "must be positive"),
        (("sampling", "num_inference_steps"), 0, "num_inference_steps is 0"),
    ],
)
def test_a_damaged_config_is_refused_by_its_field(path: tuple[str, ...], value: object, message: str) -> None:
    data = config_to_dict(TINY)
    table = data
    for name in path[:-1]:
        table = table[name]
    table[path[-1]] = value
    with pytest.raises(BadCheckpoint, match=message):
        config_from_dict(data)


def test_a_missing_field_is_named() -> None:
    data = config_to_dict(TINY)
    del data["vae"]["scaling_factor"]
    with pytest.raises(BadCheckpoint, match=r"config\.vae lacks scaling_factor"):
        config_from_dict(data)


def test_whole_numbers_may_stand_for_fractions() -> None:
    data = config_to_dict(TINY)
    data["vae"]["scaling_factor"] = 1
    assert config_from_dict(data).vae.scaling_factor == 1.0
