"""One trial at a time: the input, the systems' answers under letters, the goal, and the questions below.

Press a picture, or hold the space bar on it, to see the input in its place. `RatingWindow` keeps every
finished trial on disk before it shows the next, so it can be closed at any moment.
"""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mgie.api.rect import Rect
from mgie.errors import BadData
from mgie.evaluate.study.files import (
    PICTURES,
    Answers,
    Question,
    Shown,
    append_rating,
    is_complete,
    order_for,
    read_ratings,
    read_study,
)
from mgie.panel.pixels import frame_of_image
from mgie.panel.state.pictures import Frame
from mgie.panel.views.naming import named, paragraph
from mgie.panel.views.preview_view import PreviewView

_PICTURE_PX = 220  # least width of a column


class RatingWindow(QWidget):
    """The whole study for one rater, from the first trial that is not finished yet."""

    def __init__(self, folder: Path, rater: str) -> None:
        """Raises BadData where `folder` is no study, BadOption where `rater` makes no file name."""
        super().__init__()
        study = read_study(folder)
        self._folder, self._rater = folder, rater
        self._order = order_for(study, rater)
        self._given = dict(read_ratings(folder, rater))
        self.number = self._first_open()
        self.trial: TrialView | None = None
        self.setWindowTitle(self.tr("Rating"))
        self._layout = QVBoxLayout(self)
        self._heading = named(paragraph(), "rating_heading", self.tr("Trial and instruction"))
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self.back = named(QPushButton(self.tr("Back")), "rating_back", self.tr("Back to the trial before"))
        self.next = named(QPushButton(self.tr("Next")), "rating_next", self.tr("Keep and go on"))
        self.back.clicked.connect(self._go_back)
        self.next.clicked.connect(self._keep)
        buttons = QHBoxLayout()
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        buttons.addWidget(self.next)
        self._layout.addWidget(self._heading)
        self._layout.addWidget(self._scroll, 1)
        self._layout.addLayout(buttons)
        self._show()

    @property
    def heading(self) -> str:
        """What stands above the pictures."""
        return self._heading.text()

    def _first_open(self) -> int:
        for number, shown in enumerate(self._order):
            given = self._given.get(shown.trial.name)
            if given is None or not is_complete(shown.trial, given):
                return number
        return len(self._order)

    def _show(self) -> None:
        self.back.setEnabled(self.number > 0)
        if self.number >= len(self._order):
            self.trial = None
            done = self.tr("All {count} are rated. Thank you; the window can be closed.")
            self._heading.setText(done.format(count=len(self._order)))
            self._scroll.setWidget(QWidget())
            self.next.setEnabled(False)
            return
        shown = self._order[self.number]
        place = self.tr("{number} of {count}").format(number=self.number + 1, count=len(self._order))
        self._heading.setText(f"{place}: “{shown.trial.instruction}”")
        self.trial = TrialView(self._folder / PICTURES, shown, self._given.get(shown.trial.name))
        self.trial.changed = self._update
        self._scroll.setWidget(self.trial)
        self._update()

    def _update(self) -> None:
        assert self.trial is not None
        self.next.setEnabled(is_complete(self._order[self.number].trial, self.trial.answers()))

    def _keep(self) -> None:
        assert self.trial is not None
        name, answers = self._order[self.number].trial.name, self.trial.answers()
        append_rating(self._folder, self._rater, name, answers)
        self._given[name] = answers
        self.number += 1
        self._show()

    def _go_back(self) -> None:
        self.number -= 1
        self._show()


class TrialView(QWidget):
    """Pictures in a row; below each answer its text and what is asked of it."""

    def __init__(self, pictures: Path, shown: Shown, given: Answers | None) -> None:
        super().__init__()
        self._shown = shown
        self.changed = lambda: None  # called when an answer was chosen
        self.groups: dict[tuple[str, int], QButtonGroup] = {}  # (question, candidate)
        grid = QGridLayout(self)
        before = _frame(pictures / shown.trial.input)
        self._add_column(grid, 0, self.tr("Before"), before, None)
        for column, candidate in enumerate(shown.places, start=1):
            letter = chr(ord("A") + column - 1)
            self._add_column(
                grid, column, letter, before, _frame(pictures / shown.trial.candidates[candidate].picture)
            )
        if shown.trial.goal:
            self._add_column(
                grid,
                len(shown.places) + 1,
                self.tr("A person's edit"),
                before,
                _frame(pictures / shown.trial.goal),
            )
        if any(each.text for each in shown.trial.candidates):
            for column, candidate in enumerate(shown.places, start=1):
                words = named(paragraph(), f"text_{candidate}", self.tr("Text"))
                words.setText(shown.trial.candidates[candidate].text)
                grid.addWidget(words, 2, column, Qt.AlignmentFlag.AlignTop)
        for row, question in enumerate(shown.trial.asked(), start=3):
            label = paragraph()
            label.setText(self._words(question))
            grid.addWidget(label, row, 0)
            for column, candidate in enumerate(shown.places, start=1):
                if question.needs == "text" and not shown.trial.candidates[candidate].text:
                    continue
                grid.addWidget(self._choices(question, candidate, given), row, column)
        grid.setRowStretch(grid.rowCount(), 1)

    def answers(self) -> dict[str, tuple[int | None, ...]]:
        """What is chosen so far; -1 where nothing is."""
        count = len(self._shown.trial.candidates)
        return {
            question.name: tuple(
                self.groups[question.name, i].checkedId() if (question.name, i) in self.groups else None
                for i in range(count)
            )
            for question in self._shown.trial.asked()
        }

    def choose(self, question: str, candidate: int, value: int) -> None:
        """Choose as a click does."""
        button = self.groups[question, candidate].button(value)
        assert button is not None
        button.click()

    def _words(self, question: Question) -> str:
        return {
            "following": self.tr("Which follows the instruction? 1 is best"),
            "goal": self.tr("Which is nearest to the person's edit? 1 is best"),
            "quality": self.tr("Which looks best? 1 is best"),
            "practical": self.tr("Does the text say how to carry out the instruction on this picture?"),
            "hallucinated": self.tr(
                "Does the text speak of what is not in the picture or was not asked for?"
            ),
        }[question.name]

    def _choices(self, question: Question, candidate: int, given: Answers | None) -> QWidget:
        """Buttons of one question for one answer."""
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        group = QButtonGroup(box)
        values = {1: self.tr("yes"), 0: self.tr("no")}
        if question.kind == "rank":
            values = {place: str(place) for place in range(1, len(self._shown.places) + 1)}
        chosen = given.get(question.name, ())[candidate : candidate + 1] if given else ()
        for value, text in values.items():
            button = named(QRadioButton(text), f"{question.name}_{candidate}_{value}", text)
            button.setChecked(value in chosen)
            group.addButton(button, value)
            row.addWidget(button)
        row.addStretch(1)
        group.idClicked.connect(self._note_change)
        self.groups[question.name, candidate] = group
        return box

    def _note_change(self, _: int) -> None:
        self.changed()

    def _add_column(
        self, grid: QGridLayout, column: int, title: str, before: Frame, after: Frame | None
    ) -> None:
        label = QLabel(title)
        label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        view = PreviewView()
        view.setObjectName(f"picture_{column}")
        view.setMinimumWidth(_PICTURE_PX)
        view.set_frames(before, after)
        grid.addWidget(label, 0, column)
        grid.addWidget(view, 1, column)
        grid.setColumnStretch(column, 1)


def _frame(path: Path) -> Frame:
    """A picture file as a frame of the panel's viewer. Raises BadData where it cannot be read."""
    image = QImage(str(path))
    if image.isNull():
        raise BadData(f"{path} cannot be shown; make the study anew")
    return frame_of_image(image, Rect(0, 0, image.width(), image.height()))
