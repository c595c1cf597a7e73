"""The whole way an artist goes, by mouse and keyboard: host, real panel, real service, result."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from hosts.artists import Artist, wait_for_documents
from hosts.backend_process import backend
from hosts.edits import changed_pixels, covered_pixels
from hosts.panels import Panel, end_panel, fresh_panel, photo
from hosts.program import HostProgram, wait_until
from mgie.host.remote import RemoteHost
from mgie.host.types import DocumentInfo, HostMask, HostPicture

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(600)]


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
    panel = fresh_panel(program)
    with backend(program.home, step_s=0.5) as process:
        panel.open()
        accept_an_edit(program, artist, watcher, document, panel, before, mask)
        stop_an_edit(artist, watcher, document, panel, before)
        lose_the_backend(process, program, artist, watcher, document, panel, before)
        end_panel(program.home)  # else it would start a backend of its own


@pytest.mark.parametrize("program", ["gimp"], indirect=True)
def test_the_picture_chosen_in_the_panel_is_the_one_that_is_edited(
    program: HostProgram, artist: Artist, watcher: RemoteHost
) -> None:
    """GIMP tells no plug-in which of its pictures is in front: the artist says so in the panel."""
    artist.open_by_hand(str(photo(program.home / "first.png")))
    program.run("first_display = display")
    artist.open_by_hand(str(photo(program.home / "second.png")))
    wait_for_documents(program, 2)
    first, second = sorted(watcher.state().documents, key=lambda document: document.name)
    panel = fresh_panel(program)
    try:
        with backend(program.home, step_s=0.1):
            panel.open()
            wait_until(
                lambda: panel.says("document_picker") == second.name, 20, "the picture of the menu entry"
            )
            edit_one_of_two(watcher, panel, "make it brighter", first, second)
            edit_one_of_two(watcher, panel, "make it darker", second, first)
            end_panel(program.home)  # else it would start a backend of its own
    finally:
        program.run("first_display.delete()")


def edit_one_of_two(
    watcher: RemoteHost, panel: Panel, words: str, chosen: DocumentInfo, other: DocumentInfo
) -> None:
    """Choose one of two documents in the panel and edit: that one gets a layer, the other stays as it is."""
    choose(panel, chosen)
    layers, untouched = watcher.layers(chosen.id), watcher.layers(other.id)
    pixels = watcher.read_pixels(other.id)
    panel.edit(words)
    wait_until(
        lambda: [layer.name for layer in watcher.layers(chosen.id)] == [words, *(n.name for n in layers)],
        90,
        f"the result in {chosen.name}",
    )
    assert watcher.layers(other.id) == untouched
    assert watcher.read_pixels(other.id) == pixels


def choose(panel: Panel, document: DocumentInfo) -> None:
    """Choose one of two documents in the panel's list."""
    panel.click("document_picker")
    place = panel.run(
        "picker = next(w for w in app.allWidgets() if w.objectName() == 'document_picker')\n"
        f"result = picker.findData({document.id!r})"
    )
    panel.program.screen.xdotool("key", "End" if place else "Home", "Return")
    wait_until(lambda: panel.says("document_picker") == document.name, 10, f"the choice of {document.name}")


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
    process: subprocess.Popen[bytes],
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
    process.kill()
    process.wait(10)
    panel.press("Escape")
    wait_until(lambda: artist.layer_names() == layers, 30, "the end of the preview")
    assert program.is_running
    assert watcher.read_pixels(document.id) == before
