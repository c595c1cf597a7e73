"""A panel with a host in memory and a scripted backend on a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import QCoreApplication, QEvent, QLocale
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mgie.host.types import HostInfo
from mgie.panel.app import Options, Panel
from mgie.panel.state.panel import PanelState
from support.fake_backend import FakeBackend, FixedServer
from support.fake_host import FakeHost, flat_picture


@pytest.fixture(autouse=True)
def no_windows_left() -> Iterator[None]:
    """Windows of earlier tests really go: each one left would be restyled with every new theme."""
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def numbers_in_english() -> None:
    """As the panel writes them while it speaks English, whatever an earlier test of languages chose."""
    QLocale.setDefault(QLocale("en"))


class Bench:
    """Everything a test of the whole panel needs."""

    def __init__(self, qapp: QApplication, qtbot: QtBot, folder: Path, info: HostInfo | None = None) -> None:
        """info: which program the host is; GIMP without it."""
        self.backend, self.host = FakeBackend(), FakeHost()
        self.host.info = info or self.host.info
        self.backend.serve()
        self.document = self.host.open_picture("garden.png", flat_picture(40, 30))
        self.server = FixedServer(self.backend)
        self.folder = folder
        self._qapp, self._qtbot = qapp, qtbot
        self.panel = self.make_panel()

    def make_panel(self) -> Panel:
        """A panel on this host and backend."""
        panel = Panel(self._qapp, self.host, lambda state: self.server, Options(state_folder=self.folder))
        self._qtbot.addWidget(panel.window)
        return panel

    @property
    def state(self) -> PanelState:
        return self.panel.session.state

    def start(self) -> None:
        """Start, and wait until there is something to edit."""
        self.panel.start()
        self.wait(lambda: self.state.host.target is not None and self.state.backend.link.value == "ready")

    def wait(self, condition: Callable[[], bool], timeout: int = 30_000) -> None:
        """Let the panel work until something is so."""
        self._qtbot.waitUntil(condition, timeout=timeout)

    def edit(self, instruction: str) -> None:
        """Type and press, as an artist does."""
        field = self.panel.window.instruction.edit
        field.setPlainText(instruction)
        self.panel.window.actions_bar.primary.click()


@pytest.fixture
def bench(
    request: pytest.FixtureRequest, qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> Iterator[Bench]:
    """At GIMP, or at the host whose `HostInfo` is the parameter."""
    bench = Bench(qapp, qtbot, tmp_path, getattr(request, "param", None))
    yield bench
    bench.panel.close()
    bench.backend.stop()
