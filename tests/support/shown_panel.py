"""The panel's window in a given state, between noted ports."""

from __future__ import annotations

from PyQt6.QtCore import QCoreApplication
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.views.window import PanelWindow
from support.fake_ports import NotedBackend, NotedHost


class Shown:
    """A window in a scene, with noted ports."""

    def __init__(self, qtbot: QtBot, state: PanelState, width: int = 360) -> None:
        self.backend, self.host = NotedBackend(), NotedHost()
        self.session = Session(self.backend, self.host, state)
        self.window = PanelWindow(self.session)
        qtbot.addWidget(self.window)
        self.window.resize(width, 800)
        self.window.show()
        for _ in range(4):
            QCoreApplication.processEvents()

    def widgets(self) -> list[QWidget]:
        """All of ours; Qt's own parts inside combo boxes and scroll areas carry `qt_` names."""
        every = [self.window, *self.window.findChildren(QWidget)]
        return [w for w in every if not _is_qts_own(w)]


def _is_qts_own(widget: QWidget) -> bool:
    if widget.objectName().startswith("qt_") or widget.inherits("QScrollBar"):
        return True
    inner = widget.parentWidget()
    while inner is not None:
        if inner.inherits("QComboBox") or inner.inherits("QAbstractSpinBox") or inner.inherits("QMenu"):
            return True
        inner = inner.parentWidget()
    return False
