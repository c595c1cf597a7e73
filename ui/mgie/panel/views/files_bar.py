"""The row that stands in for a painting program: open, choose, undo, save."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QSignalBlocker, Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mgie.host.types import FileLoss, HostState
from mgie.panel import result_texts
from mgie.panel.file_documents import FileDocuments
from mgie.panel.pixels import file_ending
from mgie.panel.state.saved_file import SavedFile
from mgie.panel.views.icons import give_icon
from mgie.panel.views.naming import named, paragraph, show_tool_tip


class FilesBar(QWidget):
    """Only where the panel stands alone."""

    def __init__(self, documents: FileDocuments) -> None:
        super().__init__()
        self._documents = documents
        named(self, "files", self.tr("Files"))
        self.open = self._button("open_files", "open", "Ctrl+O", self.tr("Open pictures"))
        self.undo = self._button("undo", "undo", "Ctrl+Z", self.tr("Undo: take the last layer back"))
        self.redo = self._button("redo", "redo", "Ctrl+Shift+Z", self.tr("Redo: bring the layer back"))
        self.save = self._button("save_copy", "save", "Ctrl+S", self.tr("Save a copy"))
        self.documents = named(QComboBox(), "documents", self.tr("Document"), self.tr("The picture to edit"))
        self.documents.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.documents.setMinimumContentsLength(4)
        self.documents.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.saved = named(paragraph(), "saved_copy", self.tr("The copy that was saved"))
        self.saved.hide()
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.open)
        row.addWidget(self.documents, 1)
        for button in (self.undo, self.redo, self.save):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.saved)
        self.open.clicked.connect(self._ask_what)
        self.save.clicked.connect(self._ask_where)
        self.undo.clicked.connect(documents.undo)
        self.redo.clicked.connect(documents.redo)
        self.documents.activated.connect(self._activate)
        documents.saved.connect(self._show_saved, type=Qt.ConnectionType.QueuedConnection)  # pyright: ignore[reportCallIssue]
        documents.failed.connect(self.saved.hide, type=Qt.ConnectionType.QueuedConnection)  # pyright: ignore[reportCallIssue]
        self.show_files(HostState(documents=()))

    def show_files(self, state: HostState) -> None:
        """Show what is open."""
        active = state.active_document
        self._ending = file_ending(active.format) if active else "png"
        self.saved.hide()
        with QSignalBlocker(self.documents):
            self.documents.clear()
            for document in state.documents:
                self.documents.addItem(document.name, document.id)
            self.documents.setCurrentIndex(self.documents.findData(state.active))
        for widget in (self.documents, self.undo, self.redo, self.save):
            widget.setEnabled(bool(state.documents))

    def _button(self, name: str, icon: str, keys: str, label: str) -> QToolButton:
        button = named(QToolButton(), name, label)
        show_tool_tip(button, f"{label} ({keys})")
        give_icon(button, icon)
        button.setShortcut(QKeySequence(keys))
        return button

    def _activate(self, index: int) -> None:
        self._documents.activate(str(self.documents.itemData(index)))

    def _ask_what(self) -> None:
        """Ask without blocking the panel."""
        dialog = named(QFileDialog(self, self.tr("Open pictures")), "open_dialog", self.tr("Open pictures"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(self.tr("Pictures (*.png *.jpg *.jpeg *.tif *.tiff *.webp *.bmp *.ora)"))
        dialog.filesSelected.connect(self._open)
        dialog.open()

    def _open(self, paths: list[str]) -> None:
        self._documents.open([Path(path) for path in paths])

    def _ask_where(self) -> None:
        name = Path(self.documents.currentText())
        dialog = QFileDialog(self, self.tr("Save a copy"), f"{name.stem}-edited.{self._ending}")
        named(dialog, "save_copy_dialog", self.tr("Save a copy"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("Pictures (*.png *.jpg *.jpeg *.tif *.tiff *.webp)"))
        dialog.setDefaultSuffix(self._ending)
        dialog.fileSelected.connect(self._save)
        dialog.open()

    def _save(self, path: str) -> None:
        self._documents.save_copy(Path(path))

    def _show_saved(self, path: Path, loss: FileLoss) -> None:
        self.saved.setText(result_texts.saved_file(SavedFile(name=path.name, loss=loss)))
        self.saved.show()
