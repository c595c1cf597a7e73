"""Several selections, each with words of its own, through the real panel: one group, one undo."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from hosts.artists import Artist, Place, wait_for_documents
from hosts.backend_process import backend
from hosts.edits import changed_pixels, covered_pixels, read_mask
from hosts.panels import add_region, end_panel, fresh_panel, photo
from hosts.program import HostProgram, wait_until
from mgie.host.remote import RemoteHost
from mgie.host.types import DocumentInfo

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(600)]

# Far enough apart that no pixel belongs to two of them, soft edges included.
REGIONS: dict[str, Place] = {
    "make the sky pink": (30, 30, 80, 50),
    "turn the grass brown": (200, 40, 90, 60),
    "paint the wall blue": (70, 150, 130, 60),
}


@pytest.fixture
def watcher(program: HostProgram, artist: Artist) -> Iterator[RemoteHost]:
    """A second link that only looks."""
    host = program.connect(role="probe")
    yield host
    host.close()


@pytest.fixture
def document(program: HostProgram, artist: Artist, watcher: RemoteHost) -> DocumentInfo:
    """A photograph without a selection."""
    artist.open_photo(str(photo(program.home / "photo.png")))
    wait_for_documents(program, 1)
    found = watcher.state().active_document
    assert found is not None
    return found


def test_three_selections_with_three_instructions_become_one_group_and_one_undo(
    program: HostProgram, artist: Artist, watcher: RemoteHost, document: DocumentInfo
) -> None:
    before, layers = watcher.read_pixels(document.id), artist.layer_names()
    panel = fresh_panel(program)
    with backend(program.home, step_s=0.2):
        panel.open()
        masks = {}
        for instruction, place in REGIONS.items():
            add_region(artist, panel, instruction, place)
            masks[instruction] = covered_pixels(read_mask(watcher, document.id), before.rect)
        history = artist.undo_name()
        panel.press("ctrl+Return")
        wait_until(lambda: len(artist.provenance()) == len(REGIONS), 120, "the results' layers")
        end_panel(program.home)  # else it would start a backend of its own

    assert artist.layer_names() == ["make the sky pink + 2 more", *layers]
    inside = [layer.name for layer in watcher.layers(document.id) if layer.parent]
    assert sorted(inside) == sorted(REGIONS)
    edits = [edit for text in artist.provenance() for edit in json.loads(text)["edits"]]
    assert sorted(edit["instruction"] for edit in edits) == sorted(REGIONS)

    after = watcher.read_pixels(document.id)
    changed = changed_pixels(before, after)
    assert changed <= set.union(*masks.values())
    for instruction, covered in masks.items():
        assert changed & covered, f"nothing changed for {instruction!r}"

    artist.undo()
    assert artist.layer_names() == layers
    assert watcher.read_pixels(document.id) == before
    assert artist.undo_name() == history  # no step of a preview is left either
    artist.redo()
    assert watcher.read_pixels(document.id) == after


def names_of(watcher: RemoteHost, document: str) -> list[str]:
    return [layer.name for layer in watcher.layers(document)]


def test_one_batch_over_two_open_documents_gives_each_its_layer_and_its_undo(
    program: HostProgram, artist: Artist, watcher: RemoteHost, document: DocumentInfo
) -> None:
    keep, turn = {
        "gimp": ("first, shown = image, display", "display.delete(); image, display = first, shown"),
        "krita": (
            "first = doc",
            "doc.setModified(False); doc.close(); doc = first; app.setActiveDocument(doc); doc.waitForDone()",
        ),
    }[program.name]
    program.run(keep)
    untouched, layers = watcher.read_pixels(document.id), artist.layer_names()
    panel = fresh_panel(program)
    drafts_file = program.home / f".local/state/mgie/panel-{program.name}.json"
    drafts_file.parent.mkdir(parents=True, exist_ok=True)
    drafts_file.write_text('{"version": 1, "spans_documents": true}')  # as an earlier panel was left
    with backend(program.home, step_s=0.2):
        panel.open()
        add_region(artist, panel, "make the sky pink", (30, 30, 80, 50))
        mask = covered_pixels(read_mask(watcher, document.id), untouched.rect)
        artist.new_document(*artist.formats[0][1:])
        wait_for_documents(program, 2)
        if program.name == "gimp":
            panel._search_action(pause_s=1.5)  # GIMP tells plug-ins of a tab only by its menu
        wait_until(lambda: watcher.state().active != document.id, 20, "the second document in front")
        second = watcher.state().active
        below, other = watcher.read_pixels(second), artist.layer_names()
        add_region(artist, panel, "paint the wall blue", (170, 90, 90, 60))
        steps = artist.undo_name()
        panel.press("ctrl+Return")
        wait_until(lambda: "make the sky pink" in names_of(watcher, document.id), 120, "the first layer")
        wait_until(lambda: "paint the wall blue" in names_of(watcher, second), 120, "the second layer")
        end_panel(program.home)  # else it would start a backend of its own

    assert artist.layer_names() == ["paint the wall blue", *other]
    artist.undo()
    assert artist.layer_names() == other
    assert watcher.read_pixels(second) == below
    assert artist.undo_name() == steps
    assert names_of(watcher, document.id) == ["make the sky pink", *layers]  # the other undo is its own
    program.run(turn)
    wait_for_documents(program, 1)
    changed = changed_pixels(untouched, watcher.read_pixels(document.id))
    assert changed
    assert changed <= mask
    artist.undo()
    assert artist.layer_names() == layers
    assert watcher.read_pixels(document.id) == untouched
