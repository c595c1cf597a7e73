"""The drawer of settings: what it shows for a model, how it scrolls, sliders, seed and mask."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import QCoreApplication, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mgie.panel import theme
from support.panel_scenes import MINI, SCENES, TYPED
from support.shown_panel import Shown


@pytest.fixture(autouse=True, scope="module")
def dressed(qapp: QApplication) -> None:
    theme.apply(qapp, theme.DARK)


def test_own_numbers_turn_the_preset_into_the_artists_own(qtbot: QtBot) -> None:
    shown = Shown(qtbot, TYPED)
    QTest.keyClick(shown.window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert shown.window.settings.isVisible()
    shown.window.settings.fields["guidance_scale"].control.setValue(9.0)
    assert shown.window.options.preset.currentText() == "Own settings"
    shown.window.settings.seed.edit.setText("not a number")
    shown.window.settings.seed.edit.editingFinished.emit()
    assert shown.window.settings.seed.edit.text() == "2718281828"
    shown.window.settings.seed.edit.setText("42")
    shown.window.settings.seed.edit.editingFinished.emit()
    assert (shown.session.state.settings.seed, shown.session.state.settings.is_seed_locked) == (42, True)


def test_settings_in_a_low_window_scroll_and_are_not_crushed(qtbot: QtBot) -> None:
    shown = Shown(qtbot, TYPED)
    window = shown.window
    window.become_embedded()
    window.ideas.more.setChecked(True)
    for height in (720, 400, 240):
        window.resize(300, height)
        for _ in range(4):
            QCoreApplication.processEvents()
        assert window.size().height() == height
        every = [*window.settings.fields.values(), *window.settings.compose.values(), window.settings.source]
        for row in (*every, window.target, window.instruction, window.actions_bar.primary, window.backend):
            if row.isVisible():
                assert row.height() >= row.minimumSizeHint().height(), (height, row.objectName())


def test_sliders_and_numbers_set_the_same_and_reset_goes_back(qtbot: QtBot) -> None:
    shown = Shown(qtbot, TYPED)
    shown.window.ideas.more.setChecked(True)
    feather = shown.window.settings.compose["feather_px"].slider
    assert not feather.reset.isVisible()
    feather.slider.setValue(200)
    assert shown.session.state.settings.compose.feather_px == feather.spin.value() == 125
    feather.spin.setValue(40)
    assert shown.session.state.settings.compose.feather_px == 40
    assert feather.reset.isVisible()
    feather.reset.click()
    assert shown.session.state.settings.compose.feather_px == 8
    assert not feather.reset.isVisible()


def test_the_mask_lies_over_the_preview_while_its_slider_is_held(qtbot: QtBot) -> None:
    shown = Shown(qtbot, replace(SCENES["done"], host=SCENES["typed"].host))
    window = shown.window
    window.ideas.more.setChecked(True)
    field = window.settings.compose["grow_px"].slider
    assert field is not None

    def redness() -> float:
        image = window.preview.grab().toImage()
        colours = [
            image.pixelColor(x, y) for x in range(0, image.width(), 4) for y in range(0, image.height(), 4)
        ]
        return sum(c.red() - (c.green() + c.blue()) / 2 for c in colours) / len(colours)

    before = redness()
    field.slider.setSliderDown(True)
    held = redness()
    field.slider.setValue(field.slider.value() - 60)
    shrunk = redness()
    field.slider.setSliderDown(False)
    assert before < shrunk < held
    assert redness() == before


def test_the_mask_of_the_settings_follows_the_hand(qtbot: QtBot) -> None:
    shown = Shown(qtbot, TYPED)
    shown.window.ideas.more.setChecked(True)
    picture = shown.window.settings.mask_picture
    sharp = picture.grab().toImage()
    shown.window.settings.compose["feather_px"].slider.slider.setValue(180)
    assert picture.grab().toImage() != sharp
    assert not Shown(qtbot, SCENES["empty"]).window.settings.mask_picture.isVisibleTo(None)


def test_controls_that_do_a_model_no_good_are_not_shown(qtbot: QtBot) -> None:
    shown = Shown(qtbot, MINI)
    shown.window.ideas.more.setChecked(True)
    assert shown.window.settings.fields == {}
    assert not shown.window.options.isVisible()
    assert not shown.window.settings.seed.isVisible()
    assert shown.window.settings.compose["feather_px"].isVisible()


def test_dice_throw_a_seed_and_keep_it(qtbot: QtBot) -> None:
    shown = Shown(qtbot, TYPED)
    shown.window.settings.seed.dice.click()
    settings = shown.session.state.settings
    assert settings.seed != TYPED.settings.seed
    assert settings.is_seed_locked
    assert shown.window.settings.seed.edit.text() == str(settings.seed)
