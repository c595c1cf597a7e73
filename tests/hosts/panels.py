"""The panel that a host starts: its window under mouse and keyboard, its process, what it keeps on disk."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from hosts.artists import Artist, Place
from hosts.backend_process import stop_backend_of
from hosts.program import HostProgram, ask, wait_until
from mgie.api.rect import Rect
from mgie.client.discovery import read_discovery
from mgie.host.types import HostPicture, PixelFormat
from mgie.panel.codec import FileCodec


def photo(path: Path) -> Path:
    """A picture with structure, 320x240 px, in the kind of file that the name says."""
    rect = Rect(x=0, y=0, width=320, height=240)
    pixels = bytes(
        v for y in range(240) for x in range(320) for v in ((x * y) % 200, y % 150, (x + 2 * y) % 180)
    )
    FileCodec().write(
        path, HostPicture(rect=rect, format=PixelFormat(sample="u8", channels="rgb"), pixels=pixels), []
    )
    return path


class Panel:
    """The panel's window, worked with keyboard and mouse."""

    def __init__(self, program: HostProgram) -> None:
        self.program = program

    def open(self) -> None:
        """By the host's own entry, again when a busy machine swallowed the keys."""
        for attempt in range(1, 6):
            if self.program.name == "gimp" and self.program.locale == "C.UTF-8":
                self._search_action(pause_s=1.5 * attempt)
            elif self.program.name == "gimp":
                self._call_entry()
            else:
                self._click_docker()
            try:
                wait_until(lambda: self.is_started, 10, "the panel's start")
                break
            except AssertionError:
                self.program.screen.xdotool("key", "Escape")
        wait_until(lambda: bool(self.program.screen.windows("^MGIE$")), 90, "the panel's window")
        time.sleep(2)

    def _search_action(self, pause_s: float) -> None:
        """GIMP's action search: slash, a part of the entry's name, Return."""
        screen = self.program.screen
        screen.xdotool("windowactivate", "--sync", screen.window(".* GIMP$"), "key", "slash")
        time.sleep(pause_s)
        screen.xdotool("type", "--delay", "50", "Edit with an instruction")
        time.sleep(pause_s)
        screen.xdotool("key", "Return")

    def _call_entry(self) -> None:
        """What GIMP's menu entry calls, where it is named in another language."""
        self.program.run(
            "entry = Gimp.get_pdb().lookup_procedure('mgie-edit'); config = entry.create_config()\n"
            "config.set_property('run-mode', Gimp.RunMode.INTERACTIVE); config.set_property('image', image)\n"
            "config.set_core_object_array('drawables', image.get_layers()); entry.run(config)"
        )

    def _click_docker(self) -> None:
        """The button in Krita's docker."""
        x, y = self.program.run(
            "d = [d for d in app.dockers() if d.objectName() == 'mgie_docker'][0]; d.setVisible(True)\n"
            "d.raise_(); QtWidgets.QApplication.processEvents()\n"
            "b = d.findChild(QtWidgets.QPushButton, 'mgie_open')\n"
            "q = b.mapToGlobal(b.rect().center()); result = [q.x(), q.y()]"
        )
        self.program.screen.xdotool("mousemove", str(x), str(y), "click", "1")

    @property
    def is_started(self) -> bool:
        """Whether the adapter has started the panel's process."""
        return bool(list((self.program.home / ".local/state/mgie/links").glob("*.log")))

    @property
    def is_in_docker(self) -> bool:
        """Whether the window fills the place that Krita's docker has for it."""
        place = self.program.run(
            "d = [d for d in app.dockers() if d.objectName() == 'mgie_docker'][0]\n"
            "c = d.widget().currentWidget(); q = c.mapToGlobal(QtCore.QPoint(0, 0))\n"
            "w = d.window().mapToGlobal(QtCore.QPoint(0, 0))\n"
            "result = [2 * q.x() - w.x(), 2 * q.y() - w.y(), c.width(), c.height()]"  # xdotool counts twice
        )
        screen = self.program.screen
        lines = screen.xdotool("getwindowgeometry", "--shell", screen.window("^MGIE$")).split()
        found = dict(line.split("=") for line in lines)
        return [int(found[key]) for key in ("X", "Y", "WIDTH", "HEIGHT")] == place

    def focus(self) -> None:
        """Click into the instruction."""
        screen = self.program.screen
        if self.program.name == "gimp":
            screen.xdotool("windowactivate", "--sync", screen.window("^MGIE$"))
            return
        x, y = self.program.run(
            "d = [d for d in app.dockers() if d.objectName() == 'mgie_docker'][0]\n"
            "c = d.widget().currentWidget(); q = c.mapToGlobal(QtCore.QPoint(120, 130))\n"
            "result = [q.x(), q.y()]"
        )
        screen.xdotool("mousemove", str(x), str(y), "click", "1")
        time.sleep(0.3)

    def edit(self, instruction: str) -> None:
        """Type an instruction and start, once the panel has heard the end of the edit before."""
        wait_until(lambda: "under_way" not in drafts(self.program), 30, "the end of the edit before")
        self.focus()
        self.program.screen.xdotool("key", "ctrl+l", "ctrl+a")
        self.program.screen.xdotool("type", "--delay", "15", instruction)
        self.program.screen.xdotool("key", "ctrl+Return")

    def run(self, code: str) -> Any:
        """Execute code inside the panel's process and return what it set as `result`."""
        with socket.socket(socket.AF_UNIX) as driver:
            driver.settimeout(60)
            driver.connect(os.fspath(self.program.home / "panel_driver" / "socket"))
            answer = ask(driver, code)
        assert answer is not None, "the panel ended during a test"
        return answer["result"]

    def says(self, name: str) -> str:
        """The text of the label or the document picker of this name; "" where it is not to be seen."""
        return self.run(
            f"found = [w for w in app.allWidgets() if w.objectName() == {name!r} and w.isVisible()]\n"
            "texts = [w.currentText() if hasattr(w, 'currentText') else w.text() for w in found]\n"
            "result = texts[0] if texts else ''"
        )

    def click(self, name: str) -> None:
        """A click into the middle of the widget of this name, in a window of its own."""
        x, y = self.run(
            f"w = next(w for w in app.allWidgets() if w.objectName() == {name!r} and w.isVisible())\n"
            "q = w.mapToGlobal(w.rect().center()); result = [q.x(), q.y()]"
        )
        self.program.screen.xdotool("mousemove", str(x), str(y), "click", "1")

    def press(self, keys: str) -> None:
        """A key in the panel."""
        self.focus()
        self.program.screen.xdotool("key", keys)


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


def panel_backends(home: Path) -> list[int]:
    """The processes of backends that a panel with this home has started, also before they answer."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it has ended since
            is_of_home = f"HOME={home}".encode() in entry.read_bytes().split(b"\0")
            if is_of_home and b"serve" in (entry.parent / "cmdline").read_bytes().split(b"\0"):
                found.append(int(entry.parent.name))
    return found


def end_panel(home: Path) -> None:
    """End the panel that is open, with the backend it uses or is about to start, its drafts and its log."""
    for pid in panel_commands(home):
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not panel_commands(home), 20, "the end of the panel")
    for pid in panel_backends(home):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not panel_backends(home), 20, "the end of the panel's own backend")
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
    panel.press("ctrl+l")
    panel.program.screen.xdotool("key", "ctrl+a")
    panel.program.screen.xdotool("type", "--delay", "15", instruction)
    panel.program.screen.xdotool("key", "ctrl+shift+a")
    wait_until(
        lambda: (
            [r["instruction"] for r in drafts(panel.program).get("regions", [])] == [*regions, instruction]
        ),
        20,
        f"the region of {instruction!r}",
    )
