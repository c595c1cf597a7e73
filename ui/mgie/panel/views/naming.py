"""Names for tests, style and screen readers: no widget is made without them."""

from __future__ import annotations

import html
from typing import TypeVar

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QStyle, QWidget

from mgie.panel import texts

W = TypeVar("W", bound=QWidget)
_OWN_NAME = "ownName"  # a property


def named(widget: W, name: str, accessible: str, description: str = "") -> W:
    """Give a widget its object name (for tests) and its accessible name (for people); returns the widget."""
    widget.setObjectName(name)
    widget.setAccessibleName(accessible)
    if description:
        widget.setAccessibleDescription(description)
        show_tool_tip(widget, description)
    return widget


def tell_apart(row: str, *controls: QWidget) -> None:
    """Add to the accessible names the row they belong to, where several rows have the same controls."""
    for control in controls:
        own = str(control.property(_OWN_NAME) or control.accessibleName())
        control.setProperty(_OWN_NAME, own)
        control.setAccessibleName(texts.of_row(own, row))


def show_tool_tip(widget: QWidget, text: str) -> None:
    """Show a text as it is, also where it looks like HTML: much of it comes from files and models."""
    widget.setToolTip(as_written(text))


def as_written(text: str) -> str:
    """For a tool tip: a text that Qt takes for HTML nowhere."""
    return f"<p>{html.escape(text)}</p>" if "<" in text else text


def paragraph() -> QLabel:
    """A label of several lines that shows its text as it is."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def dress(widget: QWidget, **properties: str) -> None:
    """Set properties the style sheet looks at, and restyle only where one of them changed."""
    changed = [name for name, value in properties.items() if widget.property(name) != value]
    for name in changed:
        widget.setProperty(name, properties[name])
    style = widget.style()
    if changed and isinstance(style, QStyle):
        style.unpolish(widget)
        style.polish(widget)


def heading(text: str, name: str) -> QLabel:
    """A small title above a part of the panel."""
    label = named(QLabel(text), name, text)
    dress(label, role="heading")
    return label
