"""Where GIMP 3 and Krita keep their plug-ins, on every system and in every kind of package.

Platform (as sys.platform), home folder and environment come as arguments; only folders that exist count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Package = Literal["native", "flatpak", "snap", "given"]
HostName = Literal["gimp", "krita"]

SANDBOX_NOTES: dict[Package, str] = {
    "native": "",
    "flatpak": (
        "a Flatpak program may not start the panel by itself: run `flatpak override --user "
        "--talk-name=org.freedesktop.Flatpak {app}` once, or start `mgie panel` by hand"
    ),
    "snap": "a Snap program may not start the panel by itself: start `mgie panel` by hand",
    "given": "",
}


@dataclass(frozen=True, kw_only=True)
class HostProfile:
    """One installed program's own folder."""

    program: HostName
    version: str  # "3.0" for GIMP's folder of that name; "" where one folder serves all versions
    package: Package
    folder: Path  # GIMP: the folder that holds plug-ins/; Krita: the one that holds pykrita/
    config: Path | None = None  # Krita's kritarc

    @property
    def note(self) -> str:
        """What the artist must know about this kind of package."""
        app = "org.gimp.GIMP" if self.program == "gimp" else "org.kde.krita"
        return SANDBOX_NOTES[self.package].format(app=app)


def gimp_roots(platform: str, home: Path, environ: Mapping[str, str]) -> list[tuple[Package, Path]]:
    """The folders that hold GIMP's profiles by version. AppImages use the native one."""
    if platform == "win32":
        return [("native", Path(environ.get("APPDATA") or home / "AppData" / "Roaming") / "GIMP")]
    if platform == "darwin":
        return [("native", home / "Library" / "Application Support" / "GIMP")]
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    return [
        ("native", config / "GIMP"),
        ("flatpak", home / ".var" / "app" / "org.gimp.GIMP" / "config" / "GIMP"),
        ("snap", home / "snap" / "gimp" / "current" / ".config" / "GIMP"),
    ]


def gimp_profiles(platform: str, home: Path, environ: Mapping[str, str]) -> list[HostProfile]:
    """The profiles of every GIMP 3 that was started once."""
    if environ.get("GIMP3_DIRECTORY"):
        return [given_profile("gimp", Path(environ["GIMP3_DIRECTORY"]))]
    return [
        HostProfile(program="gimp", version=folder.name, package=package, folder=folder)
        for package, root in gimp_roots(platform, home, environ)
        if root.is_dir()
        for folder in sorted(root.iterdir())
        if folder.is_dir() and folder.name.startswith("3.")
    ]


def krita_folders(platform: str, home: Path, environ: Mapping[str, str]) -> list[tuple[Package, Path, Path]]:
    """Krita's resource folder and kritarc, per kind of package. AppImages use the native ones."""
    if platform == "win32":
        roaming = Path(environ.get("APPDATA") or home / "AppData" / "Roaming")
        local = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
        return [("native", roaming / "krita", local / "kritarc")]
    if platform == "darwin":
        library = home / "Library"
        return [("native", library / "Application Support" / "krita", library / "Preferences" / "kritarc")]
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    flatpak = home / ".var" / "app" / "org.kde.krita"
    snap = home / "snap" / "krita" / "current"
    return [
        ("native", data / "krita", config / "kritarc"),
        ("flatpak", flatpak / "data" / "krita", flatpak / "config" / "kritarc"),
        ("snap", snap / ".local" / "share" / "krita", snap / ".config" / "kritarc"),
    ]


def krita_profiles(platform: str, home: Path, environ: Mapping[str, str]) -> list[HostProfile]:
    """The folders of every Krita that was started once."""
    return [
        HostProfile(program="krita", version="", package=package, folder=folder, config=config)
        for package, folder, config in krita_folders(platform, home, environ)
        if folder.is_dir()
    ]


def given_profile(program: HostName, folder: Path) -> HostProfile:
    """A profile the artist named. For Krita: its resource folder; kritarc lies where the home of it says."""
    config = None
    if program == "krita":
        beside = folder / "kritarc"
        standard = folder.parents[2] / ".config" / "kritarc" if len(folder.parents) > 2 else beside
        config = standard if folder.parts[-3:-1] == (".local", "share") else beside
    return HostProfile(program=program, version="", package="given", folder=folder, config=config)
