"""The icons: one style, in the colour of the text, and every one that a view names."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from PyQt6.QtCore import QSize
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QApplication

from mgie.panel.views.icons import ICONS, icon

DRAWN = [path for path in sorted(ICONS.glob("*.svg")) if not path.stem.startswith(("check-", "chevron-"))]


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.stem)
def test_all_are_drawn_with_one_round_stroke_of_one_width(path) -> None:
    root = ElementTree.parse(path).getroot()
    assert root.attrib["viewBox"] == "0 0 24 24"
    style = {name: root.attrib[name] for name in ("fill", "stroke", "stroke-width", "stroke-linecap")}
    assert style == {"fill": "none", "stroke": "#000000", "stroke-width": "1.75", "stroke-linecap": "round"}
    for part in root.iter():
        assert part is root or not {"fill", "stroke", "stroke-width"} & set(part.attrib)


def test_an_icon_has_the_colours_it_is_asked_for(qapp: QApplication) -> None:
    made = icon("close", "#ff0000", "#0000ff")
    for mode, ink in ((QIcon.Mode.Normal, "#ff0000"), (QIcon.Mode.Disabled, "#0000ff")):
        picture = made.pixmap(QSize(24, 24), 1.0, mode).toImage()
        assert picture.pixelColor(12, 12).name() == ink
        assert picture.pixelColor(1, 1).alpha() == 0


def test_every_icon_is_named_by_a_view_that_gives_icons() -> None:
    code = [path.read_text(encoding="utf-8") for path in (ICONS.parent / "views").glob("*.py")]
    named = {name for text in code if "give_icon" in text for name in re.findall(r'"([a-z-]+)"', text)}
    assert {path.stem for path in DRAWN} <= named


def test_every_icon_that_a_view_names_is_there() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ICONS.parent / "views").glob("*.py"))
    used = set(re.findall(r'give_icon\([\w.]+, "([a-z-]+)"', code))
    assert used
    assert used <= {path.stem for path in DRAWN}
