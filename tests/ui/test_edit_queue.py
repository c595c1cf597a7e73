"""Words typed while an edit runs wait for their turn, in order, with the selection they were meant for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgie.api.events import Cancelled
from mgie.api.failure import Failure
from mgie.api.rect import Rect
from mgie.host.types import HostMask
from mgie.panel.session import Session
from mgie.panel.state.primary_action import Action
from mgie.panel.state.queue import Waiting, cleared, in_document, moved, next_one
from mgie.panel.state.saved import from_json, kept_masks, to_json
from support.desk import Desk, numbered
from support.fake_ports import CONNECTED, READ, TARGET, NotedBackend, NotedHost

SELECTION = Rect(x=1, y=2, width=3, height=2)
MASK = HostMask(rect=SELECTION, coverage=bytes([255, 128, 0, 255, 128, 0]))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def _queue(desk: Desk, *instructions: str) -> None:
    for instruction in instructions:
        desk.session.type_instruction(instruction)
        desk.session.act_by_key()


def _words(desk: Desk) -> list[str]:
    return [waiting.job.instruction for waiting in desk.state.queue]


def _place(desk: Desk) -> None:
    results, _ = desk.host.placed[-1]
    desk.session.results.placed([k.key for k in results], [str(len(desk.host.placed))])


def test_return_with_new_words_queues_while_an_edit_runs_and_the_same_words_do_not(desk: Desk) -> None:
    desk.begin("add snow")
    assert desk.action is Action.STOP
    desk.session.act_by_key()
    assert _words(desk) == []
    desk.session.type_instruction("warm it up")
    assert desk.action is Action.QUEUE
    desk.session.act_by_key()
    assert _words(desk) == ["warm it up"]
    assert desk.action is Action.STOP
    desk.session.act_by_key()
    assert _words(desk) == ["warm it up"]
    assert desk.backend.stopped == []


def test_the_next_begins_when_the_result_before_it_is_placed(desk: Desk) -> None:
    key = desk.begin("add snow")
    _queue(desk, "warm it up", "more contrast")
    desk.finish(key)
    assert len(desk.host.reads) == 1
    _place(desk)
    read_key, (job,), (region,) = desk.host.reads[-1]
    assert (job.instruction, job.key, region.mask) == ("warm it up", read_key, None)
    assert desk.state.job == job
    desk.session.runs.pictures_read(job.key, {job.key: READ})
    desk.finish(job.key)
    _place(desk)
    assert desk.host.reads[-1][1][0].instruction == "more contrast"
    assert desk.state.queue == ()


def test_a_queued_edit_changes_what_was_selected_when_it_was_queued(desk: Desk) -> None:
    key = desk.begin()
    desk.session.host_changed(replace(CONNECTED, target=replace(TARGET, selection=SELECTION)))
    _queue(desk, "warm it up")
    (asked,) = desk.host.selections
    desk.session.host_changed(CONNECTED)
    desk.finish(key)
    _place(desk)
    assert len(desk.host.reads) == 1  # its selection is not known yet
    desk.session.queue.captured(asked, MASK)
    assert desk.host.reads[-1][2][0].mask == MASK
    assert desk.state.job.target.selection == SELECTION


def test_a_selection_that_cannot_be_read_takes_its_edit_out_with_a_word(desk: Desk) -> None:
    desk.begin()
    desk.session.host_changed(replace(CONNECTED, target=replace(TARGET, selection=SELECTION)))
    _queue(desk, "warm it up")
    desk.session.queue.capture_failed(desk.host.selections[0], Failure(reason="DOCUMENT_CLOSED", message=""))
    assert desk.state.queue == ()
    assert desk.state.failure is not None
    _queue(desk, "more contrast")
    desk.session.queue.captured(desk.host.selections[1], None)  # deselected before it could be read
    assert desk.state.queue == ()


@pytest.mark.parametrize("ends", ["stop", "failure"])
def test_a_stop_or_a_failure_holds_the_queue_until_the_artist_goes_on(desk: Desk, ends: str) -> None:
    key = desk.begin()
    _queue(desk, "warm it up")
    if ends == "stop":
        desk.session.runs.stop()
        desk.session.runs.receive(key, numbered(9, Cancelled()))
    else:
        desk.session.runs.receive(key, numbered(9, Failure(reason="GPU_OUT_OF_MEMORY", message="")))
    assert _words(desk) == ["warm it up"]
    assert desk.state.is_queue_held
    assert len(desk.host.reads) == 1
    desk.session.queue.go_on()
    assert desk.host.reads[-1][1][0].instruction == "warm it up"


def test_variations_are_chosen_before_the_queue_goes_on(desk: Desk) -> None:
    desk.session.choose_settings(replace(desk.state.settings, num_variations=2))
    key = desk.begin()
    _queue(desk, "warm it up")
    desk.finish(key, 0, 1)
    assert len(desk.host.reads) == 1
    desk.session.results.decline_choices()
    assert desk.host.reads[-1][1][0].instruction == "warm it up"


def test_reorder_cancel_and_clear(desk: Desk) -> None:
    desk.begin()
    _queue(desk, "one", "two", "three")
    keys = [waiting.job.key for waiting in desk.state.queue]
    desk.session.queue.move(keys[2], -1)
    assert _words(desk) == ["one", "three", "two"]
    desk.session.queue.cancel(keys[0])
    assert _words(desk) == ["three", "two"]
    desk.session.queue.clear()
    assert _words(desk) == []


def test_the_queue_of_another_document_waits_until_it_is_open(desk: Desk) -> None:
    key = desk.begin()
    _queue(desk, "warm it up")
    desk.session.host_changed(replace(CONNECTED, target=replace(TARGET, document="other")))
    desk.finish(key)
    _place(desk)
    assert len(desk.host.reads) == 1
    desk.session.queue.clear()
    assert _words(desk) == ["warm it up"]  # it is not the present document's
    desk.session.host_changed(CONNECTED)
    assert len(desk.host.reads) == 2


def test_the_queue_survives_the_panel_and_waits_for_a_word(desk: Desk) -> None:
    key = desk.begin()
    desk.session.host_changed(replace(CONNECTED, target=replace(TARGET, selection=SELECTION)))
    _queue(desk, "warm it up")
    desk.session.queue.captured(desk.host.selections[0], MASK)
    _queue(desk, "more contrast")
    desk.session.queue.captured(desk.host.selections[1], MASK)
    masks = kept_masks(desk.state)
    text = to_json(desk.state)
    back = from_json(text, lambda name, bounds: masks[name] if bounds == SELECTION else None)
    assert back.queue == desk.state.queue
    assert not back.is_queue_held  # the edit that runs at the backend goes on, and the queue after it
    after = Session(NotedBackend(), NotedHost(), back)
    assert after.state.job is not None
    assert after.state.job.key == key
    lost = from_json(text)
    assert lost.queue == ()
    assert {"warm it up", "more contrast"} <= set(lost.history.entries)


def test_without_an_edit_under_way_a_queue_that_came_back_is_held(desk: Desk) -> None:
    key = desk.begin()
    _queue(desk, "warm it up")
    desk.session.runs.receive(key, numbered(9, Cancelled()))
    back = from_json(to_json(desk.state))
    assert back.is_queue_held
    assert [waiting.job.instruction for waiting in back.queue] == ["warm it up"]


@given(st.lists(st.sampled_from("ab"), max_size=6), st.integers(0, 5), st.integers(-7, 7))
def test_moving_keeps_every_edit_and_the_places_of_other_documents(
    documents: list[str], index: int, steps: int
) -> None:
    desk = Desk()
    desk.session.type_instruction("x")
    job = desk.session.runs.new_job()
    queue = tuple(
        Waiting(job=replace(job, key=str(n), target=replace(TARGET, document=document)))
        for n, document in enumerate(documents)
    )
    after = moved(queue, str(index), steps)
    assert sorted(w.job.key for w in after) == sorted(w.job.key for w in queue)
    assert [w.job.target.document for w in after] == documents
    for document in "ab":
        if not (index < len(documents) and documents[index] == document):
            assert in_document(after, document) == in_document(queue, document)
    assert next_one(queue, ()) is None
    assert in_document(cleared(queue, "a"), "a") == ()


def test_with_a_backend_both_edits_are_placed_in_order(bench) -> None:
    bench.backend.script = replace(bench.backend.script, step_s=0.05, num_steps=10_000)  # until it is told
    bench.start()
    bench.edit("add snow")
    bench.wait(lambda: bench.state.edit is not None and bench.state.edit.step > 0)
    bench.host.select(bench.document, HostMask(rect=Rect(x=4, y=5, width=8, height=6), coverage=b"\xff" * 48))
    bench.wait(lambda: bench.state.host.target.selection is not None)
    bench.panel.window.instruction.edit.setPlainText("warm it up")
    bench.panel.window.actions_bar.primary.click()
    assert bench.panel.window.queue.isVisible()
    bench.wait(lambda: all(waiting.is_captured for waiting in bench.state.queue))
    bench.host.select(bench.document, None)
    keep = bench.panel.window.actions_bar.keep
    for count in (1, 2):
        bench.wait(keep.isEnabled)
        keep.click()
        bench.wait(lambda count=count: len(bench.host.placed) == count)
    names = [placements[0].name for _, placements, _ in bench.host.placed]
    assert names == ["add snow", "warm it up"]
    assert bench.host.placed[1][1][0].picture.rect == Rect(x=4, y=5, width=8, height=6)
    assert not bench.panel.window.queue.isVisible()
