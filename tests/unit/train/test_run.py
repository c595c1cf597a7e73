"""A whole run of every kind of model leaves a log, samples, and a model that loads."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mgie.editors.loading import load_editor
from mgie.errors import BadOption
from mgie.model.events import EditorKind
from mgie.model.generators import drain
from mgie.train.config import OptimizerConfig
from mgie.train.export import export_model, trained_model
from mgie.train.run import run
from mgie.weights.checkpoint import load_networks
from support.tiny import tiny_picture
from support.tiny_training import tiny_config


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mgie", "lgie", "insp2p"])
def test_every_kind_trains_samples_and_exports(kind: EditorKind, tmp_path: Path) -> None:
    config = tiny_config(kind)
    config = replace(
        config,
        run=replace(config.run, sample_every=2),
        optimizer=OptimizerConfig(ema_decay=0.5, warmup_fraction=0),
    )
    session = run(config, tmp_path / "run")
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2]
    assert (tmp_path / "run" / "samples" / "step-00000002.png").is_file()
    assert list((tmp_path / "run" / "tensorboard").glob("events.out.*"))
    export_model(trained_model(config, tmp_path / "run"), tmp_path / "model", name="tiny")
    loaded = load_networks(tmp_path / "model")
    session.networks.derive_emb()
    expected = session.networks.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in loaded.state_dict().items())
    averaged = trained_model(config, tmp_path / "run", average=True).networks
    assert not torch.equal(averaged.unet.conv_in.weight, session.networks.unet.conv_in.weight)
    with pytest.raises(BadOption, match="holds a run already"):
        run(config, tmp_path / "run")


def test_a_model_of_four_visual_tokens_trains_and_edits(tmp_path: Path) -> None:
    """The ablation reaches every part: labels, window, edit head, and the editor that comes out."""
    config = tiny_config()
    config = replace(
        config,
        start=replace(config.start, num_visual_tokens=4),
        run=replace(config.run, num_steps=1),
    )
    run(config, tmp_path / "run")
    export_model(trained_model(config, tmp_path / "run"), tmp_path / "model", name="four")
    encoding = drain(load_editor(tmp_path / "model").encode(tiny_picture(), "make it red"))
    assert encoding.visual_tokens is not None
    assert encoding.visual_tokens.shape == (1, 4, 64)
