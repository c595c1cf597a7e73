"""The look: readable with whatever colours a host has, on real widgets too."""

from __future__ import annotations

import pytest
from PyQt6.QtGui import QColor, QPalette
from PyQt6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from mgie.errors import BadOption
from mgie.panel import theme
from mgie.panel.theme import BORDER_CONTRAST, DARK, LIGHT, TEXT_CONTRAST, Theme, contrast, theme_of

GIMP_DARK, GIMP_LIGHT = theme_of("#3c3c3c", DARK.accent), theme_of("#ebebeb", LIGHT.accent)
KRITA = [theme_of(*pair) for pair in (("#31363b", "#3daee9"), ("#eff0f1", "#3daee9"), ("#7f7f7f", "#5680c2"))]
LOOKS = {"light": LIGHT, "dark": DARK, "gimp-dark": GIMP_DARK, "gimp-light": GIMP_LIGHT} | {
    f"krita-{look.window}": look for look in KRITA
}


@pytest.fixture(params=LOOKS.values(), ids=LOOKS.keys())
def look(request: pytest.FixtureRequest) -> Theme:
    return request.param


def test_text_and_borders_have_the_contrast_that_wcag_asks_for(look: Theme) -> None:
    grounds = (look.window, look.field, look.raised)
    coloured = (look.bad_ground, look.caution_ground)
    for ink, on in (
        (look.text, (*grounds, *coloured)),
        (look.muted, grounds),
        (look.good, grounds),
        (look.caution, (*grounds, *coloured)),
        (look.bad, (*grounds, *coloured)),
        (look.on_accent, (look.accent,)),
    ):
        assert min(contrast(ink, ground) for ground in on) >= TEXT_CONTRAST, ink
    for ink in (look.border, look.focus):
        assert min(contrast(ink, ground) for ground in grounds) >= BORDER_CONTRAST, ink


def test_placeholders_are_as_readable_as_text(look: Theme, qapp: QApplication, qtbot: QtBot) -> None:
    theme.apply(qapp, look)
    for field in (QPlainTextEdit(), QLineEdit()):
        qtbot.addWidget(field)
        field.setPlaceholderText("What should change?")
        field.show()
        field.ensurePolished()
        ink = field.palette().color(QPalette.ColorRole.PlaceholderText)
        assert (ink.alpha(), contrast(ink.name(), look.field) >= TEXT_CONTRAST) == (255, True)
    theme.apply(qapp, DARK)


def test_black_on_white_is_wcags_highest_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)  # WCAG's own example of gray


def test_the_hosts_ground_and_accent_are_taken_as_they_are(qapp: QApplication) -> None:
    look = theme.chosen("dark", "#3c3c3c", "#3daee9")
    assert (look.window, look.accent, look.name) == ("#3c3c3c", "#3daee9", "dark")
    assert theme.chosen("light") == LIGHT
    assert QColor(theme.chosen("dark", "#ebebeb").text).lightness() < 64  # a light host stays light


@pytest.mark.parametrize("given", ["3c3c3c", "#3c3c3", "red", "#gggggg"])
def test_what_is_no_colour_is_refused_in_a_sentence(given: str) -> None:
    with pytest.raises(BadOption, match="is no colour; write it as #3c3c3c"):
        theme.chosen("dark", given)
