"""A crash of the server takes nothing down: it is started again, edits go on, watchers go on watching."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mgie.api.edit import EditState
from mgie.api.events import EditEvent
from mgie.client.blocking import Client
from mgie.client.discovery import read_discovery
from support.killable import Killable
from support.service_calls import kinds, make_spec, numbered, steps, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the supervisor needs prctl(2)")
CRASHES = [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS]


@pytest.fixture
def server(state_dir: Path) -> Iterator[Killable]:
    """The scripted editor under the supervisor; `pid` is the supervisor's."""
    server = Killable(state_dir, program="support.supervised_service", token_s=0.005, step_s=0.02)
    server.start()
    yield server
    server.close()
    until_gone(server)


def until_gone(server: Killable) -> None:
    """Until nobody listens there any more."""
    while read_discovery(server.state_dir) is not None:
        time.sleep(0.02)


@pytest.mark.parametrize("crash", CRASHES, ids=lambda crash: crash.name)
def test_a_crash_loses_no_edit_and_no_watcher(server: Killable, crash: signal.Signals) -> None:
    with Client(lambda: server.discovery().endpoint()) as client, ThreadPoolExecutor(4) as pool:
        held = client.create_edit(make_spec(client, "held", hold_before_sampling=True))
        until(client.watch_edit(held.name), "instruction_ready")
        edits = [client.create_edit(make_spec(client, f"edit {n}", options=steps(20))) for n in range(4)]
        watches = [pool.submit(lambda name=edit.name: list(client.follow_edit(name))) for edit in edits]
        until(client.follow_edit(edits[0].name), "step_progress")
        crashed = server.discovery().pid
        os.kill(crashed, crash)
        seen: list[list[EditEvent]] = [watch.result() for watch in watches]
        for edit, events in zip(edits, seen, strict=True):
            assert client.get_edit(edit.name).state is EditState.SUCCEEDED
            assert [e.sequence for e in numbered(events)] == list(range(1, len(numbered(events)) + 1))
            assert kinds(events)[-1] == "finished"
        assert client.get_edit(held.name).state is EditState.HELD
        assert server.discovery().pid != crashed
    assert server.is_alive


def test_an_edit_that_crashes_the_server_twice_is_given_up_and_the_next_one_is_done(server: Killable) -> None:
    with Client(lambda: server.discovery().endpoint()) as client:
        edit = client.create_edit(make_spec(client, "loops", options=steps(500)))
        for _ in range(2):
            until(client.follow_edit(edit.name), "step_progress")
            os.kill(server.discovery().pid, signal.SIGSEGV)
            time.sleep(0.2)  # until it is dead
        list(client.follow_edit(edit.name))
        failed = client.get_edit(edit.name)
        assert failed.state is EditState.FAILED
        assert failed.error.reason == "SERVER_DIED"
        other = client.create_edit(make_spec(client))
        list(client.follow_edit(other.name))
        assert client.get_edit(other.name).state is EditState.SUCCEEDED


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_both_processes_end_well(server: Killable, asked: signal.Signals) -> None:
    os.kill(server.pid, asked)
    server.wait_for_death()
    until_gone(server)


def test_a_kill_of_either_process_is_no_crash(server: Killable) -> None:
    os.kill(server.discovery().pid, signal.SIGKILL)
    server.wait_for_death()
    until_gone(server)


def test_whoever_kills_the_supervisor_kills_the_server(server: Killable) -> None:
    os.kill(server.pid, signal.SIGKILL)
    server.wait_for_death()
    until_gone(server)


def test_mgie_serve_says_that_it_crashed_and_goes_on(state_dir: Path) -> None:
    command = [sys.executable, "-m", "mgie.cli", "serve", "--state-dir", str(state_dir), "--no-preload"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while (first := read_discovery(state_dir)) is None:
            assert process.poll() is None
            time.sleep(0.02)
        os.kill(first.pid, signal.SIGSEGV)
        while (second := read_discovery(state_dir)) is None or second.pid == first.pid:
            assert process.poll() is None
            time.sleep(0.02)
        with Client.connect(second) as client:
            (notice,) = client.info().notices
            assert notice.startswith("the server crashed (SIGSEGV) and was started again")
        assert "Fatal Python error: Segmentation fault" in (state_dir / "log" / "crash.log").read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
