"""Regions as a mode: their rows, names, words, eye and retry."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mgie.panel import theme
from mgie.panel.state.job import Outcome
from support.panel_scenes import DONE, SCENES, TYPED
from support.shown_panel import Shown


@pytest.fixture(autouse=True, scope="module")
def dressed(qapp: QApplication) -> None:
    theme.apply(qapp, theme.DARK)


def test_regions_are_a_mode_of_their_own(qtbot: QtBot) -> None:
    shown = Shown(qtbot, TYPED)
    window = shown.window
    assert not window.regions.isVisible()
    window.mode.regions.click()
    assert (window.text.isVisible(), window.regions.isVisible()) == (False, True)
    assert "next region" in window.instruction.edit.placeholderText()
    assert window.regions.hint.isVisible()
    assert not window.actions_bar.primary.isEnabled()
    assert "add it as a region" in window.actions_bar.primary.accessibleDescription()
    window.mode.edit.click()
    assert window.actions_bar.primary.text() == "Edit selection"


def test_a_finished_region_folds_and_a_failed_one_can_be_tried_again_alone(qtbot: QtBot) -> None:
    shown = Shown(
        qtbot, replace(SCENES["batch"], regions=SCENES["batch"].regions[:1] + SCENES["batch"].regions[2:])
    )
    rows = shown.window.regions.rows
    assert shown.window.mode.regions.text() == "Regions 3"
    assert (rows["a"].instruction.isVisible(), rows["c"].instruction.isVisible()) == (False, True)
    rows["a"].fold.click()
    assert rows["a"].instruction.isVisible()
    assert rows["a"].words.isVisible()
    assert not rows["d"].retry.isVisible()  # it was never tried
    rows["c"].retry.click()
    ((_, jobs, regions),) = shown.host.reads
    assert ([job.instruction for job in jobs], [r.key for r in regions]) == (
        ["turn the spoon to gold"],
        ["c"],
    )


def test_a_regions_layer_is_hidden_and_shown_by_its_eye(qtbot: QtBot) -> None:
    region = SCENES["batch"].regions[0]
    assert region.job is not None
    placed = replace(DONE.finished[0], job=region.job, outcome=Outcome.PLACED)
    shown = Shown(qtbot, replace(SCENES["batch"], finished=(placed,)))
    eye = shown.window.regions.rows["a"].eye
    assert eye.isVisible()
    assert eye.isChecked()
    assert not shown.window.regions.rows["b"].eye.isVisible()
    eye.click()
    assert shown.session.state.finished[0].opacity == 0
    assert not eye.isChecked()
    eye.click()
    assert shown.session.state.finished[0].opacity == 1


def test_the_result_of_one_region_is_discarded_and_kept_while_the_others_stay(qtbot: QtBot) -> None:
    first, second = SCENES["batch"].regions[:2]
    placed = [
        replace(DONE.finished[0], job=replace(first.job, key=key), outcome=Outcome.PLACED, layer=layer)
        for key, layer in (("one", "7"), ("two", "8"))
    ]
    regions = tuple(
        replace(r, job=k.job, progress=replace(first.progress, job=k.job.key))
        for r, k in zip((first, second), placed, strict=True)
    )
    shown = Shown(qtbot, replace(SCENES["batch"], regions=regions, finished=tuple(placed)))
    one, two = (shown.window.regions.rows[r.key] for r in regions)
    assert (one.discard.isVisible(), one.keep.isVisible()) == (True, False)
    one.discard.click()
    assert shown.host.taken_back == [(placed[0].key,)]
    shown.session.layers.taken_back([placed[0].key])
    assert (one.discard.isVisible(), one.keep.isVisible(), one.eye.isVisible()) == (False, True, False)
    assert one.status.text() == "Discarded"
    assert two.discard.isVisible()
    assert two.status.text() != "Discarded"
    one.keep.click()
    assert shown.host.brought_back == [(placed[0].key,)]


def test_regions_are_renamed_and_pointed_at(qtbot: QtBot) -> None:
    shown = Shown(qtbot, SCENES["batch"])
    row = shown.window.regions.rows["b"]
    row.name.setText("Wood")
    row.name.editingFinished.emit()
    assert [r.name for r in shown.session.state.regions][1] == "Wood"
    row.name.setText("  ")
    row.name.editingFinished.emit()
    assert [r.name for r in shown.session.state.regions][1] == "Wood"
    thumbnail = shown.window.target.thumbnail
    plain = thumbnail.grab().toImage()
    row.pointed.emit("b")
    assert thumbnail.grab().toImage() != plain
    row.pointed.emit("")
    assert thumbnail.grab().toImage() == plain


def test_return_in_a_regions_field_begins_the_batch_and_gives_the_keyboard_back(qtbot: QtBot) -> None:
    regions = tuple(
        replace(r, progress=None, job=None, instruction="warmer") for r in SCENES["batch"].regions
    )
    shown = Shown(qtbot, replace(SCENES["batch"], regions=regions, finished=()))
    field = shown.window.regions.rows["a"].instruction
    left: list[None] = []
    shown.window.left.connect(lambda: left.append(None))
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert left == [None]
    assert len(shown.host.reads) == 1
