"""A chat vision-language model as a writer: the words are those of the library's own `generate`."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from mgie.editors.loading import load_editor
from mgie.editors.table import kind_named
from mgie.editors.vlm.config import CONCISE_QUESTION, VlmConfig
from mgie.editors.vlm.loading import load_network, load_processor
from mgie.errors import BadCheckpoint, BadOption, BadTokenizer, EmptyInstruction
from mgie.model.editor import run_edit
from mgie.model.events import EditDone, Editor, InstructionDelta
from mgie.model.expressive import guarded_clean_up
from mgie.model.generators import drain
from mgie.model.load_options import LoadOptions
from mgie.model.two_stage_editor import TwoStageEditor
from support.tiny import tiny_picture
from support.tiny_flux import write_flux_model
from support.tiny_vlm import FAMILIES, install_vlm, library_words

PICTURE = tiny_picture(48, 32)
CONFIG = VlmConfig(question="make it what the sky turns if '{instruction}'", max_new_tokens=12)


def install(root: Path, family: str) -> Path:
    """Published files, imported."""
    return install_vlm(root, family, CONFIG)


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("models"), request.param)


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("models"), "qwen2.5-vl")


def library_answer(folder: Path, instruction: str) -> str:
    """What transformers writes in one call."""
    return library_words(folder, CONFIG.question.replace("{instruction}", instruction), [PICTURE], 12)


def test_the_words_are_the_librarys(folder: Path) -> None:
    editor = load_editor(folder)
    events: list[object] = []
    encoding = drain(editor.encode(PICTURE, "make it red"), events.append)
    expected = library_answer(folder, "make it red")
    assert expected
    assert encoding.raw_text == expected
    assert encoding.expressive_instruction == guarded_clean_up(expected)
    assert "".join(event.text for event in events) == encoding.expressive_instruction
    assert len(events) > 1  # it streams


def test_the_picture_matters(folder: Path) -> None:
    editor = load_editor(folder)
    seen = [editor.inputs([picture], "make it red") for picture in (PICTURE, tiny_picture(48, 32, seed=9))]
    with torch.no_grad():
        first, second = (editor._model(**inputs).logits[0, -1] for inputs in seen)
    assert not torch.allclose(first, second)


def test_a_corrected_text_is_not_written_again(qwen: Path) -> None:
    events: list[object] = []
    encoding = drain(
        load_editor(qwen).encode(PICTURE, "red", expressive_instruction=" Red sky. "), events.append
    )
    assert events == [InstructionDelta(text="Red sky.")]
    assert (encoding.is_corrected, encoding.expressive_instruction) == (True, "Red sky.")


def test_closing_stops_after_the_token_at_work(qwen: Path) -> None:
    editor = load_editor(qwen)
    writing = editor.encode(PICTURE, "make it red")
    next(writing)
    num_threads = threading.active_count()
    writing.close()
    assert threading.active_count() == num_threads - 1
    assert drain(editor.encode(PICTURE, "make it red")).raw_text == library_answer(qwen, "make it red")


def test_any_painter_paints_what_it_writes(qwen: Path, tmp_path: Path) -> None:
    writer, painter = load_editor(qwen), load_editor(write_flux_model(tmp_path / "tiny-flux"))
    both = TwoStageEditor(writer, painter)
    assert (both.info.id, both.info.kind, both.info.paints) == ("tiny-vlm+tiny-flux", "vlm", True)
    options = {"num_inference_steps": 1}
    *_, done = run_edit(both, PICTURE, "make it red", seed=1, options=options)
    assert isinstance(done, EditDone)
    written = drain(writer.encode(PICTURE, "make it red")).expressive_instruction
    *_, alone = run_edit(painter, PICTURE, written, seed=1, options=options)
    assert isinstance(alone, EditDone)
    assert np.array_equal(done.sampled.image, alone.sampled.image)


def test_a_writer_alone_paints_nothing(qwen: Path) -> None:
    editor: Editor = load_editor(qwen)
    assert not editor.info.paints
    with pytest.raises(BadOption, match=r"tiny-vlm only writes; .* as tiny-vlm\+PAINTER"):
        list(run_edit(editor, PICTURE, "make it red", seed=0))
    with pytest.raises(EmptyInstruction):
        drain(editor.encode(PICTURE, " "))
    with pytest.raises(BadOption, match="compose a writer"):
        TwoStageEditor(editor, editor)


def test_placement_and_precision_are_settings_of_loading(qwen: Path) -> None:
    expected = drain(load_editor(qwen).encode(PICTURE, "make it red")).raw_text
    for placement in ("staged", "layered"):
        editor = load_editor(qwen, LoadOptions(device="cpu", placement=placement))
        assert drain(editor.encode(PICTURE, "make it red")).raw_text == expected
    half = load_editor(qwen, LoadOptions(device="cpu", precision="bf16"))
    assert isinstance(drain(half.encode(PICTURE, "make it red")).raw_text, str)


def test_a_question_needs_a_place_for_the_instruction() -> None:
    assert CONCISE_QUESTION.count("{instruction}") == 1
    with pytest.raises(BadOption, match="must hold"):
        VlmConfig(question="what now?")
    with pytest.raises(BadOption, match="choose 1 to 1024"):
        VlmConfig(max_new_tokens=0)


def test_what_is_no_chat_model_is_refused_by_name(qwen: Path, tmp_path: Path) -> None:
    with pytest.raises(BadTokenizer, match=r"config\.json is missing"):
        kind_named("vlm").source_files(tmp_path, CONFIG).tokenizer_files(CONFIG)
    copied = install(tmp_path, "qwen2.5-vl")
    (copied / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(BadCheckpoint, match="describes no chat model that sees"):
        load_network(copied)


def test_pictures_are_prepared_on_pillow_whatever_the_repository_names(tmp_path: Path) -> None:
    """Qwen3-VL's repository names processors on torchvision; its pictures come out as those of Pillow's."""
    folder = install(tmp_path, "qwen3-vl")
    prepared = load_processor(folder).image_processor(images=[PICTURE], return_tensors="pt")
    settings = {
        "size": {"shortest_edge": 256, "longest_edge": 4096},
        "image_mean": [0.5] * 3,
        "image_std": [0.5] * 3,
    }
    own = Qwen2VLImageProcessorPil(patch_size=4, merge_size=2, **settings)(
        images=[PICTURE], return_tensors="pt"
    )
    assert prepared["image_grid_thw"].tolist() == own["image_grid_thw"].tolist() == [[1, 8, 12]]
    torch.testing.assert_close(prepared["pixel_values"], own["pixel_values"])


def test_a_processor_that_only_torchvision_has_is_refused_with_the_command(tmp_path: Path) -> None:
    folder = install(tmp_path, "qwen3-vl")
    (folder / "preprocessor_config.json").write_text('{"image_processor_type": "Llama4ImageProcessorFast"}')
    with pytest.raises(
        BadTokenizer, match="Llama4ImageProcessor, which transformers has on torchvision alone; pip"
    ):
        load_processor(folder)
