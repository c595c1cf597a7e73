"""Regions of several picture files as one batch, where the panel stands alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mgie.api.rect import Rect
from mgie.files.formats import open_document
from mgie.host.errors import HostError
from mgie.host.files import FileHost
from mgie.host.types import HostMask, HostPicture
from mgie.panel.app import Options, Panel
from mgie.panel.codec import FileCodec
from mgie.panel.result_texts import destination
from mgie.panel.state.panel import PanelState
from mgie.panel.state.primary_action import Action, primary_action
from mgie.panel.state.saved import from_json, to_json
from support.fake_backend import FakeBackend, FixedServer
from support.fake_host import RGB, flat_picture

PART = Rect(x=2, y=3, width=8, height=4)


class Alone:
    """A panel with two picture files and no painting program."""

    def __init__(self, qapp: QApplication, qtbot: QtBot, folder: Path) -> None:
        self.folder, self._qtbot = folder, qtbot
        self.backend = FakeBackend()
        self.backend.serve()
        self.host = FileHost((), FileCodec())
        for name, width in (("lake.png", 40), ("hill.png", 24)):
            FileCodec().write(folder / name, flat_picture(width, 30), [])
        self.lake, self.hill = (self.host.open(folder / name) for name in ("lake.png", "hill.png"))
        server = FixedServer(self.backend)
        self.panel = Panel(qapp, self.host, lambda state: server, Options(state_folder=folder / "state"))
        qtbot.addWidget(self.panel.window)
        self.panel.start()
        self.wait(lambda: len(self.state.host.targets) == 2 and self.state.backend.link.value == "ready")

    @property
    def state(self) -> PanelState:
        return self.panel.session.state

    def wait(self, condition: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(condition, timeout=30_000)

    def add_all(self, words: str) -> None:
        self.panel.session.type_instruction(words)
        self.panel.window.regions.add_pictures.trigger()
        assert len(self.state.regions) == 2

    def pixels(self, document: str) -> np.ndarray:
        picture = self.host.read_pixels(document)
        return np.frombuffer(picture.pixels, np.uint8).reshape(picture.rect.height, picture.rect.width, 3)


@pytest.fixture
def alone(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Alone]:
    alone = Alone(qapp, qtbot, tmp_path)
    yield alone
    alone.panel.close()
    alone.backend.stop()


def test_one_batch_edits_every_open_picture_each_in_its_own_file(alone: Alone) -> None:
    alone.add_all("make it night")
    assert primary_action(alone.state).count == 2
    assert destination(alone.state) == "To new layers in 2 pictures"
    alone.panel.session.act()
    alone.wait(lambda: primary_action(alone.state).action is Action.REPEAT_REGIONS)
    for document, width in ((alone.lake, 40), (alone.hill, 24)):
        alone.wait(lambda document=document: bool((alone.pixels(document) == 200).all()))
        assert alone.pixels(document).shape == (30, width, 3)
        assert alone.host.undo(document)
        assert (alone.pixels(document) == 90).all()
    assert len(alone.backend.by_request) == 1  # one batch
    alone.panel.window.regions.add_pictures.trigger()
    assert len(alone.state.regions) == 2  # they are there already


def test_a_saved_copy_holds_the_edit_of_its_own_file(alone: Alone) -> None:
    alone.add_all("make it night")
    alone.panel.session.act()
    alone.wait(
        lambda: bool((alone.pixels(alone.lake) == 200).all() and (alone.pixels(alone.hill) == 200).all())
    )
    alone.host.save_copy(alone.hill, alone.folder / "copy.png")
    picture = open_document(alone.folder / "copy.png").picture
    assert (picture.width, picture.height) == (24, 30)
    assert (picture.pixels == 200).all()


def test_a_selection_of_one_file_runs_with_all_of_another(alone: Alone) -> None:
    alone.add_all("make it night")
    whole_lake = next(r for r in alone.state.regions if r.document == alone.lake)
    alone.panel.session.regions.remove(whole_lake.key)
    alone.host.activate(alone.lake)
    alone.host.select(alone.lake, HostMask(rect=PART, coverage=b"\xff" * PART.num_pixels))
    alone.wait(lambda: alone.state.host.target is not None and alone.state.host.target.selection == PART)
    alone.panel.session.regions.add_selection()
    alone.wait(lambda: len(alone.state.regions) == 2)
    alone.panel.session.act()
    expected = np.full((30, 40, 3), 90, np.uint8)
    expected[PART.within(Rect(x=0, y=0, width=40, height=30))] = 200
    alone.wait(lambda: np.array_equal(alone.pixels(alone.lake), expected))
    alone.wait(lambda: bool((alone.pixels(alone.hill) == 200).all()))


def test_the_row_of_another_file_says_which_and_shows_no_foreign_picture(alone: Alone) -> None:
    alone.host.select(alone.hill, HostMask(rect=PART, coverage=b"\xff" * PART.num_pixels))
    alone.wait(lambda: alone.state.host.target is not None and alone.state.host.target.selection == PART)
    alone.panel.session.regions.add_selection()
    alone.wait(lambda: len(alone.panel.window.regions.rows) == 1)
    (row,) = alone.panel.window.regions.rows.values()
    assert "hill.png" not in row.status.text()
    alone.host.activate(alone.lake)
    alone.wait(lambda: alone.state.document == alone.lake and alone.state.host.thumbnail is not None)
    assert "hill.png" in row.status.text()
    assert row.picture._image.isNull()
    pointed: list[object] = []
    alone.panel.window.regions.pointed.connect(pointed.append)
    row.pointed.emit(row.key)
    assert pointed == [None]


def test_a_file_that_cannot_be_read_fails_alone(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    read = alone.host.read_pixels

    def refuse_hill(document: str, rect: Rect | None = None, *, layer: str = "") -> HostPicture:
        if document == alone.hill:
            raise HostError("HOST_FAILED", "the disk is gone")
        return read(document, rect, layer=layer)

    alone.add_all("make it night")
    monkeypatch.setattr(alone.host, "read_pixels", refuse_hill)
    alone.panel.session.act()
    alone.wait(lambda: not alone.state.is_busy)
    failed = {r.document for r in alone.state.regions if r.needs_retry}
    assert failed == {alone.hill}
    alone.wait(lambda: bool((alone.pixels(alone.lake) == 200).all()))


def test_pictures_that_were_closed_are_left_out_and_come_back_with_their_file(alone: Alone) -> None:
    alone.add_all("make it night")
    alone.host.close_document(alone.hill)
    alone.wait(lambda: primary_action(alone.state).count == 1)
    again = from_json(to_json(alone.state))
    assert [(r.is_whole, r.can_be_read) for r in again.regions] == [(True, True)] * 2
    alone.host.open(alone.folder / "hill.png")
    alone.wait(lambda: primary_action(alone.state).count == 2)


def whole_pictures(bench) -> str:
    """Two documents open in the host, the first in front, and a region for all of each; id of the second."""
    other = bench.host.open_picture("other.png", flat_picture(20, 20, pixel_format=RGB))
    bench.host.activate(bench.document)
    bench.start()
    bench.wait(lambda: len(bench.state.host.targets) == 2 and bench.state.document == bench.document)
    bench.panel.session.type_instruction("make it night")
    bench.panel.window.regions.add_pictures.trigger()
    assert [r.document for r in bench.state.batch_regions] == [bench.document, other]
    return other


def test_in_a_painting_program_a_batch_stays_in_its_document_unless_it_is_to_span(bench) -> None:
    whole_pictures(bench)
    span = bench.panel.window.regions.span
    assert span.isChecked()
    assert from_json(to_json(bench.state)).spans_documents
    span.trigger()
    assert [r.document for r in bench.state.batch_regions] == [bench.document]
    assert primary_action(bench.state).count == 1
    assert not from_json(to_json(bench.state)).spans_documents
    span.trigger()
    assert len(bench.state.batch_regions) == 2


def test_one_batch_goes_over_the_documents_of_a_painting_program(bench) -> None:
    other = whole_pictures(bench)
    assert destination(bench.state) == "To new layers in 2 pictures"
    bench.panel.session.act()
    bench.wait(lambda: len(bench.host.placed) == 2)
    assert {document for document, _, _ in bench.host.placed} == {bench.document, other}
    assert all(len(placements) == 1 and not group for _, placements, group in bench.host.placed)
    assert len(bench.backend.by_request) == 1
    begun = {document for document, _, _ in bench.host.begun.values()}
    assert begun <= {bench.document}  # nothing moves on a canvas that nobody sees


def test_of_a_document_closed_meanwhile_the_result_is_kept_and_the_other_is_placed(bench) -> None:
    other = whole_pictures(bench)
    bench.panel.session.act()
    bench.host.close_document(other)
    bench.wait(lambda: not bench.state.is_busy)
    bench.wait(lambda: len(bench.host.placed) == 1)
    assert bench.host.placed[0][0] == bench.document
    failed = [r.progress.failure for r in bench.state.regions if r.document == other and r.progress]
    kept = [k.failure for k in bench.state.unplaced]
    reasons = [failure.reason for failure in (*failed, *kept) if failure is not None]
    assert reasons == ["DOCUMENT_CLOSED"]  # before it was read or after, as it comes


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"unsupported": "A floating selection; anchor it."}, "A floating selection; anchor it."),
        ({"is_in_hidden_group": True}, "The active layer is in a hidden group."),
        ({"is_in_locked_group": True}, "The active layer is in a locked group."),
    ],
)
def test_a_document_that_cannot_be_edited_as_it_stands_fails_alone(
    bench, change: dict[str, object], sentence: str
) -> None:
    other = whole_pictures(bench)
    state = bench.state
    settings = replace(state.settings, edits_all_layers=False)
    targets = tuple(replace(t, **change) if t.document == other else t for t in state.host.targets)
    bench.panel.session.update(host=replace(state.host, targets=targets), settings=settings)
    assert primary_action(bench.state).obstacle is None
    bench.panel.session.act()
    bench.wait(lambda: len(bench.host.placed) == 1 and not bench.state.is_busy)
    assert bench.host.placed[0][0] == bench.document
    (failed,) = [r for r in bench.state.regions if r.needs_retry]
    assert failed.document == other
    assert sentence in bench.panel.window.regions.rows[failed.key].words.text()
