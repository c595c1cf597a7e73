"""Words are kept for what they were made from: the picture, its references, the instruction and the text."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from PIL import Image

from mgie.model.generators import drain
from mgie.server.lane import WorkItem
from mgie.server.steering import Wishes
from mgie.server.words import Encodings, WordsStage
from mgie.server.words_ahead import WordsAhead
from support.gain_editor import GainEditor
from support.tiny import tiny_picture

PICTURE, FIRST, SECOND = (tiny_picture(64, 64, seed=seed) for seed in (1, 2, 3))


def item(*references: Image.Image) -> WorkItem:
    return WorkItem(
        edit="e",
        overview=PICTURE,
        tiles=(PICTURE,),
        references=references,
        instruction="make it red",
        options={},
        seeds=((0, 1),),
    )


def test_an_edit_with_other_references_has_words_of_its_own() -> None:
    editor = GainEditor()
    encodings: Encodings = OrderedDict()
    stage = WordsStage(editor, encodings, WordsAhead())
    for asked, expected in (
        (item(), 1),
        (item(), 1),
        (item(FIRST), 2),
        (item(SECOND), 3),
        (item(FIRST, SECOND), 4),
        (item(SECOND, FIRST), 5),
        (item(FIRST), 5),
        (replace(item(FIRST), instruction="make it blue"), 6),
    ):
        drain(stage.run(asked, Wishes()))
        assert editor.num_encodings == expected
