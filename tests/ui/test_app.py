"""Where the panel's window goes: shown once it has its place, left alone inside a docker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PyQt6 import sip
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mgie.host.types import Invoked
from mgie.panel.app import Options, Panel
from mgie.panel.state.target import HostStatus, Thumbnail
from support.fake_backend import FakeBackend, FixedServer
from support.fake_host import FakeHost
from support.fake_ports import CONNECTED


@pytest.fixture
def unminded(qapp: QApplication, tmp_path: Path) -> Iterator[Panel]:
    """A panel that has not asked its host for a place yet, and whose window nobody closes."""
    backend = FakeBackend()
    backend.serve()
    panel = Panel(qapp, FakeHost(), lambda state: FixedServer(backend), Options(state_folder=tmp_path))
    panel.backend_link.start()
    panel.host_link.start()
    yield panel
    panel.close()
    backend.stop()


@pytest.fixture
def panel(unminded: Panel, qtbot: QtBot) -> Panel:
    """The same, with a window that goes when the test ends."""
    qtbot.addWidget(unminded.window)
    return unminded


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


def test_news_after_the_window_is_gone_reaches_no_view(unminded: Panel, qtbot: QtBot) -> None:
    """The links go on until they are closed, and what they have sent is still delivered then."""
    thumbnail = Thumbnail(width=1, height=1, rgba=bytes(4))
    told: list[HostStatus] = []
    unminded.host_link.attached.emit(True, 0)
    qtbot.waitUntil(unminded.window.isVisible)
    with qtbot.capture_exceptions() as exceptions:
        unminded.host_link.status_changed.emit(replace(CONNECTED, thumbnail=thumbnail))
        sip.delete(unminded.window)
        unminded.session.subscribe(lambda state: told.append(state.host))
        QApplication.processEvents()
    assert exceptions == []
    assert thumbnail in [host.thumbnail for host in told]


def test_a_panel_that_was_closed_shows_no_window_again(panel: Panel, qtbot: QtBot) -> None:
    panel.host_link.attached.emit(True, 0)
    qtbot.waitUntil(panel.window.isVisible)
    panel.window.hide()
    panel.host_link.invoked.emit(Invoked(action="edit", document=""))  # under way while it closes
    panel.host_link.attached.emit(True, 0)
    panel.close()
    QApplication.processEvents()
    assert not panel.window.isVisible()
