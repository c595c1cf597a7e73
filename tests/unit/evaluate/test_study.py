"""The human study: drawn blind, in an order of each rater's own, counted with intervals and agreement."""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from mgie.cli.evaluate import evaluate
from mgie.errors import BadData, BadOption
from mgie.evaluate.datasets.catalogue import DatasetSpec
from mgie.evaluate.runs.config import RunConfig
from mgie.evaluate.runs.perform import perform
from mgie.evaluate.study.agreement import krippendorff_alpha
from mgie.evaluate.study.design import make_study
from mgie.evaluate.study.files import (
    Answers,
    Study,
    Trial,
    append_rating,
    order_for,
    ratings_path,
    read_key,
    read_ratings,
    read_study,
)
from mgie.evaluate.study.outcome import as_csv, read_outcome
from support.eval_datasets import write_dataset

GAP = float("nan")
# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), example C: four observers, twelve units.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, GAP, GAP, GAP],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, GAP, 3],
        [GAP, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, GAP],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, GAP],
    ]
)


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_is_that_of_the_published_example(level: str, published: float) -> None:
    assert krippendorff_alpha(OBSERVERS, level) == pytest.approx(published, abs=0.0006)


def test_alpha_of_raters_who_agree_is_one_and_of_a_single_rater_none() -> None:
    same = np.array([[1.0, 2.0, 3.0]] * 2)
    assert krippendorff_alpha(same, "ordinal") == 1
    assert np.isnan(krippendorff_alpha(same[:1], "ordinal"))


@pytest.fixture(name="runs")
def _runs(tmp_path: Path, tiny_model: Path) -> list[Path]:
    """Two systems on two data sets, of which one writes."""
    folders: list[Path] = []
    for name in ("evr", "magicbrush"):
        data = write_dataset(name, tmp_path / name)
        spec = DatasetSpec(name=name, path=str(data), split="test")
        for label, editor in (("doing nothing", "copy"), ("tiny", str(tiny_model))):
            config = RunConfig(
                label=label, dataset=spec, editor=editor, size_px=64, num_inference_steps=1, batch_size=2
            )
            folders.append(tmp_path / "runs" / f"{name}-{label}")
            deque(perform(config, folders[-1]), maxlen=0)
    return folders


def answer(trial: Trial, key: tuple[str, ...], first: str) -> Answers:
    """Everything for one system: the first place everywhere, and a practical text without inventions."""
    places = tuple(1 if system == first else 2 for system in key)
    texts = [tuple(yes if each.text else None for each in trial.candidates) for yes in (1, 0)]
    return {
        "following": places,
        "goal": places,
        "quality": places,
        "practical": texts[0],
        "hallucinated": texts[1],
    }


def test_a_study_is_blind_and_its_outcome_names_the_systems(runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "study"
    command = ["study", "make", *map(str, runs), "--out", str(out), "--items", "3"]
    assert "6 trials for 3 raters" in CliRunner().invoke(evaluate, command, catch_exceptions=False).output
    study, key = read_study(out), read_key(out)
    shown = (out / "study.json").read_text() + " ".join(path.name for path in (out / "pictures").iterdir())
    assert "doing nothing" not in shown
    assert "tiny" not in shown
    for rater, favourite in (("anna", "tiny"), ("ben", "tiny"), ("cleo", "doing nothing")):
        for trial in study.trials:
            append_rating(out, rater, trial.name, answer(trial, key[trial.name], favourite))
    outcome = read_outcome(out)
    bars = {(bar.question, bar.dataset, bar.system): bar for bar in outcome.bars}
    assert bars["following", "all", "tiny"].mean == pytest.approx((2 + 2 + 1) / 3)
    assert bars["following", "magicbrush", "doing nothing"].num_items == 3
    assert bars["practical", "all", "tiny"].mean == 100
    assert ("practical", "all", "doing nothing") not in bars
    assert outcome.alphas["following"] < 0.1  # one of three always disagrees
    command = ["study", "report", str(out), "--csv", str(out / "o.csv"), "--plot", str(out / "o.png")]
    printed = CliRunner().invoke(evaluate, command, catch_exceptions=False).output
    assert "| tiny | all | 1.67" in printed
    assert "anna 6, ben 6, cleo 6; 3 raters are wanted" in printed
    assert (out / "o.csv").read_text() == as_csv(outcome)
    assert (out / "o.png").stat().st_size > 1000


def test_unfinished_trials_do_not_count(runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "study"
    study = make_study(runs, out, num_items=2)
    first, second = study.trials[:2]
    whole = answer(first, read_key(out)[first.name], "tiny")
    append_rating(out, "anna", second.name, {**whole, "quality": (1, 1)})  # a tie
    with pytest.raises(BadData, match="nobody has rated"):
        read_outcome(out)
    append_rating(out, "anna", first.name, whole)
    with ratings_path(out, "anna").open("a") as file:
        file.write('{"trial": "cut off by a ki')
    assert read_outcome(out).num_done == {"anna": 1}


def test_the_latest_answer_of_a_trial_counts(tmp_path: Path) -> None:
    append_rating(tmp_path, "anna", "evr-1", {"quality": (1, 2)})
    append_rating(tmp_path, "anna", "evr-1", {"quality": (2, 1)})
    assert read_ratings(tmp_path, "anna") == {"evr-1": {"quality": (2, 1)}}
    with pytest.raises(BadOption, match="letters and digits"):
        read_ratings(tmp_path, "../anna")


def test_every_rater_has_an_order_of_their_own_that_stays(runs: list[Path], tmp_path: Path) -> None:
    study: Study = make_study(runs, tmp_path / "study", num_items=3)
    names = {rater: [shown.trial.name for shown in order_for(study, rater)] for rater in ("anna", "ben")}
    assert names["anna"] != names["ben"]
    assert sorted(names["anna"]) == sorted(names["ben"])
    assert order_for(study, "anna") == order_for(study, "anna")
    assert {shown.places for shown in order_for(study, "anna")} == {(0, 1), (1, 0)}


def test_runs_that_cannot_be_compared_are_refused(runs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="the same two or more systems"):
        make_study(runs[:3], tmp_path / "a")
    with pytest.raises(BadOption, match=r"only 4 items of evr are answered by all; 25 are wanted"):
        make_study(runs, tmp_path / "b")
    (tmp_path / "study.json").write_text(json.dumps({"format": 9}))
    with pytest.raises(BadData, match="no study of format 1"):
        read_study(tmp_path)
