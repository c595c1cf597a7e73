"""The history of a document: noted, found, starred, used again, reproduced, kept within bounds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from mgie.api.options import OptionSchema
from mgie.api.picture import Picture
from mgie.api.rect import Rect
from mgie.files.record import make_edit_record, make_provenance
from mgie.panel.history_files import from_json, to_json
from mgie.panel.result_texts import made_with
from mgie.panel.session import Session
from mgie.panel.state.past import MAX_ENTRIES, PastEdit, added, found, merged, removed, starred
from mgie.panel.state.pictures import Frame
from mgie.panel.state.settings import Settings
from mgie.panel.views.window import PanelWindow
from support.desk import Desk
from support.fake_ports import GUIDANCE, MODEL, READ, READY, NotedBackend, NotedHost
from support.panel_scenes import HISTORY


def _edit(number: int, instruction: str = "warm it up", **changes: object) -> PastEdit:
    edit = PastEdit(
        key=str(number), instruction=instruction, settings=Settings(), seed=number, time_s=float(number)
    )
    return replace(edit, **changes)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def _made(desk: Desk, instruction: str = "add snow") -> None:
    key = desk.begin(instruction)
    desk.finish(key)
    results, _ = desk.host.placed[-1]
    desk.session.results.placed([k.key for k in results], [str(len(desk.host.placed))])


def test_a_placed_result_is_noted_with_its_words_settings_and_picture(desk: Desk) -> None:
    desk.session.choose_settings(desk.state.settings.with_option(GUIDANCE, 9.0))
    _made(desk)
    (edit,) = desk.state.document_past
    assert (edit.instruction, edit.seed, edit.settings.value(GUIDANCE)) == ("add snow", 7, 9.0)
    assert edit.picture is not None
    assert desk.state.past.keys() == {"doc"}


def test_a_small_picture_is_coded_once_however_often_it_is_written_and_read() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (24, 32, 3), np.uint8).tobytes()
    picture = Frame(width=32, height=24, rgb=noise, place=Rect(x=0, y=0, width=320, height=240))
    written = to_json((_edit(1, picture=picture),))
    again = written
    for _ in range(3):
        again = to_json(from_json(again))
    assert again == written
    assert from_json(written)[0].picture != picture  # it is lossy: coding it again would show


def test_use_again_writes_words_and_settings_and_begins_nothing(desk: Desk) -> None:
    desk.session.choose_settings(desk.state.settings.with_option(GUIDANCE, 9.0))
    _made(desk)
    desk.session.choose_settings(Settings())
    desk.session.type_instruction("")
    desk.session.past.use_again(desk.state.document_past[0].key)
    assert desk.state.draft.instruction == "add snow"
    assert desk.state.settings.value(GUIDANCE) == 9.0
    assert len(desk.host.reads) == 1


def test_reproduce_makes_it_with_the_same_text_settings_and_seed(desk: Desk) -> None:
    _made(desk)
    past = replace(desk.state.document_past[0], text="It snows.", seed=99)
    desk.session.update(past={"doc": (past,)})
    desk.session.past.reproduce(past.key)
    job = desk.host.reads[-1][1][0]
    assert (job.instruction, job.text, job.settings.seeds()) == ("add snow", "It snows.", (99,))
    desk.session.runs.pictures_read(job.key, {job.key: READ})
    desk.session.past.reproduce(past.key)
    assert [waiting.job.settings.seeds() for waiting in desk.state.queue] == [(99,)]


def test_a_history_read_from_a_file_joins_what_was_made_since(desk: Desk) -> None:
    _made(desk)
    now = desk.state.document_past
    desk.session.past.loaded("doc", (_edit(1), replace(now[0], instruction="stale")))
    assert [edit.instruction for edit in desk.state.document_past] == ["add snow", "warm it up"]


def test_stars_and_search(desk: Desk) -> None:
    past = (_edit(3, "Make the sky dramatic"), _edit(2, text="Golden light falls."), _edit(1))
    past = starred(past, "1", True)
    assert [e.key for e in found(past, "sky MAKE", only_starred=False)] == ["3"]
    assert [e.key for e in found(past, "golden", only_starred=False)] == ["2"]
    assert [e.key for e in found(past, "", only_starred=True)] == ["1"]
    assert [e.key for e in removed(past, "2")] == ["3", "1"]


def test_the_oldest_without_a_star_go_first() -> None:
    past = (_edit(0, is_starred=True),)
    for number in range(1, MAX_ENTRIES + 5):
        past = added(past, _edit(number))
    assert len(past) == MAX_ENTRIES
    assert past[-1].key == "0"
    assert past[0].key == str(MAX_ENTRIES + 4)
    assert [e.key for e in merged(past, past)] == [e.key for e in past]


def test_a_history_comes_back_from_its_text_and_is_bounded_in_size() -> None:
    past = HISTORY.past["d"]
    back = from_json(to_json(past))
    assert [replace(e, picture=None) for e in back] == [replace(e, picture=None) for e in past]
    assert all(
        e.picture is not None and e.picture.place == p.picture.place for e, p in zip(back, past, strict=True)
    )
    many = tuple(replace(past[0], key=str(n), time_s=float(n)) for n in range(60))
    small = to_json(many, max_bytes=20_000)
    assert len(small) <= 20_000
    assert [e.key for e in from_json(small)] == [str(n) for n in range(len(from_json(small)))]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4
)


@given(
    st.dictionaries(
        st.sampled_from(["key", "instruction", "text", "settings", "seed", "time_s", "picture", "place"]),
        JSON,
    )
)
def test_a_damaged_entry_costs_itself_alone(entry: dict[str, object]) -> None:
    good = json.loads(to_json((_edit(5),)))["entries"][0]
    assert _edit(5) in from_json(json.dumps({"version": 1, "entries": [entry, good, 3]}))


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"entries": 3}'])
def test_a_damaged_history_is_an_empty_one(text: str) -> None:
    assert from_json(text) == ()


def test_the_history_is_there_again_in_the_next_panel(bench, tmp_path: Path) -> None:
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: len(bench.state.document_past) == 1)
    bench.panel.close()
    bench.panel = bench.make_panel()
    bench.start()
    bench.wait(lambda: len(bench.state.document_past) == 1)
    assert bench.state.document_past[0].instruction == "add snow"
    assert bench.panel.window.past.isVisible()


def test_the_history_goes_with_the_document_and_reading_it_writes_nothing(bench) -> None:
    note = to_json((_edit(3, "an earlier artist's words"),))
    bench.host.notes[bench.document] = note
    bench.start()
    bench.wait(lambda: len(bench.state.document_past) == 1)
    bench.edit("add snow")
    bench.wait(lambda: len(bench.state.document_past) == 2)
    bench.wait(lambda: bench.host.notes[bench.document] != note)
    kept = from_json(bench.host.notes[bench.document])
    assert [edit.instruction for edit in kept] == ["add snow", "an earlier artist's words"]
    assert bench.host.num_notes_written == 1


def test_a_layers_record_joins_the_history_and_can_be_reproduced(desk: Desk) -> None:
    edit = make_edit_record(
        instruction="add snow",
        written="It snows.",
        corrected=None,
        seed=42,
        model="scripted",
        model_digest="0" * 64,
        sampling={"guidance_scale": 9.0},
        compose={"feather_px": 20.0},
        rect=Rect(0, 0, 4, 4),
        mask=None,
        report={},
    )
    pixels = Picture(pixels=np.zeros((4, 4, 3), np.uint8))
    text = make_provenance(input_name="", source=pixels, result=pixels, edits=(edit,), device="cpu").to_json()
    desk.session.past.read_layer()
    assert desk.host.notes == [("doc", "1")]
    desk.session.past.record_read("doc", text)
    (past,) = desk.state.document_past
    assert (past.instruction, past.text, past.seed) == ("add snow", "It snows.", 42)
    desk.session.past.reproduce(past.key)
    job = desk.host.reads[-1][1][0]
    assert (job.settings.value(GUIDANCE), job.settings.compose.feather_px, job.settings.seed) == (
        9.0,
        20.0,
        42,
    )


@pytest.mark.parametrize("text", ["", "{", '{"instruction": "add snow"}'])
def test_a_layer_without_a_record_is_said(desk: Desk, text: str) -> None:
    desk.session.past.record_read("doc", text)
    assert desk.state.failure is not None
    assert desk.state.failure.reason == "NO_RECORD"
    assert desk.state.document_past == ()


def test_the_list_is_one_line_until_it_is_opened_and_searched(qtbot: QtBot) -> None:
    session = Session(NotedBackend(), NotedHost(), HISTORY)
    window = PanelWindow(session)
    qtbot.addWidget(window)
    window.resize(320, 800)
    window.show()
    assert window.past.rows == {}
    window.past.fold.click()
    assert list(window.past.rows) == ["p0/0", "p1/0", "p2/0"]
    window.past.search.setText("slide")
    assert list(window.past.rows) == ["p1/0"]
    window.past.search.setText("nothing like it")
    assert window.past.nothing.isVisible()
    window.past.search.clear()
    window.past.starred.click()
    assert list(window.past.rows) == ["p1/0"]
    window.past.rows["p1/0"].star.click()
    assert window.past.rows == {}
    window.past.starred.click()
    again, reproduce, remove = window.past.rows["p0/0"].menu.actions()
    again.trigger()
    assert window.instruction.edit.toPlainText() == "warm it up"
    remove.trigger()
    assert list(window.past.rows) == ["p1/0", "p2/0"]
    assert reproduce.text() == "Reproduce"


def test_the_settings_of_an_edit_are_said_under_the_names_people_know() -> None:
    schemas = (
        replace(GUIDANCE, name="guidance_scale", label="Guidance"),
        OptionSchema(
            name="edit_kind", type="choice", default_value="auto", choices=("auto", "tonal"), label="Kind"
        ),
        OptionSchema(name="is_tiled", type="flag", default_value=True, label="Tiles"),
    )
    options = {"guidance_scale": 7.5, "edit_kind": "tonal", "is_tiled": False, "old_option": 3}
    edit = _edit(7, settings=Settings(model="scripted", options=options))
    model = replace(MODEL, options=schemas)
    assert made_with(edit, model) == "scripted, Guidance 7.5, Kind Recolour, Tiles off, old option 3, seed 7"


def test_the_list_learns_the_names_when_the_models_are_known(qtbot: QtBot) -> None:
    edit = _edit(7, settings=Settings(model="scripted", options={"guidance_scale": 7.5}))
    guided = replace(MODEL, options=(replace(GUIDANCE, name="guidance_scale", label="Guidance"),))
    state = replace(HISTORY, past={HISTORY.document: (edit,)}, backend=replace(READY, models=()))
    session = Session(NotedBackend(), NotedHost(), state)
    window = PanelWindow(session)
    qtbot.addWidget(window)
    window.past.fold.setChecked(True)
    session.backend_changed(replace(READY, models=(guided,)))
    assert "Guidance 7.5" in window.past.rows["7"].detail.text()
