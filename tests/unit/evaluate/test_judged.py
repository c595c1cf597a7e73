"""Requests in people's words: what is right, what is the opposite, and how it is told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from mgie.cli.evaluate import evaluate
from mgie.evaluate.judged import NUM_PHOTOS, Verdict, judge_editor, judged_cases, judged_photos
from mgie.evaluate.judged_report import judged_json, judged_markdown
from mgie.evaluate.verdicts import damaged, is_opposite, is_right
from mgie.synth import tone
from mgie.synth.light import to_linear, to_pixels
from support.synthetic_photos import photo, write_photos
from support.tiny import tiny_editor

PHOTO = photo(3)
BRIGHTER = to_pixels(to_linear(PHOTO) * 1.5)
GRAY = to_pixels(tone.monochrome(to_linear(PHOTO)))


def edited(change, *arguments: float):  # any change of `tone`
    """The photograph after a change."""
    return to_pixels(change(to_linear(PHOTO), *arguments))


@pytest.mark.parametrize(
    ("expected", "after"),
    [
        ("B+", BRIGHTER),
        ("C+", edited(tone.contrast, 1.0)),
        ("S+", edited(tone.saturate, 1.6)),
        ("S-", edited(tone.saturate, 0.5)),
        ("W+", edited(tone.warm, 1.0)),
        ("G-", edited(tone.tint, 1.0)),
        ("SH+", edited(tone.shadows, 1.0)),
        ("HI-", edited(tone.highlights, -1.0)),
        ("BW", GRAY),
        ("SEP", edited(tone.sepia)),
        ("B-|B+", BRIGHTER),
        ("NC", PHOTO),
    ],
)
def test_the_change_that_was_asked_for_is_right(expected: str, after: np.ndarray) -> None:
    assert is_right(expected, PHOTO, after)
    assert not is_opposite(expected, PHOTO, after)


def test_the_other_way_is_the_opposite() -> None:
    for expected in ("B-", "B-&S+"):
        assert not is_right(expected, PHOTO, BRIGHTER)
        assert is_opposite(expected, PHOTO, BRIGHTER)
    assert not is_opposite("B-|B+", PHOTO, BRIGHTER)


def test_a_drained_picture_is_wrong_unless_paleness_was_asked_for() -> None:
    drained = to_pixels(to_linear(GRAY) * 1.6)
    assert not is_right("B+", PHOTO, drained)
    assert is_right("B+|S-", PHOTO, drained)


def test_one_changed_value_is_a_change() -> None:
    touched = PHOTO.copy()
    touched[0, 0, 0] ^= 1
    assert not is_right("NC", PHOTO, touched)


@pytest.mark.parametrize(
    "kind", ["dark", "bright", "blue", "yellow", "green", "magenta", "flat", "harsh", "haze", "pale", "gaudy"]
)
def test_every_damage_shows(kind: str) -> None:
    assert np.abs(damaged(PHOTO, kind).astype(int) - PHOTO).mean() > 3
    assert np.array_equal(damaged(PHOTO, ""), PHOTO)


def test_cases_are_every_request_on_every_photograph(tmp_path: Path) -> None:
    photos = judged_photos(write_photos(tmp_path, 5, 32), "all")
    assert len(photos) == NUM_PHOTOS
    cases = judged_cases(photos)
    assert len(cases) % NUM_PHOTOS == 0
    assert len({case.text for case in cases}) * NUM_PHOTOS == len(cases)


def test_verdicts_become_tables_and_numbers(tmp_path: Path) -> None:
    cases = judged_cases(judged_photos(write_photos(tmp_path, 3, 32), "all"))
    chosen = [cases[0], next(case for case in cases if case.expected == "NC")]
    verdicts: list[Verdict] = list(judge_editor(tiny_editor(), chosen))
    text = judged_markdown({"tiny": verdicts})
    assert "| tiny |" in text
    assert f"| {chosen[0].kind} |" in text
    numbers = json.loads(json.dumps(judged_json(verdicts)))
    assert (numbers["within"], numbers["beyond"]) == (1, 1)
    assert [answer["text"] for answer in numbers["answers"]] == [case.text for case in chosen]


def test_a_contact_sheet_shows_every_edit(tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos", 30, 32)
    sheet = tmp_path / "sheet.jpg"
    arguments = ["--photos", str(photos), "--model", "mgie-mini", "--count", "2", str(sheet)]
    outcome = CliRunner().invoke(evaluate, ["sheet", *arguments])
    assert outcome.exit_code == 0, outcome.output
    with Image.open(sheet) as picture:
        assert picture.width > 1000
