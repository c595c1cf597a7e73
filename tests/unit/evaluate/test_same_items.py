"""A data set that changed after a run is noticed: old pictures are never judged by new goals."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from mgie.errors import BadData
from mgie.evaluate.datasets.catalogue import DatasetSpec
from mgie.evaluate.reporting.sheet import plot_sheet
from mgie.evaluate.reporting.table import layout_of_runs, make_table
from mgie.evaluate.runs.config import RunConfig
from mgie.evaluate.runs.perform import perform
from mgie.evaluate.scoring.score_files import read_scored, score_run
from mgie.evaluate.study.design import make_study
from support.eval_datasets import write_dataset


def run(data: Path, folder: Path, label: str = "copy") -> Path:
    """The copied input on EVR's miniature: items 0 to 2 of one pair, item 3 of another."""
    config = RunConfig(
        label=label, dataset=DatasetSpec(name="evr", path=str(data)), editor="copy", size_px=64
    )
    deque(perform(config, folder), maxlen=0)
    return folder


def score(folder: Path) -> None:
    """The pixel distances."""
    deque(score_run(folder, ["pixels"]), maxlen=0)


def _other_goal(data: Path) -> None:
    with Image.open(data / "images" / "b.jpg") as image:
        turned = image.rotate(180)
    turned.save(data / "images" / "b.jpg")


def _other_words(data: Path) -> None:
    entries = json.loads((data / "test.json").read_text())
    entries[0]["sents"][1] = "something else"
    (data / "test.json").write_text(json.dumps(entries))


def _lost_input(data: Path) -> None:
    (data / "images" / "a.jpg").unlink()


def _fewer(data: Path) -> None:
    (data / "test.json").write_text(json.dumps(json.loads((data / "test.json").read_text())[1:]))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_other_goal, r"item 0 .* is not what it was: the data set has changed since .*run"),
        (_other_words, r"item 1 .* is not what it was"),
        (_lost_input, r"item 0 .* cannot be read any more"),
        (_fewer, r"is not what it was"),
    ],
)
def test_what_changed_after_the_run_is_not_scored(
    change: Callable[[Path], None], sentence: str, tmp_path: Path
) -> None:
    data = write_dataset("evr", tmp_path / "data")
    folder = run(data, tmp_path / "run")
    score(folder)
    (folder / "scores" / "pixels.jsonl").unlink()
    change(data)
    with pytest.raises(BadData, match=sentence):
        score(folder)


def test_pictures_saved_anew_without_a_change_are_the_same(tmp_path: Path) -> None:
    data = write_dataset("evr", tmp_path / "data")
    folder = run(data, tmp_path / "run")
    for path in (data / "images").iterdir():
        with Image.open(path) as image:
            image.copy().save(path, "PNG")  # the pixels are what counts
    score(folder)
    assert len(read_scored(folder).numbers) == 4


def test_runs_of_different_states_do_not_share_a_table_or_a_study(tmp_path: Path) -> None:
    data = write_dataset("evr", tmp_path / "data")
    old = run(data, tmp_path / "old", "old")
    score(old)
    _other_goal(data)
    new = run(data, tmp_path / "new", "new")
    score(new)
    scored = [read_scored(folder) for folder in (old, new)]
    with pytest.raises(BadData, match=r"old and .*new edited different items: evr changed in between"):
        make_table(scored, layout_of_runs(scored, ["l1"]))
    with pytest.raises(BadData, match=r"since .*old was run"):
        plot_sheet(scored, [0], tmp_path / "sheet.png")
    with pytest.raises(BadData, match=r"since .*old was run"):
        make_study([old, new], tmp_path / "study", num_items=1)
