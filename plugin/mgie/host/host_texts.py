"""What the adapters themselves say in a host's menus and dockers, in German and Japanese too.

The panel's own texts are in `mgie.panel.translations`; an adapter has the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping

_TRANSLATED: dict[str, dict[str, str]] = {
    # GIMP: the letter after an underscore opens the entry
    "_Edit with an instruction...": {
        "de": "Mit einer Anweisung b_earbeiten …",
        "ja": "指示文で編集(_E)...",
    },
    "Edit with the _last instruction": {
        "de": "Mit der _letzten Anweisung bearbeiten",
        "ja": "前回の指示文で編集(_L)",
    },
    "Say what should change; the result becomes a new layer inside the selection": {
        "de": "Sagen, was sich ändern soll; das Ergebnis wird eine neue Ebene innerhalb der Auswahl",
        "ja": "変更したい内容を文章で指示します。結果は選択範囲内の新しいレイヤーになります",
    },
    "Run the last instruction again on this image and selection": {
        "de": "Die letzte Anweisung auf dieses Bild und diese Auswahl erneut anwenden",
        "ja": "前回の指示文を、この画像と選択範囲に対してもう一度実行します",
    },
    # Krita
    "Edit with an Instruction...": {"de": "Mit einer Anweisung bearbeiten …", "ja": "指示文で編集..."},
    "Edit with the Last Instruction": {
        "de": "Mit der letzten Anweisung bearbeiten",
        "ja": "前回の指示文で編集",
    },
    "Edit photographs by instruction.": {
        "de": "Fotos mit einer Anweisung bearbeiten.",
        "ja": "文章で指示して写真を編集します。",
    },
    "Open the panel": {"de": "Panel öffnen", "ja": "パネルを開く"},
}


def host_text(text: str, language: str) -> str:
    """A text in a host's language (as in `Appearance.language`); English where that is none of ours."""
    translated = _TRANSLATED[text]
    for name in language.split(":"):
        code = name.replace("-", "_").split("_")[0].split(".")[0].lower()
        if code in ("en", "c", "posix"):
            return text
        if code in translated:
            return translated[code]
    return text


def language_of(environ: Mapping[str, str]) -> str:
    """What the environment asks for, by gettext's rules: LANGUAGE counts where the locale is not C."""
    locale = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or "C"
    if locale.split(".")[0] in ("C", "POSIX"):
        return "C"
    return environ.get("LANGUAGE") or locale
