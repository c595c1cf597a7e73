"""The panel's icons: drawn on 24 x 24 with one round stroke, in the colour of the text beside them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PyQt6.QtCore import QByteArray, QSize, Qt
from PyQt6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PyQt6.QtSvg import QSvgRenderer
from PyQt6.QtWidgets import QAbstractButton

ICONS = Path(__file__).parents[1] / "icons"
SIZE_PX = 16
_SIZES_PX = (16, 24, 32, 48)  # of screens at 100 to 300 %
_STROKE = "#000000"  # in the files


def give_icon(button: QAbstractButton, name: str, *, on_accent: bool = False) -> None:
    """Show an icon on a button, beside its text where it has one. name: of a file in `icons`."""
    role = QPalette.ColorRole.HighlightedText if on_accent else QPalette.ColorRole.ButtonText
    palette = QGuiApplication.palette()
    normal = palette.color(role)
    disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
    button.setIcon(icon(name, normal.name(), disabled.name()))
    button.setIconSize(QSize(SIZE_PX, SIZE_PX))


@cache
def icon(name: str, colour: str, disabled: str) -> QIcon:
    """An icon in two colours, #rrggbb: of a control that can be used, and of one that cannot."""
    drawn = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    made = QIcon()
    for mode, ink in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, disabled)):
        renderer = QSvgRenderer(QByteArray(drawn.replace(_STROKE, QColor(ink).name()).encode()))
        for size in _SIZES_PX:
            pixmap = QPixmap(size, size)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            renderer.render(painter)
            painter.end()
            made.addPixmap(pixmap, mode)
    return made
