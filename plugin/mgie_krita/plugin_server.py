"""The extension's side of the link: a loopback server on Qt's loop, a timer, the panel's process."""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false, reportAttributeAccessIssue=false
# (Krita's module exists inside Krita only)

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from mgie.host.appearance import Appearance
from mgie.host.connection_file import Link, links_folder, new_token, write_link
from mgie.host.launcher import PanelLauncher
from mgie.host.link_server import LinkServer
from mgie.host.session import Session
from mgie.host.types import Invoked, InvokedAction
from mgie_krita.adapter import KritaAdapter
from mgie_krita.qt import LOCAL_HOST, LOW_DELAY, QtCore, QtGui, QtNetwork

log = logging.getLogger(__name__)

LINGER_MS = 2000  # for the last words of a link that is closed
POLL_MS = 300  # how soon a switched document, layer or selection shows in the panel


def language() -> str:
    """Of Krita's menus: Krita makes its own choice Qt's."""
    return ":".join(QtCore.QLocale().uiLanguages())


def appearance() -> Appearance:
    """Krita's colours and language as they are now."""
    palette = QtGui.QGuiApplication.palette()
    window = palette.window().color()
    return Appearance(
        look="dark" if window.lightness() < 128 else "light",  # 0..255
        window=window.name(),
        accent=palette.highlight().color().name(),
        language=language(),
    )


class PluginServer(QtCore.QObject):
    """Serves panels until Krita ends. Slots catch everything: Krita shows a dialog for what they raise."""

    def __init__(self, parent: QtCore.QObject, folder: Path, embed: Callable[[int], bool]) -> None:
        super().__init__(parent)
        self.adapter = KritaAdapter(embed)
        self._link_server = LinkServer(self.adapter, new_token())
        self._peers: list[Peer] = []
        self._server = QtNetwork.QTcpServer(self)
        self._server.newConnection.connect(self._accept)
        if not self._server.listen(LOCAL_HOST, 0):
            log.error("the panel cannot be served: %s", self._server.errorString())
        link = Link(
            program="krita", pid=os.getpid(), port=self._server.serverPort(), token=self._link_server.token
        )
        self._link_file = write_link(link, links_folder(sys.platform, Path.home(), os.environ))
        self._launcher = PanelLauncher(folder, self._link_file)
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self._poll)
        self._timer.start(POLL_MS)
        self.on_failure: Callable[[str], None] = log.error  # told a sentence for the artist
        self.on_panel_lost: Callable[[], None] = lambda: None
        self._had_panel = False

    def invoke(self, action: InvokedAction) -> None:
        """A menu entry was chosen or the docker's button pressed."""
        if not self._link_server.invoke(Invoked(action=action, document=self.adapter.active_id())):
            failure = self._launcher.start(os.environ, appearance())
            if failure:
                self.on_failure(failure)

    def end(self) -> None:
        """Krita is closing."""
        self._timer.stop()
        self._link_server.end()
        self._link_file.unlink(missing_ok=True)

    def _poll(self) -> None:
        try:
            self._link_server.poll()
            failure = self._launcher.failure()
            if failure:
                self.on_failure(failure)
            if self._had_panel and not self._link_server.has_panel:
                self.on_panel_lost()
            self._had_panel = self._link_server.has_panel
        except Exception:  # a document may close between two calls; the next round sees it gone
            log.exception("poll failed")

    def _accept(self) -> None:
        while self._server.hasPendingConnections():
            self._peers = [peer for peer in self._peers if peer.is_open]
            self._peers.append(Peer(self._link_server, self._server.nextPendingConnection()))


class Peer:
    """One connection: reads as long as it lasts, and is written to by Qt as the panel reads."""

    def __init__(self, link_server: LinkServer, connection: QtNetwork.QTcpSocket) -> None:
        self._connection = connection
        connection.setSocketOption(LOW_DELAY, 1)
        self._session: Session | None = link_server.open_session(self)
        connection.readyRead.connect(self._read)
        connection.disconnected.connect(self._end)

    @property
    def is_open(self) -> bool:
        """Whether the panel is still there."""
        return self._session is not None

    def send(self, data: bytes) -> None:
        """Queue bytes."""
        self._connection.write(data)

    def num_unsent(self) -> int:
        """Bytes in the queue."""
        return self._connection.bytesToWrite()

    def close(self) -> None:
        """Send what is queued, if the panel reads it soon."""
        self._connection.disconnectFromHost()
        timer = QtCore.QTimer(self._connection)  # goes with it
        timer.setSingleShot(True)
        timer.timeout.connect(self._connection.abort)
        timer.start(LINGER_MS)

    def _read(self) -> None:
        # Qt does not emit readyRead again for what comes while Krita turns the event loop inside a request.
        while self._session is not None and self._connection.bytesAvailable():
            self._session.receive(bytes(self._connection.readAll()))

    def _end(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.end()
        self._connection.deleteLater()
