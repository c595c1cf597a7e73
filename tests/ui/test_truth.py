"""The panel stays true: after undo, after variations, after a batch, in another document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mgie.api.events import EditWarning
from mgie.host.types import PixelFormat
from mgie.panel import texts
from mgie.panel.state.job import Outcome
from mgie.panel.state.primary_action import Action, Obstacle, primary_action
from support.desk import Desk, numbered, region_of
from support.fake_ports import CONNECTED, READ, TARGET, layers


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("where", "obstacle"),
    [("is_in_hidden_group", Obstacle.LAYER_HIDDEN), ("is_in_locked_group", Obstacle.LAYER_LOCKED)],
)
def test_a_layer_in_a_hidden_or_locked_group_is_not_edited_unseen(
    desk: Desk, where: str, obstacle: Obstacle
) -> None:
    desk.session.type_instruction("add snow")
    desk.session.host_changed(replace(CONNECTED, target=replace(TARGET, **{where: True})))
    assert primary_action(desk.state).obstacle is None  # all layers: the result goes on top
    desk.session.choose_settings(replace(desk.state.settings, edits_all_layers=False))
    assert primary_action(desk.state).obstacle is obstacle
    assert "group" in texts.obstacle(obstacle)
    desk.session.act()
    assert desk.host.reads == []


def test_undo_and_redo_in_the_host_are_followed(desk: Desk) -> None:
    key = desk.begin()
    desk.finish(key)
    desk.session.results.placed([f"{key}/0"], ["7"])
    assert desk.host.watched == ("doc",)
    desk.session.layers.seen("doc", layers("1"))
    assert desk.state.finished[0].outcome is Outcome.UNDONE
    assert desk.state.is_undone
    assert "Undone" in texts.outcome(desk.state)
    desk.session.layers.seen("other", ())
    desk.session.layers.seen("doc", layers("7", "1"))
    assert desk.state.finished[0].outcome is Outcome.PLACED
    assert "placed" in texts.outcome(desk.state)


def test_new_words_after_variations_make_a_new_edit_instead_of_placing_an_old_variation(desk: Desk) -> None:
    desk.session.choose_settings(replace(desk.state.settings, num_variations=2))
    key = desk.begin()
    desk.finish(key, 0, 1)
    assert desk.action is Action.PLACE
    desk.session.type_instruction("make it night")
    assert desk.action is Action.MAKE_VARIATIONS
    desk.session.act_by_key()
    assert desk.host.placed == []
    assert desk.state.job is not None
    assert desk.state.job.instruction == "make it night"


def test_none_of_the_variations_places_nothing_and_they_can_be_taken_up_again(desk: Desk) -> None:
    desk.session.choose_settings(replace(desk.state.settings, num_variations=2))
    key = desk.begin()
    desk.finish(key, 0, 1)
    job = desk.state.job
    assert job is not None
    desk.session.results.decline_choices()
    assert (desk.state.job, desk.state.edit, desk.state.choices) == (None, None, ())
    assert key in desk.host.dropped
    assert desk.state.set_aside == (job,)
    desk.session.results.take_up(job)
    assert desk.action is Action.PLACE
    desk.session.results.choose(1)
    desk.session.act_by_key()
    assert [k.result.index for k in desk.host.placed[0][0]] == [1]
    desk.session.results.set_aside_choices()
    desk.session.results.let_go(job)
    assert desk.state.set_aside == ()


def test_return_never_stops_a_running_edit(desk: Desk) -> None:
    key = desk.begin()
    desk.session.act_by_key()
    assert desk.backend.stopped == []
    desk.session.act()
    assert desk.backend.stopped == [key]


def test_return_after_a_batch_does_not_run_it_again(desk: Desk) -> None:
    desk.session.regions.captured(region_of("sky", "paint the sky"))
    desk.session.regions.captured(region_of("lawn", "paint the lawn"))
    desk.session.act_by_key()
    batch, jobs, _ = desk.host.reads[0]
    desk.session.runs.pictures_read(batch, {job.key: READ for job in jobs})
    for job in jobs:
        desk.finish(job.key)
    desk.session.results.placed([f"{job.key}/0" for job in jobs], ["7", "8"])
    assert desk.action is Action.REPEAT_REGIONS
    desk.session.act_by_key()
    assert len(desk.host.reads) == 1
    desk.session.regions.instruct("sky", "paint the sky red")
    assert primary_action(desk.state).count == 1
    desk.session.act_by_key()
    assert [region.key for region in desk.host.reads[1][2]] == ["sky"]


def test_an_undone_batch_is_to_be_done_again_and_a_done_one_only_by_the_button(desk: Desk) -> None:
    desk.session.regions.captured(region_of("sky", "paint the sky"))
    desk.session.act_by_key()
    batch, (job,), _ = desk.host.reads[0]
    desk.session.runs.pictures_read(batch, {job.key: READ})
    desk.finish(job.key)
    desk.session.results.placed([f"{job.key}/0"], ["7"])
    desk.session.layers.seen("doc", ())
    assert desk.action is Action.EDIT_REGIONS
    desk.session.layers.seen("doc", layers("7"))
    assert texts.action_label(primary_action(desk.state)) == "Edit 1 region again"
    desk.session.act()
    assert len(desk.host.reads) == 2


def test_a_new_document_does_not_show_the_last_ones_words_and_done(desk: Desk) -> None:
    key = desk.begin()
    desk.finish(key)
    desk.session.results.placed([f"{key}/0"], ["7"])
    other = replace(CONNECTED, target=replace(TARGET, document="other"))
    desk.session.host_changed(other)
    assert (desk.state.job, desk.state.edit, desk.state.before) == (None, None, None)
    assert texts.outcome(desk.state) == ""
    desk.session.host_changed(CONNECTED)
    assert desk.state.job is not None
    assert desk.state.job.key == key
    assert "placed" in texts.outcome(desk.state)


def test_a_running_edit_is_shown_in_whatever_document_and_put_by_once_it_ended(desk: Desk) -> None:
    key = desk.begin()
    other = replace(CONNECTED, target=replace(TARGET, document="other"))
    desk.session.host_changed(other)
    assert desk.state.job is not None
    desk.finish(key)
    desk.session.host_changed(replace(other, version="3.0.5"))
    assert desk.state.job is None


def test_the_count_of_a_batch_and_its_bar_say_the_same() -> None:
    assert texts.batch_progress(2, 1, 3) == "2 of 3 regions finished, 1 without a result"
    assert texts.batch_progress(3, 3, 3) == "3 of 3 regions finished"


def test_a_grayscale_document_is_said_to_show_no_colours_and_an_impossible_one_says_why(desk: Desk) -> None:
    gray = PixelFormat(sample="u8", channels="graya")
    desk.session.host_changed(replace(CONNECTED, target=replace(TARGET, format=gray)))
    (note,) = texts.notes(desk.state)
    assert "grayscale" in note
    why = "CMYKA/U8 documents cannot be edited; choose Image > Convert Image Color Space and RGB first."
    desk.session.host_changed(replace(CONNECTED, target=replace(TARGET, unsupported=why)))
    assert texts.notes(desk.state) == [why]


def test_warnings_of_an_edit_are_shown_once_each(desk: Desk) -> None:
    key = desk.begin()
    for sequence in (3, 4):
        warning = EditWarning(reason="MASK_SMALL", message="The selection is very small.")
        desk.session.runs.receive(key, numbered(sequence, warning))
    assert texts.notes(desk.state) == ["The selection is very small."]
