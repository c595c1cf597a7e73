"""The artist's words: a field with a memory."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QTextCursor
from PyQt6.QtWidgets import QMenu, QToolButton, QVBoxLayout, QWidget

from mgie.panel import texts
from mgie.panel.session import Session
from mgie.panel.state.library import first_blank
from mgie.panel.state.panel import PanelState
from mgie.panel.views.auto_height_edit import AutoHeightEdit
from mgie.panel.views.naming import dress, named

PLACEHOLDER_EDGES_PX = 44  # of the field: padding, and the corner with the button


class InstructionEdit(AutoHeightEdit):
    """Return sends, Shift+Return breaks the line, Up and Down at the edges walk the history."""

    sent = pyqtSignal()
    older = pyqtSignal()
    newer = pyqtSignal()
    undo_wanted = pyqtSignal()  # of the picture: no typing is left to be taken back
    redo_wanted = pyqtSignal()

    def forget_typing(self) -> None:
        """What was typed has been sent: Ctrl+Z does not take it away any more."""
        document = self.document()
        assert document is not None
        document.clearUndoRedoStacks()

    def keyPressEvent(self, e: QKeyEvent | None) -> None:  # noqa: N802 - Qt's name
        """Take the keys that mean more than text."""
        if e is None:
            return
        document = self.document()
        assert document is not None
        plain = e.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if e.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            self.sent.emit()
        elif e.key() == Qt.Key.Key_Up and plain and self._is_at(QTextCursor.MoveOperation.Up):
            self.older.emit()
        elif e.key() == Qt.Key.Key_Down and plain and self._is_at(QTextCursor.MoveOperation.Down):
            self.newer.emit()
        elif e.matches(QKeySequence.StandardKey.Undo) and not document.isUndoAvailable():
            self.undo_wanted.emit()
        elif e.matches(QKeySequence.StandardKey.Redo) and not document.isRedoAvailable():
            self.redo_wanted.emit()
        else:
            super().keyPressEvent(e)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: N802 - Qt's names
        """Tab goes to the next blank of a template before it leaves the field."""
        return (next and self.select_blank()) or super().focusNextPrevChild(next)

    def select_blank(self) -> bool:
        """Select the next blank of a template, to be written over; False where there is none."""
        blank = first_blank(self.toPlainText())
        if blank is None:
            return False
        cursor = self.textCursor()
        cursor.setPosition(blank[0])
        cursor.setPosition(blank[1], QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        return True

    def _is_at(self, edge: QTextCursor.MoveOperation) -> bool:
        """Whether the cursor cannot move further that way."""
        return not QTextCursor(self.textCursor()).movePosition(edge)


class InstructionField(QWidget):
    """The instruction and the button that lists earlier ones."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._sent = ""  # key of the edit that was begun last
        named(self, "instruction_part", self.tr("Instruction"))
        self.edit = named(
            InstructionEdit(2, 6),
            "instruction",
            self.tr("Instruction"),
            self.tr("Write what should change. Return edits, Up and Down bring back earlier instructions."),
        )
        self.edit.setToolTip("")
        self.history = named(
            QToolButton(self.edit),
            "history",
            self.tr("Earlier instructions"),
            self.tr("Earlier instructions"),
        )
        self.history.setArrowType(Qt.ArrowType.DownArrow)
        self.history.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        dress(self.history, role="corner")
        self.menu = named(QMenu(self.history), "history_menu", self.tr("Earlier instructions"))
        self.menu.aboutToShow.connect(self._fill_menu)
        self.history.setMenu(self.menu)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.edit)
        self.edit.setViewportMargins(0, 0, 20, 0)
        self.edit.textChanged.connect(lambda: session.type_instruction(self.edit.toPlainText()))
        self.edit.older.connect(session.recall_older)
        self.edit.newer.connect(session.recall_newer)

    def show_state(self, state: PanelState) -> None:
        """Show the draft, and where it is empty something that the model can do."""
        self._show_placeholder()
        self.edit.set_text(state.draft.instruction)
        sent = state.job.key if state.job else ""
        if sent != self._sent:
            self._sent = sent
            self.edit.forget_typing()

    def resizeEvent(self, a0: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        """The history button stays in the upper right corner of the field."""
        super().resizeEvent(a0)
        self.history.setGeometry(self.edit.width() - 29, 3, 26, 24)
        self._show_placeholder()

    def _show_placeholder(self) -> None:
        """As much of it as has room in the two lines of the empty field."""
        state = self._session.state
        question, *example = texts.placeholder(state.model, for_region=state.shows_regions).splitlines()
        room = self.edit.width() - PLACEHOLDER_EDGES_PX
        fits = all(self.edit.fontMetrics().horizontalAdvance(line) <= room for line in example)
        self.edit.setPlaceholderText("\n".join([question, *example]) if fits else question)

    def _fill_menu(self) -> None:
        self.menu.clear()
        for entry in self._session.state.history.entries[:15]:
            action = self.menu.addAction(_short(entry))
            assert action is not None
            action.triggered.connect(lambda _checked=False, text=entry: self._take(text))
        self._add_templates()

    def _add_templates(self) -> None:
        """The artist's templates, and what can be done with them."""
        session, templates = self._session, self._session.state.library.templates
        self.menu.addSeparator()
        for template in templates:
            action = self.menu.addAction(_short(template.text))
            assert action is not None
            action.triggered.connect(lambda _checked=False, text=template.text: self._take(text))
        keep = self.menu.addAction(self.tr("Save as a template"))
        assert keep is not None
        keep.setEnabled(bool(session.state.draft.instruction.strip()))
        keep.setToolTip(self.tr("Parts in [brackets] become blanks to write over"))
        keep.triggered.connect(session.library.keep_template)
        if templates:
            delete = self.menu.addMenu(self.tr("Delete a template"))
            assert delete is not None
            named(delete, "delete_template_menu", self.tr("Delete a template"))
            for template in templates:
                action = delete.addAction(_short(template.name))
                assert action is not None
                action.triggered.connect(
                    lambda _checked=False, name=template.name: session.library.delete_template(name)
                )

    def _take(self, text: str) -> None:
        self._session.type_instruction(text)
        self.edit.setFocus()
        self.edit.select_blank()


def _short(text: str) -> str:
    line = " ".join(text.split()).replace("&", "&&")
    return line if len(line) <= 60 else line[:59] + "\u2026"
