"""Low-rank adapters train alone and end up in the weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mgie.train.config import LearningRates, LoraConfig, OptimizerConfig
from mgie.train.engine.lora import add_adapters, merge_adapters
from mgie.train.export import trained_model
from mgie.train.run import run
from mgie.train.start import start
from support.tiny import tiny_networks
from support.tiny_training import tiny_config


@pytest.mark.slow
def test_adapters_train_alone_and_vanish_into_the_weights(tmp_path: Path) -> None:
    frozen = LearningRates(embeddings=0, edit_head=5e-5, unet=0)
    config = tiny_config(
        learning_rates=frozen,
        lora=LoraConfig(rank=2, alpha=4, learning_rate=1e-2),
        optimizer=OptimizerConfig(warmup_fraction=0),
    )
    session = run(config, tmp_path)
    names = session.trained_names
    assert all(".lora_" in name or name.startswith("edit_head.") for name in names)
    assert any(name.startswith("unet.") for name in names)
    assert any(name.startswith("language_model.") for name in names)
    merged = trained_model(config, tmp_path).networks
    assert set(merged.state_dict()) == set(tiny_networks().state_dict())
    fresh = start(config.start, seed=0).networks
    key = "language_model.model.layers.0.self_attn.q_proj.weight"
    assert not torch.equal(merged.get_parameter(key), fresh.get_parameter(key))


def test_untrained_adapters_change_nothing() -> None:
    networks, expected = tiny_networks(), tiny_networks().state_dict()
    add_adapters(networks, LoraConfig(), seed=0)
    merge_adapters(networks)
    assert all(torch.equal(value, expected[name]) for name, value in networks.state_dict().items())
