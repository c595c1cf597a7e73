"""Flow-matching painters in 8 and 4 bits, and the memory plans of the published ones. On the CPU only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mgie.api.options import Options
from mgie.bench.change import change_between
from mgie.editors import loading_plan
from mgie.editors.flow_loading import flow_plan
from mgie.editors.flux2_klein.config import FLUX2_KLEIN_4B
from mgie.editors.flux2_klein.networks import Flux2KleinNetworks
from mgie.editors.flux2_klein.networks import empty_networks as empty_klein
from mgie.editors.flux_kontext.config import FLUX_KONTEXT_DEV
from mgie.editors.flux_kontext.networks import FluxKontextNetworks
from mgie.editors.flux_kontext.networks import empty_networks as empty_flux
from mgie.editors.loading import load_editor
from mgie.editors.loading_plan import LoadingPlan
from mgie.editors.qwen_image_edit.config import QWEN_IMAGE_EDIT
from mgie.editors.qwen_image_edit.networks import QwenImageEditNetworks
from mgie.editors.qwen_image_edit.networks import empty_networks as empty_qwen
from mgie.editors.table import kind_named
from mgie.model.editor import run_edit
from mgie.model.events import EditDone, Editor, Placed
from mgie.model.load_options import LoadOptions, PlacementMode, Precision
from mgie.model.memory_plan import sizes_of
from mgie.model.quantized import QuantizedLinear, quantize_layers, quantized_names
from support.tiny import tiny_picture
from support.tiny_flux import TINY_FLUX, write_flux_model
from support.tiny_klein import TINY_KLEIN, install_klein
from support.tiny_qwen import TINY_QWEN, install_qwen

PICTURE = tiny_picture(48, 32)
STEPS: Options = {"num_inference_steps": 2}
GIB = 1 << 30
OTHERS = 1.5 * GIB  # a painting program and the desktop on the same card
# int4 shares a scale among 32 columns, so that all sizes are multiples of it
FLUX = replace(TINY_FLUX, t5=replace(TINY_FLUX.t5, hidden_size=32, head_size=16))
KLEIN = replace(TINY_KLEIN, text=replace(TINY_KLEIN.text, hidden_size=32, head_size=16))
QWEN = replace(TINY_QWEN, text=replace(TINY_QWEN.text, intermediate_size=64))
MAKE: dict[str, Callable[[Path], Path]] = {
    "flux-kontext": lambda root: write_flux_model(root / "tiny-flux", config=FLUX),
    "flux2-klein": lambda root: install_klein(root, KLEIN),
    "qwen-image-edit": lambda root: install_qwen(root, QWEN),
}


@pytest.fixture(scope="module", params=list(MAKE))
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return MAKE[request.param](tmp_path_factory.mktemp("models"))


def painted(editor: Editor) -> np.ndarray:
    *_, done = run_edit(editor, PICTURE, "make it red", seed=1, options=STEPS)
    assert isinstance(done, EditDone)
    return done.sampled.image


def test_fewer_bits_change_the_picture_a_little_and_fewer_change_it_more(folder: Path) -> None:
    exact = load_editor(folder, LoadOptions(device="cpu"))
    change: dict[str, float] = {}
    for precision in ("int8", "int4"):
        small = load_editor(folder, LoadOptions(device="cpu", precision=precision))
        assert isinstance(small, Placed)
        assert small.memory_plan.startswith(f"{precision}, all on the device, about ")
        found = change_between(exact, small, PICTURE, "make it red", seed=1, options=STEPS)
        assert found.visual_tokens is None  # it paints, and writes none
        change[precision] = found.picture_mean
    same = change_between(exact, exact, PICTURE, "make it red", seed=1, options=STEPS)
    assert (same.picture_mean, same.picture_max) == (0, 0)
    assert 0 < change["int8"] < 0.01
    assert change["int8"] < change["int4"]


@pytest.mark.parametrize(
    ("make", "config"),
    [(FluxKontextNetworks, FLUX), (Flux2KleinNetworks, KLEIN), (QwenImageEditNetworks, QWEN)],
    ids=["flux", "klein", "qwen"],
)
def test_text_encoder_and_denoiser_are_quantised_and_nothing_else(
    make: Callable[[Any], Any], config: Any
) -> None:
    networks = make(config).eval()
    before = sizes_of(networks)
    quantize_layers(networks, "int4", networks.stacks)
    kept = [name for name, module in networks.named_modules() if isinstance(module, torch.nn.Linear)]
    small = {name for name, module in networks.named_modules() if isinstance(module, QuantizedLinear)}
    assert small == set(quantized_names(networks, networks.stacks))
    assert {name.partition(".")[0] for name in small} >= {"transformer"}
    assert any(name.startswith("text_encoder") for name in small)
    assert not any(name.startswith("vae") for name in small)
    assert any(name.startswith("transformer.") for name in kept)  # what carries pictures and words in and out
    assert sizes_of(networks) == before  # a plan is the same before and after


@pytest.mark.parametrize("placement", ["staged", "layered"])
def test_placement_changes_nothing_of_what_quantised_weights_paint(
    folder: Path, placement: PlacementMode
) -> None:
    editor = load_editor(folder, LoadOptions(device="cpu", precision="int8"))
    placed = load_editor(folder, LoadOptions(device="cpu", precision="int8", placement=placement))
    assert isinstance(editor, Placed)
    assert isinstance(placed, Placed)
    while ("tiles" in editor.memory_plan) != ("tiles" in placed.memory_plan):
        assert editor.use_less_memory()
    assert "layer" not in editor.memory_plan
    assert np.array_equal(painted(placed), painted(editor))


def all_precisions(*_asked: Any, **_named: Any) -> list[Precision]:
    return ["fp32", "int8", "int4"]


def test_out_of_memory_steps_down_to_fewer_bits_and_then_layer_by_layer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading_plan, "precisions", all_precisions)
    editor = load_editor(folder, LoadOptions(device="cpu"))
    assert isinstance(editor, Placed)
    plans: list[str] = []
    pictures: dict[str, np.ndarray] = {}
    while True:
        plans.append(editor.memory_plan.rsplit(", ", 1)[0])
        pictures.setdefault(editor.memory_plan[:4], painted(editor))
        again = painted(editor)
        if "tiles" in editor.memory_plan:  # blended where they meet
            assert 0 < np.abs(again - pictures["int4"]).mean() < 0.2
        else:
            assert np.array_equal(again, pictures[editor.memory_plan[:4]])
        if not editor.use_less_memory():
            break
    assert plans[:2] == ["fp32, all on the device", "fp32, halves in turn"]
    assert plans[-3:] == [
        "int4, halves in turn",
        "int4, halves in turn, pictures in tiles",
        "int4, layer by layer, pictures in tiles",
    ]
    assert {plan[:4] for plan in plans} == {"fp32", "int8", "int4"}
    assert not np.array_equal(pictures["int8"], pictures["fp32"])


def test_a_precision_that_was_asked_for_stays(folder: Path) -> None:
    editor = load_editor(folder, LoadOptions(device="cpu", precision="int8"))
    assert isinstance(editor, Placed)
    while editor.use_less_memory():
        assert editor.memory_plan.startswith("int8, ")
    assert editor.memory_plan.startswith("int8, layer by layer, pictures in tiles, about ")


def test_a_plan_that_codes_pictures_in_tiles_does_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chosen at loading or on the way down; pictures no larger than a tile are as without."""

    def free(_device: torch.device, **_named: int) -> int:
        return 0

    whole = load_editor(folder, LoadOptions(device="cpu"))
    monkeypatch.setattr(loading_plan, "free_memory", free)
    tiled = load_editor(folder, LoadOptions(device="cpu", placement="staged"))
    assert isinstance(tiled, Placed)
    assert tiled.memory_plan.startswith("fp32, halves in turn, pictures in tiles, about ")
    tile_px = tiled.info.native_size_px // 2
    small = [editor.round_trip(tiny_picture(tile_px, tile_px)) for editor in (whole, tiled)]
    np.testing.assert_array_equal(*small)
    large = [editor.round_trip(tiny_picture(3 * tile_px, 2 * tile_px)) for editor in (whole, tiled)]
    assert large[0].shape == large[1].shape
    # Of random weights: norms and attention see one tile only.
    assert 0 < np.abs(large[0] - large[1]).mean() < 0.2


PUBLISHED: dict[str, Callable[[], Any]] = {
    "flux-kontext-dev": lambda: empty_flux(FLUX_KONTEXT_DEV),
    "flux2-klein-4b": lambda: empty_klein(FLUX2_KLEIN_4B),
    "qwen-image-edit": lambda: empty_qwen(QWEN_IMAGE_EDIT),
}


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    """The networks in their published shapes, without memory."""
    return {name: make() for name, make in PUBLISHED.items()}


@pytest.mark.parametrize(
    ("name", "card_gib", "plan"),
    [
        ("flux-kontext-dev", 48, "bf16, all on the device, about 34.8 GB"),
        ("flux-kontext-dev", 32, "bf16, halves in turn, about 25.0 GB"),
        ("flux-kontext-dev", 24, "int8, all on the device, about 18.4 GB"),
        ("flux-kontext-dev", 16, "int8, halves in turn, about 13.2 GB"),
        ("flux-kontext-dev", 12, "int4, halves in turn, about 8.8 GB"),
        ("flux-kontext-dev", 8, "int4, layer by layer, pictures in tiles, about 1.5 GB"),
        ("flux2-klein-4b", 24, "bf16, all on the device, about 17.0 GB"),
        ("flux2-klein-4b", 16, "bf16, halves in turn, about 9.1 GB"),
        ("flux2-klein-4b", 12, "bf16, halves in turn, about 9.1 GB"),
        ("flux2-klein-4b", 8, "int8, halves in turn, about 5.5 GB"),
        ("flux2-klein-4b", 6, "int4, halves in turn, about 4.1 GB"),
        ("qwen-image-edit", 80, "bf16, all on the device, about 57.7 GB"),
        ("qwen-image-edit", 48, "bf16, halves in turn, about 42.2 GB"),
        ("qwen-image-edit", 32, "int8, all on the device, about 30.8 GB"),
        ("qwen-image-edit", 24, "int8, halves in turn, about 21.8 GB"),
        ("qwen-image-edit", 16, "int4, halves in turn, about 14.2 GB"),
        ("qwen-image-edit", 12, "int4, layer by layer, pictures in tiles, about 3.4 GB"),
    ],
)
def test_every_card_has_its_plan(
    published: dict[str, Any], monkeypatch: pytest.MonkeyPatch, name: str, card_gib: int, plan: str
) -> None:
    chosen = planned(published[name], monkeypatch, free_bytes=int(card_gib * GIB - OTHERS)).chosen
    assert str(chosen) == plan
    assert chosen.num_bytes <= card_gib * GIB - OTHERS


@pytest.mark.parametrize(("asked", "smaller"), [("auto", ("int8", "int4")), ("bf16", ()), ("int8", ())])
def test_only_a_precision_that_nobody_asked_for_becomes_another(
    published: dict[str, Any], monkeypatch: pytest.MonkeyPatch, asked: Any, smaller: tuple[Precision, ...]
) -> None:
    plan = planned(published["flux2-klein-4b"], monkeypatch, free_bytes=80 * GIB, precision=asked)
    assert plan.smaller == smaller
    assert plan.chosen.precision == ("bf16" if asked == "auto" else asked)


def planned(
    networks: Any, monkeypatch: pytest.MonkeyPatch, *, free_bytes: int, precision: Any = "auto"
) -> LoadingPlan:
    def free(_device: torch.device, **_named: int) -> int:
        return free_bytes

    monkeypatch.setattr(loading_plan, "free_memory", free)
    return flow_plan("x", sizes_of(networks), LoadOptions(device="cuda:0", precision=precision))


def a_card(_device: torch.device) -> tuple[int, int]:
    return 20 * GIB, 80 * GIB


def test_a_kind_says_the_plan_from_the_config_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    kind, cuda = kind_named("flux-kontext"), LoadOptions(device="cuda:0")
    assert kind.memory_plan is not None
    monkeypatch.setattr(torch.cuda, "mem_get_info", a_card)
    said = [str(kind.memory_plan("x", FLUX_KONTEXT_DEV, cuda, spare)) for spare in (0, 20 * GIB, -6 * GIB)]
    assert said == [
        "int8, all on the device, about 18.4 GB",
        "bf16, all on the device, about 34.8 GB",  # another model makes room
        "int8, halves in turn, about 13.2 GB",  # another one is there before
    ]
    for name, config in (("flux-kontext", FLUX), ("flux2-klein", KLEIN), ("qwen-image-edit", QWEN)):
        say = kind_named(name).memory_plan
        assert say is not None
        plan = say("tiny", config, LoadOptions(device="cpu"), 0)
        assert str(plan).startswith("fp32, all on the device, about ")
