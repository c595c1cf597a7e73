"""Asked before the window closes while there are results that are in no document and in no file."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtWidgets import QMessageBox, QWidget

from mgie.panel.views.naming import named


class CloseQuestion(QMessageBox):
    """Shown without blocking. Exactly one of the two answers closes; any other way out of it stays."""

    def __init__(
        self, parent: QWidget, count: int, on_keep: Callable[[], None], on_discard: Callable[[], None]
    ) -> None:
        super().__init__(parent)
        named(self, "close_question", self.tr("Results not placed yet"))
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(self.tr("Results not placed yet"))
        one, many = (
            self.tr("One result is not placed yet."),
            self.tr("%n results are not placed yet.", "", count),
        )
        self.setText(one if count == 1 else many)
        self.setInformativeText(self.tr("Keep them as picture files, or discard them?"))
        self.keep = self.addButton(self.tr("Keep as files"), QMessageBox.ButtonRole.AcceptRole)
        self.discard = self.addButton(self.tr("Discard"), QMessageBox.ButtonRole.DestructiveRole)
        self.stay = self.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        assert self.keep is not None
        assert self.discard is not None
        named(self.keep, "close_keep", self.tr("Keep as files"))
        named(self.discard, "close_discard", self.tr("Discard"))
        self.keep.clicked.connect(on_keep)
        self.discard.clicked.connect(on_discard)
