"""What is left after a server was killed: everything it had promised."""

from __future__ import annotations

import pytest

from mgie.api.edit import EditResult, EditState
from mgie.api.events import EditEvent
from mgie.client.blocking import Client
from support.killable import Killable
from support.service_calls import (
    bodies,
    kind_of,
    kinds,
    make_spec,
    numbered,
    steps,
    text_of,
    until,
)

NUM_KILLS = 25


@pytest.fixture
def killable(state_dir):
    server = Killable(state_dir, token_s=0.005, step_s=0.02)
    yield server
    server.close()


def test_results_waiting_and_held_edits_survive_a_kill(killable: Killable) -> None:
    killable.start()
    client = killable.connect()
    done = client.create_edit(make_spec(client, "done"))
    before = numbered(client.watch_edit(done.name))
    held = client.create_edit(make_spec(client, "held", hold_before_sampling=True))
    until(client.watch_edit(held.name), "instruction_ready")
    running = client.create_edit(make_spec(client, "running", options=steps(50)))
    waiting = client.create_edit(make_spec(client, "waiting"))
    until(client.watch_edit(running.name), "step_progress")
    killable.kill()
    killable.start()
    client = killable.connect()
    assert numbered(client.watch_edit(done.name)) == before
    (result,) = client.get_edit(done.name).results
    assert len(client.download(result.picture.blob_digest)) == result.num_bytes
    assert client.get_edit(held.name).state == EditState.HELD
    again = list(client.watch_edit(running.name))
    assert "restarted" in kinds(again)
    assert text_of(again) == client.get_edit(running.name).expressive_instruction
    assert [e.sequence for e in numbered(again)] == list(range(1, len(numbered(again)) + 1))
    list(client.watch_edit(waiting.name))
    client.revise_instruction(held.name)
    list(client.watch_edit(held.name))
    for edit in (running, waiting, held):
        assert client.get_edit(edit.name).state == EditState.SUCCEEDED


def test_a_running_edit_is_marked_interrupted_where_the_client_asked_for_it(killable: Killable) -> None:
    killable.start()
    client = killable.connect()
    edit = client.create_edit(make_spec(client, options=steps(50)), restart_policy="interrupt")
    until(client.watch_edit(edit.name), "step_progress")
    killable.kill()
    killable.start()
    client = killable.connect()
    assert kind_of(list(client.watch_edit(edit.name))[-1]) == "failed"
    interrupted = client.get_edit(edit.name)
    assert interrupted.state == EditState.INTERRUPTED
    assert interrupted.error.reason == "EDIT_INTERRUPTED"


def test_variations_made_before_the_kill_are_not_made_again(killable: Killable) -> None:
    killable.start()
    client = killable.connect()
    edit = client.create_edit(make_spec(client, seeds=tuple(range(1, 9)), options=steps(10)))
    until(client.watch_edit(edit.name), "result")
    killable.kill()
    killable.start()
    client = killable.connect()
    events = list(client.watch_edit(edit.name))
    indices = [body.index for body in bodies(events, EditResult)]
    assert sorted(indices) == list(range(8))


def test_following_an_edit_survives_a_restarted_server(killable: Killable) -> None:
    killable.start()
    client = killable.connect()
    edit = client.create_edit(make_spec(client, options=steps(30)))
    seen: list[EditEvent] = []
    follower = Client(lambda: killable.discovery().endpoint())
    with follower:
        for event in follower.follow_edit(edit.name):
            seen.append(event)
            if getattr(event.event, "step", 0) == 3 and "restarted" not in kinds(seen):
                killable.kill()
                killable.start()
    assert [e.sequence for e in numbered(seen)] == list(range(1, len(numbered(seen)) + 1))
    assert kinds(seen)[-1] == "finished"
