"""Reference pictures from the panel: layers of the document arrive in the backend, where the model looks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mgie.panel import model_texts, texts
from mgie.panel.state.primary_action import Obstacle, primary_action
from mgie.panel.state.references import Reference
from support.desk import Desk
from support.fake_ports import CONNECTED, MODEL, READ, READY, TARGET

LOOKING = replace(MODEL, max_references=2)


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.session.backend_changed(replace(READY, models=(LOOKING,)))
    return desk


def look_at(desk: Desk, *layers: str) -> None:
    for layer in layers:
        desk.session.host_changed(replace(CONNECTED, target=replace(TARGET, layer=layer, layer_name=layer)))
        desk.session.references.add_layer()


def test_the_active_layer_is_added_once_and_can_be_removed(desk: Desk) -> None:
    look_at(desk, "3", "3", "4")
    assert [reference.layer for reference in desk.state.references] == ["3", "4"]
    desk.session.references.remove("doc/3")
    assert desk.state.references == (Reference(document="doc", layer="4", name="4"),)


def test_a_job_keeps_the_references_of_its_own_document(desk: Desk) -> None:
    look_at(desk, "3")
    other = replace(TARGET, document="other", layer="9", layer_name="9")
    desk.session.host_changed(replace(CONNECTED, target=other))
    desk.session.references.add_layer()
    desk.begin()
    assert desk.state.job is not None
    assert [reference.layer for reference in desk.state.job.references] == ["9"]


def test_a_model_that_looks_at_fewer_says_so_and_nothing_is_sent(desk: Desk) -> None:
    look_at(desk, "3", "4", "5")
    desk.session.type_instruction("like in the other picture")
    primary = primary_action(desk.state)
    assert primary.obstacle is Obstacle.TOO_MANY_REFERENCES
    assert "Remove some, or choose another model" in texts.obstacle(primary.obstacle)
    desk.session.act()
    assert desk.state.job is None
    desk.session.references.remove("doc/5")
    desk.session.act()
    assert desk.state.job is not None


def test_a_model_without_references_refuses_those_of_another(desk: Desk) -> None:
    look_at(desk, "3")
    desk.session.backend_changed(READY)
    desk.session.type_instruction("as there")
    assert primary_action(desk.state).obstacle is Obstacle.TOO_MANY_REFERENCES
    assert model_texts.references(1, 0) == "This model does not use them."


def test_layers_arrive_as_references_beside_the_picture(bench) -> None:
    bench.backend.script.models = (LOOKING,)
    bench.start()
    bench.wait(lambda: bench.state.model is not None and bench.state.model.max_references == 2)
    window = bench.panel.window
    bench.wait(window.references.isVisible)
    window.references.add.click()
    assert len(bench.state.document_references) == 1
    bench.edit("paint it like the reference")
    bench.wait(lambda: bool(bench.backend.edits))
    spec = bench.backend.edits["edits/1"].spec
    [reference] = spec.references
    layer = bench.state.document_references[0].layer
    pixels = bench.host.read_pixels(bench.document, layer=layer)
    assert bench.backend.blobs[reference.blob_digest] == pixels.pixels
    [remove] = window.references.removers.values()
    remove.click()
    assert bench.state.document_references == ()


def test_what_the_host_read_goes_with_the_order(desk: Desk) -> None:
    look_at(desk, "3")
    desk.session.type_instruction("as there")
    desk.session.act()
    assert desk.state.job is not None
    read = replace(READ, references=(READ.picture,))
    desk.session.runs.pictures_read(desk.state.job.key, {desk.state.job.key: read})
    [(_, orders)] = desk.backend.created
    assert orders[0].read.references == (READ.picture,)
