"""Panels that a host has started: their processes, what they keep on the disk, a start without either."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

from hosts.artists import Artist, Place
from hosts.backend_process import stop_backend_of
from hosts.program import HostProgram, wait_until
from hosts.test_user_path import Panel
from mgie.client.discovery import read_discovery


def panel_commands(home: Path) -> dict[int, list[str]]:
    """The command lines of the running panels that a host with this home has started, by process id."""
    found: dict[int, list[str]] = {}
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # it has ended since
        if "mgie.panel" in command and any(word.startswith(f"{home}/") for word in command):
            found[int(entry.parent.name)] = command
    return found


def end_panel(home: Path) -> None:
    """End the panel that an earlier test left open, with its backend, drafts and log."""
    for pid in panel_commands(home):
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not panel_commands(home), 20, "the end of the panel")
    state = home / ".local/state/mgie"
    stop_backend_of(home)
    wait_until(lambda: read_discovery(state / "server") is None, 20, "the end of the backend")
    shutil.rmtree(state / "server", ignore_errors=True)
    for left in (*state.glob("panel-*.json"), *(state / "links").glob("*.log")):
        left.unlink()


def fresh_panel(program: HostProgram) -> Panel:
    """A panel that is not open yet and remembers nothing."""
    end_panel(program.home)
    return Panel(program)


def reopen(panel: Panel) -> None:
    """Open a panel in the place of one that crashed."""
    for log in (panel.program.home / ".local/state/mgie/links").glob("*.log"):
        log.unlink()
    if panel.program.name == "gimp":
        panel.program.screen.xdotool("key", "Escape")  # GIMP may tell of the crash in a dialog
    else:
        code = (
            "d = [d for d in app.dockers() if d.objectName() == 'mgie_docker'][0]\n"
            "result = d.findChild(QtWidgets.QPushButton, 'mgie_open').isVisible()"
        )
        wait_until(lambda: panel.program.run(code), 10, "the docker's button in place of the panel")
    panel.open()


def drafts(program: HostProgram) -> dict[str, Any]:
    """What the panel has written down to survive a crash."""
    path = program.home / f".local/state/mgie/panel-{program.name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def add_region(artist: Artist, panel: Panel, instruction: str, place: Place) -> None:
    """Select an ellipse, write its instruction, put both into the list: by the keys that the docs name."""
    regions = [region["instruction"] for region in drafts(panel.program).get("regions", [])]
    artist.select_ellipse(place)
    panel.press("ctrl+a")
    panel.program.screen.xdotool("type", "--delay", "15", instruction)
    panel.program.screen.xdotool("key", "ctrl+shift+a")
    wait_until(
        lambda: (
            [r["instruction"] for r in drafts(panel.program).get("regions", [])] == [*regions, instruction]
        ),
        20,
        f"the region of {instruction!r}",
    )
