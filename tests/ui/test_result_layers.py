"""Placed results and their layers: taken back, brought back, faded; here and in the host."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mgie.panel.state.job import Outcome
from support.desk import Desk, region_of
from support.fake_ports import READ, layers


@pytest.fixture
def desk() -> Desk:
    return Desk()


def placed(desk: Desk, layer: str = "7") -> str:
    """An edit whose result is a layer; returns the result's key."""
    key = desk.begin()
    desk.finish(key)
    desk.session.results.placed([f"{key}/0"], [layer])
    return f"{key}/0"


def test_undo_and_redo_are_offered_only_where_they_do_something(desk: Desk) -> None:
    assert (desk.state.can_undo, desk.state.can_redo) == (False, False)
    desk.session.layers.undo()
    desk.session.layers.redo()
    key = placed(desk)
    assert (desk.state.can_undo, desk.state.can_redo) == (True, False)
    desk.session.layers.redo()
    desk.session.layers.undo()
    assert (desk.host.taken_back, desk.host.brought_back) == ([(key,)], [])
    desk.session.layers.taken_back([key])
    assert desk.state.is_undone
    assert (desk.state.can_undo, desk.state.can_redo) == (False, True)
    desk.session.layers.undo()
    desk.session.layers.redo()
    assert (desk.host.taken_back, desk.host.brought_back) == ([(key,)], [(key,)])


def test_undo_in_the_host_turns_the_buttons_as_well(desk: Desk) -> None:
    placed(desk)
    desk.session.layers.seen("doc", [])
    assert (desk.state.can_undo, desk.state.can_redo) == (False, True)
    desk.session.layers.seen("doc", layers("7"))
    assert (desk.state.can_undo, desk.state.can_redo) == (True, False)


def test_a_result_placed_again_is_known_by_its_former_layer_too(desk: Desk) -> None:
    """GIMP: redo makes a new layer, and the artist's own undo may then bring the first one back."""
    key = placed(desk)
    desk.session.layers.taken_back([key])
    desk.session.results.placed([key], ["8"])
    (result,) = desk.state.finished
    assert (result.layer, result.former_layers, result.outcome) == ("8", ("7",), Outcome.PLACED)
    desk.session.layers.seen("doc", [])
    assert desk.state.can_redo
    desk.session.layers.seen("doc", layers("7"))
    assert desk.state.can_undo


def test_a_batch_is_taken_back_and_brought_back_as_one(desk: Desk) -> None:
    for name in ("sky", "lawn"):
        desk.session.regions.captured(region_of(name, f"paint the {name}"))
    desk.session.act()
    batch, jobs, _ = desk.host.reads[0]
    desk.session.runs.pictures_read(batch, {job.key: READ for job in jobs})
    for job in jobs:
        desk.finish(job.key)
    keys = [f"{job.key}/0" for job in jobs]
    desk.session.results.placed(keys, ["7", "8"])
    desk.session.layers.undo()
    assert desk.host.taken_back == [tuple(keys)]
    desk.session.layers.taken_back(keys)
    desk.session.layers.redo()
    assert desk.host.brought_back == [tuple(keys)]


def test_a_drag_of_the_amount_is_live_and_one_step_from_where_it_began(desk: Desk) -> None:
    key = placed(desk)
    fade: Callable[..., None] = desk.session.layers.fade
    for opacity in (0.9, 0.6):
        fade(key, opacity, is_over=False)
    fade(key, 0.5, is_over=True)
    assert desk.host.opacities == [("7", 0.9, None), ("7", 0.6, None), ("7", 0.5, 1.0)]
    desk.session.layers.seen("doc", layers("7", opacity=0.6))  # looked at on the way
    assert desk.state.finished[0].opacity == 0.5
    for _ in range(3):
        desk.session.layers.faded(key)
    desk.session.layers.seen("doc", layers("7", opacity=1.0))  # undone in the host
    assert desk.state.finished[0].opacity == 1.0


def test_a_drag_that_ends_where_it_began_is_no_step(desk: Desk) -> None:
    key = placed(desk)
    desk.session.layers.fade(key, 0.4, is_over=False)
    desk.session.layers.fade(key, 1.0, is_over=True)
    assert desk.host.opacities == [("7", 0.4, None), ("7", 1.0, None)]


def test_a_result_that_is_no_layer_now_cannot_be_faded(desk: Desk) -> None:
    key = placed(desk)
    desk.session.layers.taken_back([key])
    desk.session.layers.fade(key, 0.4, is_over=True)
    assert desk.host.opacities == []
