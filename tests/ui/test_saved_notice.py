"""A saved file is confirmed wherever it was saved from, with what it does not hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from mgie.host.types import FileLoss
from mgie.panel.codec import FileCodec
from mgie.panel.state.job import Outcome
from mgie.panel.state.saved_file import SavedFile
from support.fake_ports import TARGET
from support.panel_scenes import DONE
from support.shown_panel import Shown


def _placed(bench) -> None:
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: any(k.outcome is Outcome.PLACED for k in bench.state.finished))


def _save_by_menu(bench, start: str, path: Path) -> None:
    card = bench.panel.window.result
    next(action for action in card.menu.actions() if action.text().startswith(start)).trigger()
    dialog = card.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(path))
    dialog.close()


def test_a_copy_saved_from_the_card_is_confirmed_with_what_jpeg_changed(
    bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        FileCodec, "write", lambda self, path, picture, records: FileLoss(largest_change=0.05)
    )
    _placed(bench)
    notice = bench.panel.window.saved
    _save_by_menu(bench, "Save a copy", bench.folder / "copy.jpg")
    bench.wait(notice.isVisible)
    assert notice.words.text() == "Saved as copy.jpg; JPEG compression changed colours by up to 5.0 %"
    notice.close_button.click()
    assert not notice.isVisible()


def test_a_record_that_was_saved_is_confirmed(bench) -> None:
    _placed(bench)
    _save_by_menu(bench, "Save the record", bench.folder / "made.json")
    bench.wait(bench.panel.window.saved.isVisible)
    assert bench.panel.window.saved.words.text() == "Saved as made.json"
    assert (bench.folder / "made.json").exists()


def test_a_result_without_a_place_is_confirmed_when_it_is_saved(bench) -> None:
    bench.start()
    bench.host.fails_with = "CANVAS_CHANGED"
    bench.edit("add snow")
    bench.wait(lambda: len(bench.state.unplaced) == 1)
    bench.panel.session.results.save(bench.state.unplaced[0].key, bench.folder / "kept.png")
    bench.wait(bench.panel.window.saved.isVisible)
    assert bench.panel.window.saved.words.text() == "Saved as kept.png"
    assert bench.state.unplaced == ()
    assert (bench.folder / "kept.png").exists()


def test_a_file_that_could_not_be_written_is_not_confirmed(bench) -> None:
    _placed(bench)
    _save_by_menu(bench, "Save a copy", bench.folder / "copy.png")
    bench.wait(bench.panel.window.saved.isVisible)
    _save_by_menu(bench, "Save a copy", bench.folder / "copy.xyz")
    bench.wait(lambda: bench.state.failure is not None)
    assert not bench.panel.window.saved.isVisible()
    assert "this ending" in bench.panel.window.notice.sentence.text()


def test_what_the_file_does_not_hold_is_said_until_something_else_is_done(qtbot: QtBot) -> None:
    shown = Shown(qtbot, DONE)
    file = SavedFile(name="a.jpg", loss=FileLoss(largest_change=0.05, more_in="a.tif"))
    for something_else in (
        lambda: shown.session.type_instruction("make it night"),
        shown.session.runs.edit,
        lambda: shown.session.host_changed(
            replace(shown.session.state.host, target=replace(TARGET, document="other"))
        ),
    ):
        shown.session.results.saved(shown.session.state.finished[0].key, file)
        assert shown.window.saved.words.text() == (
            "Saved as a.jpg; JPEG compression changed colours by up to 5.0 %; "
            "further pages, frames or layers of a.tif are not in it"
        )
        something_else()
        assert not shown.window.saved.isVisible()
