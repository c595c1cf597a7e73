"""Names for tests, style and screen readers: no widget is made without them."""

from __future__ import annotations

from typing import TypeVar

from PyQt6.QtWidgets import QLabel, QStyle, QWidget

W = TypeVar("W", bound=QWidget)


def named(widget: W, name: str, accessible: str, description: str = "") -> W:
    """Give a widget its object name (for tests) and its accessible name (for people); returns the widget."""
    widget.setObjectName(name)
    widget.setAccessibleName(accessible)
    if description:
        widget.setAccessibleDescription(description)
        widget.setToolTip(description)
    return widget


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
