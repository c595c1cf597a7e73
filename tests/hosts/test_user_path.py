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
