"""docs/ten-minutes.md, step by step in the real programs, by mouse and keyboard."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from hosts.artists import Artist, wait_for_documents
from hosts.backend_process import backend
from hosts.edits import changed_pixels, covered_pixels, read_mask
from hosts.panels import add_region, drafts, end_panel, fresh_panel, panel_commands, photo, reopen
from hosts.program import HostProgram, wait_until
from mgie.api.edit import EditState
from mgie.client.blocking import Client
from mgie.client.discovery import read_discovery
from mgie.host.types import HostPicture

PAGE = Path(__file__).parents[2] / "docs" / "ten-minutes.md"


class Desk:
    """An artist with the photograph open, and a second link that only looks."""

    def __init__(self, program: HostProgram, artist: Artist) -> None:
        self.program, self.artist = program, artist
        artist.open_photo(str(photo(program.home / "photo.png")))
        wait_for_documents(program, 1)
        self.watcher = program.connect(role="probe")
        document = self.watcher.state().active_document
        assert document is not None
        self.document = document.id
        self.untouched = self.watcher.read_pixels(self.document)
        self.base = artist.layer_names()
        self.panel = fresh_panel(program)

    def wait_for_layer(self, instruction: str) -> None:
        """Until a result with these words lies on top, and the preview is gone."""
        wanted = [instruction, *self.base]
        wait_until(
            lambda: (
                any(instruction in record for record in self.artist.provenance())
                and self.artist.layer_names() == wanted
            ),
            120,
            f"the layer of {instruction!r}",
        )

    def is_untouched(self) -> bool:
        """Whether the picture is as it was opened."""
        return self.artist.layer_names() == self.base and self._pixels() == self.untouched

    def _pixels(self) -> object:
        return self.watcher.read_pixels(self.document)


def open_the_panel(desk: Desk) -> None:
    desk.panel.open()
    assert desk.panel.is_started


def change_a_part(desk: Desk) -> None:
    desk.artist.select_ellipse()
    mask = read_mask(desk.watcher, desk.document)
    desk.panel.press("ctrl+l")
    desk.program.screen.xdotool("type", "--delay", "15", "make it brighter")
    desk.program.screen.xdotool("key", "Return")
    desk.wait_for_layer("make it brighter")
    changed = changed_pixels(desk.untouched, desk.watcher.read_pixels(desk.document))
    assert changed
    assert changed <= covered_pixels(mask, desk.untouched.rect)


def take_it_back(desk: Desk) -> None:
    edited = desk.watcher.read_pixels(desk.document)
    wait_until(lambda: desk.panel.says("result_where").startswith("New layer"), 20, "the result in the panel")
    desk.artist.undo()
    assert desk.is_untouched()
    wait_until(lambda: desk.panel.says("result_where") == "Undone", 20, "the panel's word of the undo")
    desk.artist.redo()
    assert desk.watcher.read_pixels(desk.document) == edited
    wait_until(lambda: desk.panel.says("result_where").startswith("New layer"), 20, "the redo in the panel")
    work_on_the_layer(desk, edited)
    assert desk.is_untouched()
    wait_until(lambda: desk.panel.says("result_where") == "Undone", 20, "the panel's word of the lost layer")


# What an artist may do to a result, as they stand in the host's layer list: `top` is the layer.
BY_HAND = {
    "gimp": {
        "find": "top = image.get_layers()[0]",
        "fade": "top.set_opacity(50)",
        "unfade": "top.set_opacity(100)",
        "hide": "top.set_visible(False)",
        "show": "top.set_visible(True)",
        "paint in the mask": (
            "mask = top.get_mask(); color = Gegl.Color.new('black'); Gimp.context_set_foreground(color)\n"
            "Gimp.context_set_brush_size(30); middle = mask.get_height() / 2\n"
            "Gimp.paintbrush_default(mask, [0, middle, mask.get_width() / 2, middle])"
        ),
        "delete": "image.remove_layer(top)",
    },
    "krita": {
        "find": "top = [n for n in doc.topLevelNodes() if not n.type().endswith('mask')][-1]",
        "fade": "top.setOpacity(128)",
        "unfade": "top.setOpacity(255)",
        "hide": "top.setVisible(False)",
        "show": "top.setVisible(True)",
        "paint in the mask": (
            "mask = next(n for n in top.childNodes() if n.type() == 'transparencymask')\n"
            "s = mask.selection(); s.setPixelData(QtCore.QByteArray(bytes(60 * 60)), s.x(), s.y(), 60, 60)\n"
            "mask.setSelection(s)"
        ),
        "delete": "top.remove()",
    },
}


def work_on_the_layer(desk: Desk, edited: HostPicture) -> None:
    """Lower its opacity, hide it, paint in its mask, as with any other layer; at last delete it."""

    def seen_after(act: str) -> HostPicture:
        end = {"gimp": "Gimp.displays_flush()", "krita": "doc.refreshProjection(); doc.waitForDone()"}
        acts = BY_HAND[desk.program.name]
        desk.program.run("\n".join((acts["find"], acts[act], end[desk.program.name])))
        return desk.watcher.read_pixels(desk.document)

    between = (edited, desk.untouched)
    assert seen_after("fade") not in between
    assert seen_after("unfade") == edited
    assert seen_after("hide") == desk.untouched
    assert seen_after("show") == edited
    assert seen_after("paint in the mask") not in between
    assert desk.panel.says("result_where").startswith("New layer")
    seen_after("delete")


def change_your_mind(desk: Desk) -> None:
    desk.panel.edit("make it dramatic")
    wait_until(lambda: len(desk.artist.layer_names()) == len(desk.base) + 1, 90, "the preview's layer")
    desk.panel.press("Escape")
    wait_until(desk.is_untouched, 30, "the end of the preview")


def correct_the_plan(desk: Desk) -> None:
    screen = desk.program.screen
    desk.panel.press("ctrl+h")
    desk.panel.edit("make it warmer")
    wait_until(lambda: _waits_for_the_artist(desk), 120, "the model's plan")
    desk.panel.press("ctrl+e")
    screen.xdotool("key", "ctrl+a")
    screen.xdotool("type", "--delay", "15", "The photograph would be warm and golden.")
    screen.xdotool("key", "ctrl+Return")
    desk.wait_for_layer("make it warmer")
    records = [json.loads(record) for record in desk.artist.provenance()]
    assert any("The photograph would be warm and golden." in json.dumps(record) for record in records)
    desk.artist.undo()
    assert desk.is_untouched()
    desk.panel.press("ctrl+h")


def _waits_for_the_artist(desk: Desk) -> bool:
    found = read_discovery(desk.program.home / ".local/state/mgie/server")
    assert found is not None
    with Client.connect(found) as client:
        return bool(client.list_edits(states=[EditState.HELD]).edits)


def edit_several_parts(desk: Desk) -> None:
    add_region(desk.artist, desk.panel, "make it pink", (20, 30, 60, 60))
    add_region(desk.artist, desk.panel, "make it brown", (180, 90, 70, 60))
    desk.panel.press("ctrl+Return")
    wanted = ["make it pink + 1 more", *desk.base]
    wait_until(lambda: desk.artist.layer_names() == wanted, 120, "the results' group")
    desk.artist.undo()
    assert desk.is_untouched()


def close_and_go_on(desk: Desk) -> None:
    words = [region["instruction"] for region in drafts(desk.program)["regions"]]
    assert words == ["make it pink", "make it brown"]
    for pid in panel_commands(desk.program.home):
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not panel_commands(desk.program.home), 20, "the end of the panel")
    reopen(desk.panel)
    assert [region["instruction"] for region in drafts(desk.program)["regions"]] == words


STEPS: dict[str, Callable[[Desk], None]] = {
    "Open the panel": open_the_panel,
    "Change a part of the picture": change_a_part,
    "Take it back": take_it_back,
    "Change your mind half-way": change_your_mind,
    "Correct the model's plan": correct_the_plan,
    "Edit several parts at once": edit_several_parts,
    "Close it and go on tomorrow": close_and_go_on,
}


def test_every_step_of_the_page_is_tested() -> None:
    assert re.findall(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE) == list(STEPS)


@pytest.mark.hosts
@pytest.mark.timeout(900)
def test_ten_minutes_with_the_panel(program: HostProgram, artist: Artist) -> None:
    desk = Desk(program, artist)
    with backend(program.home, step_s=0.3):
        for step in STEPS.values():
            step(desk)
        end_panel(program.home)  # else it would start a backend of its own
    desk.watcher.close()
