"""A model folder in fewer bits: smaller, loadable, close to the model it comes from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from mgie.bench.change import change_between
from mgie.cli.main import cli
from mgie.editors.loading import load_editor
from mgie.errors import BadOption
from mgie.model.generators import drain
from mgie.model.load_options import LoadOptions
from mgie.model.quantized import DECODER, QuantizedLinear, QuantizedPrecision, quantize_layers
from mgie.weights.checkpoint import load_networks
from mgie.weights.quantize import quantize_model
from support.gain_editor import save_tiny_model
from support.tiny import tiny_networks, tiny_picture

CPU = LoadOptions(device="cpu")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.mark.parametrize("precision", ["int8", "int4"])
def test_a_quantised_folder_holds_what_quantising_in_memory_gives(
    tiny: Path, tmp_path: Path, precision: QuantizedPrecision
) -> None:
    manifest = drain(quantize_model(tiny, tmp_path / "small", precision, name="small"))
    assert manifest.config["quantized"] == precision
    found, golden = load_networks(tmp_path / "small"), tiny_networks()
    quantize_layers(golden.language_model, precision, DECODER)
    torch.testing.assert_close(found.state_dict(), golden.state_dict(), rtol=0, atol=0)
    assert isinstance(found.language_model.model.layers[0].mlp.up_proj, QuantizedLinear)


@pytest.mark.parametrize("precision", ["int8", "int4"])
def test_the_change_is_reported_and_is_the_same_from_the_folder_and_in_memory(
    tiny: Path, tmp_path: Path, precision: QuantizedPrecision
) -> None:
    drain(quantize_model(tiny, tmp_path / "small", precision, name="small"))
    exact = load_editor(tiny, CPU)
    stored = load_editor(tmp_path / "small", CPU)
    options = {"num_inference_steps": 2}
    changes = [
        change_between(exact, editor, tiny_picture(), "make it red", seed=1, options=options)
        for editor in (load_editor(tiny, LoadOptions(device="cpu", precision=precision)), stored)
    ]
    assert changes[0] == changes[1]
    assert changes[0].visual_tokens > 0
    if precision == "int8":  # of random weights, 4 bits change the text
        assert changes[0].same_text
        assert changes[0].visual_tokens < 0.05
    assert 0 < changes[0].picture_mean <= changes[0].picture_max <= 1
    assert stored.memory_plan.startswith(f"{precision}, all on the device")
    same = change_between(exact, exact, tiny_picture(), "make it red", seed=1, options=options)
    assert (same.same_text, same.visual_tokens, same.picture_max) == (True, 0, 0)


def test_what_cannot_be_quantised_is_refused(tiny: Path, tmp_path: Path) -> None:
    drain(quantize_model(tiny, tmp_path / "small", "int8", name="small"))
    with pytest.raises(BadOption, match="small works in int8 only"):
        drain(quantize_model(tmp_path / "small", tmp_path / "smaller", "int4", name="smaller"))
    assert not (tmp_path / "smaller").exists()


def test_the_command_makes_a_model_under_its_own_name(tiny: Path) -> None:
    result = CliRunner().invoke(cli, ["models", "--models-dir", str(tiny.parent), "quantize", "tiny"])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("tiny-int8: 0.01 GB instead of 0.01 GB in ")
    assert np.isfinite(load_editor(tiny.parent / "tiny-int8", CPU).round_trip(tiny_picture())).all()
    again = CliRunner().invoke(cli, ["models", "--models-dir", str(tiny.parent), "quantize", "mgie-mini"])
    assert again.exit_code != 0
