"""Where the panel's window goes: shown once it has its place, left alone inside a docker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mgie.host.types import Invoked
from mgie.panel.app import Options, Panel
from support.fake_backend import FakeBackend, FixedServer
from support.fake_host import FakeHost


@pytest.fixture
def panel(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Panel]:
    """A panel that has not asked its host for a place yet."""
    backend = FakeBackend()
    backend.serve()
    panel = Panel(qapp, FakeHost(), lambda state: FixedServer(backend), Options(state_folder=tmp_path))
    qtbot.addWidget(panel.window)
    panel.backend_link.start()
    panel.host_link.start()
    yield panel
    panel.close()
    backend.stop()


def test_the_menu_shows_no_window_before_the_host_has_said_where_it_goes(panel: Panel, qtbot: QtBot) -> None:
    """A window that is on the screen already would keep its place there when a docker takes it in."""
    with qtbot.waitSignal(panel.host_link.invoked):
        panel.host_link.invoked.emit(Invoked(action="edit", document=""))
    QApplication.processEvents()
    assert not panel.window.isVisible()
    panel.host_link.attached.emit(True, 0)
    qtbot.waitUntil(panel.window.isVisible)


def test_a_docker_smaller_than_the_panel_leaves_it_that_small(panel: Panel, qtbot: QtBot) -> None:
    panel.host_link.attached.emit(True, 0)
    qtbot.waitUntil(panel.window.isVisible)
    panel.window.resize(200, 150)
    panel.window.instruction.edit.setMinimumHeight(400)  # as when a part grows
    QApplication.processEvents()
    assert (panel.window.width(), panel.window.height()) == (200, 150)
