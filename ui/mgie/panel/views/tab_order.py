"""The order of the Tab key is the order in which the panel is read, whenever a part of it was made."""

from __future__ import annotations

from collections.abc import Iterator

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractButton, QLayout, QScrollArea, QStackedWidget, QWidget


def next_in_reading_order(window: QWidget, *, forward: bool) -> QWidget | None:
    """What Tab goes to from what has the keyboard now, round and round; None where nothing takes it."""
    stops = list(_stops(window))
    if not stops:
        return None
    step = 1 if forward else -1
    current: QWidget | None = window.focusWidget()
    while current is not None and current not in stops:
        current = current.parentWidget()  # the line edit in a spin box, say
    if current is None:
        return stops[0 if forward else -1]
    return stops[(stops.index(current) + step) % len(stops)]


def _stops(widget: QWidget) -> Iterator[QWidget]:
    """What Tab stops at, in the order of the layouts."""
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.isEnabled():
        yield widget
    if isinstance(widget, QScrollArea):
        content = widget.widget()
        yield from _stops(content) if content is not None else ()
    elif isinstance(widget, QStackedWidget):
        shown = widget.currentWidget()
        yield from _stops(shown) if shown is not None else ()
    elif (layout := widget.layout()) is not None:
        yield from _in_layout(layout)
    else:
        for child in widget.children():
            if isinstance(child, QAbstractButton):  # laid over its parent by hand
                yield from _stops(child)


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    for index in range(layout.count()):
        item = layout.itemAt(index)
        if item is None:
            continue
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            yield from _stops(widget)
        elif inner is not None:
            yield from _in_layout(inner)
