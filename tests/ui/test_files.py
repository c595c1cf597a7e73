"""The panel alone, on picture files: open, select by dragging, edit, undo, save."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mgie.api.rect import Rect
from mgie.host.files import FileHost
from mgie.host.types import HostPicture, PixelFormat
from mgie.panel.app import Options, Panel
from mgie.panel.codec import FileCodec
from mgie.panel.state.job import Outcome
from mgie.panel.views.canvas_view import CanvasView
from support.fake_backend import FakeBackend, FixedServer
from support.fake_host import flat_picture


@pytest.fixture
def alone(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Panel]:
    backend = FakeBackend()
    backend.serve()
    FileCodec().write(tmp_path / "garden.png", flat_picture(400, 300), [])
    panel = Panel(
        qapp, FileHost((), FileCodec()), lambda state: FixedServer(backend), Options(state_folder=tmp_path)
    )
    qtbot.addWidget(panel.window)
    panel.start()
    panel.documents.open([tmp_path / "garden.png"])
    qtbot.waitUntil(lambda: panel.session.state.host.thumbnail is not None, timeout=30_000)
    yield panel
    panel.close()
    backend.stop()


def test_a_dragged_selection_is_edited_undone_and_saved(alone: Panel, qtbot: QtBot, tmp_path: Path) -> None:
    canvas = alone.window.preview
    assert isinstance(canvas, CanvasView)
    area = canvas.area()
    start = area.topLeft().toPoint() + QPoint(10, 10)
    end = start + QPoint(round(area.width() / 2), round(area.height() / 2))
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(canvas, end)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)
    qtbot.waitUntil(lambda: alone.session.state.host.target.selection is not None, timeout=30_000)
    selection = alone.session.state.host.target.selection
    assert abs(selection.width - 200) <= 2
    assert abs(selection.height - 150) <= 2

    alone.window.instruction.edit.setPlainText("add snow")
    alone.window.actions_bar.primary.click()
    qtbot.waitUntil(
        lambda: any(k.outcome is Outcome.PLACED for k in alone.session.state.finished), timeout=30_000
    )
    alone.documents.save_copy(tmp_path / "edited.png")
    alone.window.files.undo.click()
    alone.documents.save_copy(tmp_path / "undone.png")
    qtbot.waitUntil((tmp_path / "undone.png").exists, timeout=30_000)
    alone.documents.close()
    edited, undone = FileCodec().read(tmp_path / "edited.png"), FileCodec().read(tmp_path / "undone.png")
    num_changed = int((np.frombuffer(edited.pixels, np.uint8) == 200).sum())
    assert num_changed == 3 * selection.width * selection.height
    assert undone.pixels == flat_picture(400, 300).pixels


def test_the_original_is_never_written_over(alone: Panel, qtbot: QtBot, tmp_path: Path) -> None:
    before = (tmp_path / "garden.png").read_bytes()
    alone.documents.save_copy(tmp_path / "garden.png")
    qtbot.waitUntil(lambda: alone.session.state.failure is not None, timeout=30_000)
    assert (tmp_path / "garden.png").read_bytes() == before


def test_a_saved_copy_is_confirmed_until_something_else_happens(
    alone: Panel, qtbot: QtBot, tmp_path: Path
) -> None:
    alone.documents.save_copy(tmp_path / "copy.png")
    saved = alone.window.files.saved
    qtbot.waitUntil(saved.isVisible, timeout=30_000)
    assert saved.text() == "Saved as copy.png"
    alone.documents.select(Rect(x=1, y=1, width=9, height=9))
    qtbot.waitUntil(lambda: not saved.isVisible(), timeout=30_000)


def test_why_a_copy_cannot_be_saved_is_told(alone: Panel, qtbot: QtBot, tmp_path: Path) -> None:
    deep = HostPicture(
        rect=Rect(x=0, y=0, width=8, height=8),
        format=PixelFormat(sample="u16", channels="rgb"),
        pixels=bytes(8 * 8 * 6),
    )
    FileCodec().write(tmp_path / "deep.png", deep, [])
    alone.documents.open([tmp_path / "deep.png"])
    alone.documents.save_copy(tmp_path / "deep.jpg")
    qtbot.waitUntil(lambda: alone.window.notice.isVisible(), timeout=30_000)
    assert alone.window.notice.sentence.text() == "Files of this kind cannot hold the picture's depth."
    assert ".png" in alone.window.notice.advice.text()
    assert not (tmp_path / "deep.jpg").exists()


def test_a_file_that_is_no_picture_is_told(alone: Panel, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_text("no picture")
    alone.documents.open([tmp_path / "x.png"])
    qtbot.waitUntil(lambda: alone.window.notice.isVisible(), timeout=30_000)


def test_a_double_click_selects_nothing(alone: Panel, qtbot: QtBot) -> None:
    alone.documents.select(Rect(x=1, y=1, width=9, height=9))
    qtbot.waitUntil(lambda: alone.session.state.host.target.selection is not None, timeout=30_000)
    QTest.mouseDClick(alone.window.preview, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: alone.session.state.host.target.selection is None, timeout=30_000)


def test_a_result_of_a_killed_panel_does_not_land_on_another_photograph(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    backend = FakeBackend()
    backend.script = replace(backend.script, step_s=0.15, num_steps=12)
    backend.serve()
    hosts: list[FileHost] = []

    def make_panel() -> Panel:
        hosts.append(FileHost((), FileCodec()))
        panel = Panel(qapp, hosts[-1], lambda state: FixedServer(backend), Options(state_folder=tmp_path))
        qtbot.addWidget(panel.window)
        panel.start()
        return panel

    for name, value in (("garden.png", 90), ("portrait.png", 30)):
        FileCodec().write(tmp_path / name, flat_picture(40, 30, value), [])
    first = make_panel()
    first.documents.open([tmp_path / "garden.png"])
    qtbot.waitUntil(lambda: first.session.state.host.target is not None, timeout=30_000)
    first.window.instruction.edit.setPlainText("add snow")
    first.window.actions_bar.primary.click()
    saved = tmp_path / "panel-files.json"
    qtbot.waitUntil(lambda: saved.exists() and "under_way" in saved.read_text(), timeout=30_000)
    text = saved.read_text()
    first.close()
    saved.write_text(text)  # as a killed panel leaves it

    second = make_panel()
    second.documents.open([tmp_path / "portrait.png"])
    qtbot.waitUntil(lambda: bool(second.session.state.unplaced), timeout=30_000)
    portrait = second.session.state.document
    assert (np.frombuffer(hosts[-1].read_pixels(portrait).pixels, np.uint8) == 30).all()
    second.documents.open([tmp_path / "garden.png"])
    qtbot.waitUntil(lambda: second.session.state.document != portrait, timeout=30_000)
    second.session.results.place_again(second.session.state.unplaced[0].key)
    qtbot.waitUntil(
        lambda: any(k.outcome is Outcome.PLACED for k in second.session.state.finished), timeout=30_000
    )
    second.close()
    backend.stop()


def test_undo_right_after_an_edit_takes_the_layer_back_and_not_the_words(alone: Panel, qtbot: QtBot) -> None:
    field = alone.window.instruction.edit
    alone.window.activateWindow()
    qtbot.waitUntil(alone.window.isActiveWindow, timeout=30_000)
    field.setFocus()
    QTest.keyClicks(field, "add snow")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: any(k.outcome is Outcome.PLACED for k in alone.session.state.finished), timeout=30_000
    )
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(
        lambda: any(k.outcome is Outcome.UNDONE for k in alone.session.state.finished), timeout=30_000
    )
    assert field.toPlainText() == "add snow"
    QTest.keyClicks(field, " now")
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert field.toPlainText().startswith("add snow")
    assert "now" not in field.toPlainText()[8:]


def test_an_unknown_ending_is_told_in_the_panels_own_words(
    alone: Panel, qtbot: QtBot, tmp_path: Path
) -> None:
    alone.documents.save_copy(tmp_path / "edited.xyz")
    qtbot.waitUntil(lambda: alone.session.state.failure is not None, timeout=30_000)
    assert "this ending" in alone.window.notice.sentence.text()
    assert ".png" in alone.window.notice.advice.text()
    assert not (tmp_path / "edited.xyz").exists()
