"""The whole way an artist goes, by mouse and keyboard: host, real panel, real service, result."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hosts.artists import Artist, wait_for_documents
from hosts.backend_process import backend
from hosts.edits import changed_pixels, covered_pixels
from hosts.program import HostProgram, wait_until
from mgie.host.png import write_png
from mgie.host.remote import RemoteHost
from mgie.host.types import DocumentInfo, HostMask, HostPicture, PixelFormat, Rect

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(400)]


def photo(path: Path) -> Path:
    """A picture with structure, 320x240 px."""
    rect = Rect(x=0, y=0, width=320, height=240)
    pixels = bytes(
        v for y in range(240) for x in range(320) for v in ((x * y) % 200, y % 150, (x + 2 * y) % 180)
    )
    write_png(path, HostPicture(rect=rect, format=PixelFormat(sample="u8", channels="rgb"), pixels=pixels))
    return path


class Panel:
    """The panel's window, worked with keyboard and mouse."""

    def __init__(self, program: HostProgram) -> None:
        self.program = program

    def open(self) -> None:
        """By the host's own entry, again when a busy machine swallowed the keys."""
        for attempt in range(1, 4):
            if self.program.name == "gimp":
                self._search_action(pause_s=1.5 * attempt)
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

    def focus(self) -> None:
        """Click into the instruction."""
        screen = self.program.screen
        if self.program.name == "gimp":
            screen.xdotool("windowactivate", "--sync", screen.window("^MGIE$"))
            return
        x, y = self.program.run(
            "d = [d for d in app.dockers() if d.objectName() == 'mgie_docker'][0]\n"
            "c = d.widget().currentWidget(); q = c.mapToGlobal(QtCore.QPoint(120, 70))\n"
            "result = [q.x(), q.y()]"
        )
        screen.xdotool("mousemove", str(x), str(y), "click", "1")
        time.sleep(0.3)

    def edit(self, instruction: str) -> None:
        """Type an instruction and start."""
        self.focus()
        self.program.screen.xdotool("key", "ctrl+a")
        self.program.screen.xdotool("type", "--delay", "15", instruction)
        self.program.screen.xdotool("key", "ctrl+Return")

    def press(self, keys: str) -> None:
        """A key in the panel."""
        self.focus()
        self.program.screen.xdotool("key", keys)


@pytest.fixture
def watcher(program: HostProgram, artist: Artist) -> Iterator[RemoteHost]:
    """A second link that only looks."""
    host = program.connect(role="probe")
    yield host
    host.close()


@pytest.fixture
def document(program: HostProgram, artist: Artist, watcher: RemoteHost) -> DocumentInfo:
    """A photograph with an ellipse selected."""
    artist.open_photo(str(photo(program.home / "photo.png")))
    artist.select_ellipse()
    wait_for_documents(program, 1)
    found = watcher.state().active_document
    assert found is not None
    return found


def test_an_edit_from_the_menu_to_undo_and_redo(
    program: HostProgram, artist: Artist, watcher: RemoteHost, document: DocumentInfo
) -> None:
    """A result inside the selection only, in one undo step; then a stopped edit, then a lost backend."""
    before, mask = watcher.read_pixels(document.id), watcher.read_selection(document.id)
    assert mask is not None
    panel = Panel(program)
    with backend(program.home, step_s=0.5) as process:
        panel.open()
        accept_an_edit(program, artist, watcher, document, panel, before, mask)
        stop_an_edit(artist, watcher, document, panel, before)
        lose_the_backend(process, program, artist, watcher, document, panel, before)


def accept_an_edit(
    program: HostProgram,
    artist: Artist,
    watcher: RemoteHost,
    document: DocumentInfo,
    panel: Panel,
    before: HostPicture,
    mask: HostMask,
) -> None:
    layers = artist.layer_names()
    panel.edit("make it look like autumn")
    wait_until(lambda: bool(artist.provenance()), 50, "the result's layer")
    assert artist.layer_names() == ["make it look like autumn", *layers]
    [provenance] = artist.provenance()
    json.loads(provenance)
    assert "make it look like autumn" in provenance
    assert "tiny-mgie" in provenance
    after = watcher.read_pixels(document.id)
    changed = changed_pixels(before, after)
    assert changed
    assert changed <= covered_pixels(mask, before.rect)
    program.screen.screenshot(program.home / "accepted.png")
    artist.undo()
    assert artist.layer_names() == layers
    assert watcher.read_pixels(document.id) == before
    artist.redo()
    assert watcher.read_pixels(document.id) == after
    artist.undo()


def stop_an_edit(
    artist: Artist, watcher: RemoteHost, document: DocumentInfo, panel: Panel, before: HostPicture
) -> None:
    """Stopped while previews stream, the document is as it was."""
    layers = artist.layer_names()
    panel.edit("make it brighter")
    wait_until(lambda: len(artist.layer_names()) == len(layers) + 1, 60, "the preview's layer")
    panel.press("Escape")
    wait_until(lambda: artist.layer_names() == layers, 20, "the end of the preview")
    assert artist.provenance() == [] or artist.layer_names() == layers
    assert watcher.read_pixels(document.id) == before


def lose_the_backend(
    process: object,
    program: HostProgram,
    artist: Artist,
    watcher: RemoteHost,
    document: DocumentInfo,
    panel: Panel,
    before: HostPicture,
) -> None:
    """Killed while previews stream, the backend takes neither host nor document along."""
    layers = artist.layer_names()
    panel.edit("make it much brighter")
    wait_until(lambda: len(artist.layer_names()) == len(layers) + 1, 60, "the preview's layer")
    process.send_signal(signal.SIGKILL)  # type: ignore[attr-defined] (a Popen)
    panel.press("Escape")
    wait_until(lambda: artist.layer_names() == layers, 30, "the end of the preview")
    assert program.is_running
    assert watcher.read_pixels(document.id) == before
