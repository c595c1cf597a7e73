"""The panel: every part in its place, from the target at the top to the backend at the bottom."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PyQt6.QtWidgets import QWIDGETSIZE_MAX, QFrame, QHBoxLayout, QLayout, QScrollArea, QVBoxLayout, QWidget

from mgie.api.failure import Failure
from mgie.panel.file_documents import FileDocuments
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.views.action_bar import ActionBar
from mgie.panel.views.backend_line import BackendLine
from mgie.panel.views.canvas_view import CanvasView
from mgie.panel.views.close_question import CloseQuestion
from mgie.panel.views.compare_bar import CompareBar, CompareWindow
from mgie.panel.views.declined_card import DeclinedCard
from mgie.panel.views.files_bar import FilesBar
from mgie.panel.views.forecast_line import ForecastLine
from mgie.panel.views.history_list import HistoryList
from mgie.panel.views.idea_row import IdeaRow
from mgie.panel.views.instruction_field import InstructionField
from mgie.panel.views.margin_scroll import MARGIN_PX, MarginScroll, between_margins
from mgie.panel.views.mode_switch import ModeSwitch
from mgie.panel.views.model_page import ModelPageView
from mgie.panel.views.naming import dress, named
from mgie.panel.views.notes_card import NotesCard
from mgie.panel.views.notice_bar import NoticeBar
from mgie.panel.views.options_row import OptionsRow
from mgie.panel.views.preview_view import PreviewView
from mgie.panel.views.progress_line import ProgressLine
from mgie.panel.views.queue_list import QueueList
from mgie.panel.views.readings_card import ReadingsCard
from mgie.panel.views.reference_row import ReferenceRow
from mgie.panel.views.region_list import RegionList
from mgie.panel.views.result_card import ResultCard
from mgie.panel.views.saved_notice import SavedNotice
from mgie.panel.views.set_aside_list import SetAsideList
from mgie.panel.views.settings_box import SettingsBox
from mgie.panel.views.tab_order import next_in_reading_order
from mgie.panel.views.target_bar import TargetBar
from mgie.panel.views.text_field import TextField
from mgie.panel.views.unplaced_list import UnplacedList
from mgie.panel.views.variation_grid import VariationGrid
from mgie.panel.watching import watch

WIDE_PX = 860  # from this width on the picture stands beside the column instead of in it
COLUMN_PX = 400  # the column's width then
DOCKED = QSize(360, 720)  # a window beside a painting program
ALONE = QSize(1000, 760)  # a window with the picture in it
LEAST_MIDDLE_PX = 120  # of what scrolls between the two ends; a lower window scrolls as a whole


class PanelWindow(QWidget):
    """The whole panel, as a window of its own or inside a host's docker."""

    left = pyqtSignal()  # the keyboard belongs to the host again

    def __init__(
        self,
        session: Session,
        *,
        documents: FileDocuments | None = None,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self._session = session
        self._on_close = on_close
        self._may_close = False  # once the artist has answered
        self._tray_shown = ""  # key of the job whose variations have been brought into view
        self.close_question: CloseQuestion | None = None
        named(self, "panel", self.tr("Edit with an instruction"))
        self.setWindowTitle(self.tr("MGIE"))
        self.target = TargetBar(session, has_picker=documents is None)
        self.mode = ModeSwitch(session)
        self.instruction = InstructionField(session)
        self.ideas = IdeaRow(session)
        self.options = OptionsRow(session)
        self.settings = SettingsBox(session)
        self.actions_bar = ActionBar(session)
        self.forecast = ForecastLine()
        self.progress = ProgressLine()
        self.queue = QueueList(session)
        self.notice = NoticeBar(session)
        self.saved = SavedNotice(session)
        self.notes = NotesCard()
        self.unplaced = UnplacedList(session)
        self.text = TextField(session)
        self.result = ResultCard(session)
        self.preview = self._make_preview(documents)
        self.compare = CompareBar(self.preview, "compare", on_detach=self._compare_in_window)
        self.compare_window: CompareWindow | None = None
        self.files = FilesBar(documents) if documents else None
        self.grid = VariationGrid(session)
        self.set_aside = SetAsideList(session)
        self.regions = RegionList(session, has_files=documents is not None)
        self.past = HistoryList(session)
        self.declined = DeclinedCard(session)
        self.readings = ReadingsCard(session)
        self.references = ReferenceRow(session)
        self.models = ModelPageView(session)
        self.backend = BackendLine(session)
        self._lay_out()
        self.preview.changed.connect(self._arrange)
        self._add_shortcuts()
        if documents is not None:
            self.instruction.edit.undo_wanted.connect(documents.undo)
            self.instruction.edit.redo_wanted.connect(documents.redo)
        self.settings.setVisible(False)
        self.ideas.more.toggled.connect(self.settings.setVisible)
        self.instruction.edit.sent.connect(self._return)
        self.regions.sent.connect(self._return)
        self.ideas.taken.connect(self.instruction.edit.setFocus)
        self.regions.pointed.connect(self.target.point_at)
        self.settings.mask_picture.held.connect(self.preview.show_tint)
        watch(session, self.show_state, self)
        self.instruction.edit.setFocus()

    def show_state(self, state: PanelState) -> None:
        """Hand the state to every part."""
        for part in self._parts:
            part.show_state(state)
        if self.compare_window is not None and self.compare_window.isVisible():
            self.compare_window.show_state(state)
        self.edit_page.setVisible(not state.model_page.is_open)
        self.models.setVisible(state.model_page.is_open)
        self._bring_choices_into_view(state)

    def _bring_choices_into_view(self, state: PanelState) -> None:
        """Once for each edit: from then on the artist scrolls."""
        job = state.job.key if state.job is not None and state.choices else ""
        if job != self._tray_shown and self.isVisible():
            self._tray_shown = job
            if job:  # as soon as the tray has its place
                QTimer.singleShot(0, self._show_tray)

    def _show_tray(self) -> None:
        content = self.middle.widget()
        if content is not None and (layout := content.layout()) is not None:
            layout.activate()
        self.middle.ensureWidgetVisible(self.grid, 0, MARGIN_PX)

    def showEvent(self, a0: QShowEvent | None) -> None:  # noqa: N802 - Qt's name
        """Variations may have waited before the window was there."""
        super().showEvent(a0)
        self._bring_choices_into_view(self._session.state)

    def _return(self) -> None:
        """What the button says; where that began something, the artist goes on painting."""
        before = self._session.state
        self._session.act_by_key()
        after = self._session.state
        if after.job != before.job or after.queue != before.queue or after.regions != before.regions:
            self.left.emit()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Narrow, as dockers are; alone, with room for the picture beside the column."""
        return DOCKED if self.files is None else ALONE

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: N802 - Qt's names
        """Tab goes in the order of reading."""
        widget = next_in_reading_order(self, forward=next)
        if widget is not None:
            widget.setFocus(Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason)
        return widget is not None

    def become_embedded(self) -> None:
        """From now on a host's docker alone says where the window is and how large.

        Qt takes the place on the screen for the place in the docker: any size it asked for itself would also
        move the window, by as much as the host's own window is away from the screen's corner.
        """
        layout = self.layout()
        assert layout is not None
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.setMinimumSize(0, 0)
        self.setAttribute(Qt.WidgetAttribute.WA_Resized)  # so that showing it asks for no size either

    def closeEvent(self, a0: QCloseEvent | None) -> None:  # noqa: N802 - Qt's name
        """Ask about results that are nowhere else, then save and go."""
        num_loose = len(self._session.state.loose)
        if num_loose and not self._may_close:
            if a0 is not None:
                a0.ignore()
            self._ask_before_closing(num_loose)
            return
        if self._on_close is not None:
            self._on_close()
        super().closeEvent(a0)

    def _ask_before_closing(self, num_loose: int) -> None:
        if self.close_question is not None and self.close_question.isVisible():
            return

        def close() -> None:
            self._may_close = True
            self.close()

        def discard() -> None:
            self._session.results.discard_loose()
            close()

        self.close_question = CloseQuestion(self, num_loose, on_keep=close, on_discard=discard)
        self.close_question.open()

    def _compare_in_window(self) -> None:
        """Compare as large as the artist likes."""
        if self.compare_window is None:
            self.compare_window = CompareWindow(self)
        self.compare_window.show_state(self._session.state)
        self.compare_window.preview.set_mode(self.preview.mode)
        self.compare_window.show()
        self.compare_window.raise_()

    def _make_preview(self, documents: FileDocuments | None) -> PreviewView:
        if documents is None:
            return PreviewView()
        canvas = CanvasView()
        canvas.selected.connect(documents.select)
        return canvas

    def _lay_out(self) -> None:
        """Two fixed ends and a middle that scrolls; in a window too low for them, all of it scrolls.

        The order is also the order of the Tab key.
        """
        self._parts = (
            self.target, self.mode, self.instruction, self.ideas, self.options, self.actions_bar,
            self.forecast, self.progress, self.queue, self.references, self.settings, self.notice, self.saved,
            self.notes, self.declined, self.unplaced, self.readings, self.text, self.result, self.preview,
            self.grid, self.set_aside, self.regions, self.past,
            self.models, self.backend,
        )  # fmt: skip
        self.edit_page = named(QWidget(), "edit_page", self.tr("Edit"))
        beside = QHBoxLayout(self.edit_page)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(0)
        self.stage = named(QWidget(), "stage", self.tr("Preview"))
        self._staged = QVBoxLayout(self.stage)
        self._staged.setContentsMargins(MARGIN_PX, 0, 0, 0)
        self.stage.hide()
        self._column = named(QWidget(), "edit_column", self.tr("Edit"))
        beside.addWidget(self.stage, 1)
        beside.addWidget(self._column)
        column = QVBoxLayout(self._column)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = between_margins()
        if self.files is not None:
            head.addWidget(self.files)
        for part in (
            self.target,
            self.mode,
            self.instruction,
            self.ideas,
            self.options,
            self.actions_bar,
            self.forecast,
            self.progress,
        ):
            head.addWidget(part)
        column.addLayout(head)
        content = self._content(
            self.queue,
            self.references,
            self.settings,
            self.notice,
            self.saved,
            self.notes,
            self.declined,
            self.unplaced,
            self.readings,
            self.text,
            self.result,
            self.preview,
            self.compare,
            self.grid,
            self.set_aside,
            self.regions,
            self.past,
        )
        self.middle = MarginScroll(content, "scroll", self.tr("Edit"))
        self.middle.setMinimumHeight(LEAST_MIDDLE_PX)
        column.addWidget(self.middle, 1)
        line = named(QFrame(), "backend_rule", "")
        dress(line, role="line")
        line.setFixedHeight(1)
        body = named(QWidget(), "body", self.tr("Edit with an instruction"))
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, MARGIN_PX, 0, 8)
        inner.setSpacing(8)
        inner.addWidget(self.edit_page, 1)
        inner.addWidget(self.models, 1)
        foot = between_margins()
        foot.addWidget(line)
        foot.addWidget(self.backend)
        inner.addLayout(foot)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(_scrolled(body, "outer_scroll", self.tr("Edit with an instruction")))

    def resizeEvent(self, a0: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        """A wide window has room for the picture beside the column."""
        super().resizeEvent(a0)
        self._arrange()

    def _arrange(self) -> None:
        """The picture in the column, or beside it where the window is wide and there is one."""
        is_wide = self.width() >= WIDE_PX and self.preview.place() is not None
        if is_wide is not self.stage.isHidden():
            return  # it is so already
        self.preview.set_filling(is_wide)
        if is_wide:
            self._staged.addWidget(self.preview, 1)
            self._staged.addWidget(self.compare)
        else:
            place = self._scrolling.indexOf(self.result) + 1
            self._scrolling.insertWidget(place, self.preview)
            self._scrolling.insertWidget(place + 1, self.compare)
        self.stage.setVisible(is_wide)
        self._column.setMaximumWidth(COLUMN_PX if is_wide else QWIDGETSIZE_MAX)
        self._column.setMinimumWidth(COLUMN_PX if is_wide else 0)

    def _content(self, *parts: QWidget) -> QWidget:
        content = named(QWidget(), "content", self.tr("Edit"))
        self._scrolling = column = QVBoxLayout(content)
        column.setSpacing(12)
        for part in parts:
            column.addWidget(part)
        column.addStretch(1)
        return content

    def _add_shortcuts(self) -> None:
        for keys, act in (
            ("Ctrl+Return", self._return),
            ("Ctrl+Enter", self._return),
            ("Esc", self._escape),
            ("Ctrl+K", self._session.runs.stop_and_keep),
            ("Ctrl+L", self.instruction.edit.setFocus),
            ("Ctrl+E", self.text.edit.setFocus),
            ("Ctrl+H", self.text.hold.toggle),
            ("Ctrl+M", self.ideas.more.toggle),
            ("Ctrl+Shift+M", self._session.models.open),
            ("Ctrl+Shift+A", self._session.regions.add_selection),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(act)

    def _escape(self) -> None:
        """One thing at a time: put a message away, else stop, else go back to the instruction."""
        state = self._session.state
        if state.model_page.is_open:
            self._session.models.close()
        elif _shown_failure(state) is not None:
            self._session.dismiss_failure()
            self.left.emit()
        elif state.is_busy:
            self._session.runs.stop()
            self.left.emit()
        elif self.instruction.edit.hasFocus():
            self.left.emit()
        else:
            self.instruction.edit.setFocus()


def _shown_failure(state: PanelState) -> Failure | None:
    of_edit = state.edit.failure if state.edit and state.edit.has_ended else None
    return state.failure or of_edit


def _scrolled(content: QWidget, name: str, accessible: str) -> QScrollArea:
    area = named(QScrollArea(), name, accessible)
    area.setWidget(content)
    area.setWidgetResizable(True)  # it scrolls sideways only where a large font does not fit
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
