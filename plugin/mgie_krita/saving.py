"""Saving never stores a preview: before Krita copies a document for a file, previews leave it.

Krita's own signal comes when a file is written, which is too late. Signs that come before: the keys of its
actions, its File menu and tool bar, a window or a tab that closes, and the status bar before an autosave.
"""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false, reportAttributeAccessIssue=false
# (Krita's module exists inside Krita only)

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from krita import Krita

from mgie_krita.qt import CLOSE, SHORTCUT, QtCore, QtWidgets

log = logging.getLogger(__name__)

ACTIONS = (  # all that write a file, or ask whether to; in the File menu
    "file_save",
    "file_save_as",
    "file_export_file",
    "file_export_advanced",
    "save_incremental_version",
    "save_incremental_backup",
    "create_template",
    "create_copy",
    "file_close",
    "file_close_all",
    "file_quit",
)
AUTOSAVE = "-autosave.kra"  # the end of a name that Krita saves under by itself, also in what it says of it
REST_S = 1.0  # after a sign of saving, and after the last dialog of it, until previews may come back


class SaveWatch(QtCore.QObject):
    """Calls back before anything can be saved, and says how long that may last."""

    def __init__(self, withdraw: Callable[[bool], None], saved: Callable[[str], None]) -> None:
        """withdraw: take previews out of all documents, or of those that are not saved as they are.

        saved: called with the path of every file once it is written.
        """
        super().__init__()
        self._withdraw = withdraw
        self._until_s = 0.0
        self._known: list[QtCore.QObject] = []  # that are watched; a wrapper kept is the same object
        notifier = Krita.instance().notifier()
        notifier.setActive(True)
        notifier.imageSaved.connect(saved)

    @property
    def is_on(self) -> bool:
        """Whether something may be saved now: a dialog is open, a menu, or one has just closed."""
        application = QtWidgets.QApplication
        if application.activeModalWidget() is not None or application.activePopupWidget() is not None:
            self._rest()
        return time.monotonic() < self._until_s

    def watch(self) -> None:
        """Watch everything there is now that leads to saving."""
        for window in Krita.instance().windows():
            main = window.qwindow()
            self._filter(main)
            for part in main.findChildren(QtWidgets.QMdiSubWindow):
                self._filter(part)
            if self._is_new(main.statusBar()):
                main.statusBar().messageChanged.connect(self._status_changed)
            self._watch_menu_and_buttons(main)
        for name in ACTIONS:
            action = Krita.instance().action(name)
            if action is not None:
                self._filter(action)

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:  # noqa: N802 (Qt's name)
        """A key of an action, or a window that closes."""
        if event.type() == SHORTCUT:
            self._begin()
        elif event.type() == CLOSE:  # Krita asks about what is not saved, and about nothing else
            self._begin(only_unsaved=True)
        return False

    def _watch_menu_and_buttons(self, main: QtWidgets.QMainWindow) -> None:
        for menu in main.findChildren(QtWidgets.QMenu, "file"):
            if self._is_new(menu):
                menu.aboutToShow.connect(self._begin)
                menu.aboutToHide.connect(self._begin)  # before what was chosen is done
        for bar in main.findChildren(QtWidgets.QToolBar):
            for action in bar.actions():
                button = bar.widgetForAction(action) if action.objectName() in ACTIONS else None
                if button is None or not isinstance(button, QtWidgets.QToolButton):
                    continue
                if self._is_new(button):
                    button.pressed.connect(self._begin)

    def _filter(self, watched: QtCore.QObject) -> None:
        if self._is_new(watched):
            watched.installEventFilter(self)

    def _is_new(self, watched: QtCore.QObject) -> bool:
        if any(known is watched for known in self._known):
            return False
        self._known.append(watched)
        return True

    def _status_changed(self, message: str) -> None:
        if message.endswith(AUTOSAVE):
            self._begin()

    def _begin(self, *, only_unsaved: bool = False) -> None:
        self._rest()
        try:
            self._withdraw(only_unsaved)
        except Exception:  # Krita shows a dialog for what a slot raises, and saving goes on
            log.exception("a preview could not leave its document before it is saved")

    def _rest(self) -> None:
        self._until_s = time.monotonic() + REST_S
