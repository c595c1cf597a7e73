"""GIMP and Krita at once on one backend: each result lands in its own document."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from hosts.artists import Artist, Place, artist_of, wait_for_documents
from hosts.backend_process import backend
from hosts.conftest import start
from hosts.edits import changed_pixels, covered_pixels, read_mask
from hosts.panels import Panel, end_panel, fresh_panel, photo
from hosts.program import HostProgram, wait_until
from mgie.client.blocking import Client
from mgie.client.discovery import read_discovery
from mgie.host.remote import RemoteHost
from mgie.host.types import HostPicture

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(600)]

WORDS = {"gimp": "make the sky pink", "krita": "turn the grass brown"}
PLACES: dict[str, Place] = {"gimp": (30, 30, 120, 90), "krita": (170, 110, 120, 90)}


@dataclass
class Desk:
    """One artist in front of one program."""

    artist: Artist
    panel: Panel
    watcher: RemoteHost
    document: str
    before: HostPicture
    layers: list[str]

    @property
    def name(self) -> str:
        return self.artist.program.name

    @property
    def covered(self) -> set[int]:
        return covered_pixels(read_mask(self.watcher, self.document), self.before.rect)

    def check(self) -> None:
        """Its own result is here, inside its own selection, and nothing else."""
        words = WORDS[self.name]
        assert self.artist.layer_names() == [words, *self.layers]
        [provenance] = self.artist.provenance()
        assert [edit["instruction"] for edit in json.loads(provenance)["edits"]] == [words]
        changed = changed_pixels(self.before, self.watcher.read_pixels(self.document))
        assert changed
        assert changed <= self.covered


@pytest.fixture
def gimp_and_krita(
    programs: dict[str, HostProgram], screens: list[ExitStack], tmp_path_factory: pytest.TempPathFactory
) -> list[HostProgram]:
    return [start(name, programs, screens, tmp_path_factory) for name in ("gimp", "krita")]


@contextmanager
def desk(program: HostProgram) -> Iterator[Desk]:
    """A photograph with an ellipse selected, and a panel that is not open yet."""
    artist = artist_of(program)
    panel = fresh_panel(program)
    artist.open_photo(str(photo(program.home / "photo.png")))
    artist.select_ellipse(PLACES[program.name])
    wait_for_documents(program, 1)
    watcher = program.connect(role="probe")
    document = watcher.state().active
    yield Desk(artist, panel, watcher, document, watcher.read_pixels(document), artist.layer_names())
    watcher.close()
    artist.close_document()
    wait_for_documents(program, 0)


@contextmanager
def shared_backend(owner: HostProgram, other: HostProgram) -> Iterator[Client]:
    """One backend where the panels of both programs look for it."""
    state = ".local/state/mgie/server"
    shutil.rmtree(other.home / state, ignore_errors=True)
    (other.home / state).symlink_to(owner.home / state, target_is_directory=True)
    try:
        with backend(owner.home, step_s=0.8):
            found = read_discovery(other.home / state)
            assert found is not None
            with Client.connect(found) as client:
                yield client
            for program in (owner, other):  # else they would start a backend of their own
                end_panel(program.home)
    finally:
        (other.home / state).unlink()


def test_two_hosts_share_a_backend_without_crossing(gimp_and_krita: list[HostProgram]) -> None:
    with (
        desk(gimp_and_krita[0]) as gimp,
        desk(gimp_and_krita[1]) as krita,
        shared_backend(*gimp_and_krita) as client,
    ):
        for each in (gimp, krita):
            each.panel.open()
        for each in (gimp, krita):
            each.panel.edit(WORDS[each.name])
        wait_until(lambda: len(client.list_edits().edits) == 2, 30, "both edits at the one backend")
        assert gimp.artist.provenance() == krita.artist.provenance() == []  # under way at the same time
        for each in (gimp, krita):
            wait_until(lambda each=each: bool(each.artist.provenance()), 120, f"the result in {each.name}")
        gimp.check()
        krita.check()
