"""The plug-in as Krita sees it: an extension with two actions, and a docker that takes the panel in."""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false, reportAttributeAccessIssue=false
# (Krita's module exists inside Krita only)

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

from krita import DockWidget, DockWidgetFactory, Extension, Krita, Window

from mgie.host.appearance import MARK
from mgie.host.host_texts import host_text
from mgie.host.types import InvokedAction
from mgie_krita.plugin_server import PluginServer, language
from mgie_krita.qt import ALIGN_CENTER, DOCK_RIGHT, QtCore, QtGui, QtWidgets

MENU = "tools/scripts"
DOCKER_ID = "mgie_docker"
ACTIONS: dict[str, tuple[InvokedAction, str]] = {
    "mgie_edit": ("edit", "Edit with an Instruction..."),
    "mgie_edit_again": ("repeat", "Edit with the Last Instruction"),
}


class MgieExtension(Extension):
    """Owns the plug-in server; lives as long as Krita."""

    def __init__(self, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self.dockers: list[MgieDocker] = []
        self.server: PluginServer | None = None

    def setup(self) -> None:
        """Start to serve."""
        self.server = PluginServer(self, Path(__file__).parent, self.embed)
        self.server.on_failure = self.say
        self.server.on_panel_lost = self.panel_lost
        QtCore.QCoreApplication.instance().aboutToQuit.connect(self.server.end)

    def createActions(self, window: Window) -> None:  # noqa: N802 (Krita's name)
        """Menu entries; shortcuts are the artist's to assign."""
        for name, (action, text) in ACTIONS.items():
            entry = window.createAction(name, host_text(text, language()), MENU)
            entry.setIcon(QtGui.QIcon(str(MARK)))
            entry.triggered.connect(partial(self.invoke, action))

    def invoke(self, action: InvokedAction, is_checked: bool = False) -> None:
        """Open the panel, or run the last instruction again."""
        if self.server is not None:
            self.server.invoke(action)

    def embed(self, window_id: int) -> bool:
        """Take the panel's window into the docker of the window in front."""
        for docker in self.dockers:
            docker.take(window_id)
            return True
        return False

    def say(self, message: str) -> None:
        """Tell the artist where they look for the panel."""
        logging.getLogger(__name__).error(message)
        for docker in self.dockers:
            docker.say(message)

    def panel_lost(self) -> None:
        """The panel's process ended."""
        for docker in self.dockers:
            docker.release()


class MgieDocker(DockWidget):
    """Holds the panel's window, or a button that opens the panel."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("MGIE")
        self._message = QtWidgets.QLabel(host_text("Edit photographs by instruction.", language()))
        self._message.setWordWrap(True)
        self._message.setAlignment(ALIGN_CENTER)
        self._message.setObjectName("mgie_message")
        self._button = QtWidgets.QPushButton(host_text("Open the panel", language()))
        self._button.setObjectName("mgie_open")
        self._button.setIcon(QtGui.QIcon(str(MARK)))
        self._button.clicked.connect(lambda: extension.invoke("edit"))
        self._start = QtWidgets.QWidget()
        column = QtWidgets.QVBoxLayout(self._start)
        column.addStretch()
        column.addWidget(self._message)
        column.addWidget(self._button)
        column.addStretch()
        self._stack = QtWidgets.QStackedWidget()
        self._stack.addWidget(self._start)
        self.setWidget(self._stack)
        extension.dockers.append(self)

    def take(self, window_id: int) -> None:
        """Embed a window of another process (X11)."""
        self.release()
        window = QtGui.QWindow.fromWinId(window_id)
        container = QtWidgets.QWidget.createWindowContainer(window, self)
        container.setMinimumSize(300, 400)  # below that the panel's parts overlap
        self._stack.addWidget(container)
        self._stack.setCurrentWidget(container)
        self.setVisible(True)
        self.raise_()

    def release(self) -> None:
        """Back to the button."""
        while self._stack.count() > 1:
            container = self._stack.widget(1)
            self._stack.removeWidget(container)
            container.deleteLater()
        self._stack.setCurrentWidget(self._start)

    def say(self, message: str) -> None:
        """Show a sentence above the button."""
        self._message.setText(message)

    def canvasChanged(self, canvas: object) -> None:  # noqa: N802 (Krita's name)
        """Krita insists on this method."""


extension = MgieExtension(Krita.instance())


def register() -> None:
    """Hand over to Krita."""
    logging.basicConfig(level=logging.WARNING, format="mgie: %(message)s")
    Krita.instance().addExtension(extension)
    Krita.instance().addDockWidgetFactory(DockWidgetFactory(DOCKER_ID, DOCK_RIGHT, MgieDocker))
