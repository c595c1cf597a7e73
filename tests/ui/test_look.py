"""How the panel holds its shape: margins beside the scroll bar, names and words in little room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from mgie.api.failure import Failure
from mgie.api.rect import Rect
from mgie.api.system import Estimate
from mgie.panel import theme
from mgie.panel.failure_texts import explain
from mgie.panel.state.regions import Region, Regions, added
from mgie.panel.state.target import FILES, HostStatus
from mgie.panel.views.margin_scroll import MARGIN_PX
from mgie.panel.views.variation_grid import VariationButton
from support.panel_scenes import DONE, IDLE, SCENES, TYPED, VARIATIONS
from support.shown_panel import Shown

NARROW_PX = 300


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, theme.LIGHT)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_the_content_is_as_wide_with_the_scroll_bar_as_without(
    qtbot: QtBot, qapp: QApplication, direction: Qt.LayoutDirection
) -> None:
    qapp.setLayoutDirection(direction)
    shown = Shown(qtbot, DONE, NARROW_PX)
    window = shown.window
    area = window.findChild(QScrollArea, "scroll")
    assert area is not None
    bar = area.verticalScrollBar()
    assert bar is not None
    for height, is_scrolled in ((1400, False), (560, True)):
        window.resize(NARROW_PX, height)
        qtbot.waitUntil(lambda wanted=is_scrolled: bar.isVisible() is wanted)
        qtbot.waitUntil(lambda: window.result.width() == NARROW_PX - 2 * MARGIN_PX)
        assert window.result.mapTo(window, QPoint(0, 0)).x() == MARGIN_PX
        assert window.instruction.width() == window.result.width()


def test_a_long_name_of_a_region_ends_in_an_ellipsis_until_it_is_written_over(qtbot: QtBot) -> None:
    shown = Shown(qtbot, SCENES["batch"], NARROW_PX)
    name = shown.window.regions.rows["d"].name
    assert name.text() == "Saucer with a very long name"
    assert name.shown_text.endswith("…")
    name.setFocus()
    assert name.shown_text == name.text()


def test_the_device_gives_way_where_there_is_no_room_for_it(qtbot: QtBot) -> None:
    device = "NVIDIA GeForce RTX 4070 Laptop GPU"
    state = replace(IDLE, backend=replace(IDLE.backend, device=device))
    words = Shown(qtbot, state, NARROW_PX).window.backend.words
    assert words.shown_text in ("ready", "ready \u00b7 recolours only")
    assert device in words.toolTip()
    assert device in Shown(qtbot, state, 640).window.backend.words.shown_text


def test_selections_of_one_name_are_told_apart(qtbot: QtBot) -> None:
    regions: Regions = ()
    for key in ("1", "2", "3"):
        bounds = Rect(x=0, y=0, width=9, height=9)
        regions = added(regions, Region(key=key, document="d", name="Selection", bounds=bounds))
    shown = Shown(qtbot, replace(TYPED, shows_regions=True, regions=regions))
    removes = [row.remove.accessibleName() for row in shown.window.regions.rows.values()]
    assert removes == [f"Remove from the list: Selection{number}" for number in ("", " 2", " 3")]


def test_no_time_is_told_where_a_press_edits_nothing(qtbot: QtBot) -> None:
    about = Estimate(fits=True, seconds=28.0, needed_bytes=11_300_000_000, free_bytes=14_200_000_000)
    line = Shown(qtbot, replace(VARIATIONS, forecast=about)).window.forecast
    assert not line.time.isVisible()
    line = Shown(qtbot, replace(TYPED, forecast=about)).window.forecast
    assert line.time.text() == "about 28 s, 11.3 of 14.2 GB free"


@pytest.mark.parametrize(("width", "label"), [(300, "1  placed"), (40, "1  \u2713")])
def test_a_placed_variation_is_ticked_where_there_is_no_room_for_the_word(
    qtbot: QtBot, width: int, label: str
) -> None:
    button = VariationButton(0)
    qtbot.addWidget(button)
    button.resize(width, 48)
    button.show_variation(None, None, "placed")
    assert button.label == label
    assert button.accessibleDescription() == "placed"


def test_what_stands_at_one_side_stands_at_the_other_where_it_is_read_from_right_to_left() -> None:
    plain, mirrored = (theme.style_sheet(theme.LIGHT, is_mirrored=is_on) for is_on in (False, True))
    for side, sheet in (("right", plain), ("left", mirrored)):
        assert f"QComboBox {{ padding-{side}: 0" in sheet
        assert f'role="segment-first"] {{ border-top-{side}-radius: 0' in sheet


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("GIMP", "GIMP could not place it."), (FILES, "The painting program could not place it.")],
)
def test_the_program_that_could_not_place_a_result_is_named(name: str, sentence: str) -> None:
    explained = explain(Failure(reason="HOST_FAILED", message=""), HostStatus(name=name))
    assert explained.sentence == sentence
