"""Every state of the panel as picture, text and layout: `make screenshots`, or with choices

`PYTHONPATH=tests python -m support.panel_pictures FOLDER [--scene NAME ...] [--language CODE ...] [--rtl]`

For each scene, language, look and width a PNG, and a text file that lists every visible widget with its place
and what it says; for each language, look and width a sheet of all scenes side by side.
"""

from __future__ import annotations

import argparse
import os
from itertools import product
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PyQt6.QtCore import QPoint, Qt, QTranslator
from PyQt6.QtGui import QFont, QImage, QPainter
from PyQt6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)

from mgie.panel import theme
from mgie.panel.languages import available, speak
from mgie.panel.session import Session
from mgie.panel.views.window import PanelWindow
from support.fake_ports import NotedBackend, NotedHost
from support.panel_scenes import SCENES

SIZES = ((300, 800), (960, 760))  # docked, and wide enough for the picture beside the column
LOOKS = {
    "light": theme.LIGHT,
    "dark": theme.theme_of("#3c3c3c", theme.DARK.accent),
}  # the dark one as in GIMP
SHEET_COLUMNS = 7
IMAGES = Path(__file__).parents[2] / "docs" / "images"
NARROW, WIDE = (340, 800), (960, 640)
IN_DOCS = {
    "panel.png": (NARROW, [(scene, "en", "dark") for scene in ("sampling", "done", "variations", "batch")]),
    "panel-languages.png": (
        NARROW,
        [("sampling", "en", "light"), ("held", "de", "light"), ("readings", "ja", "dark")],
    ),
    "panel-wide.png": (WIDE, [("done", "en", "light")]),
}
JAPANESE_FONT = "Noto Sans CJK JP"  # what a Japanese desktop writes with
OWN_FONT = "ownFont"  # a property of the application
SCROLLED = {"history": "scroll", "model-pull": "models_scroll"}  # to their ends


def main() -> None:
    """All that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scene", nargs="+", choices=SCENES, default=list(SCENES))
    parser.add_argument("--language", nargs="+", choices=available(), default=available())
    parser.add_argument("--look", nargs="+", choices=LOOKS, default=list(LOOKS))
    parser.add_argument("--points", type=int, default=0, help="size of the font")
    parser.add_argument("--docs", action="store_true", help="those of docs/images too")
    parser.add_argument("--rtl", action="store_true", help="from right to left")
    options = parser.parse_args()
    app = QApplication([])
    options.folder.mkdir(parents=True, exist_ok=True)
    font = QFont(app.font())
    if options.points:
        font.setPointSize(options.points)
    app.setProperty(OWN_FONT, font)
    if options.rtl:
        app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    for language, look, size in product(options.language, options.look, SIZES):
        taken = [take(app, options.folder, scene, language, look, size) for scene in options.scene]
        sheet(taken).save(str(options.folder / f"sheet-{language}-{look}-{size[0]}.png"))
    for name, (size, scenes) in IN_DOCS.items() if options.docs else ():
        taken = [take(app, options.folder, *scene, size) for scene in scenes]
        write_small(sheet(taken), IMAGES / name)


def take(
    app: QApplication, folder: Path, scene: str, language: str, look: str, size: tuple[int, int]
) -> QImage:
    """One picture, and what is in it as text."""
    for translator in app.findChildren(QTranslator):
        app.removeTranslator(translator)
        translator.setParent(None)
    font = QFont(app.property(OWN_FONT))
    if language == "ja":
        font.setFamily(JAPANESE_FONT)
    app.setFont(font)
    theme.apply(app, LOOKS[look])
    speak(app, language)
    name = f"{language}-{look}-{size[0]}"
    window = PanelWindow(Session(NotedBackend(), NotedHost(), SCENES[scene]))
    window.ideas.more.setChecked(scene == "typed")
    window.past.fold.setChecked(scene == "history")
    window.compare.on_canvas.setVisible(True)  # as in GIMP, where the scenes play
    window.resize(*size)
    window.show()
    for _ in range(4):
        app.processEvents()
    for area in window.findChildren(QScrollArea, SCROLLED.get(scene, "none")):
        if (bar := area.verticalScrollBar()) is not None:
            bar.setValue(bar.maximum())
    picture = window.grab().toImage()
    picture.save(str(folder / f"{scene}-{name}.png"))
    (folder / f"{scene}-{name}.txt").write_text("\n".join(lines(window)) + "\n", encoding="utf-8")
    window.hide()
    window.deleteLater()
    return picture


def write_small(picture: QImage, path: Path) -> None:
    """A PNG of 256 colours."""
    picture.save(str(path))
    with Image.open(path) as whole:
        small = whole.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE)
    small.save(path, optimize=True)


def lines(window: QWidget) -> list[str]:
    """Place, name and words of every visible widget that has words."""
    found: list[str] = []
    for widget in window.findChildren(QWidget):
        said = words(widget)
        if widget.isVisible() and said:
            at = widget.mapTo(window, QPoint(0, 0))
            place = f"{at.x():4} {at.y():4} {widget.width():4} x {widget.height():<4}"
            found.append(f"{place} {widget.objectName()}: {said}")
    return found


def words(widget: QWidget) -> str:
    """What stands on it."""
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QPlainTextEdit):
        return widget.toPlainText() or f"({widget.placeholderText()})"
    if isinstance(widget, QLabel | QLineEdit):
        return widget.text()
    return (widget.text() or f"[{widget.accessibleName()}]") if isinstance(widget, QAbstractButton) else ""


def sheet(pictures: list[QImage]) -> QImage:
    """All side by side."""
    width, height = pictures[0].width() + 8, max(picture.height() for picture in pictures) + 8
    num_lines = -(-len(pictures) // SHEET_COLUMNS)
    made = QImage(width * min(len(pictures), SHEET_COLUMNS), height * num_lines, QImage.Format.Format_RGB32)
    made.fill(Qt.GlobalColor.gray)
    painter = QPainter(made)
    for number, picture in enumerate(pictures):
        painter.drawImage(number % SHEET_COLUMNS * width + 4, number // SHEET_COLUMNS * height + 4, picture)
    painter.end()
    return made


if __name__ == "__main__":
    main()
