"""The pairs that small models learn from, that a stopped call goes on, and how a model is shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from mgie.errors import BadData
from mgie.model.networks import build_networks
from mgie.model.presets import MINI
from mgie.train.data.synthetic import SyntheticSource
from mgie.train.mini.__main__ import main
from mgie.train.mini.pairs import MiniPairs, make_pairs
from mgie.weights.checkpoint import load_networks
from mgie.weights.installed import find_model
from mgie.weights.manifest import read_manifest
from support.synthetic_photos import write_photos

NUM_PAIRS = 80  # more than one block


def test_pairs_stopped_in_the_middle_are_the_same_in_the_end(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    source = SyntheticSource(write_photos(tmp_path / "photos", 24, 128), num_pairs=NUM_PAIRS)
    vae = build_networks(MINI).vae
    stopped = make_pairs(source, vae, tmp_path / "stopped", NUM_PAIRS)
    next(stopped)
    stopped.close()
    with pytest.raises(BadData, match="64 of 80 pairs"):
        MiniPairs(tmp_path / "stopped", NUM_PAIRS)
    with (tmp_path / "stopped" / "texts.jsonl").open("a", encoding="utf-8") as texts:
        texts.write('["half a block", "before it was killed"]\n')
    list(make_pairs(source, vae, tmp_path / "stopped", NUM_PAIRS))
    list(make_pairs(source, vae, tmp_path / "whole", NUM_PAIRS))
    one, other = (MiniPairs(tmp_path / name, NUM_PAIRS) for name in ("stopped", "whole"))
    assert one.texts == other.texts
    assert [text.group for text in one.texts] == [source[index].group for index in range(NUM_PAIRS)]
    # A picture met in another block is computed beside others.
    assert np.allclose(one.goal_latents, other.goal_latents, atol=0.05)
    assert np.array_equal(one.vision_pixels, other.vision_pixels)


def test_a_model_is_shipped_in_half_precision_beside_its_card(tmp_path: Path) -> None:
    result, model = tmp_path / "mgie-mini", find_model("mgie-mini")
    for _ in range(2):
        outcome = CliRunner().invoke(main, ["ship", str(model), str(result)])
        assert outcome.exit_code == 0, outcome.output
        (result / "MODEL_CARD.md").write_text("what it is", encoding="utf-8")
    CliRunner().invoke(main, ["ship", str(model), str(result)])
    manifest = read_manifest(result)
    assert (manifest.name, manifest.kind, manifest.license) == ("mgie-mini", "mgie", "Apache-2.0")
    stored = load_networks(result).state_dict().items()
    assert {weight.dtype for name, weight in stored if not name.startswith("reader.encoder.")} == {
        torch.float16
    }
    # The encoder's blocks are in 8 bits, its vocabulary is bytes.
    assert {weight.dtype for _, weight in stored} == {torch.float16, torch.int8, torch.uint8}
    assert (result / "MODEL_CARD.md").read_text(encoding="utf-8") == "what it is"


def test_the_commands_explain_themselves() -> None:
    for command in main.commands:
        assert CliRunner().invoke(main, [command, "--help"]).exit_code == 0
