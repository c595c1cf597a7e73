"""Variations that wait are seen without scrolling: alone, beside a painting program, and in a low docker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PyQt6.QtCore import QCoreApplication, QPoint, QRect
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mgie.host.files import FileHost
from mgie.panel import theme
from mgie.panel.file_documents import FileDocuments
from mgie.panel.session import Session
from mgie.panel.state.panel import PanelState
from mgie.panel.state.progress import Phase
from mgie.panel.views.window import WIDE_PX, PanelWindow
from support.fake_ports import NotedBackend, NotedHost
from support.panel_scenes import VARIATIONS

assert VARIATIONS.edit is not None
PAINTING = replace(VARIATIONS, finished=(), edit=replace(VARIATIONS.edit, phase=Phase.SAMPLING, results=()))


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> None:
    theme.apply(qapp, theme.DARK)


@pytest.fixture
def documents() -> Iterator[FileDocuments]:
    made = FileDocuments(FileHost())
    yield made
    made.close()


def shown(qtbot: QtBot, state: PanelState, documents: FileDocuments | None) -> tuple[PanelWindow, Session]:
    """A window of the size that it has by itself."""
    session = Session(NotedBackend(), NotedHost(), state)
    window = PanelWindow(session, documents=documents)
    qtbot.addWidget(window)
    window.resize(window.sizeHint())
    window.show()
    settle()
    return window, session


def settle() -> None:
    for _ in range(8):
        QCoreApplication.processEvents()


def in_viewport(window: PanelWindow) -> bool:
    viewport, grid = window.middle.viewport(), window.grid
    assert viewport is not None
    assert grid.isVisible()
    return viewport.rect().contains(QRect(grid.mapTo(viewport, QPoint(0, 0)), grid.size()))


def finish(session: Session) -> None:
    session.update(finished=VARIATIONS.finished, edit=VARIATIONS.edit)
    settle()


@pytest.mark.parametrize("is_alone", [True, False])
def test_the_tray_is_in_view_in_the_default_window(
    qtbot: QtBot, documents: FileDocuments, is_alone: bool
) -> None:
    own = documents if is_alone else None
    window, _ = shown(qtbot, VARIATIONS, own)
    assert in_viewport(window)
    window, session = shown(qtbot, PAINTING, own)
    finish(session)
    assert in_viewport(window)


def test_alone_the_picture_stands_beside_the_tray(qtbot: QtBot, documents: FileDocuments) -> None:
    window, _ = shown(qtbot, VARIATIONS, documents)
    assert window.width() >= WIDE_PX
    assert window.stage.isAncestorOf(window.preview)
    assert window.preview.isVisible()


def test_the_artist_may_scroll_away_from_it(qtbot: QtBot) -> None:
    window, session = shown(qtbot, PAINTING, None)
    bar = window.middle.verticalScrollBar()
    assert bar is not None
    window.resize(300, 640)
    settle()
    finish(session)
    assert bar.value() > 0
    bar.setValue(0)
    session.results.choose(3)
    settle()
    assert bar.value() == 0
