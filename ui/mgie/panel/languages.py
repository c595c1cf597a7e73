"""The panel's language: the host's, else the desktop's, else English; catalogues are in `translations`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

log = logging.getLogger(__name__)

CATALOGUES = Path(__file__).parent / "translations"
ENGLISH = "en"  # what the texts are written in
_CONTEXT = "mgie"


class Catalogue(QTranslator):
    """The panel's texts in one language.

    A text is translated the same wherever it stands: `self.tr` names the class of the widget it is called
    on, which is another one as soon as a view has a subclass.
    """

    def translate(  # pyright: ignore[reportIncompatibleMethodOverride] # PyQt takes None for "not mine"
        self, context: str | None, source: str | None, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        """A text of the panel; None where it is none, such as what an unknown model says."""
        if source is None:
            return None
        as_utf8 = source.encode()  # PyQt takes a str of ASCII only
        return super().translate(_CONTEXT, as_utf8, "", n) or None  # pyright: ignore[reportArgumentType]


def available() -> list[str]:
    """The languages there are, English first, as ISO 639 codes."""
    return [ENGLISH, *sorted(path.stem.removeprefix("mgie_") for path in CATALOGUES.glob("mgie_*.qm"))]


def language_for(wanted: Sequence[str]) -> str:
    """The first of the wanted languages that there is, else English. wanted: as in `de_AT.UTF-8` or `ja`."""
    there = available()
    for name in wanted:
        code = name.replace("-", "_").split("_")[0].split(".")[0].lower()
        if code in ("c", "posix"):
            return ENGLISH
        if code in there:
            return code
    return ENGLISH


def _locale(language: str) -> QLocale:
    """How numbers and times are written: as the desktop does in this language, else as is usual in it."""
    usual, desktop = QLocale(language), QLocale.system()
    return desktop if desktop.language() == usual.language() else usual


def speak(app: QCoreApplication, host_language: str = "") -> str:
    """Show the panel in the host's language, or in the desktop's; returns the language's code.

    host_language: one or several names, the first wanted most, separated by colons; "": none said.
    """
    named = [name for name in host_language.split(":") if name]
    language = language_for(named or QLocale.system().uiLanguages())
    QLocale.setDefault(_locale(language))
    if language != ENGLISH:
        qts_own = QTranslator(app)  # buttons of dialogs, menus of text fields
        if qts_own.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            app.installTranslator(qts_own)
        ours = Catalogue(app)
        if ours.load(str(CATALOGUES / f"mgie_{language}.qm")):
            app.installTranslator(ours)
        else:
            log.warning("the catalogue of %s could not be read; the panel stays English", language)
    return language
