"""The look: colours taken from the host, as far as they can be read, and the one style sheet made of them."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QGuiApplication, QPalette
from PyQt6.QtWidgets import QApplication

from mgie.errors import BadOption

ThemeName = Literal["auto", "light", "dark"]
_ICONS = Path(__file__).parent / "icons"
TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3 (AA)
BORDER_CONTRAST = 3.0  # 1.4.11: what shows where a control is


@dataclass(frozen=True, kw_only=True)
class Theme:
    """The colours of one look: text has `TEXT_CONTRAST` or more on its ground, a border `BORDER_CONTRAST`."""

    window: str
    field: str  # ground of inputs and pictures
    raised: str  # ground of buttons
    border: str  # around controls
    line: str  # between parts; says nothing that space does not say too
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


def theme_of(window: str, accent: str) -> Theme:
    """The look around a ground and an accent, both #rrggbb."""
    is_dark = contrast(window, "#ffffff") > contrast(window, "#000000")
    field = _shifted(window, -0.045) if is_dark else _shifted(window, 0.05)
    raised = _shifted(window, 0.06) if is_dark else _shifted(window, 0.05)
    grounds = (window, field, raised)
    tint = 0.18 if is_dark else 0.12
    bad_ground, caution_ground = _mixed(window, "#c0392b", tint), _mixed(window, "#d99a1c", tint)
    inked = (*grounds, bad_ground, caution_ground)
    hues = ("#6fcf8f", "#f0c060", "#ff9a90") if is_dark else ("#1a7a3e", "#8a5a00", "#b3261e")
    good, caution, bad = (
        readable(hue, (*grounds, bad_ground, caution_ground), TEXT_CONTRAST) for hue in hues
    )
    on_accent = max(("#ffffff", "#000000"), key=lambda ink: contrast(ink, accent))
    return Theme(
        window=window,
        field=field,
        raised=raised,
        border=readable(_mixed(window, "#ffffff" if is_dark else "#000000", 0.3), grounds, BORDER_CONTRAST),
        line=_mixed(window, "#ffffff" if is_dark else "#000000", 0.16),
        text=readable("#e8e8e9" if is_dark else "#1c1e21", inked, 7),
        muted=readable("#a9adb3" if is_dark else "#5a5f66", grounds, TEXT_CONTRAST),
        accent=accent,
        on_accent=on_accent,
        focus=readable(accent, grounds, BORDER_CONTRAST),
        good=good,
        caution=caution,
        bad=bad,
        bad_ground=bad_ground,
        caution_ground=caution_ground,
        name="dark" if is_dark else "light",
    )


def readable(colour: str, grounds: tuple[str, ...], ratio: float) -> str:
    """The nearest shade with at least this contrast on every ground; black or white at worst."""
    end = max(("#000000", "#ffffff"), key=lambda ink: min(contrast(ink, ground) for ground in grounds))
    for step in range(101):
        shade = _mixed(colour, end, step / 100)
        if all(contrast(shade, ground) >= ratio for ground in grounds):
            return shade
    return end


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(name: str) -> float:
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in _rgb(name)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(name: str) -> tuple[float, float, float]:
    return int(name[1:3], 16) / 255, int(name[3:5], 16) / 255, int(name[5:7], 16) / 255


def _hex(rgb: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, value))):02x}" for value in rgb)


def _mixed(one: str, other: str, share: float) -> str:
    """share: of the other, 0 to 1."""
    first, second = _rgb(one), _rgb(other)
    return _hex(tuple(a + (b - a) * share for a, b in zip(first, second, strict=True)))  # pyright: ignore


def _shifted(name: str, lightness: float) -> str:
    hue, old, saturation = colorsys.rgb_to_hls(*_rgb(name))
    return _hex(colorsys.hls_to_rgb(hue, min(1.0, max(0.0, old + lightness)), saturation))


LIGHT = theme_of("#f3f3f4", "#1f5fbf")
DARK = theme_of("#2b2c2e", "#2f6fd0")


def chosen(name: ThemeName, window: str = "", accent: str = "") -> Theme:
    """The look asked for; `auto` follows the desktop.

    window, accent: the host's, as #rrggbb; "" for the panel's own. Raises BadOption for what is no colour.
    """
    hints = QGuiApplication.styleHints()
    is_desktop_dark = hints is not None and hints.colorScheme() == Qt.ColorScheme.Dark
    own = DARK if name == "dark" or (name == "auto" and is_desktop_dark) else LIGHT
    for given in (window, accent):
        if given and not (given.startswith("#") and len(given) == 7 and QColor(given).isValid()):
            raise BadOption(f"{given!r} is no colour; write it as #3c3c3c")
    return theme_of(window or own.window, accent or own.accent) if window or accent else own


def apply(app: QApplication, theme: Theme) -> None:
    """Dress the whole application."""
    app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    app.setStyleSheet(style_sheet(theme, is_mirrored=app.layoutDirection() is Qt.LayoutDirection.RightToLeft))


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
        (role.Accent, theme.focus),
    ):
        palette.setColor(target, QColor(colour))
    for target in (role.Text, role.ButtonText, role.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, QColor(theme.muted))
    return palette


def style_sheet(theme: Theme, *, is_mirrored: bool = False) -> str:
    """Style of the widgets; `role` and `tone` are properties that the views set.

    is_mirrored: for a panel that is read from right to left.
    """
    start, end = ("right", "left") if is_mirrored else ("left", "right")
    icons, check = _ICONS.as_posix(), "white" if theme.on_accent == "#ffffff" else "black"
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
        placeholder-text-color: {theme.muted}; padding: 4px 6px;
        selection-background-color: {theme.accent}; selection-color: {theme.on_accent};
    }}
    QPlainTextEdit:focus, QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{
        border: 1px solid {theme.focus};
    }}
    QPlainTextEdit[role="locked"] {{ background: {theme.window}; }}
    QPlainTextEdit[role="held"] {{ border: 1px solid {theme.caution}; }}
    QComboBox {{ padding-{end}: 0; min-height: 18px; }}
    QComboBox::drop-down {{ border: none; width: 20px; }}
    QComboBox::down-arrow {{ image: url({icons}/chevron-{theme.name}.svg); width: 12px; height: 12px; }}
    QComboBox QAbstractItemView {{ background: {theme.raised}; border: 1px solid {theme.border}; }}
    QCheckBox {{ spacing: 6px; }}
    QCheckBox::indicator {{
        width: 14px; height: 14px; border: 1px solid {theme.muted}; border-radius: 3px;
        background: {theme.field};
    }}
    QCheckBox::indicator:checked {{
        background: {theme.accent}; border-color: {theme.accent}; image: url({icons}/check-{check}.svg);
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
    QPushButton[role="segment-first"] {{ border-top-{end}-radius: 0; border-bottom-{end}-radius: 0; }}
    QPushButton[role="segment-last"] {{
        border-top-{start}-radius: 0; border-bottom-{start}-radius: 0; border-{start}: none;
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
    QToolButton[role="heading"] {{
        background: transparent; border-color: transparent; color: {theme.muted}; font-weight: 600;
        padding: 2px 0; margin-{start}: -5px;
    }}
    QToolButton[role="chip"] {{
        background: transparent; color: {theme.muted}; border-radius: 11px; padding: 1px 8px;
    }}
    QToolButton[role="chip"]:hover {{ color: {theme.text}; }}
    QToolButton[role="corner"] {{ background: transparent; border-color: transparent; padding: 0 2px; }}
    QToolButton::menu-indicator {{ image: none; width: 0; }}
    QToolButton[popupMode="1"] {{ padding-{end}: 20px; }}
    QToolButton::menu-button {{ border: none; width: 20px; }}
    QToolButton::menu-arrow {{ image: url({icons}/chevron-{theme.name}.svg); width: 12px; height: 12px; }}
    QPushButton:hover, QToolButton:hover {{ border-color: {theme.muted}; }}
    QToolButton:checked {{ border-color: {theme.focus}; }}
    QToolButton[role="corner"]:checked, QToolButton[role="heading"]:checked {{ border-color: transparent; }}
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
    QFrame[role="row"] {{ border: 1px solid {theme.line}; border-radius: 4px; }}
    QFrame[role="line"] {{ background: {theme.line}; border: none; max-height: 1px; }}
    QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
    QScrollBar::handle:vertical {{
        background: {theme.border}; border-radius: 3px; min-height: 24px; margin: 1px;
    }}
    QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 0; }}
    QScrollBar::handle:horizontal {{
        background: {theme.border}; border-radius: 3px; min-width: 24px; margin: 1px;
    }}
    QScrollBar::handle:hover {{ background: {theme.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QScrollArea {{ background: transparent; border: none; }}
    QWidget#content, QWidget#body, QWidget#models_content {{ background: transparent; }}
    QToolTip {{
        background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border}; padding: 4px;
    }}
    """
