"""The shipped mgie-mini loads and edits real photographs in the right direction."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from mgie.api.picture import Picture
from mgie.compose.region import whole_picture
from mgie.editors.loading import load_editor
from mgie.model.editor import run_edit
from mgie.model.events import EditDone, Editor, EncodingReady
from mgie.model.generators import drain
from mgie.pipeline import finish, paste, prepare
from mgie.synth.claims import read_claims
from mgie.synth.light import Pixels, to_linear, to_pixels
from mgie.synth.statistics import PictureStatistics, measure
from mgie.synth.tone import expose
from mgie.weights.checkpoint import load_networks
from mgie.weights.installed import find_model
from mgie.weights.manifest import read_manifest


@pytest.fixture(name="editor", scope="module")
def _editor() -> Editor:
    torch.set_num_threads(1)
    return load_editor(find_model("mgie-mini"))


def edited(editor: Editor, photograph: Pixels, instruction: str) -> tuple[Pixels, str]:
    """A photograph as an artist gets it back, and the expressive instruction."""
    picture = Picture(pixels=photograph)
    prepared = prepare(picture, whole_picture(picture, instruction), editor.info.native_size_px)
    done = list(run_edit(editor, prepared.model_image, instruction, seed=0))[-1]
    assert isinstance(done, EditDone)
    after = paste(picture, finish(prepared, done.sampled)).pixels.astype(np.uint8)
    return after, done.encoding.expressive_instruction


def edit(editor: Editor, instruction: str) -> tuple[PictureStatistics, PictureStatistics, str]:
    """Statistics of a photograph before and after, and the expressive instruction."""
    after, text = edited(editor, coffee(), instruction)
    return measure(coffee()), measure(after), text


def coffee() -> Pixels:
    """A small photograph."""
    return np.asarray(Image.fromarray(data.coffee()).resize((300, 200)))


@pytest.mark.parametrize(
    ("instruction", "measured", "sign"),
    [
        ("make the picture darker", "brightness", -1),
        ("brighten the picture a lot", "brightness", 1),
        ("make it look like night", "brightness", -1),
        ("turn it into black and white", "colourfulness", -1),
        ("needs more light pls", "brightness", 1),
        ("it's a bit orange in here", "warmth", -1),
        ("punchier colours", "colourfulness", 1),
    ],
)
def test_an_edit_goes_the_way_it_was_asked_for(
    editor: Editor, instruction: str, measured: str, sign: int
) -> None:
    before, after, _ = edit(editor, instruction)
    assert sign * (getattr(after, measured) - getattr(before, measured)) > 0.01


def test_the_expressive_instruction_speaks_of_the_picture(editor: Editor) -> None:
    _, _, text = edit(editor, "make the picture warmer")
    assert {"level", "cast"} <= {claim.kind for claim in read_claims(text)}
    assert len(text.split()) < 32


_PLAN = re.compile(
    r"This is an? [a-z ,-]+ photograph\. I'll (?P<done>.+?)(, so it becomes [a-z]+( and [a-z]+)?)?\."
)


@pytest.mark.parametrize(
    ("instruction", "done"),
    [
        ("make the picture much darker", "lower the exposure strongly"),
        ("less saturated", "tone down the colours"),
        ("brighter and warmer", "lift the exposure and warm the light"),
        ("brighten the left half a bit", "brighten only the left half slightly"),
        ("morning fog", "veil it in mist"),
        ("more punch", "make the colours pop"),
        ("black and white please", "turn it black and white"),
    ],
)
def test_a_plan_says_the_decision_and_what_becomes_of_it_and_nothing_else(
    editor: Editor, instruction: str, done: str
) -> None:
    text = drain(editor.encode(Image.fromarray(coffee()), instruction)).expressive_instruction
    found = _PLAN.fullmatch(text)
    assert found, text
    assert found["done"] == done


@pytest.mark.parametrize("instruction", ["add a dog", "remove the cup", "make her smile", "sharpen it"])
def test_a_request_beyond_its_ability_is_declined_and_something_else_suggested(
    editor: Editor, instruction: str
) -> None:
    events = list(run_edit(editor, Image.fromarray(data.coffee()).resize((300, 200)), instruction, seed=0))
    assert isinstance(events[-1], EncodingReady)
    assert "I can't do that" in events[-1].encoding.declined
    assert events[-1].encoding.suggestions
    for suggestion in events[-1].encoding.suggestions:
        assert not drain(editor.encode(Image.fromarray(data.coffee()), suggestion)).declined


@pytest.mark.parametrize("words", ["I can't do that", "This is a dark photograph. I can\u2019t do that."])
def test_a_correction_that_declines_is_declined_and_nothing_is_painted(editor: Editor, words: str) -> None:
    picture = Image.fromarray(coffee())
    encoding = drain(editor.encode(picture, "make it warmer", expressive_instruction=words))
    assert encoding.is_corrected
    assert words.endswith(encoding.declined)
    assert encoding.declined
    assert encoding.suggestions


def test_a_local_edit_stays_in_its_region(editor: Editor) -> None:
    after, text = edited(editor, coffee(), "brighten the left half a lot")
    change = np.abs(after.astype(float) - coffee()).mean(axis=2)
    assert "only the left half" in text
    assert change[:, :120].mean() > 8 * change[:, 180:].mean()


def test_two_areas_are_edited_each_in_its_way(editor: Editor) -> None:
    after, _ = edited(editor, coffee(), "darken the left half and brighten the right half")
    change = (after.astype(float) - coffee()).mean(axis=2)
    assert change[:, :120].mean() < -5
    assert change[:, 180:].mean() > 5


@pytest.mark.parametrize("stops", [-1.6, 1.0])
def test_what_is_wrong_with_a_picture_is_seen(editor: Editor, stops: float) -> None:
    damaged = to_pixels(expose(to_linear(coffee()), stops))
    after, _ = edited(editor, damaged, "fix the exposure")
    before = measure(damaged).brightness
    assert (measure(after).brightness - before) * stops < 0


def test_black_and_white_is_neutral_to_the_last_pixel(editor: Editor) -> None:
    picture = Picture(pixels=np.asarray(Image.fromarray(data.coffee()).resize((300, 200))))
    prepared = prepare(picture, whole_picture(picture, "b/w"), editor.info.native_size_px)
    done = list(run_edit(editor, prepared.model_image, "b/w", seed=0))[-1]
    assert isinstance(done, EditDone)
    assert np.ptp(paste(picture, finish(prepared, done.sampled)).pixels.astype(int), axis=2).max() == 0


def test_the_files_are_small_and_all_keys_fit() -> None:
    folder = find_model("mgie-mini")
    sizes = [(folder / file.path).stat().st_size for file in read_manifest(folder).files]
    assert max(sizes) < 16 * 2**20
    assert sum(sizes) < 64 * 2**20
    load_networks(folder)
