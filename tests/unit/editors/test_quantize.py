"""A model folder in fewer bits: smaller, loadable, close to the model it comes from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from mgie.bench.change import change_between
from mgie.cli.main import cli
from mgie.editors.loading import load_editor
from mgie.editors.quantize import quantize_model
from mgie.errors import BadOption
from mgie.model.events import Placed
from mgie.model.generators import drain
from mgie.model.load_options import LoadOptions
from mgie.model.memory_plan import plan_of, sizes_of
from mgie.model.networks import Networks
from mgie.model.offload import Placement
from mgie.model.quantized import DECODER, QuantizedLinear, QuantizedPrecision, quantize_layers
from mgie.model.step_down import LoadedPlan
from mgie.weights.checkpoint import load_networks
from mgie.weights.installed import find_model
from mgie.weights.manifest import read_manifest
from mgie.weights.stored_copies import StoredCopies
from support.gain_editor import save_tiny_model
from support.tiny import tiny_networks, tiny_picture
from support.tiny_flux import TINY_FLUX, write_flux_model
from support.tiny_klein import TINY_KLEIN, install_klein
from support.tiny_qwen import TINY_QWEN, install_qwen

CPU = LoadOptions(device="cpu")
MAKE: dict[str, Callable[[Path], Path]] = {
    "flux-kontext": lambda root: write_flux_model(root / "tiny-flux", config=TINY_FLUX),
    "flux2-klein": lambda root: install_klein(root, TINY_KLEIN),
    "qwen-image-edit": lambda root: install_qwen(root, TINY_QWEN),
}


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


def test_a_copy_is_taken_where_the_plan_steps_down_to_it(tiny: Path, tmp_path: Path) -> None:
    """Mapped from beside the model, and the same to the last bit as what is computed."""
    models = tmp_path / "models"
    shutil.copytree(tiny, models / "tiny")
    golden = stepped_down(models / "tiny")
    drain(quantize_model(models / "tiny", models / "tiny-int8", "int8", name="tiny-int8"))
    (models / "broken").mkdir()
    (models / "broken" / "model.json").write_text("{")
    copies = StoredCopies(models / "tiny")
    layer = "language_model.model.layers.0.mlp.up_proj"
    assert copies(layer, "int4") is None
    state = copies(layer, "int8")
    assert state is not None
    assert set(state) == {"weight", "scale"}
    found = stepped_down(models / "tiny")
    torch.testing.assert_close(found.state_dict(), golden.state_dict(), rtol=0, atol=0)
    marked = models / "tiny-int8" / "model.json"  # a copy of something else is not taken
    marked.write_text(marked.read_text().replace(read_manifest(models / "tiny").digest, "0" * 64))
    assert StoredCopies(models / "tiny")(layer, "int8") is None


def stepped_down(folder: Path) -> Networks:
    """The networks of an editor that lacked memory until its language model was in 8 bits."""
    networks = load_networks(folder)
    placement = Placement(networks.halves, torch.device("cpu"), "resident")
    sizes = sizes_of(networks)
    plan = LoadedPlan(
        networks,
        placement,
        plan_of(sizes, "fp32", "resident", tiles_pictures=False),
        sizes=sizes,
        precisions=("int8",),
        tile=networks.vae.enable_tiling,
        stored=StoredCopies(folder),
    )
    while not str(plan).startswith("int8"):
        assert plan.step_down("tiny")
    return networks


@pytest.mark.parametrize("kind", list(MAKE))
def test_a_painter_is_stored_in_fewer_bits_and_paints_as_when_they_are_computed(
    kind: str, tmp_path: Path
) -> None:
    folder = MAKE[kind](tmp_path)
    manifest = drain(quantize_model(folder, tmp_path / "small", "int8", name="small"))
    assert manifest.made_from == read_manifest(folder).digest
    assert manifest.num_bytes < read_manifest(folder).num_bytes
    options = {"num_inference_steps": 2}
    stored, computed = load_editor(tmp_path / "small", CPU), load_editor(folder, LoadOptions(device="cpu"))
    assert isinstance(stored, Placed)
    assert stored.memory_plan.startswith("int8, all on the device")
    shutil.move(tmp_path / "small", tmp_path.parent / f"{kind}-elsewhere")  # nothing is taken from there
    asked = load_editor(folder, LoadOptions(device="cpu", precision="int8"))
    picture = tiny_picture(48, 32)
    same = change_between(asked, stored, picture, "make it red", seed=1, options=options)
    assert same.picture_max == 0
    assert change_between(computed, stored, picture, "make it red", seed=1, options=options).picture_max > 0


def test_a_model_without_blocks_to_quantise_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="mgie-mini works in fp32 only"):
        drain(quantize_model(find_model("mgie-mini"), tmp_path / "x", "int8", name="x"))
