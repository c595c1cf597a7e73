"""Installing the adapters: found folders on every system, nothing touched that is not ours, twice is once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from mgie.cli.install import install as install_command
from mgie.cli.install import uninstall as uninstall_command
from mgie.host.install import install, plan_install, uninstall
from mgie.host.install_paths import HostProfile, gimp_profiles, given_profile, krita_profiles
from mgie.host.kritarc import enable_plugin, forget_plugin
from mgie.host.launcher import Installed

INSTALLED = Installed(interpreter="/opt/mgie/bin/python", version="0.1.0")


def make(home: Path, *folders: str) -> None:
    for folder in folders:
        (home / folder).mkdir(parents=True)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("platform", "environ", "folders", "expected"),
    [
        ("linux", {}, [".config/GIMP/3.0", ".config/GIMP/3.2", ".config/GIMP/2.10"], ["3.0", "3.2"]),
        ("linux", {"XDG_CONFIG_HOME": "{home}/cfg"}, ["cfg/GIMP/3.0"], ["3.0"]),
        ("linux", {}, [".var/app/org.gimp.GIMP/config/GIMP/3.2"], ["3.2"]),
        ("linux", {}, ["snap/gimp/current/.config/GIMP/3.0"], ["3.0"]),
        ("win32", {"APPDATA": "{home}/Roaming"}, ["Roaming/GIMP/3.0"], ["3.0"]),
        ("win32", {}, ["AppData/Roaming/GIMP/3.0"], ["3.0"]),
        ("darwin", {}, ["Library/Application Support/GIMP/3.0"], ["3.0"]),
        ("linux", {}, [], []),
    ],
)
def test_every_gimp_that_was_started_once_is_found(
    tmp_path: Path, platform: str, environ: dict[str, str], folders: list[str], expected: list[str]
) -> None:
    make(tmp_path, *folders)
    environ = {name: value.format(home=tmp_path) for name, value in environ.items()}
    found = gimp_profiles(platform, tmp_path, environ)
    assert [profile.version for profile in found] == expected
    assert all(profile.folder.is_dir() for profile in found)


@pytest.mark.parametrize(
    ("platform", "folders", "config"),
    [
        ("linux", [".local/share/krita"], ".config/kritarc"),
        ("linux", [".var/app/org.kde.krita/data/krita"], ".var/app/org.kde.krita/config/kritarc"),
        ("linux", ["snap/krita/current/.local/share/krita"], "snap/krita/current/.config/kritarc"),
        ("win32", ["AppData/Roaming/krita"], "AppData/Local/kritarc"),
        ("darwin", ["Library/Application Support/krita"], "Library/Preferences/kritarc"),
    ],
)
def test_every_krita_is_found_with_its_settings_file(
    tmp_path: Path, platform: str, folders: list[str], config: str
) -> None:
    make(tmp_path, *folders)
    [profile] = krita_profiles(platform, tmp_path, {})
    assert profile.folder == tmp_path / folders[0]
    assert profile.config == tmp_path / config


def test_sandboxed_programs_come_with_a_note(tmp_path: Path) -> None:
    make(tmp_path, ".var/app/org.kde.krita/data/krita", "snap/krita/current/.local/share/krita")
    notes = {profile.package: profile.note for profile in krita_profiles("linux", tmp_path, {})}
    assert "flatpak override" in notes["flatpak"]
    assert "org.kde.krita" in notes["flatpak"]
    assert "mgie panel" in notes["snap"]


@pytest.mark.parametrize("program", ["gimp", "krita"])
def test_installing_twice_changes_nothing_and_uninstalling_restores_everything(
    tmp_path: Path, program: str
) -> None:
    folder = tmp_path / ".local/share/krita" if program == "krita" else tmp_path / "gimp"
    make(folder, "plug-ins/other", "pykrita/other")
    (folder / "pykrita/other/__init__.py").write_text("# another plug-in\n")
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config/kritarc").write_text("[General]\nname=x\n\n[python]\nenable_other=true\n")
    before = tree(tmp_path)
    profile = given_profile(program, folder)  # type: ignore[arg-type]
    assert install(plan_install(profile, INSTALLED)) > 10
    assert plan_install(profile, INSTALLED).missing == []
    once = tree(tmp_path)
    assert install(plan_install(profile, INSTALLED)) == 0
    assert tree(tmp_path) == once
    assert {name: once[name] for name in before if "kritarc" not in name}.items() <= before.items()
    uninstall(profile)
    assert tree(tmp_path) == before
    assert uninstall(profile) == []


def test_a_newer_version_removes_what_the_older_one_left(tmp_path: Path) -> None:
    profile = given_profile("gimp", tmp_path)
    plan = plan_install(profile, INSTALLED)
    install(plan)
    stale = plan.folder / "mgie_gimp" / "gone.py"
    stale.write_text("x = 1\n")
    install(plan_install(profile, INSTALLED))
    assert not stale.exists()


def test_gimp_gets_an_executable_named_like_its_folder(tmp_path: Path) -> None:
    plan = plan_install(given_profile("gimp", tmp_path), INSTALLED)
    install(plan)
    start = tmp_path / "plug-ins/mgie-gimp/mgie-gimp.py"
    assert os.access(start, os.X_OK)
    assert start.read_text().startswith("#!/usr/bin/env python3\n")
    note = json.loads((plan.folder / "installed.json").read_text())
    assert note == {"interpreter": "/opt/mgie/bin/python", "version": "0.1.0"}


def test_the_installed_host_protocol_needs_nothing_but_python(tmp_path: Path) -> None:
    """Imported from the plug-in folder by an interpreter without site packages, as inside a host."""
    plan = plan_install(given_profile("gimp", tmp_path), INSTALLED)
    install(plan)
    modules = "mgie.host.link_server, mgie.host.launcher, mgie.host.connection_file"
    program = f"import {modules}; print(mgie.host.link_server.__file__)"
    answer = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(plan.folder)!r}); {program}",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    assert answer.stdout.startswith(str(tmp_path))


def test_kritarc_gets_one_line_and_loses_exactly_that() -> None:
    text = "[General]\nbrush=5\n\n[python]\nenable_a=true\n\n[theme]\nTheme=dark\n"
    enabled = enable_plugin(text, "mgie_krita")
    assert enabled == text.replace("enable_a=true\n", "enable_a=true\nenable_mgie_krita=true\n")
    assert enable_plugin(enabled, "mgie_krita") == enabled
    assert forget_plugin(enabled, "mgie_krita") == text


def test_a_plugin_the_artist_switched_off_is_switched_on_again() -> None:
    text = "[python]\nenable_mgie_krita=false\n"
    assert enable_plugin(text, "mgie_krita") == "[python]\nenable_mgie_krita=true\n"


lines = st.lists(
    st.sampled_from(["[General]", "[python]x", "a=b", "", "# note", "enable_z=true", "[theme]"]), max_size=8
)


@given(before=lines, has_section=st.booleans(), after=lines)
def test_any_settings_file_survives_enabling_and_forgetting(
    before: list[str], has_section: bool, after: list[str]
) -> None:
    section = ["[python]", "enable_other=true"] if has_section else []
    text = "".join(f"{line}\n" for line in [*before, *section, *after])
    enabled = enable_plugin(text, "mgie_krita")
    assert enabled.count("enable_mgie_krita=true") == 1
    assert forget_plugin(enabled, "mgie_krita").rstrip("\n") == text.rstrip("\n")


def test_the_commands_say_what_they_do(tmp_path: Path) -> None:
    runner = CliRunner()
    arguments = ["gimp", "--profile", str(tmp_path)]
    dry = runner.invoke(install_command, [*arguments, "--dry-run"])
    assert "would write" in dry.output
    assert tree(tmp_path) == {}
    done = runner.invoke(install_command, arguments)
    assert "installed" in done.output
    assert "Restart GIMP" in done.output
    assert "up to date" in runner.invoke(install_command, arguments).output
    would = runner.invoke(uninstall_command, [*arguments, "--dry-run"])
    assert "would remove" in would.output
    assert "removed" in runner.invoke(uninstall_command, arguments).output
    assert tree(tmp_path) == {}
    assert "was not installed" in runner.invoke(uninstall_command, arguments).output


def test_a_profile_of_a_program_never_started_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "GIMP3_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    answer = CliRunner().invoke(install_command, ["gimp"])
    assert "start GIMP 3 once" in str(answer.exception)


def test_a_given_gimp_folder_is_taken_from_the_environment(tmp_path: Path) -> None:
    [profile] = gimp_profiles("linux", tmp_path, {"GIMP3_DIRECTORY": str(tmp_path / "mine")})
    assert profile == HostProfile(program="gimp", version="", package="given", folder=tmp_path / "mine")
