"""What was made in this document: to be found, starred, used again, reproduced."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import QDateTime, QLocale, QRectF, Qt
from PyQt6.QtGui import QImage, QPainter, QPaintEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from mgie.api.models import Model
from mgie.panel import result_texts, texts
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState, model_of
from mgie.panel.state.past import Past, PastEdit, found
from mgie.panel.state.pictures import Frame
from mgie.panel.views import images
from mgie.panel.views.elided_label import ElidedLabel
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import dress, named, show_tool_tip

SIDE_PX = 40
MAX_ROWS = 30  # shown at once; the search finds the others


class PastPicture(QWidget):
    """The small picture of one edit."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(SIDE_PX, SIDE_PX)
        self._image = QImage()

    def set_frame(self, frame: Frame | None) -> None:
        """Show a picture, or none."""
        self._image = images.of_frame(frame) if frame else QImage()
        self.update()

    def paintEvent(self, a0: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        """As large as it fits."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect())
        if not self._image.isNull():
            painter.drawImage(images.fitted(self._image.width(), self._image.height(), area), self._image)
        painter.end()


class HistoryRow(QFrame):
    """One edit: its picture, words, settings and what can be done with it."""

    def __init__(self, session: Session, edit: PastEdit) -> None:
        super().__init__()
        part = edit.key.replace("/", "_")
        named(self, f"past_{part}", self.tr("Earlier edit"))
        dress(self, role="row")
        self.picture = named(PastPicture(), f"past_picture_{part}", self.tr("Picture of the result"))
        self.words = named(ElidedLabel(), f"past_words_{part}", self.tr("Instruction"))
        self.detail = named(ElidedLabel(), f"past_detail_{part}", self.tr("When and how it was made"))
        dress(self.detail, role="muted")
        self.star = named(QToolButton(), f"past_star_{part}", self.tr("Star"), self.tr("Keep this one"))
        self.star.setCheckable(True)
        dress(self.star, role="corner")
        self.actions_button = named(QToolButton(), f"past_actions_{part}", self.tr("What to do with it"))
        give_icon(self.actions_button, "more")
        self.actions_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        dress(self.actions_button, role="corner")
        self.menu = named(QMenu(self.actions_button), f"past_menu_{part}", self.tr("What to do with it"))
        self.actions_button.setMenu(self.menu)
        for label, act in (
            (self.tr("Use again"), session.past.use_again),
            (self.tr("Reproduce"), session.past.reproduce),
            (self.tr("Remove from the history"), session.past.remove),
        ):
            action = self.menu.addAction(label)
            assert action is not None
            action.triggered.connect(partial(_call, act, edit.key))
        lines = QVBoxLayout()
        lines.setSpacing(0)
        lines.addWidget(self.words)
        lines.addWidget(self.detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 4, 4)
        row.setSpacing(8)
        row.addWidget(self.picture)
        row.addLayout(lines, 1)
        row.addWidget(self.star)
        row.addWidget(self.actions_button)
        self.picture.set_frame(edit.picture)
        self.star.clicked.connect(partial(session.past.star, edit.key))

    def show_edit(self, edit: PastEdit, state: PanelState) -> None:
        """Show its words and its star."""
        self.words.set_text(" ".join(edit.instruction.split()))
        when = QDateTime.fromSecsSinceEpoch(int(edit.time_s))
        made_with = result_texts.made_with(edit, model_of(state.backend, edit.settings.model))
        self.detail.set_text(f"{QLocale().toString(when, QLocale.FormatType.ShortFormat)} · {made_with}")
        show_tool_tip(self.words, edit.text or edit.instruction)
        self.star.setChecked(edit.is_starred)
        self.star.setText("\u2605" if edit.is_starred else "\u2606")


class HistoryList(QWidget):
    """One line until it is opened; hidden where nothing was made yet."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: tuple[Past, tuple[Model, ...]] = ((), ())
        named(self, "past", self.tr("History of the document"))
        self.rows: dict[str, HistoryRow] = {}
        self.fold = named(
            QToolButton(), "past_fold", self.tr("History"), self.tr("What was made in this document")
        )
        self.fold.setCheckable(True)
        dress(self.fold, role="heading")
        self.search = named(QLineEdit(), "past_search", self.tr("Search the history"))
        self.search.setPlaceholderText(self.tr("Search"))
        self.starred = named(
            QToolButton(), "past_starred", self.tr("Starred only"), self.tr("Show only what is starred")
        )
        give_icon(self.starred, "star")
        self.starred.setCheckable(True)
        self.from_layer = named(
            QToolButton(),
            "past_from_layer",
            self.tr("From the active layer"),
            self.tr("Add the edit that the active layer was made by"),
        )
        give_icon(self.from_layer, "layers")
        self.from_layer.clicked.connect(session.past.read_layer)
        self.nothing = named(ElidedLabel(), "past_nothing", self.tr("Nothing found"))
        self.nothing.set_text(self.tr("Nothing found"))
        dress(self.nothing, role="muted")
        self._tools = named(QWidget(), "past_tools", self.tr("Search the history"))
        tools = QHBoxLayout(self._tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(4)
        tools.addWidget(self.search, 1)
        tools.addWidget(self.starred)
        tools.addWidget(self.from_layer)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addWidget(self._tools)
        self._column.addWidget(self.nothing)
        self.fold.toggled.connect(self._show_again)
        self.search.textChanged.connect(self._show_again)
        self.starred.toggled.connect(self._show_again)
        self.hide()

    def show_state(self, state: PanelState) -> None:
        """Show the history of the present document."""
        past = state.document_past
        self.setVisible(bool(past))
        self.fold.setText(texts.history_label(len(past), is_open=self.fold.isChecked()))
        is_open = self.fold.isChecked()
        self._tools.setVisible(is_open)
        wanted = (
            found(past, self.search.text(), only_starred=self.starred.isChecked())[:MAX_ROWS]
            if is_open
            else ()
        )
        self.nothing.setVisible(is_open and not wanted)
        if (wanted, state.backend.models) == self._shown:
            return
        self._shown = (wanted, state.backend.models)
        keys = [edit.key for edit in wanted]
        for key in set(self.rows) - set(keys):
            row = self.rows.pop(key)
            self._column.removeWidget(row)
            row.deleteLater()
        for place, edit in enumerate(wanted):
            row = self.rows.setdefault(edit.key, self.rows.get(edit.key) or HistoryRow(self._session, edit))
            self._column.insertWidget(place + 3, row)
            row.show_edit(edit, state)

    def _show_again(self, _change: object) -> None:
        self.show_state(self._session.state)


def _call(act: object, key: str, _checked: bool = False) -> None:
    assert callable(act)
    act(key)
