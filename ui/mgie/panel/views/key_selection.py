"""Selecting a rectangle by the arrow keys, for where there is no painting program to do it."""

from __future__ import annotations

from PyQt6.QtCore import Qt

from mgie.api.rect import Rect

STEP = 1 / 40  # of the picture's sides; with Control held a pixel
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def is_arrow(key: int) -> bool:
    """Whether a key moves or sizes the selection."""
    return key in _ARROWS


def selection_after(
    key: int, selection: Rect | None, canvas: Rect, *, is_sizing: bool, is_fine: bool
) -> Rect:
    """What is selected after an arrow key: the selection moved, or with its right or lower edge moved.

    Without a selection it begins as the middle of the picture.
    """
    if selection is None:
        width, height = max(1, canvas.width // 2), max(1, canvas.height // 2)
        return Rect(
            canvas.x + (canvas.width - width) // 2, canvas.y + (canvas.height - height) // 2, width, height
        )
    right, down = _ARROWS[Qt.Key(key)]
    across = right * (1 if is_fine else max(1, round(canvas.width * STEP)))
    along = down * (1 if is_fine else max(1, round(canvas.height * STEP)))
    if is_sizing:
        width = min(max(1, selection.width + across), canvas.right - selection.x)
        height = min(max(1, selection.height + along), canvas.bottom - selection.y)
        return Rect(selection.x, selection.y, width, height)
    x = min(max(canvas.x, selection.x + across), canvas.right - selection.width)
    y = min(max(canvas.y, selection.y + along), canvas.bottom - selection.height)
    return Rect(x, y, selection.width, selection.height)
