"""Whole edits: their events, their batches, their seeds, and what they refuse."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from mgie.api.options import Options
from mgie.errors import BadImage, BadOption, EmptyInstruction
from mgie.model.editor import run_edit
from mgie.model.events import (
    EditDone,
    Editor,
    EditorKind,
    EditWarning,
    Encoding,
    EncodingReady,
    InstructionDelta,
    Sampled,
    SampleRequest,
    Step,
)
from mgie.model.generators import drain
from support.tiny import tiny_editor, tiny_picture

KINDS: list[EditorKind] = ["mgie", "lgie", "insp2p"]
OPTIONS = {"num_inference_steps": 2}


@pytest.fixture(scope="module", params=KINDS)
def editor(request: pytest.FixtureRequest) -> Editor:
    return tiny_editor(request.param)


@pytest.fixture(scope="module")
def mgie() -> Editor:
    return tiny_editor("mgie")


def encode(editor: Editor, image: Image.Image, instruction: str = "make it red") -> Encoding:
    return drain(editor.encode(image, instruction))


def sample(editor: Editor, *requests: SampleRequest, options: Options = OPTIONS) -> list[Sampled]:
    return drain(editor.sample(requests, options))


def test_an_edit_tells_its_story_in_order(editor: Editor) -> None:
    picture = tiny_picture(70, 45)
    *events, done = run_edit(editor, picture, "make it red", seed=3, options=OPTIONS)
    kinds = [type(event) for event in events]
    ready = kinds.index(EncodingReady)
    assert set(kinds[:ready]) <= {InstructionDelta, EditWarning}
    assert kinds[ready + 1 :] == [Step, Step]
    assert [event.index for event in events[ready + 1 :]] == [1, 2]
    assert isinstance(done, EditDone)
    assert done.seed == 3
    assert done.sampled.image.shape == done.sampled.round_trip.shape == (40, 64, 3)
    assert done.sampled.image.dtype == np.float32
    assert done.sampled.image.min() >= 0
    assert done.sampled.image.max() <= 1
    encoding = events[ready].encoding
    assert encoding.edit_embeds.shape == encoding.negative_embeds.shape == (1, 77, 48)
    text = "".join(event.text for event in events if isinstance(event, InstructionDelta))
    assert encoding.expressive_instruction == text


def test_a_models_own_defaults_are_used(editor: Editor) -> None:
    steps = [e for e in run_edit(editor, tiny_picture(16, 16), "red", seed=0) if isinstance(e, Step)]
    assert len(steps) == editor.info.default("num_inference_steps") == 4


def test_a_batch_paints_what_each_edit_paints_alone(editor: Editor) -> None:
    first, second = tiny_picture(32, 24), tiny_picture(32, 24, seed=5)
    requests = [
        SampleRequest(image=first, encoding=encode(editor, first), seed=1),
        SampleRequest(image=second, encoding=encode(editor, second, "remove the text"), seed=2),
        SampleRequest(image=first, encoding=encode(editor, first), seed=3),
    ]
    together = sample(editor, *requests)
    for request, painted in zip(requests, together, strict=True):
        (alone,) = sample(editor, request)
        np.testing.assert_allclose(painted.image, alone.image, atol=2e-3)
        np.testing.assert_array_equal(painted.round_trip, alone.round_trip)
    assert np.abs(together[0].image - together[2].image).max() > 0.01  # seeds differ


def test_the_same_seed_paints_the_same_bits(editor: Editor) -> None:
    request = SampleRequest(image=tiny_picture(), encoding=encode(editor, tiny_picture()), seed=7)
    (once,), (again,) = sample(editor, request), sample(editor, request)
    assert np.array_equal(once.image, again.image)


PROCESS = """
import hashlib, torch
torch.set_num_threads(1)
from mgie.model.editor import run_edit
from support.tiny import tiny_editor, tiny_picture
*_, done = run_edit(tiny_editor(), tiny_picture(), "make it red", seed=11)
print(hashlib.sha256(done.sampled.image.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_two_processes_paint_the_same_bits() -> None:
    path = {"PYTHONPATH": ":".join(sys.path), "PATH": ""}
    runs = [
        subprocess.Popen([sys.executable, "-c", PROCESS], env=path, stdout=subprocess.PIPE) for _ in range(2)
    ]
    first, second = (process.communicate()[0] for process in runs)
    assert len(first) == 65
    assert first == second


def test_a_corrected_text_is_read_instead_of_written(mgie: Editor) -> None:
    events: list[object] = []
    picture = tiny_picture()
    for event in run_edit(
        mgie, picture, "make it red", seed=0, options=OPTIONS, expressive_instruction="Red sky."
    ):
        events.append(event)
    assert events[0] == InstructionDelta(text="Red sky.")
    encoding = events[1].encoding
    assert encoding.is_corrected
    assert encoding.expressive_instruction == encoding.raw_text == "Red sky."
    assert encoding.visual_tokens.shape == (1, 8, 64)
    other = drain(mgie.encode(picture, "make it red", expressive_instruction="Blue cup."))
    assert not torch.allclose(encoding.edit_embeds, other.edit_embeds)
    assert torch.equal(encoding.negative_embeds, other.negative_embeds)


def test_an_empty_correction_is_allowed(mgie: Editor) -> None:
    encoding = drain(mgie.encode(tiny_picture(), "make it red", expressive_instruction="  "))
    assert encoding.expressive_instruction == ""


def test_an_unfinished_answer_is_reported(mgie: Editor) -> None:
    """The tiny model never writes a visual token on its own."""
    events = list(mgie.encode(tiny_picture(), "make it red"))
    assert [event.reason for event in events if isinstance(event, EditWarning)] == ["VISUAL_TOKENS_FALLBACK"]


def test_an_encoding_carries_its_warning_along(mgie: Editor) -> None:
    encoding = drain(mgie.encode(tiny_picture(), "make it red"))
    assert encoding.warning is not None
    assert encoding.warning.reason == "VISUAL_TOKENS_FALLBACK"


def test_the_picture_matters_to_mgie_and_not_to_lgie(mgie: Editor) -> None:
    lgie = tiny_editor("lgie")
    first, second = tiny_picture(), tiny_picture(seed=9)
    assert not torch.allclose(encode(mgie, first).edit_embeds, encode(mgie, second).edit_embeds)
    assert torch.equal(encode(lgie, first).edit_embeds, encode(lgie, second).edit_embeds)


def test_insp2p_writes_no_text_and_takes_no_correction() -> None:
    editor = tiny_editor("insp2p")
    encoding = encode(editor, tiny_picture())
    assert encoding.visual_tokens is None
    assert encoding.expressive_instruction == ""
    with pytest.raises(BadOption, match="none to correct"):
        drain(editor.encode(tiny_picture(), "red", expressive_instruction="Red."))


def test_previews_are_small_and_decoding_is_whole(editor: Editor) -> None:
    picture = tiny_picture(48, 32)
    request = SampleRequest(image=picture, encoding=encode(editor, picture), seed=1)
    steps = list(editor.sample([request], OPTIONS))
    assert [image.shape for image in editor.preview(steps[0].denoised)] == [(4, 6, 3)]
    (decoded,) = editor.decode(steps[-1].denoised)
    (painted,) = sample(editor, request)
    np.testing.assert_allclose(decoded, painted.image, atol=1e-4)
    np.testing.assert_array_equal(editor.round_trip(picture), painted.round_trip)


def test_closing_an_edit_leaves_the_editor_usable(mgie: Editor) -> None:
    edit = run_edit(mgie, tiny_picture(), "make it red", seed=0)
    while not isinstance(next(edit), Step):
        pass
    edit.close()
    assert torch.is_grad_enabled()
    *_, done = run_edit(mgie, tiny_picture(), "make it red", seed=0, options=OPTIONS)
    assert isinstance(done, EditDone)


def test_two_edits_may_take_turns(mgie: Editor) -> None:
    picture = tiny_picture()
    encodings = [encode(mgie, picture, text) for text in ("make it red", "remove the text")]
    requests = [SampleRequest(image=picture, encoding=e, seed=i) for i, e in enumerate(encodings)]
    runs = dict(enumerate(mgie.sample([request], OPTIONS) for request in requests))
    painted: dict[int, Sampled] = {}
    while runs:
        for index, run in list(runs.items()):
            try:
                next(run)
            except StopIteration as stop:
                (painted[index],) = stop.value
                del runs[index]
    for index, request in enumerate(requests):
        assert np.array_equal(painted[index].image, sample(mgie, request)[0].image)


def test_what_cannot_be_edited_is_refused(editor: Editor) -> None:
    picture = tiny_picture()
    with pytest.raises(EmptyInstruction):
        drain(editor.encode(picture, "  "))
    with pytest.raises(BadOption, match="at least one request"):
        sample(editor)
    encoding = encode(editor, picture)
    requests = [SampleRequest(image=tiny_picture(w, 16), encoding=encoding, seed=0) for w in (16, 24)]
    with pytest.raises(BadImage, match="must have one size"):
        sample(editor, *requests)
    with pytest.raises(BadImage, match="too small"):
        sample(editor, SampleRequest(image=tiny_picture(5, 50), encoding=encoding, seed=0))


def test_any_mode_and_shape_of_picture_is_seen(mgie: Editor) -> None:
    for picture in (tiny_picture(8, 900), tiny_picture(33, 17).convert("L"), Image.new("RGBA", (9, 9))):
        assert encode(mgie, picture).edit_embeds.isfinite().all()
