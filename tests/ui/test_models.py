"""What the artist does on the page of models, with noted ports."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mgie.api.failure import Failure
from mgie.api.models import Model, Operation
from mgie.api.system import Resources
from mgie.panel import model_texts
from mgie.panel.models import model_name
from mgie.panel.ports import ModelWork
from mgie.panel.session import Session
from mgie.panel.state.panel import model_of
from mgie.panel.state.saved import from_json, to_json
from mgie.panel.views.window import PanelWindow
from support.desk import Desk
from support.fake_ports import CONNECTED, MODEL, READY, TARGET, NotedBackend, NotedHost

BIG = Model(name="models/big", state="available", license="X", terms="Be kind.", num_bytes=5)
WRITER = Model(name="models/writer", paints=False)
PAINTER = Model(name="models/painter", writes_instruction=False, max_references=2)


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.session.models.open()
    desk.session.models.listed((BIG,), None)
    return desk


def work(model: str = "big", **changes: object) -> Operation:
    common = {"name": "operations/1", "kind": "import", "model": f"models/{model}"}
    return Operation(**{**common, **changes})  # type: ignore[arg-type]  # fields of Operation


def test_opening_asks_the_backend_again(desk: Desk) -> None:
    assert desk.backend.num_lists == 1
    assert desk.state.model_page.is_open
    assert [m.id for m in desk.state.model_page.models(desk.state.backend.models)] == ["scripted", "big"]


def test_terms_are_shown_before_anything_is_fetched(desk: Desk) -> None:
    desk.session.models.get("big")
    assert desk.backend.model_work == []
    assert desk.state.model_page.terms() == "Be kind."
    desk.session.models.decline_terms()
    assert desk.backend.model_work == []
    desk.session.models.get("big")
    desk.session.models.accept_terms()
    assert desk.backend.model_work == [ModelWork(kind="import", model="big", license_accepted=True)]
    assert desk.state.model_page.terms_of == ""


def test_accepted_terms_are_not_shown_again(desk: Desk) -> None:
    desk.session.models.listed((replace(BIG, is_license_accepted=True),), None)
    desk.session.models.get("big")
    assert desk.backend.model_work == [ModelWork(kind="import", model="big")]


def test_a_pause_stops_the_work_under_way_and_only_that(desk: Desk) -> None:
    desk.session.models.pause("big")
    desk.session.models.worked(work())
    desk.session.models.pause("big")
    desk.session.models.worked(work(state="cancelled"))
    desk.session.models.pause("big")
    assert desk.backend.stopped_work == ["operations/1"]


def test_a_folder_is_imported_once_its_licence_is_accepted(desk: Desk) -> None:
    desk.session.models.import_folder("/home/me/Qwen2.5 VL")
    assert desk.backend.model_work == [
        ModelWork(kind="import", model="qwen2.5-vl", folder="/home/me/Qwen2.5 VL")
    ]
    refused = Failure(reason="LICENSE_NOT_ACCEPTED", message="it is under apache-2.0; accept it first")
    desk.session.models.worked(work("qwen2.5-vl", state="failed", error=refused))
    assert desk.state.model_page.terms() == refused.message
    desk.session.models.accept_terms()
    assert desk.backend.model_work[-1].license_accepted
    assert desk.backend.model_work[-1].folder == "/home/me/Qwen2.5 VL"
    desk.session.backend_changed(replace(READY, models=(MODEL, Model(name="models/qwen2.5-vl"))))
    desk.session.models.listed((), None)
    assert desk.state.model_page.folders == {}


def test_a_single_file_is_imported_under_its_own_name_and_its_size_is_said_first(desk: Desk) -> None:
    desk.session.models.import_folder("/home/me/Kontext Q4.gguf")
    begun = ModelWork(kind="import", model="kontext-q4", folder="/home/me/Kontext Q4.gguf")
    assert desk.backend.model_work == [begun]
    asked = Failure(
        reason="LICENSE_NOT_ACCEPTED", message="... accept it first. The import needs 24.1 GB of disk ..."
    )
    desk.session.models.worked(work("kontext-q4", state="failed", error=asked))
    assert desk.state.model_page.terms() == asked.message
    desk.session.models.accept_terms()
    assert desk.backend.model_work[-1] == replace(begun, license_accepted=True)


def test_a_declined_folder_is_forgotten(desk: Desk) -> None:
    desk.session.models.import_folder("/x/y")
    refused = Failure(reason="LICENSE_NOT_ACCEPTED", message="m")
    desk.session.models.worked(work("y", state="failed", error=refused))
    desk.session.models.decline_terms()
    assert [m.id for m in desk.state.model_page.models(())] == ["big"]


@pytest.mark.parametrize(
    ("folder", "name"),
    [("Qwen2.5-VL-7B", "qwen2.5-vl-7b"), ("..", "model"), ("Über uns", "ber-uns"), ("a" * 99, "a" * 64)],
)
def test_a_folder_gives_a_name_that_a_model_may_have(folder: str, name: str) -> None:
    assert model_name(folder) == name


def test_verify_load_and_free_are_asked_for(desk: Desk) -> None:
    desk.session.models.verify("scripted")
    desk.session.models.load("scripted")
    desk.session.models.free_memory()
    assert desk.backend.model_work == [
        ModelWork(kind="verify", model="scripted"),
        ModelWork(kind="load", model="scripted"),
        ModelWork(kind="unload"),
    ]


def test_a_writer_and_a_painter_are_one_model_with_the_painters_properties() -> None:
    backend = replace(READY, models=(MODEL, WRITER, PAINTER))
    both = model_of(backend, "writer+painter")
    assert both is not None
    assert (both.id, both.max_references, both.writes_instruction) == ("writer+painter", 2, True)
    for odd in ("painter+writer", "writer+gone", "gone+painter"):
        assert model_of(backend, odd) == MODEL


def test_return_in_the_page_begins_no_edit(desk: Desk) -> None:
    desk.session.type_instruction("add snow")
    desk.session.act_by_key()
    assert desk.state.job is None
    desk.session.models.close()
    desk.session.act_by_key()
    assert desk.state.job is not None


def test_each_document_keeps_its_model_over_a_restart_of_panel_and_host(desk: Desk) -> None:
    backend = replace(READY, models=(MODEL, PAINTER))
    desk.session.backend_changed(backend)
    desk.session.models.choose("painter")
    assert not desk.state.model_page.is_open
    other = replace(CONNECTED, target=replace(TARGET, document="2", document_name="street.xcf"))
    desk.session.host_changed(other)
    desk.session.choose_model("scripted")
    again = Desk()
    again.session.state = from_json(to_json(desk.state))
    again.session.backend_changed(backend)
    first = replace(CONNECTED, target=replace(TARGET, document="7"))  # ids of a host end with it
    again.session.host_changed(first)
    assert again.state.model is not None
    assert again.state.model.id == "painter"
    again.session.host_changed(other)
    assert again.state.model is not None
    assert again.state.model.id == "scripted"


def test_a_change_of_model_leaves_what_is_under_way_as_it_was_asked_for(desk: Desk) -> None:
    desk.session.models.close()
    desk.session.backend_changed(replace(READY, models=(MODEL, PAINTER)))
    desk.session.choose_model("scripted")
    key = desk.begin("add snow")
    desk.session.choose_model("painter")
    assert desk.state.job is not None
    assert desk.state.job.settings.model == "scripted"
    desk.finish(key)
    desk.begin("add rain")
    assert desk.state.job.settings.model == "painter"


def test_the_page_is_worked_by_tab_and_space(qtbot: QtBot) -> None:
    """The real programs' tests count on these places."""
    mini = replace(MODEL, name="models/mgie-mini")
    tiny = replace(BIG, name="models/tiny")
    backend = NotedBackend()
    session = Session(backend, NotedHost())
    session.host_changed(CONNECTED)
    session.backend_changed(replace(READY, models=(mini,)))
    window = PanelWindow(session)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()

    def press(num_tabs: int) -> None:
        session.models.close()
        session.models.open()
        qtbot.waitUntil(window.models.back.hasFocus)
        for _ in range(num_tabs):
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)

    session.models.listed((tiny,), None)
    press(6)
    assert session.state.model_page.terms_of == "tiny"
    qtbot.waitUntil(window.models.terms.accept.hasFocus)
    QTest.keyClick(window.models.terms.accept, Qt.Key.Key_Space)
    assert backend.model_work == [ModelWork(kind="import", model="tiny", license_accepted=True)]
    session.backend_changed(replace(READY, models=(Model(name="models/tiny"), mini)))
    session.models.listed((), None)
    press(4)  # what was installed stands before what came with the package
    assert session.state.model is not None
    assert session.state.model.id == "tiny"
    session.backend_changed(replace(READY, models=(Model(name="models/tiny", state="loaded"), mini)))
    press(5)
    assert session.state.model.id == "mgie-mini"


def test_the_page_speaks_of_the_memory_that_an_edit_is_forecast_to_take(desk: Desk) -> None:
    resources = Resources(ram_total_bytes=64 << 30, ram_free_bytes=48 << 30, ram_ours_bytes=0)
    desk.session.models.listed((BIG,), resources)
    model = replace(BIG, name="models/int8", state="installed", needed_bytes=40_000_000_000)
    assert "40" in model_texts.forecast(model, desk.state.model_page)  # by its files
    desk.session.models.planned("int8", 11_000_000_000)
    said = model_texts.forecast(model, desk.state.model_page)
    assert "11" in said
    assert "40" not in said


def test_the_backend_is_asked_about_every_model_that_is_here(bench) -> None:
    bench.backend.script = replace(bench.backend.script, estimate_bytes=7_000_000_000)
    bench.start()
    bench.panel.session.models.open()
    here = {model.id: 7_000_000_000 for model in bench.state.backend.models}
    bench.wait(lambda: dict(bench.state.model_page.needed) == here)


def test_a_file_that_lacks_parts_asks_whose_it_takes_and_keeps_them_over_the_licence(desk: Desk) -> None:
    desk.session.models.import_folder("/home/me/Kontext Q4.gguf")
    lacking = Failure(reason="MODEL_PARTS_LACKING", message="... with `mgie models import FILE --parts ...`")
    desk.session.models.worked(work("kontext-q4", state="failed", error=lacking))
    assert desk.state.model_page.lacks_parts("kontext-q4")
    assert "installed model of its kind" in model_texts.problem(lacking)
    desk.session.models.take_parts("kontext-q4", "flux-kontext-dev")
    begun = desk.backend.model_work[-1]
    assert (begun.folder, begun.parts) == ("/home/me/Kontext Q4.gguf", "flux-kontext-dev")
    asked = Failure(reason="LICENSE_NOT_ACCEPTED", message="accept it first")
    desk.session.models.worked(work("kontext-q4", state="failed", error=asked))
    assert not desk.state.model_page.lacks_parts("kontext-q4")
    desk.session.models.accept_terms()
    assert desk.backend.model_work[-1] == replace(begun, license_accepted=True)


def test_the_card_of_such_a_file_offers_the_models_that_paint(qtbot: QtBot) -> None:
    desk = Desk()
    window = PanelWindow(desk.session)
    qtbot.addWidget(window)
    desk.session.backend_changed(replace(READY, models=(MODEL, WRITER)))
    desk.session.models.open()
    desk.session.models.import_folder("/home/me/k.gguf")
    card = window.models.cards["k"]
    assert card.parts.isHidden()
    lacking = Failure(reason="MODEL_PARTS_LACKING", message="m")
    desk.session.models.worked(work("k", state="failed", error=lacking))
    assert [card.parts.itemData(i) for i in range(card.parts.count())] == ["", "scripted"]
    assert not card.parts.isHidden()
    card.parts.setCurrentIndex(1)
    card.parts.activated.emit(1)
    assert desk.backend.model_work[-1].parts == "scripted"
