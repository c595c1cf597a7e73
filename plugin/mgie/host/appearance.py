"""How a host looks and speaks, told to the panel at its start so that it does the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Look = Literal["auto", "light", "dark"]
MARK = Path(__file__).with_name("mark.svg")  # the icon of windows and menu entries


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """What a host says of itself; what it leaves empty, the panel decides."""

    look: Look = "auto"  # auto: as the desktop
    window: str = ""  # the ground of its windows, #rrggbb
    accent: str = ""  # of what is selected, #rrggbb
    language: str = ""  # of its menus, as in de_DE; several, the first wanted most, separated by colons

    def arguments(self) -> list[str]:
        """As options of `mgie panel`."""
        given = {"--look": self.look, "--window": self.window, "--accent": self.accent}
        given["--language"] = self.language
        return [word for option, value in given.items() if value for word in (option, value)]
