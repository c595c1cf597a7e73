"""From photographs to scores: cases, answers, judgement, tables."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from mgie.cli.evaluate import evaluate
from mgie.evaluate.answers import Answer, Way, answer_cases, copy_input
from mgie.evaluate.cases import Case, cases_of, make_cases
from mgie.evaluate.report import as_json, markdown, plot, subsets
from mgie.evaluate.scores import CaseScore, is_direction_right, mean, score, spill, summarise
from mgie.synth.operations import by_name
from support.synthetic_photos import write_photos
from support.tiny import tiny_editor


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photos(tmp_path_factory.mktemp("photos"), 4, 64)


@pytest.fixture(name="cases", scope="module")
def _cases(folder: Path) -> list[Case]:
    return make_cases(folder, per_operation=1, size_px=64, split="all")


def perfect(cases: list[Case]) -> list[CaseScore]:
    """Scores of answers that hit every goal."""
    return [score(case, Answer(picture=case.goal, expressive_instruction="")) for case in cases]


def copied(cases: list[Case]) -> list[CaseScore]:
    """Scores of the untouched input."""
    return [score(case, answer) for case, answer in zip(cases, copy_input(cases), strict=True)]


def test_there_is_a_case_for_every_request(cases: list[Case]) -> None:
    assert [case.name for case in cases] == list(by_name())


def test_cases_are_the_same_in_every_run(tmp_path: Path) -> None:
    folder = write_photos(tmp_path, 3, 32)
    first, second = (make_cases(folder, per_operation=1, size_px=32, split="all") for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert one.pair.instruction == other.pair.instruction
        assert np.array_equal(one.goal, other.goal)


def test_beyond_the_ability_the_goal_is_the_unchanged_picture(cases: list[Case]) -> None:
    for case in cases_of(cases, is_within=False):
        assert np.array_equal(case.goal, case.pair.input)


def test_hitting_every_goal_scores_full_marks(cases: list[Case]) -> None:
    summary = summarise(perfect(cases_of(cases, is_within=True)))
    assert summary.ratio.value == 0
    assert summary.halved.value == 1
    assert summary.direction.value == 1


def test_copying_the_input_makes_no_progress(cases: list[Case]) -> None:
    summary = summarise(copied(cases_of(cases, is_within=True)))
    assert summary.ratio.value == pytest.approx(1)
    assert summary.halved.value == 0
    assert summary.direction.value == 0
    assert summary.unchanged.value == 1


def test_the_opposite_change_goes_the_wrong_way(cases: list[Case]) -> None:
    darken = next(case for case in cases if case.name == "darken")
    brighter = Answer(picture=255 - (255 - darken.pair.input) // 2, expressive_instruction="")
    assert is_direction_right(darken, brighter) is False


def test_what_spills_out_of_a_region_is_measured(cases: list[Case]) -> None:
    """The goal keeps inside; a change of the whole picture does not; other edits have no region."""
    scores: list[CaseScore] = []
    for case in (case for case in cases if case.mask is not None):
        assert case.family == "local"
        before, mask = case.pair.input, case.mask
        if mask is None or mask.all() or not mask.any():
            continue
        aimed = np.where(mask[..., None], 255 - before, before)
        for picture in (aimed, 255 - before, before):
            scores.append(score(case, Answer(picture=picture, expressive_instruction="")))
        assert spill(case, Answer(picture=case.goal, expressive_instruction="")) in (0, None)
    assert {each.spill for each in scores[0::3]} == {0}
    assert all(each.spill is not None and each.spill > 0.25 for each in scores[1::3])
    assert {each.spill for each in scores[2::3]} == {None}
    assert summarise(scores).contained.value == 0.5
    brighten = next(case for case in cases if case.name == "brighten")
    assert spill(brighten, Answer(picture=brighten.goal, expressive_instruction="")) is None


def test_true_and_false_claims_are_counted(cases: list[Case]) -> None:
    darken = next(case for case in cases if case.name == "darken")
    truth = darken.pair.expressive_instruction
    judged = score(darken, Answer(picture=darken.goal, expressive_instruction=truth))
    assert judged.num_true == judged.num_claims > 0
    words = "I do it, so it becomes brighter."
    lie = score(darken, Answer(picture=darken.goal, expressive_instruction=words))
    assert (lie.num_true, lie.num_claims) == (0, 1)


def test_mean_and_standard_error() -> None:
    result = mean([1.0, 2.0, 3.0])
    assert result == (2.0, pytest.approx(1 / math.sqrt(3)), 3)
    assert mean([]).size == 0


def test_a_model_answers_every_case_at_the_photographs_size(cases: list[Case]) -> None:
    editor = tiny_editor()
    answers = list(answer_cases(editor, cases[:2], {"num_inference_steps": 1}))
    assert [answer.picture.shape for answer in answers] == [(64, 64, 3)] * 2
    assert all(answer.expressive_instruction for answer in answers)


def test_a_told_model_paints_by_the_true_plan(cases: list[Case]) -> None:
    editor, options = tiny_editor(), {"num_inference_steps": 1}
    chosen = cases_of(cases, is_within=True)[:2]
    told = list(answer_cases(editor, chosen, options, way="told"))
    asked = list(answer_cases(editor, chosen, options))
    assert [answer.expressive_instruction for answer in told] == [
        case.pair.expressive_instruction for case in chosen
    ]
    for one, other in zip(told, asked, strict=True):
        assert one.expressive_instruction != other.expressive_instruction
        assert not np.array_equal(one.picture, other.picture)


def test_a_blind_model_writes_the_same_of_every_picture(cases: list[Case]) -> None:
    """And paints the photograph all the same."""
    editor, options = tiny_editor(), {"num_inference_steps": 1}
    chosen = cases_of(cases, is_within=True)
    first = replace(chosen[0], pair=replace(chosen[0].pair, instruction="warmer"))
    second = replace(chosen[1], pair=replace(chosen[1].pair, instruction="warmer"))
    assert not np.array_equal(first.pair.input, second.pair.input)
    ways: tuple[Way, Way] = ("blind", "asked")
    for way in ways:
        answers = list(answer_cases(editor, [first, second], options, way=way))
        texts = {answer.expressive_instruction for answer in answers}
        assert (len(texts) == 1) == (way == "blind")
        assert not np.array_equal(answers[0].picture, answers[1].picture)


def test_several_systems_are_tested_in_pairs(cases: list[Case]) -> None:
    half = [replace(each, distances=each.distances._replace(l1=each.input_l1 / 2)) for each in copied(cases)]
    text = markdown({"copy-input": copied(cases), "good": perfect(cases), "half": half})
    head = next(line for line in text.splitlines() if line.startswith("| system |"))
    assert head.endswith("| p against good |")
    rows = {line.split("|")[1].strip(): line.split("|")[-2].strip() for line in text.splitlines()[4:7]}
    assert rows["good"] == rows["copy-input"] == "-"
    assert float(rows["half"]) < 0.001
    alone = markdown({"copy-input": copied(cases), "good": perfect(cases)})
    assert "p against" not in alone


def test_an_unknown_way_is_refused(tmp_path: Path) -> None:
    photos = write_photos(tmp_path, 2, 32)
    command = ["mini", "--photos", str(photos), "--no-judged", "--all-photos", "--ways", "asked,deaf"]
    result = CliRunner().invoke(evaluate, command)
    assert "'deaf' is no way to ask; choose asked, told, blind" in str(result.exception)


def test_single_families_have_the_same_cases_as_all_together(cases: list[Case], folder: Path) -> None:
    repairs = make_cases(folder, per_operation=1, families=["repair"], size_px=64, split="all")
    same = [case for case in cases if case.family == "repair"]
    assert [case.pair.instruction for case in repairs] == [case.pair.instruction for case in same]
    assert all(
        np.array_equal(one.pair.goal, other.pair.goal) for one, other in zip(repairs, same, strict=True)
    )
    command = ["mini", "--photos", str(folder), "--no-judged", "--all-photos", "--families", "repair,art"]
    result = CliRunner().invoke(evaluate, command)
    assert "'art' is no family of operations; choose global" in str(result.exception)


def test_tables_plot_and_json_hold_every_system_and_operation(cases: list[Case], tmp_path: Path) -> None:
    scores = {"copy-input": copied(cases), "perfect": perfect(cases)}
    text = markdown(scores)
    assert "| perfect |" in text
    assert all(f"| {name} |" in text for name in by_name())
    values = json.loads(json.dumps(as_json(scores)))
    assert values["perfect"]["subsets"]["in ability"]["ratio"]["mean"] == 0
    assert sum(map(len, list(subsets(scores["perfect"]).values())[:1])) == len(
        cases_of(cases, is_within=True)
    )
    plot(scores, tmp_path / "plot.png")
    with Image.open(tmp_path / "plot.png") as picture:
        assert picture.width > 400


def test_help_lists_every_command() -> None:
    shown = CliRunner().invoke(evaluate, ["--help"]).output
    context = click.Context(evaluate)
    names = {*evaluate.list_commands(context), *evaluate.commands}
    assert {"run", "mini", "phrases", "sheet"} <= names
    assert all(f"\n  {name} " in shown for name in names)


def test_the_command_asks_for_photographs() -> None:
    result = CliRunner().invoke(evaluate, ["mini"])
    assert result.exit_code == 2
    assert "--photos" in result.output
