"""What a model is stands in its description, without torch; a kind is one line of the table."""

from __future__ import annotations

import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mgie.api.options import complete_options
from mgie.editors.describe import describe, describe_installed, describe_named
from mgie.editors.precision import dtype_of, precisions
from mgie.editors.table import KINDS, kind_named
from mgie.errors import BadCheckpoint, BadOption
from mgie.model.config_dict import config_to_dict
from mgie.model.load_options import LoadOptions
from mgie.model.quantized import QUANTIZED
from mgie.weights.installed import InstalledModel, installed_models
from mgie.weights.manifest import Manifest, write_manifest

WITHOUT_TORCH = """
import sys
from mgie.editors import describe, loading, table
from mgie.weights.installed import installed_models
for model in installed_models():
    describe.describe_installed(model)
for kind in table.KINDS:
    table.kind_named(kind)
heavy = [name for name in ("torch", "diffusers", "transformers", "grpc") if name in sys.modules]
sys.exit(", ".join(heavy) or None)
"""


def manifest_of(kind: str, preset: str | None = None, name: str = "") -> Manifest:
    presets = kind_named(kind).presets
    config = presets[preset] if preset else next(p for p in presets.values() if p.kind == kind)
    return Manifest(
        name=name or kind, kind=kind, license="MIT", source="a test", config=config_to_dict(config), files=()
    )


def test_describing_models_does_not_load_torch() -> None:
    subprocess.run([sys.executable, "-c", WITHOUT_TORCH], check=True, env={"PYTHONPATH": ":".join(sys.path)})


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "lgie"])  # published nowhere
def test_every_kind_describes_itself_completely(kind: str) -> None:
    model = describe(manifest_of(kind))
    assert (model.name, model.kind, model.license) == (f"models/{kind}", kind, "MIT")
    assert model.abilities
    assert (model.native_size_px > 0) == model.paints
    for schema in model.options:
        assert schema.label
        assert schema.description
        assert schema.check(schema.default_value) == schema.default_value
    for preset in model.presets:
        assert preset.label
        assert complete_options(model.options, preset.options)


def test_the_options_of_mgie_are_those_of_its_config() -> None:
    model = describe(manifest_of("mgie", "MGIE_7B"))
    defaults = {schema.name: schema.default_value for schema in model.options}
    assert defaults == {
        "num_inference_steps": 100,
        "guidance_scale": 7.5,
        "image_guidance_scale": 1.5,
        "sampler": "euler_a",
        "guidance_start": 0.0,
        "guidance_stop": 1.0,
        "guidance_every": 1,
    }
    assert (model.native_size_px, model.varies_with_seed, model.writes_instruction) == (512, True, True)
    presets = {preset.name: preset.options for preset in model.presets}
    assert list(presets) == ["exact", "balanced", "fast", "close", "bold"]
    assert presets["exact"] == {}
    assert presets["balanced"] == {"num_inference_steps": 20, "sampler": "dpmpp_2m", "guidance_every": 2}
    assert presets["fast"] == {"num_inference_steps": 10, "sampler": "dpmpp_2m", "guidance_every": 2}
    assert presets["bold"] == {"guidance_scale": 10.0, "image_guidance_scale": 1.2}


def test_the_shipped_model_says_what_it_can_do_and_that_seeds_do_not_matter() -> None:
    (mini,) = (model for model in installed_models() if model.name == "mgie-mini")
    described = describe_installed(mini)
    light = "recolours only: light, contrast, colours and looks, of the whole picture or of a part"
    assert described.abilities == (light,)
    assert (described.is_shipped, described.varies_with_seed) == (True, False)


def test_no_preset_of_the_shipped_model_promises_what_it_does_not_do() -> None:
    """It runs in one step and without guidance, so there is nothing to be faster, subtler or stronger by."""
    described = describe_named("mgie-mini")
    assert [preset.name for preset in described.presets] == ["exact"]
    assert all(schema.is_hidden for schema in described.options)


def test_the_examples_of_a_model_are_within_its_abilities() -> None:
    mini = describe_named("mgie-mini")
    assert mini.examples[:2] == ("make it brighter", "warm it up")
    assert "add falling snow" in describe(manifest_of("mgie", "MGIE_7B")).examples


def test_guided_models_show_what_guides_them_with_words_at_both_ends() -> None:
    for manifest in (manifest_of("mgie", "MGIE_7B"), manifest_of("flux-kontext")):
        shown = {schema.name: schema for schema in describe(manifest).options if not schema.is_hidden}
        strength = shown["guidance_scale"]
        assert (strength.low_label, strength.high_label) == ("gentle", "literal")


def test_abilities_of_a_manifest_go_before_those_of_its_kind() -> None:
    manifest = manifest_of("insp2p", "INSPIX2PIX")
    assert describe(replace(manifest, abilities=("turns day to night",))).abilities == ("turns day to night",)


def test_an_unknown_kind_makes_a_model_that_says_why_it_cannot_be_used() -> None:
    manifest = replace(manifest_of("insp2p", "INSPIX2PIX"), kind="gan")
    with pytest.raises(BadCheckpoint, match="kind is 'gan'; known are mgie, lgie"):
        describe(manifest)
    installed = InstalledModel(name="insp2p", folder=Path("x"), is_shipped=False, manifest=manifest)
    model = describe_installed(installed)
    assert (model.state, model.license, model.options) == ("broken", "MIT", ())
    assert "kind is 'gan'" in model.problem


def test_a_damaged_config_is_a_problem_named_by_its_field() -> None:
    manifest = manifest_of("flux-kontext")
    damaged = replace(manifest, config={**manifest.config, "guidance_scale": "high"})
    with pytest.raises(BadCheckpoint, match=r"config\.guidance_scale is 'high'"):
        describe(damaged)


def test_a_writer_and_a_painter_are_described_together(tmp_path: Path) -> None:
    for manifest in (manifest_of("mgie", "MGIE_7B", "writer"), manifest_of("flux-kontext", name="painter")):
        (tmp_path / manifest.name).mkdir()
        write_manifest(tmp_path / manifest.name, manifest)
    both = describe_named("writer+painter", models_dir=tmp_path)
    painter = describe_named("painter", models_dir=tmp_path)
    assert (both.id, both.kind, both.writes_instruction) == ("writer+painter", "mgie", True)
    assert (both.options, both.native_size_px) == (painter.options, 1024)
    with pytest.raises(BadOption, match="in this order"):
        describe_named("painter+writer", models_dir=tmp_path)


@pytest.mark.parametrize(
    ("asked", "device", "needed", "dtype"),
    [
        ("auto", "cpu", None, torch.float32),
        ("auto", "cuda", None, torch.float16),
        ("auto", "mps", None, torch.float32),
        ("bf16", "cuda", None, torch.bfloat16),
        ("fp32", "cuda", None, torch.float32),
        ("auto", "cuda", "fp32", torch.float32),
    ],
)
def test_precision_follows_the_setting_the_model_and_the_device(
    asked: str, device: str, needed: str | None, dtype: torch.dtype
) -> None:
    chosen, *_ = precisions("x", asked, torch.device(device), needed=needed)
    assert dtype_of(chosen, torch.device(device)) == dtype


def test_a_language_model_is_quantised_where_memory_asks_for_it() -> None:
    cuda = torch.device("cuda")
    assert precisions("x", "auto", cuda, smaller=QUANTIZED) == ["fp16", "int8", "int4"]
    assert precisions("x", "int8", cuda, smaller=QUANTIZED) == ["int8"]
    assert precisions("x", "auto", torch.device("cpu"), smaller=QUANTIZED) == ["fp32"]
    assert dtype_of("int4", cuda) == torch.float16
    assert dtype_of("int4", torch.device("cpu")) == torch.float32
    with pytest.raises(BadOption, match="cannot be loaded in int8; choose fp32, fp16, bf16"):
        precisions("x", "int8", cuda)


def test_what_a_model_needs_goes_before_the_setting_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert precisions("mini", "fp16", torch.device("cuda"), needed="fp32") == ["fp32"]
    assert "mini needs fp32, so it is not loaded in fp16" in caplog.text


def test_the_shipped_model_needs_full_precision() -> None:
    (mini,) = (model for model in installed_models() if model.name == "mgie-mini")
    assert kind_named("mgie").read_config(mini.manifest.config).precision == "fp32"


@pytest.mark.parametrize(
    ("wrong", "message"), [({"precision": "fp64"}, "choose auto, fp32"), ({"placement": "far"}, "staged")]
)
def test_settings_of_loading_are_checked(wrong: dict[str, str], message: str) -> None:
    with pytest.raises(BadOption, match=message):
        LoadOptions(**wrong)
