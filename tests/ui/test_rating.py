"""The rating window, driven as a rater does: nothing goes on unanswered, and closing it loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QLabel, QRadioButton
from pytestqt.qtbot import QtBot

from mgie.errors import BadData
from mgie.evaluate.study.files import (
    Candidate,
    Study,
    Trial,
    order_for,
    read_ratings,
    read_study,
    write_study,
)
from mgie.panel.views.preview_view import PreviewView
from mgie.rating.window import RatingWindow, TrialView


@pytest.fixture(name="study")
def _study(tmp_path: Path) -> Path:
    """Two trials of three systems, the second with a goal; two of the systems write."""
    (tmp_path / "pictures").mkdir()
    for name in "abcde":
        image = QImage(30, 20, QImage.Format.Format_RGB888)
        image.fill(0x1000 * (1 + ord(name)))
        assert image.save(str(tmp_path / "pictures" / f"{name}.png"))
    candidates = (
        Candidate(picture="b.png", text="make it warm"),
        Candidate(picture="c.png", text="make it blue"),
        Candidate(picture="d.png"),
    )
    trials = tuple(
        Trial(
            name=name,
            dataset="evr",
            instruction=f"do {name}",
            input="a.png",
            goal=goal,
            candidates=candidates,
        )
        for name, goal in (("evr-1", ""), ("evr-2", "e.png"))
    )
    write_study(tmp_path, Study(trials=trials), {trial.name: ("x", "y", "z") for trial in trials})
    return tmp_path


@pytest.fixture(name="window")
def _window(study: Path, qtbot: QtBot) -> RatingWindow:
    window = RatingWindow(study, "anna")
    qtbot.addWidget(window)
    window.show()
    return window


def answer(view: TrialView) -> None:
    """Candidate 0 is best in everything; all texts are practical."""
    for question, candidate in view.groups:
        view.choose(question, candidate, 1 if question in ("practical", "hallucinated") else candidate + 1)


def current(window: RatingWindow) -> TrialView:
    assert window.trial is not None
    return window.trial


def test_a_trial_goes_on_when_everything_is_answered_without_ties(window: RatingWindow, study: Path) -> None:
    view = current(window)
    assert not window.next.isEnabled()
    answer(view)
    assert window.next.isEnabled()
    view.choose("quality", 1, 1)  # a tie with candidate 0
    assert not window.next.isEnabled()
    view.choose("quality", 1, 2)
    window.next.click()
    kept = read_ratings(study, "anna")
    (name,) = kept
    assert kept[name]["quality"] == (1, 2, 3)
    assert kept[name]["practical"] == (1, 1, None)  # the third system writes nothing
    assert name != order_for(read_study(study), "anna")[window.number].trial.name


def test_a_closed_study_goes_on_where_it_was(window: RatingWindow, study: Path, qtbot: QtBot) -> None:
    answer(current(window))
    window.next.click()
    window.close()
    again = RatingWindow(study, "anna")
    qtbot.addWidget(again)
    assert again.number == 1
    answer(current(again))
    again.next.click()
    assert "All 2 are rated" in again.heading
    assert not again.next.isEnabled()


def test_an_answer_can_be_corrected(window: RatingWindow, study: Path) -> None:
    answer(current(window))
    window.next.click()
    window.back.click()
    view = current(window)
    assert window.next.isEnabled()  # as it was answered
    for candidate, place in enumerate((3, 2, 1)):
        view.choose("following", candidate, place)
    window.next.click()
    name = order_for(read_study(study), "anna")[0].trial.name
    assert read_ratings(study, "anna")[name]["following"] == (3, 2, 1)


def test_no_system_is_named_and_the_goal_is_asked_about_only_where_it_is(window: RatingWindow) -> None:
    seen: set[bool] = set()
    for _ in range(2):
        view = current(window)
        texts = [label.text() for label in window.findChildren(QLabel) if label.isVisibleTo(window)]
        assert not {"x", "y", "z"} & set(texts)
        has_goal = "do evr-2" in window.heading
        assert (("goal", 0) in view.groups) == has_goal
        assert len(view.findChildren(PreviewView)) == 4 + has_goal
        assert all(button.accessibleName() for button in view.findChildren(QRadioButton))
        seen.add(has_goal)
        answer(view)
        window.next.click()
    assert seen == {True, False}


def test_a_missing_picture_is_named(study: Path, qtbot: QtBot) -> None:
    (study / "pictures" / "a.png").unlink()
    with pytest.raises(BadData, match=r"a\.png cannot be shown"):
        RatingWindow(study, "anna")
