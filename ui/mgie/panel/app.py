"""Puts the panel together: session, links, window; and takes it apart again without losing anything."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PyQt6.QtCore import QObject, Qt, pyqtBoundSignal
from PyQt6.QtGui import QGuiApplication, QWindow
from PyQt6.QtWidgets import QApplication

from mgie.api.failure import Failure
from mgie.client.connection import Server
from mgie.host.files import FileHost
from mgie.host.protocol import Host
from mgie.host.types import Invoked, LinkClosed
from mgie.panel import library_files, storage, theme, x11
from mgie.panel.backend_link import BackendLink
from mgie.panel.canvas_compare import CanvasCompare
from mgie.panel.file_documents import FileDocuments
from mgie.panel.history_files import HistoryKeeper
from mgie.panel.host_link import HostLink
from mgie.panel.popup_places import PopupPlaces
from mgie.panel.recovery import write_unplaced
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.theme import DARK, Theme
from mgie.panel.views.window import PanelWindow
from mgie.panel.window_place import WindowPlace

log = logging.getLogger(__name__)

MakeServer = Callable[[Callable[[], PanelState]], Server]  # of what says how the panel stands


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a panel is to run."""

    state_folder: Path  # for drafts and recovered results
    theme: Theme = DARK
    wants_embedding: bool = True  # where the host can take the window into a docker


class Panel(QObject):
    """One running panel. `app` must be the application."""

    def __init__(self, app: QApplication, host: Host, make_server: MakeServer, options: Options) -> None:
        """make_server: makes what finds and starts the backend, knowing how the panel stands at that time."""
        super().__init__()
        self._app, self._options = app, options
        self._is_closing = False
        self._has_place = False  # in the host's docker or above its window
        self._is_embedded = False
        self._place = WindowPlace(options.state_folder / f"window-{host.info.program}.json")
        file = options.state_folder / f"panel-{host.info.program}.json"
        library, problems = library_files.load(options.state_folder)
        state = replace(storage.load(file), library=library, failure=_damaged(problems))
        self.backend_link = BackendLink(make_server(lambda: self.session.state), self)
        self.host_link = HostLink(host, parent=self)
        self.session = Session(self.backend_link, self.host_link, state)
        self.documents = _file_documents(host, self)
        self._draft_writer = storage.DraftWriter(self.session, file, self)
        self._history_keeper = HistoryKeeper(self.session, options.state_folder, self.host_link, self)
        self._library_writer = library_files.LibraryWriter(self.session, options.state_folder, self)
        self._wire()
        theme.apply(app, options.theme)
        self.window = PanelWindow(self.session, documents=self.documents, on_close=self.close)
        self.canvas_compare = self._compare_on_canvas(host) if host.info.can_overlay else None
        if self.documents is not None and self.window.files is not None:
            _connect(self.documents.changed, self.window.files.show_files)
            _connect(self.documents.failed, self._failed)

    def start(self) -> None:
        """Show the window and begin to follow host and backend."""
        self.backend_link.choose_server(self.session.state.server.name)
        self.backend_link.start()
        self.host_link.start()
        self.session.runs.resume()
        if QGuiApplication.platformName() == "xcb":
            self.host_link.attach(int(self.window.winId()), embed=self._options.wants_embedding)
        else:
            self._attached(False, 0)

    def close(self) -> None:
        """Write the drafts, write what was not placed, end the links. Safe to call twice."""
        if self._is_closing:
            return
        self._is_closing = True
        if self._has_place and not self._is_embedded:
            self._place.keep(self.window)
        write_unplaced(self.session.state, self._options.state_folder / "recovered")
        self._draft_writer.close()
        self._library_writer.close()
        self._history_keeper.close()
        if self.documents is not None:
            self.documents.close()
        self.host_link.close()
        self.backend_link.close()

    def _compare_on_canvas(self, host: Host) -> CanvasCompare:
        """GIMP tells nobody before it saves: there it goes as soon as the artist turns to GIMP."""
        must_go = host.info.program == "gimp"

        def is_in_front() -> bool:
            return not must_go or self._app.applicationState() is Qt.ApplicationState.ApplicationActive

        view, bar = self.window.preview, self.window.compare
        compare = CanvasCompare(view, self.session, self.host_link, is_in_front=is_in_front)
        bar.on_canvas.setVisible(True)
        bar.on_canvas.toggled.connect(compare.turn)
        self._app.applicationStateChanged.connect(compare.look_again)
        return compare

    def _wire(self) -> None:
        session, host, backend = self.session, self.host_link, self.backend_link
        _connect(backend.status_changed, session.backend_changed)
        _connect(backend.message_received, session.runs.receive)
        _connect(backend.estimated, session.forecasts.answered)
        _connect(backend.server_seen, session.servers.seen)
        _connect(backend.server_used, session.servers.used)
        _connect(backend.server_failed, session.servers.failed)
        _connect(backend.models_listed, session.models.listed)
        _connect(backend.model_worked, session.models.worked)
        _connect(backend.model_planned, session.models.planned)
        _connect(backend.models_failed, session.models.failed)
        _connect(host.status_changed, session.host_changed)
        _connect(host.pictures_read, session.runs.pictures_read)
        _connect(host.read_failed, session.runs.read_failed)
        _connect(host.placed, session.results.placed)
        _connect(host.layers_seen, session.layers.seen)
        _connect(host.taken_back, session.layers.taken_back)
        _connect(host.scaled, session.layers.scaled)
        _connect(host.faded, session.layers.faded)
        _connect(host.place_failed, session.results.place_failed)
        _connect(host.saved, session.results.saved)
        _connect(host.record_saved, session.results.record_saved)
        _connect(host.save_failed, session.results.save_failed)
        _connect(host.region_captured, session.regions.captured)
        _connect(host.selection_captured, session.queue.captured)
        _connect(host.capture_failed, session.queue.capture_failed)
        _connect(host.note_read, self._history_keeper.note_read)
        _connect(host.failed, self._failed)
        _connect(host.invoked, self._invoked)
        _connect(host.attached, self._attached)
        _connect(host.closed, self._host_ended)

    def _failed(self, failure: Failure) -> None:
        self.session.update(failure=failure)

    def _invoked(self, event: Invoked) -> None:
        """The artist chose the panel's entry in the host's menu."""
        if self._is_closing:
            return  # sent before the link was closed
        if self._has_place:  # else it shows when it has: a window that is shown already moves when embedded
            self.window.show()
            self.window.raise_()
            self.window.activateWindow()
        if event.action == "repeat":
            self.session.repeat_last()

    def _attached(self, is_embedded: bool, parent: int) -> None:
        """Inside the docker, or above the host's window."""
        if self._is_closing:
            return  # sent before the link was closed
        self._has_place, self._is_embedded = True, is_embedded
        if parent and not is_embedded:
            self.window.left.connect(lambda: x11.activate(parent))
        handle = self.window.windowHandle()
        if is_embedded:
            self.window.become_embedded()
            PopupPlaces(self._app, self.window)
        else:
            self._place.restore(self.window)
        if parent and not is_embedded and handle is not None:
            self.window.setWindowFlag(Qt.WindowType.Dialog)
            handle = self.window.windowHandle()
            owner = QWindow.fromWinId(parent)  # pyright: ignore[reportArgumentType] # PyQt takes the plain number
            if handle is not None and owner is not None:
                handle.setTransientParent(owner)
        self.window.show()

    def _host_ended(self, event: LinkClosed) -> None:
        """Without its host the panel has nothing left to edit: stop, keep what is finished, go."""
        log.info("host ended reason=%s", event.reason)
        self.session.runs.stop()
        self.close()
        self._app.quit()


def _file_documents(host: Host, parent: QObject) -> FileDocuments | None:
    """Where no painting program is, the panel handles the files itself."""
    if isinstance(host, FileHost) and host.info.program == "files":
        return FileDocuments(host, parent)
    return None


def _damaged(problems: Sequence[str]) -> Failure | None:
    """What to say about files of the artist's own that cannot be read."""
    return Failure(reason="LIBRARY_DAMAGED", message="; ".join(problems)) if problems else None


def _connect(signal: pyqtBoundSignal, receiver: Callable[..., None]) -> None:
    """Deliver in the GUI thread, in the order of emission."""
    signal.connect(receiver, type=Qt.ConnectionType.QueuedConnection)  # pyright: ignore[reportCallIssue]
