"""A writer and a painter as one editor: the written text is what the painter reads, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from mgie.editors.loading import open_editor
from mgie.errors import BadOption, EmptyInstruction, ModelNotInstalled
from mgie.model.editor import run_edit
from mgie.model.events import EditDone, Editor, EditWarning, InstructionDelta, SampleRequest
from mgie.model.generators import drain
from mgie.model.two_stage_editor import TwoStageEditor
from mgie.weights.checkpoint import save_model
from support.tiny import CONFIGS, TOKENIZER_FILE, tiny_editor, tiny_networks, tiny_picture

OPTIONS = {"num_inference_steps": 2}
PICTURE = tiny_picture()


@pytest.fixture(scope="module")
def writer() -> Editor:
    return tiny_editor("mgie")


@pytest.fixture(scope="module")
def painter() -> Editor:
    return tiny_editor("insp2p")


@pytest.fixture(scope="module")
def composed(writer: Editor, painter: Editor) -> TwoStageEditor:
    return TwoStageEditor(writer, painter)


def test_the_painter_paints_what_the_writer_wrote(
    composed: TwoStageEditor, writer: Editor, painter: Editor
) -> None:
    written = drain(writer.encode(PICTURE, "make it red")).expressive_instruction
    assert written
    *_, done = run_edit(composed, PICTURE, "make it red", seed=4, options=OPTIONS)
    *_, alone = run_edit(painter, PICTURE, written, seed=4, options=OPTIONS)
    assert isinstance(done, EditDone)
    assert isinstance(alone, EditDone)
    assert np.array_equal(done.sampled.image, alone.sampled.image)
    assert (done.encoding.instruction, done.encoding.expressive_instruction) == ("make it red", written)
    assert done.encoding.visual_tokens is None
    *_, plain = run_edit(painter, PICTURE, "make it red", seed=4, options=OPTIONS)
    assert isinstance(plain, EditDone)
    assert not np.array_equal(done.sampled.image, plain.sampled.image)


def test_its_events_are_those_of_the_writer(composed: TwoStageEditor, writer: Editor) -> None:
    for_writer: list[InstructionDelta | EditWarning] = []
    for_both: list[InstructionDelta | EditWarning] = []
    expected = drain(writer.encode(PICTURE, "make it red"), for_writer.append)
    encoding = drain(composed.encode(PICTURE, "make it red"), for_both.append)
    assert for_both == for_writer
    assert (encoding.raw_text, encoding.warning) == (expected.raw_text, expected.warning)


def test_a_corrected_text_goes_to_the_painter_alone(composed: TwoStageEditor, painter: Editor) -> None:
    events: list[InstructionDelta | EditWarning] = []
    corrected = composed.encode(PICTURE, "make it red", expressive_instruction=" Red walls. ")
    encoding = drain(corrected, events.append)
    assert events == [InstructionDelta(text="Red walls.")]
    assert encoding.is_corrected
    assert torch.equal(encoding.edit_embeds, drain(painter.encode(PICTURE, "Red walls.")).edit_embeds)


def test_without_a_word_of_the_writer_the_instruction_itself_is_painted(
    composed: TwoStageEditor, painter: Editor
) -> None:
    encoding = drain(composed.encode(PICTURE, "make it red", expressive_instruction=" "))
    assert encoding.expressive_instruction == ""
    assert torch.equal(encoding.edit_embeds, drain(painter.encode(PICTURE, "make it red")).edit_embeds)


def test_an_empty_instruction_is_refused(composed: TwoStageEditor) -> None:
    with pytest.raises(EmptyInstruction):
        drain(composed.encode(PICTURE, "  "))


def test_painting_and_previews_are_the_painters(composed: TwoStageEditor, painter: Editor) -> None:
    encoding = drain(composed.encode(PICTURE, "make it red"))
    request = SampleRequest(image=PICTURE, encoding=encoding, seed=0)
    steps = []
    drain(composed.sample([request], OPTIONS), steps.append)
    denoised = steps[-1].denoised
    assert np.array_equal(composed.preview(denoised), painter.preview(denoised))
    assert np.array_equal(composed.decode(denoised), painter.decode(denoised))
    assert np.array_equal(composed.round_trip(PICTURE), painter.round_trip(PICTURE))


def test_memory_is_saved_in_both() -> None:
    def num_savings(editor: Editor) -> int:
        return next(count for count in range(10) if not editor.use_less_memory())

    alone = [num_savings(tiny_editor("mgie")), num_savings(tiny_editor("insp2p"))]
    assert min(alone) > 0
    assert num_savings(TwoStageEditor(tiny_editor("mgie"), tiny_editor("insp2p"))) == sum(alone)


def test_it_tells_of_both(composed: TwoStageEditor, writer: Editor, painter: Editor) -> None:
    info = composed.info
    assert (info.id, info.kind) == ("tiny-mgie+tiny-insp2p", "mgie")
    assert info.digest not in (writer.info.digest, painter.info.digest)
    assert info.native_size_px == painter.info.native_size_px
    assert info.license == "Apache-2.0"


@pytest.mark.parametrize(("first", "second"), [("insp2p", "mgie"), ("mgie", "mgie"), ("insp2p", "insp2p")])
def test_only_a_writer_and_a_painter_go_together(
    first: str, second: str, writer: Editor, painter: Editor
) -> None:
    editors = {"mgie": writer, "insp2p": painter}
    with pytest.raises(BadOption, match=r"compose a writer .* and a painter"):
        TwoStageEditor(editors[first], editors[second])


def test_two_models_are_opened_by_their_names(tmp_path: Path) -> None:
    for kind in ("lgie", "insp2p"):
        save_model(
            tmp_path / kind,
            CONFIGS[kind],
            tiny_networks(kind),
            tokenizer_files=[TOKENIZER_FILE],
            name=kind,
            license=f"licence-of-{kind}",
            source="test",
        )
    both = open_editor("lgie+insp2p", models_dir=tmp_path)
    assert (both.info.id, both.info.kind) == ("lgie+insp2p", "lgie")
    assert both.info.license == "licence-of-insp2p AND licence-of-lgie"
    assert open_editor("lgie", models_dir=tmp_path).info.id == "lgie"
    (tmp_path / "lgie").rename(tmp_path / "a+b")  # a folder's name may hold a plus
    assert open_editor(str(tmp_path / "a+b")).info.id == "lgie"
    with pytest.raises(ModelNotInstalled, match="'nobody'"):
        open_editor("lgie+nobody", models_dir=tmp_path)
