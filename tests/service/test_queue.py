"""Turns, places and positions."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgie.api.edit import Edit, EditState, QueuePlace
from mgie.api.events import InstructionDelta, Queued, StepProgress
from mgie.api.failure import ServiceError
from mgie.server.queue import Queue, QueueEntry
from support.fake_editor import Script
from support.meeting_editor import WRITER, MeetingEditor
from support.service_calls import (
    bodies,
    kind_of,
    kinds,
    make_spec,
    steps,
    text_of,
    until,
)

PLACES = st.sampled_from(get_args(QueuePlace))


def entry(client: str, *names: str) -> QueueEntry:
    return QueueEntry(client=client, edits=names)


def order_of(queue: Queue) -> list[str]:
    """Everything that waits, in the order it will run."""
    names: list[str] = []
    while (popped := queue.pop()) is not None:
        names += popped.edits
    return names


def test_clients_take_turns() -> None:
    queue = Queue()
    for name in ("a1", "a2", "a3"):
        queue.add(entry("a", name))
    queue.add(entry("b", "b1"))
    queue.add(entry("c", "c1"))
    assert order_of(queue) == ["a1", "b1", "c1", "a2", "a3"]


def test_front_overtakes_the_clients_own_edits_only() -> None:
    queue = Queue()
    queue.add(entry("a", "a1"))
    queue.add(entry("b", "b1"))
    queue.add(entry("b", "b2"), "front")
    assert order_of(queue) == ["a1", "b2", "b1"]


def test_replace_returns_what_it_took_out() -> None:
    queue = Queue()
    queue.add(entry("a", "a1"))
    queue.add(entry("a", "a2"))
    queue.add(entry("b", "b1"))
    replaced = queue.add(entry("a", "a3"), "replace")
    assert [found.edits for found in replaced] == [("a1",), ("a2",)]
    assert order_of(queue) == ["a3", "b1"]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.sampled_from("abc"), PLACES, st.integers(1, 3)),
            st.tuples(st.just("pop"), st.just(""), st.just("back"), st.just(0)),
            st.tuples(st.just("remove"), st.just(""), st.just("back"), st.integers(0, 30)),
        ),
        max_size=30,
    )
)
def test_positions_foretell_the_order_exactly(actions: list[tuple[str, str, QueuePlace, int]]) -> None:
    queue = Queue()
    number = 0
    for action, client, place, count in actions:
        if action == "add":
            queue.add(entry(client, *(f"{number + i}" for i in range(count))), place)
            number += count
        elif action == "pop":
            queue.pop()
        else:
            queue.remove(f"{count}")
        positions = queue.positions()
        assert len(queue) == len(positions)
    foretold = queue.positions()
    ahead = 0
    while (popped := queue.pop()) is not None:
        assert {foretold[name] for name in popped.edits} == {ahead}
        ahead += len(popped.edits)
    assert len(queue) == 0


def test_positions_are_told_as_the_queue_moves(start) -> None:
    server = start(Script(step_s=0.01))
    client = server.connect("artist")
    first = client.create_edit(make_spec(client, options=steps(30)))
    until(client.watch_edit(first.name), "step_progress")
    second = client.create_edit(make_spec(client, "second"))
    third = client.create_edit(make_spec(client, "third"))
    assert (second.queue_position, third.queue_position) == (0, 1)
    positions = [body.position for body in bodies(client.watch_edit(third.name), Queued)]
    assert positions[0] == 1
    assert positions[-1] == 0


def test_nobody_waits_behind_all_of_another_clients_edits(start) -> None:
    server = start(Script(step_s=0.01))
    busy, other = server.connect("busy"), server.connect("other")
    running = busy.create_edit(make_spec(busy, options=steps(20)))
    until(busy.watch_edit(running.name), "step_progress")
    mine = [busy.create_edit(make_spec(busy, f"mine {i}")) for i in range(4)]
    theirs = other.create_edit(make_spec(other, "theirs"))
    assert theirs.queue_position == 1
    for edit in [*mine, theirs]:
        list(busy.watch_edit(edit.name))
    ends = {name: _end(busy.get_edit(name)) for name in [theirs.name, *(edit.name for edit in mine)]}
    assert ends[theirs.name] < ends[mine[1].name]


def _end(edit: Edit) -> float:
    assert edit.end_time is not None
    return edit.end_time


def test_replace_cancels_what_waits_and_not_what_runs(start) -> None:
    server = start(Script(step_s=0.01))
    client = server.connect("artist")
    running = client.create_edit(make_spec(client, options=steps(30)))
    until(client.watch_edit(running.name), "step_progress")
    waiting = client.create_edit(make_spec(client, "old"))
    fresh = client.create_edit(make_spec(client, "new"), place="replace")
    for edit in (running, waiting, fresh):
        list(client.watch_edit(edit.name))
    states = [client.get_edit(edit.name).state for edit in (running, waiting, fresh)]
    assert states == [EditState.SUCCEEDED, EditState.CANCELLED, EditState.SUCCEEDED]


def test_edits_that_are_cancelled_and_replaced_at_once_are_cancelled(start) -> None:
    server = start(Script(step_s=0.05))
    client = server.connect("artist")
    running = client.create_edit(make_spec(client, options=steps(1000)))
    with ThreadPoolExecutor(9) as pool:
        for turn in range(5):
            old = [client.create_edit(make_spec(client, f"old {turn}-{i}")) for i in range(8)]
            spec = make_spec(client, f"new {turn}")
            made = pool.submit(client.create_edit, spec, place="replace")
            list(pool.map(lambda edit: client.cancel_edit(edit.name), old))
            assert made.result().state is EditState.QUEUED
            assert {client.get_edit(edit.name).state for edit in old} == {EditState.CANCELLED}
    client.cancel_edit(running.name)


def test_a_full_queue_says_when_to_try_again(start) -> None:
    server = start(Script(step_s=0.05), max_queue_length=2)
    client = server.connect()
    made = [client.create_edit(make_spec(client, f"edit {i}")) for i in range(1)]
    until(client.watch_edit(made[0].name), "instruction_ready")
    made += [client.create_edit(make_spec(client, f"edit {i}")) for i in (1, 2)]
    with pytest.raises(ServiceError) as caught:
        client.create_edit(make_spec(client, "one too many"))
    assert caught.value.reason == "SERVER_BUSY"
    assert caught.value.failure.retry_s is not None
    for edit in made:
        client.cancel_edit(edit.name)


def test_a_waiting_edit_is_cancelled_at_once(start) -> None:
    server = start(Script(step_s=0.02))
    client = server.connect()
    running = client.create_edit(make_spec(client, options=steps(100)))
    waiting = client.create_edit(make_spec(client, "waits"))
    assert client.cancel_edit(waiting.name).state == EditState.CANCELLED
    client.cancel_edit(running.name)
    list(client.watch_edit(running.name))


def test_cancelling_ends_within_one_step_and_leaves_others_alone(start) -> None:
    server = start(Script(step_s=0.03))
    client, other = server.connect("a"), server.connect("b")
    edit = client.create_edit(make_spec(client, options=steps(500)))
    theirs = other.create_edit(make_spec(other, "theirs"))
    watch = client.watch_edit(edit.name)
    until(watch, "step_progress")
    asked = time.monotonic()
    client.cancel_edit(edit.name)
    rest = list(watch)
    later = [moment for moment in server.editor.seen.step_times if moment > asked]
    assert kind_of(rest[-1]) == "cancelled"
    assert len(bodies(rest, StepProgress)) <= 2
    list(other.watch_edit(theirs.name))
    assert other.get_edit(theirs.name).state == EditState.SUCCEEDED
    assert len(later) <= 1 + 4  # the step under way, and the other client's own four
    assert server.editor.seen.num_closed == 1


def test_cancelling_ends_within_one_word(start) -> None:
    client = start(Script(token_s=0.05)).connect()
    edit = client.create_edit(make_spec(client, "a b c d e f g h i j k l m n o p q r s t u v w x y z"))
    watch = client.watch_edit(edit.name)
    until(watch, "instruction_delta")
    client.cancel_edit(edit.name)
    rest = list(watch)
    assert kind_of(rest[-1]) == "cancelled"
    assert len(bodies(rest, InstructionDelta)) <= 2


def test_a_held_edit_can_be_cancelled(start) -> None:
    client = start().connect()
    edit = client.create_edit(make_spec(client, hold_before_sampling=True))
    watch = client.watch_edit(edit.name)
    until(watch, "instruction_ready")
    client.cancel_edit(edit.name)
    assert kind_of(list(watch)[-1]) == "cancelled"


def test_cancelling_an_ended_edit_changes_nothing(client) -> None:
    edit = client.create_edit(make_spec(client))
    list(client.watch_edit(edit.name))
    assert client.cancel_edit(edit.name) == client.get_edit(edit.name)


@pytest.mark.parametrize("overlap", ["off", "on"])
def test_words_that_are_written_ahead_are_seen_by_nobody(start, overlap: str) -> None:
    """Streams, order, holding and cancelling are the same with the second thread as without."""
    editor = MeetingEditor(Script(token_s=0.01, step_s=0.03), meets="two" if overlap == "on" else "")
    client = start.around(editor, overlap=overlap).connect()
    names: list[str] = []
    for text, holds in (("one", 0), ("two", 0), ("three", 1), ("four", 0), ("please fail", 0), ("six", 0)):
        spec = make_spec(client, text, hold_before_sampling=bool(holds), options=steps(8))
        names.append(client.create_edit(spec).name)
    client.cancel_edit(names[3])
    ends = [kinds(client.watch_edit(name)) for name in names[:2] + names[4:]]
    whole = ["queued", "preparing", "writing", "instruction_delta", "instruction_ready"]
    whole += ["sampling", "step_progress", "finishing", "result", "finished"]
    assert [[kind for kind in end if kind != "loading_model"] for end in ends] == [
        whole,
        whole,
        ["queued", "preparing", "writing", "failed"],
        whole,
    ]
    held = until(client.watch_edit(names[2]), "instruction_ready")
    assert text_of(held) == "the picture would be like: three "
    assert client.get_edit(names[2]).state is EditState.HELD
    assert editor.seen.num_encoded == 4
    assert (WRITER in editor.writers.values()) == (overlap == "on")
