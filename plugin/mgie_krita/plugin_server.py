"""The extension's side of the link: a loopback server on Qt's loop, a timer, the panel's process."""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false, reportAttributeAccessIssue=false
# (Krita's module exists inside Krita only)

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from mgie.host.connection_file import Link, links_folder, new_token, write_link
from mgie.host.launcher import PanelLauncher
from mgie.host.link_server import Hub
from mgie.host.types import Invoked, InvokedAction
from mgie_krita.adapter import KritaAdapter
from mgie_krita.qt import LOCAL_HOST, LOW_DELAY, QtCore, QtGui, QtNetwork

log = logging.getLogger(__name__)

POLL_MS = 300  # how soon a switched document, layer or selection shows in the panel


class Bridge(QtCore.QObject):
    """Serves panels until Krita ends. Slots catch everything: Krita shows a dialog for what they raise."""

    def __init__(self, parent: QtCore.QObject, folder: Path, embed: Callable[[int], bool]) -> None:
        super().__init__(parent)
        self.adapter = KritaAdapter(embed)
        self._hub = Hub(self.adapter, new_token())
        self._peers: list[Peer] = []
        self._server = QtNetwork.QTcpServer(self)
        self._server.newConnection.connect(self._accept)
        if not self._server.listen(LOCAL_HOST, 0):
            log.error("the panel cannot be served: %s", self._server.errorString())
        link = Link(program="krita", pid=os.getpid(), port=self._server.serverPort(), token=self._hub.token)
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
        if not self._hub.invoke(Invoked(action=action, document=self.adapter.active_id())):
            lightness = QtGui.QGuiApplication.palette().window().color().lightness()  # 0..255
            failure = self._launcher.start(os.environ, "dark" if lightness < 128 else "light")
            if failure:
                self.on_failure(failure)

    def end(self) -> None:
        """Krita is closing."""
        self._timer.stop()
        self._hub.end()
        self._link_file.unlink(missing_ok=True)

    def _poll(self) -> None:
        try:
            self._hub.poll()
            failure = self._launcher.failure()
            if failure:
                self.on_failure(failure)
            if self._had_panel and not self._hub.has_panel:
                self.on_panel_lost()
            self._had_panel = self._hub.has_panel
        except Exception:  # a document may close between two calls; the next round sees it gone
            log.exception("poll failed")

    def _accept(self) -> None:
        while self._server.hasPendingConnections():
            self._peers = [peer for peer in self._peers if peer.is_open]
            self._peers.append(Peer(self._hub, self._server.nextPendingConnection()))


class Peer:
    """One connection."""

    def __init__(self, hub: Hub, connection: QtNetwork.QTcpSocket) -> None:
        self._connection = connection
        connection.setSocketOption(LOW_DELAY, 1)
        self._session = hub.open_session(self._send, connection.disconnectFromHost)
        if self._session is None:
            connection.disconnectFromHost()
            return
        connection.readyRead.connect(self._read)
        connection.disconnected.connect(self._end)

    @property
    def is_open(self) -> bool:
        """Whether the panel is still there."""
        return self._session is not None

    def _send(self, data: bytes) -> None:
        self._connection.write(data)

    def _read(self) -> None:
        try:
            if self._session is not None:
                self._session.receive(bytes(self._connection.readAll()))
        except Exception:  # Krita would show it in a dialog
            log.exception("request failed")

    def _end(self) -> None:
        session, self._session = self._session, None
        try:
            if session is not None:
                session.end()
        except Exception:  # Krita would show it in a dialog
            log.exception("link did not end cleanly")
