"""Reading and painting networks never stand on a small device together."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch

from mgie.errors import DeviceOutOfMemory
from mgie.model.conditioning import FusedProjection
from mgie.model.editor import MgieEditor, make_editor, run_edit
from mgie.model.events import EditDone, EditorKind, EncodingReady, SampleRequest
from mgie.model.generators import drain
from mgie.model.load_options import PlacementMode
from mgie.model.networks import Networks, build_networks
from mgie.model.offload import (
    Placement,
    cast_weights,
    choose_mode,
    memory_guard,
    num_bytes,
)
from mgie.model.presets import MGIE_7B
from mgie.model.quantized import QuantizedLinear, quantized_names
from mgie.model.staging import Stage, Stages
from support.tiny import CONFIGS, tiny_editor, tiny_info, tiny_networks, tiny_picture, tiny_tokenizer

READING, PAINTING = {"vision_tower", "projector", "language_model", "edit_head"}, {"unet", "vae"}
OPTIONS = {"num_inference_steps": 1}
TWO_STEPS = {"num_inference_steps": 2}
META = torch.device("meta")  # stands in for an accelerator: weights that go there leave the CPU


def on_device(networks: Networks) -> set[str]:
    """Parts of which anything has left the CPU."""
    parts = {name: getattr(networks, name).parameters() for name in READING | PAINTING}
    return {name for name, weights in parts.items() if any(not weight.is_cpu for weight in weights)}


def test_staged_networks_take_turns() -> None:
    networks = tiny_networks()
    placement = Placement(networks.halves, META, "staged")
    assert on_device(networks) == set()
    for _ in range(2):
        placement.enter("encode")
        assert on_device(networks) == READING
        placement.enter("encode")
        assert on_device(networks) == READING
        placement.enter("sample")
        assert on_device(networks) == PAINTING


@pytest.mark.parametrize("placement", ["staged", "layered"])
def test_weights_that_a_gpu_has_fused_are_staged_like_the_others(placement: PlacementMode) -> None:
    networks = tiny_networks()
    editor = make_editor(
        CONFIGS["mgie"], networks, tiny_tokenizer(), info=tiny_info(), device=META, placement=placement
    )
    assert isinstance(editor, MgieEditor)
    assert any(isinstance(module, FusedProjection) for module in networks.unet.modules())
    editor._placement.enter("sample")
    assert all(weight.is_meta for weight in networks.unet.parameters())
    editor._placement.enter("encode")
    assert not any(weight.is_meta for weight in networks.unet.parameters())


def test_resident_networks_stay() -> None:
    networks = tiny_networks()
    placement = Placement(networks.halves, META, "resident")
    placement.enter("encode")
    placement.enter("sample")
    assert on_device(networks) == READING | PAINTING


def test_a_model_that_is_staged_later_moves_out() -> None:
    networks = tiny_networks()
    placement = Placement(networks.halves, torch.device("cpu"), "resident")
    placement.device = META  # it cannot move there with its weights and come back with them
    assert placement.use_less_memory()
    assert on_device(networks) == set()
    placement.enter("sample")
    assert on_device(networks) == PAINTING


@torch.no_grad()
def test_staged_weights_keep_their_values_and_their_addresses() -> None:
    """A graph that was captured while a half was on the device still finds it there."""
    networks, golden = tiny_networks(), tiny_networks()
    halves = networks.halves
    stages = Stages({"encode": halves.encode, "sample": halves.sample}, torch.device("cpu"))
    unet, model = networks.unet, networks.language_model
    addresses: list[tuple[int, ...]] = []
    for _ in range(2):
        stages.enter("encode")
        writing = [weight.data_ptr() for weight in model.parameters()]
        torch.testing.assert_close(model.state_dict(), golden.language_model.state_dict(), rtol=0, atol=0)
        stages.enter("sample")
        painting = [weight.data_ptr() for weight in unet.parameters()]
        torch.testing.assert_close(unet.state_dict(), golden.unet.state_dict(), rtol=0, atol=0)
        addresses.append((*writing, *painting))
    assert addresses[0] == addresses[1]
    room = stages._room
    begin, end = room.data_ptr(), room.data_ptr() + len(room)
    assert all(begin <= address < end for address in addresses[0])
    stages.leave()
    torch.testing.assert_close(networks.state_dict(), golden.state_dict(), rtol=0, atol=0)
    assert not any(begin <= weight.data_ptr() < end for weight in networks.parameters())


@torch.no_grad()
def test_the_larger_half_is_copied_whole_only_once() -> None:
    networks, golden = tiny_networks(), tiny_networks()
    stages = Stages({"encode": networks.halves.encode, "sample": networks.halves.sample}, torch.device("cpu"))
    sizes = {stage: len(block.memory) for stage, block in stages._blocks.items()}
    smaller = min(sizes.values())
    assert smaller < max(sizes.values())
    copied: list[int] = []
    for stage in ("encode", "sample", "sample", "encode", "sample", "encode"):
        before = stages.num_copied_bytes
        stages.enter(stage)
        copied.append(stages.num_copied_bytes - before)
        torch.testing.assert_close(networks.state_dict(), golden.state_dict(), rtol=0, atol=0)
    assert copied == [sizes["encode"], sizes["sample"], 0, smaller, smaller, smaller]


def test_shared_and_rearranged_weights_stay_shared_and_rearranged() -> None:
    first, second = torch.nn.Conv2d(3, 4, 3), torch.nn.Conv2d(3, 4, 3)
    first.to(memory_format=torch.channels_last)
    second.weight = first.weight
    golden = first.weight.detach().clone(memory_format=torch.preserve_format)
    stages = Stages({"encode": (first, second), "sample": ()}, torch.device("cpu"))
    stages.enter("encode")
    stages.enter("sample")  # nothing to bring
    assert torch.equal(first.weight, golden)
    assert first.weight.data_ptr() == second.weight.data_ptr()
    assert first.weight.is_contiguous(memory_format=torch.channels_last)


def paint(placement: PlacementMode, kind: EditorKind = "mgie") -> np.ndarray:
    editor = make_editor(
        CONFIGS[kind], tiny_networks(kind), tiny_tokenizer(kind), info=tiny_info(kind), placement=placement
    )
    *_, done = run_edit(editor, tiny_picture(), "make it red", seed=0, options=OPTIONS)
    assert isinstance(done, EditDone)
    return done.sampled.image


@pytest.mark.parametrize("placement", ["staged", "layered"])
def test_placement_does_not_change_the_picture(placement: PlacementMode) -> None:
    assert np.array_equal(paint(placement), paint("resident"))


PLANS = [
    "fp32, all on the device, about 1.1 GB",
    "fp32, halves in turn, about 1.1 GB",
    "fp32, halves in turn, pictures in tiles, about 0.6 GB",  # of the native size and below there is one tile
    "fp32, layer by layer, pictures in tiles, about 0.6 GB",
]


def test_an_editor_may_be_made_frugal_step_by_step() -> None:
    editor = tiny_editor()
    pictures: list[np.ndarray] = []
    for plan in PLANS:
        assert editor.memory_plan == plan
        *_, done = run_edit(editor, tiny_picture(), "make it red", seed=0, options=OPTIONS)
        assert isinstance(done, EditDone)
        pictures.append(done.sampled.image)
        went_on = editor.use_less_memory()
    assert not went_on
    assert all(np.array_equal(picture, pictures[0]) for picture in pictures)


def test_without_a_language_model_nothing_goes_layer_by_layer() -> None:
    editor = tiny_editor("insp2p")
    assert editor.use_less_memory()
    assert editor.use_less_memory()
    assert editor.memory_plan == "fp32, halves in turn, pictures in tiles, about 0.6 GB"
    assert not editor.use_less_memory()


def test_an_editor_that_may_be_quantised_is_before_its_weights_pass_layer_by_layer() -> None:
    editor = make_editor(
        CONFIGS["mgie"], tiny_networks(), tiny_tokenizer(), info=tiny_info(), precisions=("int8", "int4")
    )
    plans = [editor.memory_plan]
    encoding = drain(editor.encode(tiny_picture(), "make it red"))
    request = SampleRequest(image=tiny_picture(), encoding=encoding, seed=0)
    golden = drain(editor.sample([request], OPTIONS))[0]
    while editor.use_less_memory():
        plans.append(editor.memory_plan)
        assert drain(editor.encode(tiny_picture(), "make it red")).expressive_instruction
        (found,) = drain(editor.sample([request], OPTIONS))  # what was read before is painted as before
        assert np.array_equal(found.image, golden.image)
    ways = [plan.rsplit(", ", 1)[0] for plan in plans]
    assert ways == [
        "fp32, all on the device",
        "fp32, halves in turn",
        "int8, all on the device",
        "int8, halves in turn",
        "int4, halves in turn",  # all on the device it would need more than the plan before
        "int4, halves in turn, pictures in tiles",
        "int4, layer by layer, pictures in tiles",
    ]


def test_a_lack_of_memory_while_quantising_does_not_stop_the_steps_down() -> None:
    networks = tiny_networks()
    editor = make_editor(
        CONFIGS["mgie"], networks, tiny_tokenizer(), info=tiny_info(), placement="staged", precisions=["int8"]
    )
    model = networks.language_model
    layers, weight = quantized_names(model), model.get_submodule(quantized_names(model)[3])
    golden, weight.weight = weight.weight, None  # the fourth layer fails
    with pytest.raises(AttributeError):
        editor.use_less_memory()
    weight.weight = golden
    assert editor.use_less_memory()
    assert all(isinstance(model.get_submodule(name), QuantizedLinear) for name in layers)
    *_, done = run_edit(editor, tiny_picture(), "make it red", seed=0, options=OPTIONS)
    assert isinstance(done, EditDone)


@pytest.mark.parametrize(
    ("free_bytes", "mode"),
    [(None, "resident"), (40 << 30, "resident"), (28 << 30, "staged"), (8 << 30, "layered")],
)
def test_the_fastest_mode_that_fits_is_chosen(free_bytes: int | None, mode: PlacementMode) -> None:
    networks = build_networks(MGIE_7B, device="meta")
    assert num_bytes(networks) > 32e9  # float32
    assert choose_mode(networks.halves, free_bytes) == mode


def test_rotary_frequencies_keep_their_precision() -> None:
    networks = tiny_networks()
    cast_weights(networks, torch.float16)
    assert networks.unet.dtype == networks.emb.dtype == torch.float16
    assert networks.language_model.model.rotary_emb.inv_freq.dtype == torch.float32


@pytest.mark.parametrize("kind", ["mgie", "insp2p"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_paints_nearly_the_same(kind: EditorKind, dtype: torch.dtype) -> None:
    editor = make_editor(
        CONFIGS[kind], tiny_networks(kind), tiny_tokenizer(kind), info=tiny_info(kind), dtype=dtype
    )
    encoding = None
    for event in run_edit(editor, tiny_picture(), "make it red", seed=0, options=OPTIONS):
        encoding = getattr(event, "encoding", encoding)
    assert isinstance(event, EditDone)
    assert encoding.edit_embeds.dtype == torch.float32
    assert np.isfinite(event.sampled.image).all()
    np.testing.assert_allclose(
        event.sampled.round_trip, tiny_editor(kind).round_trip(tiny_picture()), atol=0.1
    )


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9.0 GB)"),
        MemoryError(),
    ],
    ids=str,
)
def test_out_of_memory_is_told_in_our_words(error: Exception) -> None:
    with (
        pytest.raises(DeviceOutOfMemory, match="cpu has too little free memory"),
        memory_guard(torch.device("cpu")),
    ):
        raise error


def test_a_picture_the_main_memory_cannot_hold_is_told_in_our_words() -> None:
    with pytest.raises(DeviceOutOfMemory), memory_guard(torch.device("cpu")):
        torch.empty(1 << 55)


def test_other_errors_of_the_framework_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="shape"), memory_guard(torch.device("cpu")):
        torch.zeros(2).view(3)


def test_edits_that_take_turns_bring_their_networks_back() -> None:
    """One writes while the other paints; every forward pass finds its half on the device."""
    networks, stages = tiny_networks(), ["none"]

    class NotingPlacement(Placement):
        def enter(self, stage: Stage) -> None:
            super().enter(stage)
            stages.append(stage)

    def require(stage: Stage) -> Callable[..., None]:
        def hook(_module: object, _inputs: object) -> None:
            assert stages[-1] == stage

        return hook

    placement = NotingPlacement(networks.halves, torch.device("cpu"), "staged")
    editor = MgieEditor(CONFIGS["mgie"], networks, tiny_tokenizer(), info=tiny_info(), placement=placement)
    networks.language_model.model.register_forward_pre_hook(require("encode"))
    networks.unet.register_forward_pre_hook(require("sample"))
    networks.vae.decoder.register_forward_pre_hook(require("sample"))
    writing = run_edit(editor, tiny_picture(), "make it red", seed=0, options=OPTIONS)
    while not isinstance(event := next(writing), EncodingReady):
        pass
    painting = editor.sample(
        [SampleRequest(image=tiny_picture(), encoding=event.encoding, seed=0)], TWO_STEPS
    )
    writing = editor.encode(tiny_picture(), "remove the text")
    turns = itertools.chain.from_iterable(itertools.zip_longest(writing, painting))
    assert sum(turn is not None for turn in turns) > TWO_STEPS["num_inference_steps"]
