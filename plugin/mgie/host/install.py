"""Puts an adapter into a host's plug-in folder and takes it out again.

What is to be done is a list of files with their content, so that a dry run, the real run and the check
afterwards speak of the same thing. Only files named in it are touched.
"""

from __future__ import annotations

import importlib.util
import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mgie.host.errors import HostError
from mgie.host.install_paths import HostProfile
from mgie.host.kritarc import enable_plugin, forget_plugin
from mgie.host.launcher import SETTINGS_NAME, Installed

GIMP_PLUGIN = "mgie-gimp"  # no importable name, so that it hides no module
KRITA_PLUGIN = "mgie_krita"
BUNDLED = "bundled"  # in Krita: where the package mgie lies inside the adapter
KRITA_ACTIONS = {
    "mgie_edit": "Edit with an Instruction...",
    "mgie_edit_again": "Edit with the Last Instruction",
}
NOT_BUNDLED = ("install", "install_paths", "kritarc")
VOCABULARY = ("__init__.py", "rect.py")  # the part of mgie.api that the host side uses


@dataclass(frozen=True, kw_only=True)
class PlannedFile:
    """One file of an installed adapter."""

    path: Path
    content: bytes
    is_executable: bool = False

    @property
    def is_done(self) -> bool:
        """Whether the file is there already, exactly so."""
        if not self.path.is_file() or self.path.read_bytes() != self.content:
            return False
        return not self.is_executable or bool(self.path.stat().st_mode & stat.S_IXUSR)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All files of one adapter in one profile."""

    profile: HostProfile
    folder: Path  # of the adapter, ours alone
    files: tuple[PlannedFile, ...]

    @property
    def missing(self) -> list[PlannedFile]:
        """What an install would write."""
        return [file for file in self.files if not file.is_done]


def package_files(name: str, skip: tuple[str, ...] = ()) -> Iterator[tuple[str, bytes]]:
    """The Python files and pictures of an importable package, with their names relative to it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise HostError("HOST_FAILED", f"the package {name} is not installed; install mgie again")
    folder = Path(next(iter(spec.submodule_search_locations)))
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".svg") and path.stem not in skip:
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def bundled_files() -> Iterator[tuple[str, bytes]]:
    """What every adapter needs of the package `mgie`, with names relative to the folder that holds it."""
    for name, content in package_files("mgie.host", NOT_BUNDLED):
        yield f"mgie/host/{name}", content
    for name, content in package_files("mgie.api"):
        if name in VOCABULARY:
            yield f"mgie/api/{name}", content


def note(installed: Installed) -> bytes:
    """What the adapter must know about this environment."""
    return (json.dumps(vars(installed), indent=1) + "\n").encode()


def plan_install(profile: HostProfile, installed: Installed) -> Plan:
    """What an adapter in `profile` consists of."""
    return plan_gimp(profile, installed) if profile.program == "gimp" else plan_krita(profile, installed)


def plan_gimp(profile: HostProfile, installed: Installed) -> Plan:
    """GIMP wants an executable file in a folder of the same name."""
    folder = profile.folder / "plug-ins" / GIMP_PLUGIN
    files = [PlannedFile(path=folder / SETTINGS_NAME, content=note(installed))]
    files += [PlannedFile(path=folder / name, content=content) for name, content in bundled_files()]
    for name, content in package_files("mgie_gimp"):
        if name == "start.py":
            start = folder / f"{GIMP_PLUGIN}.py"
            files.append(PlannedFile(path=start, content=content, is_executable=True))
        else:
            files.append(PlannedFile(path=folder / "mgie_gimp" / name, content=content))
    return Plan(profile=profile, folder=folder, files=tuple(files))


def plan_krita(profile: HostProfile, installed: Installed) -> Plan:
    """Krita wants a package, a .desktop file beside it, and a line in kritarc."""
    pykrita = profile.folder / "pykrita"
    folder = pykrita / KRITA_PLUGIN
    files = [PlannedFile(path=folder / SETTINGS_NAME, content=note(installed))]
    bundle = folder / BUNDLED
    files += [PlannedFile(path=bundle / name, content=content) for name, content in bundled_files()]
    for name, content in package_files("mgie_krita"):
        files.append(PlannedFile(path=folder / name, content=content))
    files.append(PlannedFile(path=pykrita / f"{KRITA_PLUGIN}.desktop", content=krita_desktop().encode()))
    actions = profile.folder / "actions" / f"{KRITA_PLUGIN}.action"
    files.append(PlannedFile(path=actions, content=krita_actions().encode()))
    if profile.config is not None:
        text = profile.config.read_text(encoding="utf-8") if profile.config.is_file() else ""
        content = enable_plugin(text, KRITA_PLUGIN).encode()
        files.append(PlannedFile(path=profile.config, content=content))
    return Plan(profile=profile, folder=folder, files=tuple(files))


def krita_desktop() -> str:
    """How Krita lists the plug-in."""
    lines = (
        "[Desktop Entry]",
        "Type=Service",
        "ServiceTypes=Krita/PythonPlugin",
        f"X-KDE-Library={KRITA_PLUGIN}",
        "X-Python-2-Compatible=false",
        "Name=MGIE",
        "Comment=Edit photographs by instruction",
        "",
    )
    return "\n".join(lines)


def krita_actions() -> str:
    """What makes the actions appear among the shortcuts an artist can assign."""
    entries = "".join(
        f'    <Action name="{name}">\n      <text>{text}</text>\n      <shortcut></shortcut>\n'
        "      <isCheckable>false</isCheckable>\n    </Action>\n"
        for name, text in KRITA_ACTIONS.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ActionCollection version="2" name="Scripts">\n'
        f'  <Actions category="Scripts">\n    <text>MGIE</text>\n{entries}  </Actions>\n</ActionCollection>\n'
    )


def install(plan: Plan) -> int:
    """Write what is missing, remove what an older version left, and return how many files changed."""
    missing = plan.missing
    for file in missing:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        partial = file.path.with_name(file.path.name + ".mgie-new")
        partial.write_bytes(file.content)
        if file.is_executable:
            partial.chmod(0o755)
        partial.replace(file.path)  # a crash leaves the old file or the new one
    planned = {file.path for file in plan.files}
    for stale in [path for path in plan.folder.rglob("*") if path.is_file() and path not in planned]:
        stale.unlink()
    remove_empty_folders(plan.folder)
    return len(missing)


def uninstall(profile: HostProfile) -> list[Path]:
    """Remove the adapter from a profile and return what was removed or changed."""
    folder, others = installed_paths(profile)
    removed = [path for path in [*folder.rglob("*"), *others] if path.is_file()]
    for path in removed:
        path.unlink()
    remove_empty_folders(folder)
    if profile.config is not None and profile.config.is_file():
        text = profile.config.read_text(encoding="utf-8")
        without = forget_plugin(text, KRITA_PLUGIN)
        if without != text:
            profile.config.write_text(without, encoding="utf-8")
            removed.append(profile.config)
    return removed


def installed_paths(profile: HostProfile) -> tuple[Path, list[Path]]:
    """The adapter's folder and what lies outside of it."""
    if profile.program == "gimp":
        return profile.folder / "plug-ins" / GIMP_PLUGIN, []
    pykrita = profile.folder / "pykrita"
    actions = profile.folder / "actions" / f"{KRITA_PLUGIN}.action"
    return pykrita / KRITA_PLUGIN, [pykrita / f"{KRITA_PLUGIN}.desktop", actions]


def remove_empty_folders(folder: Path) -> None:
    """Remove `folder` and the folders in it that hold nothing."""
    folders = [path for path in folder.rglob("*") if path.is_dir()]
    for path in [*sorted(folders, reverse=True), folder]:
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
