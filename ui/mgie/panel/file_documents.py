"""Picture files in the panel itself: open, switch, select, undo, save; all off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from mgie.api.failure import Failure
from mgie.api.rect import Rect
from mgie.host.errors import HostError
from mgie.host.files import FileHost
from mgie.host.types import HostEvent, HostMask, StateChanged
from mgie.panel.worker import Worker

_TOLD_BY_THE_FILE = ("HOST_FAILED", "BAD_REQUEST", "UNSUPPORTED_FORMAT")  # their message is for artists


class FileDocuments(QObject):
    """The few things a painting program would do for its artist. Signals are emitted off the GUI thread."""

    changed = pyqtSignal(object)  # HostState
    failed = pyqtSignal(object)  # Failure
    saved = pyqtSignal(object, object)  # Path, FileLoss

    def __init__(self, host: FileHost, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._host = host
        self._worker = Worker("panel-files")
        self._active = ""
        host.subscribe(self._receive_event)

    def open(self, paths: Sequence[Path]) -> None:
        """Read files; the last one becomes the active document."""
        for path in paths:
            self._do(lambda path=path: self._host.open(path))

    def activate(self, document: str) -> None:
        """Edit another document."""
        self._do(lambda: self._host.activate(document))

    def close_document(self) -> None:
        """Put the active document away."""
        self._do(lambda: self._host.close_document(self._active))

    def select(self, rect: Rect | None) -> None:
        """Select a rectangle of the active document, or nothing."""
        mask = HostMask(rect=rect, coverage=b"\xff" * rect.num_pixels) if rect else None
        self._do(lambda: self._host.select(self._active, mask))

    def undo(self) -> None:
        """Take the last layer back."""
        self._do(lambda: self._host.undo(self._active))

    def redo(self) -> None:
        """Put it there again."""
        self._do(lambda: self._host.redo(self._active))

    def save_copy(self, path: Path) -> None:
        """Write the document with its edits to another file."""

        def save() -> None:
            self.saved.emit(path, self._host.save_copy(self._active, path))

        self._do(save, "FILE_NOT_WRITTEN")

    def close(self) -> None:
        """Finish what was asked for."""
        self._worker.close()

    def _do(self, work: Callable[[], object], trouble: str = "FILE_NOT_READ") -> None:
        """trouble: the reason where only the message says what is wrong with the file."""

        def guarded() -> None:
            try:
                work()
            except (HostError, OSError) as error:
                is_plain = isinstance(error, HostError) and error.reason not in _TOLD_BY_THE_FILE
                reason = error.reason if isinstance(error, HostError) and is_plain else trouble
                self.failed.emit(Failure(reason=reason, message=str(error)))

        self._worker.submit(guarded)

    def _receive_event(self, event: HostEvent) -> None:
        if isinstance(event, StateChanged):
            self._active = event.state.active
            self.changed.emit(event.state)
