"""One model on the page: what it can do, what it needs, and what can be done with it now."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt6.QtCore import QSignalBlocker
from PyQt6.QtWidgets import QComboBox, QFrame, QLabel, QProgressBar, QPushButton, QVBoxLayout

from mgie.api.models import Model, Operation, can_join
from mgie.panel import model_texts
from mgie.panel.model_texts import label
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.views.folding_row import FoldingRow
from mgie.panel.views.naming import dress, named, paragraph, show_tool_tip


class ModelCard(QFrame):
    """Only buttons that do something are shown."""

    def __init__(self, session: Session, model_id: str) -> None:
        super().__init__()
        self._session, self._id = session, model_id
        self._writers: list[str] = []
        self._chosen = ""  # id of the model of the next edit
        named(self, f"model_{model_id}", model_id)
        dress(self, role="row")
        self.title = self._paragraph("title", "title")
        self.does = self._paragraph("does")
        self.facts = self._paragraph("facts", "muted")
        self.forecast = self._paragraph("forecast", "muted")
        self.problem = self._paragraph("problem")
        dress(self.problem, tone="bad")
        self.doing = self._paragraph("doing", "muted")
        self.progress = named(QProgressBar(), f"model_progress_{model_id}", label("progress"))
        self.progress.setTextVisible(False)
        self.writer = named(QComboBox(), f"model_writer_{model_id}", label("writer"), label("writer"))
        self.writer.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.writer.activated.connect(self._show_choice)
        models = session.models
        self.parts = named(QComboBox(), f"model_parts_{model_id}", label("parts"), label("parts"))
        self.parts.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.parts.activated.connect(self._take_parts)
        self.choose = self._button("choose", self._choose)
        self.get = self._button("get", partial(models.get, model_id))
        self.pause = self._button("pause", partial(models.pause, model_id))
        self.load = self._button("load", partial(models.load, model_id))
        self.verify = self._button("verify", partial(models.verify, model_id))
        self._lay_out()

    def show_model(self, model: Model, state: PanelState) -> None:
        """Show a model as it is, and the work on it."""
        page = state.model_page
        self._chosen = state.model.id if state.model else ""
        is_chosen = model.id in self._chosen.split("+")
        failure = page.failure_of(model.id)
        self.title.setText(f"{model.id} \u2013 {model_texts.state(model, is_chosen=is_chosen)}")
        _show(self.does, model_texts.what_it_does(model))
        _show(self.facts, model_texts.facts(model))
        _show(self.forecast, model_texts.forecast(model, page))
        _show(self.problem, model.problem or (model_texts.problem(failure) if failure else ""))
        self._show_work(page.running(model.id), page.work.get(model.id))
        self._show_writers(model, state)
        self._show_parts(state)
        self._show_buttons(model, page.running(model.id), is_asked=page.terms_of == model.id)

    def _show_work(self, running: Operation | None, last: Operation | None) -> None:
        words = model_texts.work(running) if running else model_texts.ended(last) if last else ""
        _show(self.doing, words)
        show_tool_tip(self.doing, running.message if running else "")
        self.progress.setVisible(running is not None)
        if running is not None:
            self.progress.setRange(0, 1000 if running.total_bytes else 0)  # 0 to 0: it only moves
            if running.total_bytes:
                self.progress.setValue(round(1000 * running.done_bytes / running.total_bytes))

    def _show_writers(self, model: Model, state: PanelState) -> None:
        """Who may write for a painter that writes no words itself."""
        usable = [other for other in state.backend.models if other.state != "broken"]
        writers = [other for other in usable if can_join(other, model)]
        ids = [writer.id for writer in writers]
        if ids != self._writers:
            self._writers = ids
            with QSignalBlocker(self.writer):
                self.writer.clear()
                self.writer.addItem(model_texts.own_words(), "")
                for writer in writers:
                    self.writer.addItem(model_texts.words_by(writer), writer.id)
            if self._chosen.endswith(f"+{model.id}"):
                self.writer.setCurrentIndex(max(0, self.writer.findData(self._chosen.partition("+")[0])))
        self.writer.setVisible(bool(ids) and model.state not in ("available", "broken"))

    def _show_parts(self, state: PanelState) -> None:
        """Which models could give a single file what it lacks; the backend knows which are of its kind."""
        usable = [m.id for m in state.backend.models if m.state != "broken" and m.paints]
        offered = usable if state.model_page.lacks_parts(self._id) else []
        if [self.parts.itemData(i) for i in range(1, self.parts.count())] != offered:
            self.parts.clear()
            self.parts.addItem(model_texts.choose_parts(), "")
            for model_id in offered:
                self.parts.addItem(model_id, model_id)
        self.parts.setVisible(bool(offered))

    def _take_parts(self) -> None:
        chosen = str(self.parts.currentData())
        if chosen:
            self._session.models.take_parts(self._id, chosen)

    def _show_buttons(self, model: Model, running: Operation | None, *, is_asked: bool) -> None:
        is_usable = model.state not in ("available", "broken")
        is_published = model.state == "available" and bool(model.terms)
        self.choose.setVisible(is_usable and model.paints)
        self._show_choice()
        self.get.setVisible(is_published and running is None and not is_asked)
        self.get.setText(model_texts.get_label(model))
        self.get.setAccessibleName(f"{self.get.text()} {model.id}")
        self.pause.setVisible(running is not None and running.kind in ("import", "verify"))
        self.pause.setText(label("pause") if running and running.kind == "import" else label("stop"))
        self.load.setVisible(is_usable and model.paints and model.state != "loaded" and running is None)
        self.verify.setVisible(model.state != "available" and running is None)
        self._checks.setHidden(self.load.isHidden() and self.verify.isHidden())

    def _show_choice(self) -> None:
        """Whether the button would change anything."""
        is_chosen = self._choice == self._chosen
        self.choose.setEnabled(not is_chosen)
        self.choose.setText(label("chosen") if is_chosen else label("choose"))

    @property
    def _choice(self) -> str:
        writer = self.writer.currentData() if self._writers else ""
        return f"{writer}+{self._id}" if writer else self._id

    def _choose(self) -> None:
        self._session.models.choose(self._choice)

    def _paragraph(self, name: str, role: str = "") -> QLabel:
        text = named(paragraph(), f"model_{name}_{self._id}", self._id)
        if role:
            dress(text, role=role)
        return text

    def _button(self, name: str, act: Callable[[], None]) -> QPushButton:
        words = label(name)
        button = named(QPushButton(words), f"model_{name}_{self._id}", f"{words} {self._id}")
        show_tool_tip(button, label(f"{name}_help"))
        button.clicked.connect(lambda: act())
        return button

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        for part in (self.title, self.does, self.facts, self.forecast, self.problem, self.doing):
            column.addWidget(part)
        column.addWidget(self.progress)
        column.addWidget(self.writer)
        column.addWidget(self.parts)
        column.addWidget(self.get)
        use = FoldingRow(f"model_use_{self._id}", self.choose, self.pause)
        self._checks = FoldingRow(f"model_check_{self._id}", self.load, self.verify)
        column.addWidget(FoldingRow(f"model_buttons_{self._id}", use, self._checks))


def _show(text: QLabel, words: str) -> None:
    text.setText(words)
    text.setVisible(bool(words))
