"""Two looks, light and dark: colours, spacing and the one style sheet made of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QGuiApplication, QPalette
from PyQt6.QtWidgets import QApplication

ThemeName = Literal["auto", "light", "dark"]
_ICONS = Path(__file__).parent / "icons"


@dataclass(frozen=True, kw_only=True)
class Theme:
    """The colours of one look. Text on its ground has a contrast of at least 4.5 to 1 (WCAG AA)."""

    window: str
    field: str  # ground of inputs and pictures
    raised: str  # ground of buttons
    border: str
    text: str
    muted: str  # text of second rank
    accent: str  # ground of the primary button
    on_accent: str
    focus: str  # the ring around what has the keyboard
    good: str
    caution: str
    bad: str
    bad_ground: str
    caution_ground: str
    name: Literal["light", "dark"]


LIGHT = Theme(
    window="#f3f3f4", field="#ffffff", raised="#ffffff", border="#c9cbd0", text="#1c1e21", muted="#5a5f66",
    accent="#1f5fbf", on_accent="#ffffff", focus="#1f5fbf", good="#1a7a3e", caution="#8a5a00", bad="#b3261e",
    bad_ground="#fbe9e7", caution_ground="#fdf3dc", name="light",
)  # fmt: skip
DARK = Theme(
    window="#2b2c2e", field="#1f2022", raised="#3a3c3f", border="#4b4e52", text="#e8e8e9", muted="#a9adb3",
    accent="#2f6fd0", on_accent="#ffffff", focus="#7db0ff", good="#6fcf8f", caution="#f0c060", bad="#ff9a90",
    bad_ground="#45282a", caution_ground="#433920", name="dark",
)  # fmt: skip


def chosen(name: ThemeName) -> Theme:
    """The look asked for; `auto` follows the desktop."""
    if name == "auto":
        hints = QGuiApplication.styleHints()
        is_dark = hints is not None and hints.colorScheme() == Qt.ColorScheme.Dark
        return DARK if is_dark else LIGHT
    return DARK if name == "dark" else LIGHT


def apply(app: QApplication, theme: Theme) -> None:
    """Dress the whole application."""
    app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    app.setStyleSheet(style_sheet(theme))


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for target, colour in (
        (role.Window, theme.window),
        (role.Base, theme.field),
        (role.AlternateBase, theme.window),
        (role.Button, theme.raised),
        (role.WindowText, theme.text),
        (role.Text, theme.text),
        (role.ButtonText, theme.text),
        (role.PlaceholderText, theme.muted),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.Mid, theme.border),
    ):
        palette.setColor(target, QColor(colour))
    for target in (role.Text, role.ButtonText, role.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, QColor(theme.muted))
    return palette


def style_sheet(theme: Theme) -> str:
    """Style of the widgets; `role` and `tone` are properties that the views set."""
    icons = _ICONS.as_posix()
    return f"""
    QWidget#panel {{ background: {theme.window}; }}
    QLabel[role="muted"] {{ color: {theme.muted}; }}
    QLabel[role="heading"] {{ color: {theme.muted}; font-weight: 600; }}
    QLabel[role="title"] {{ color: {theme.text}; font-weight: 600; }}
    QLabel[tone="good"] {{ color: {theme.good}; }}
    QLabel[tone="caution"] {{ color: {theme.caution}; }}
    QLabel[tone="bad"] {{ color: {theme.bad}; }}
    QPlainTextEdit, QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {{
        background: {theme.field}; color: {theme.text}; border: 1px solid {theme.border}; border-radius: 4px;
        padding: 4px 6px; selection-background-color: {theme.accent}; selection-color: {theme.on_accent};
    }}
    QPlainTextEdit:focus, QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{
        border: 1px solid {theme.focus};
    }}
    QPlainTextEdit[role="locked"] {{ background: {theme.window}; }}
    QPlainTextEdit[role="held"] {{ border: 1px solid {theme.caution}; }}
    QComboBox {{ padding-right: 0; min-height: 18px; }}
    QComboBox::drop-down {{ border: none; width: 20px; }}
    QComboBox::down-arrow {{ image: url({icons}/chevron-{theme.name}.svg); width: 12px; height: 12px; }}
    QComboBox QAbstractItemView {{ background: {theme.raised}; border: 1px solid {theme.border}; }}
    QCheckBox {{ spacing: 6px; }}
    QCheckBox::indicator {{
        width: 14px; height: 14px; border: 1px solid {theme.muted}; border-radius: 3px;
        background: {theme.field};
    }}
    QCheckBox::indicator:checked {{
        background: {theme.accent}; border-color: {theme.accent}; image: url({icons}/check.svg);
    }}
    QCheckBox::indicator:focus {{ border: 1px solid {theme.focus}; }}
    QPushButton, QToolButton {{
        background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border}; border-radius: 4px;
        padding: 4px 10px; min-height: 18px;
    }}
    QToolButton {{ padding: 2px 6px; }}
    QToolButton[role="quiet"], QPushButton[role="quiet"] {{
        background: transparent; border-color: transparent;
    }}
    QPushButton[role="segment-left"] {{ border-top-right-radius: 0; border-bottom-right-radius: 0; }}
    QPushButton[role="segment-right"] {{
        border-top-left-radius: 0; border-bottom-left-radius: 0; border-left: none;
    }}
    QPushButton[role^="segment"] {{ padding: 2px 8px; color: {theme.muted}; background: transparent; }}
    QPushButton[role^="segment"]:checked {{
        background: {theme.raised}; color: {theme.text}; font-weight: 600;
    }}
    QPushButton[role^="segment"]:focus {{ border: 1px solid {theme.focus}; }}
    QLineEdit[role="name"] {{
        background: transparent; border-color: transparent; font-weight: 600; padding: 2px 4px;
    }}
    QLineEdit[role="name"]:hover {{ border-color: {theme.border}; }}
    QLineEdit[role="name"]:focus {{ background: {theme.field}; border-color: {theme.focus}; }}
    QToolButton[role="chip"] {{
        background: transparent; color: {theme.muted}; border-radius: 11px; padding: 1px 8px;
    }}
    QToolButton[role="chip"]:hover {{ color: {theme.text}; }}
    QToolButton[role="corner"] {{ background: transparent; border-color: transparent; padding: 0 2px; }}
    QToolButton::menu-indicator {{ image: none; width: 0; }}
    QToolButton[popupMode="1"] {{ padding-right: 20px; }}
    QToolButton::menu-button {{ border: none; width: 20px; }}
    QToolButton::menu-arrow {{ image: url({icons}/chevron-{theme.name}.svg); width: 12px; height: 12px; }}
    QPushButton:hover, QToolButton:hover {{ border-color: {theme.muted}; }}
    QToolButton:checked {{ border-color: {theme.focus}; }}
    QPushButton:focus, QToolButton:focus {{ border: 1px solid {theme.focus}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {theme.muted}; background: transparent; }}
    QPushButton[role="primary"] {{
        background: {theme.accent}; color: {theme.on_accent}; border: 1px solid {theme.accent};
        font-weight: 600; padding: 6px 8px;
    }}
    QPushButton[role="primary"]:focus {{ border: 1px solid {theme.text}; }}
    QPushButton[role="primary"]:disabled {{
        background: {theme.raised}; color: {theme.muted}; border-color: {theme.border};
    }}
    QPushButton[role="stop"] {{ font-weight: 600; padding: 6px 12px; border-color: {theme.muted}; }}
    QProgressBar {{ background: {theme.border}; border: none; border-radius: 2px; max-height: 4px; }}
    QProgressBar::chunk {{ background: {theme.focus}; border-radius: 2px; }}
    QLabel[role="end"] {{ color: {theme.muted}; font-size: 11px; }}
    QSlider {{ min-height: 18px; }}
    QSlider::groove:horizontal {{ background: {theme.border}; height: 4px; border-radius: 2px; }}
    QSlider::sub-page:horizontal {{ background: {theme.focus}; border-radius: 2px; }}
    QSlider::handle:horizontal {{
        background: {theme.raised}; border: 1px solid {theme.muted}; width: 12px; margin: -5px 0;
        border-radius: 7px;
    }}
    QSlider::handle:horizontal:hover, QSlider:focus::handle:horizontal {{ border-color: {theme.focus}; }}
    QFrame[role="notice"] {{
        background: {theme.bad_ground}; border: 1px solid {theme.bad}; border-radius: 4px;
    }}
    QFrame[role="advice"] {{
        background: {theme.caution_ground}; border: 1px solid {theme.caution}; border-radius: 4px;
    }}
    QFrame[role="row"] {{ border: 1px solid {theme.border}; border-radius: 4px; }}
    QFrame[role="line"] {{ background: {theme.border}; border: none; max-height: 1px; }}
    QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
    QScrollBar::handle:vertical {{
        background: {theme.border}; border-radius: 3px; min-height: 24px; margin: 1px;
    }}
    QScrollBar::handle:vertical:hover {{ background: {theme.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QScrollArea {{ background: transparent; border: none; }}
    QWidget#content, QWidget#body {{ background: transparent; }}
    QToolTip {{
        background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border}; padding: 4px;
    }}
    """
