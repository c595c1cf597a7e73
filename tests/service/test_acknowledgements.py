"""What was acknowledged is on the disk: the server is killed right behind the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mgie.api.edit import EditState
from mgie.client.blocking import Client
from support.killable import Killable
from support.service_calls import make_spec, steps, until

Act = Callable[[Client], Callable[[Killable], bool]]  # acts, and says how to see on the disk that it was kept


@pytest.fixture
def killable(state_dir: Path) -> Iterator[Killable]:
    server = Killable(state_dir, token_s=0.01, step_s=0.05)
    yield server
    server.close()


def create(client: Client) -> Callable[[Killable], bool]:
    edit = client.create_edit(make_spec(client))
    return lambda server: server.record(edit.name) is not None


def create_batch(client: Client) -> Callable[[Killable], bool]:
    batch = client.create_batch([make_spec(client, "red"), make_spec(client, "please, nothing", seeds=(2,))])
    return lambda server: all(server.record(edit.name) for edit in batch.edits)


def sample(client: Client) -> Callable[[Killable], bool]:
    source = client.create_edit(make_spec(client))
    list(client.watch_edit(source.name))
    edit = client.sample_edit(source.name, seeds=(9,))
    return lambda server: server.record(edit.name) is not None


def revise(client: Client) -> Callable[[Killable], bool]:
    edit = client.create_edit(make_spec(client, hold_before_sampling=True))
    until(client.watch_edit(edit.name), "instruction_ready")
    client.revise_instruction(edit.name, "corrected")

    def is_kept(server: Killable) -> bool:
        record = server.record(edit.name)
        return record.corrected_instruction == "corrected" and record.state is not EditState.HELD

    return is_kept


def cancel_held(client: Client) -> Callable[[Killable], bool]:
    edit = client.create_edit(make_spec(client, hold_before_sampling=True))
    until(client.watch_edit(edit.name), "instruction_ready")
    client.cancel_edit(edit.name)
    return lambda server: server.state(edit.name) is EditState.CANCELLED


def cancel_queued(client: Client) -> Callable[[Killable], bool]:
    client.create_edit(make_spec(client, options=steps(200)))
    edit = client.create_edit(make_spec(client, "waits"))
    client.cancel_edit(edit.name)
    return lambda server: server.state(edit.name) is EditState.CANCELLED


def cancel_running(client: Client) -> Callable[[Killable], bool]:
    edit = client.create_edit(make_spec(client, options=steps(200)))
    until(client.watch_edit(edit.name), "step_progress")
    client.cancel_edit(edit.name)
    return lambda server: server.state(edit.name) is EditState.CANCELLED


def accept(client: Client) -> Callable[[Killable], bool]:
    edit = client.create_edit(make_spec(client, options=steps(200)))
    until(client.watch_edit(edit.name), "step_progress")
    client.accept_preview(edit.name)
    return lambda server: server.record(edit.name).kept_step > 0


def delete(client: Client) -> Callable[[Killable], bool]:
    edit = client.create_edit(make_spec(client))
    list(client.watch_edit(edit.name))
    client.delete_edit(edit.name)
    return lambda server: server.record(edit.name) is None


def retry(client: Client) -> Callable[[Killable], bool]:
    batch = client.create_batch([make_spec(client, "red"), make_spec(client, "please fail")])
    list(client.watch_batch(batch.name))
    client.create_edit(make_spec(client, "in between", options=steps(200)))
    client.retry_batch(batch.name)
    return lambda server: server.state(batch.edits[1].name) is EditState.QUEUED


ACTS: list[Act] = [
    create,
    create_batch,
    sample,
    revise,
    cancel_held,
    cancel_queued,
    cancel_running,
    accept,
    delete,
    retry,
]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_a_kill_right_behind_the_answer_undoes_nothing(killable: Killable, act: Act) -> None:
    killable.start()
    is_kept = act(killable.connect())
    killable.kill()
    assert is_kept(killable)


def test_an_accepted_estimate_is_made_again_after_a_kill(killable: Killable) -> None:
    killable.start()
    client = killable.connect()
    edit = client.create_edit(make_spec(client, options=steps(200)))
    until(client.watch_edit(edit.name), "step_progress")
    client.accept_preview(edit.name)
    killable.kill()
    killable.start()
    client = killable.connect()
    list(client.watch_edit(edit.name))
    done = client.get_edit(edit.name)
    assert done.state is EditState.SUCCEEDED
    assert done.results[0].is_partial


def test_an_edit_that_kills_the_server_is_run_twice_and_then_failed(killable: Killable) -> None:
    killable.start()
    edit = killable.connect().create_edit(make_spec(killable.connect(), "please kill the server"))
    for _ in range(2):
        killable.wait_for_death()
        killable.start()
    client = killable.connect()
    failed = client.get_edit(edit.name)
    assert failed.state is EditState.FAILED
    assert failed.error.reason == "SERVER_DIED"
    assert "2 times" in failed.error.message
    again = client.create_edit(make_spec(client))
    list(client.watch_edit(again.name))
    assert client.get_edit(again.name).state is EditState.SUCCEEDED
