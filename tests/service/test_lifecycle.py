"""Starting, being found, being the only one, idling, draining, ending."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from mgie.api.edit import EditState
from mgie.api.events import Stage, StageChanged
from mgie.api.failure import ServiceError
from mgie.api.system import Limits
from mgie.cli.serve import log_path, logs, status, stop
from mgie.client.blocking import Client
from mgie.client.discovery import read_discovery
from mgie.client.local_server import LocalServer
from mgie.errors import BadOption
from mgie.server.lifecycle import AlreadyRunningError, serve
from mgie.server.logs import configure_logging
from mgie.server.settings import ServerSettings
from mgie.server.store import JobStore
from support.fake_editor import Script
from support.service_calls import (
    bodies,
    kind_of,
    make_spec,
    steps,
    until,
)


def spawn(state_dir: Path, **script: object) -> subprocess.Popen[bytes]:
    """A server with the scripted editor in a process of its own."""
    program = [sys.executable, "-W", "ignore", "-m", "support.fake_service"]
    process = subprocess.Popen([*program, str(state_dir), json.dumps(script)])
    while read_discovery(state_dir) is None:
        assert process.poll() is None
        time.sleep(0.02)
    return process


@pytest.fixture
def ends(state_dir: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that are killed after the test if they still run."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def test_starting_a_server_loads_no_torch(state_dir: Path) -> None:
    script = (
        "import sys, mgie.cli.serve, mgie.server.lifecycle, mgie.server.lanes\n"
        "print([name for name in ('torch', 'transformers', 'scipy', 'cryptography') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_the_client_loads_neither_torch_nor_pillow() -> None:
    script = (
        "import sys, mgie.client.connection, mgie.client.local_server, mgie.client.servers\n"
        "print([name for name in ('torch', 'PIL', 'mgie.server') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_edits_are_taken_before_the_model_is_there(start) -> None:
    server = start(preload=False)
    client = server.connect()
    edit = client.create_edit(make_spec(client))
    events = list(client.watch_edit(edit.name))
    stages = [body.stage for body in bodies(events, StageChanged)]
    assert Stage.LOADING_MODEL in stages
    assert kind_of(events[-1]) == "finished"


def test_health_says_when_the_model_is_loaded(client: Client) -> None:
    for is_serving in client.watch_health("mgie.v1.EditService"):
        if is_serving:
            break
    assert client.resources().loaded_models == ("models/fake",)


def test_a_second_server_for_the_same_user_is_refused(start) -> None:
    server = start()
    with pytest.raises(AlreadyRunningError, match="runs already at unix:"):
        asyncio.run(serve(ServerSettings(state_dir=server.state_dir, preload=False)))
    assert server.connect().is_serving()


def test_a_client_finds_the_server_that_runs(start) -> None:
    server = start()
    with Client(LocalServer(server.state_dir).locate) as found:
        assert found.info().default_model == "fake"


def test_nobody_is_found_where_nothing_runs(state_dir: Path) -> None:
    server = LocalServer(state_dir)
    with pytest.raises(ServiceError, match="no backend is running"):
        server.locate()
    (state_dir / "server.json").write_text("nonsense")
    with pytest.raises(ServiceError, match="no backend is running"):
        server.locate()


def test_sigterm_lets_the_running_edit_end_and_keeps_the_waiting_one(state_dir: Path, ends) -> None:
    process = spawn(state_dir, step_s=0.02, drain_s=20.0)
    ends.append(process)
    with Client.connect(_discovery(state_dir)) as client:
        running = client.create_edit(make_spec(client, options=steps(30)))
        watch = client.watch_edit(running.name)
        waiting = client.create_edit(make_spec(client, "waits"))
        until(watch, "step_progress")
        process.send_signal(signal.SIGTERM)
        assert kind_of(list(watch)[-1]) == "finished"
    assert process.wait(timeout=20) == 0
    assert read_discovery(state_dir) is None
    ends.append(spawn(state_dir))
    with Client.connect(_discovery(state_dir)) as client:
        list(client.watch_edit(waiting.name))
        states = [client.get_edit(edit.name).state for edit in (running, waiting)]
        assert states == [EditState.SUCCEEDED, EditState.SUCCEEDED]


def test_a_second_signal_does_not_wait(state_dir: Path, ends) -> None:
    process = spawn(state_dir, step_s=0.02, drain_s=3600.0)
    ends.append(process)
    with Client.connect(_discovery(state_dir)) as client:
        edit = client.create_edit(make_spec(client, options=steps(1000)))
        until(client.watch_edit(edit.name), "step_progress")
        process.send_signal(signal.SIGINT)
        while read_discovery(state_dir) is not None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    ends.append(spawn(state_dir))
    with Client.connect(_discovery(state_dir)) as client:
        assert kind_of(list(client.watch_edit(edit.name))[-1]) == "finished"


def test_nothing_new_is_taken_while_the_server_ends(start) -> None:
    client = start(Script(step_s=0.02), drain_s=5.0).connect()
    running = client.create_edit(make_spec(client, options=steps(30)))
    watch = client.watch_edit(running.name)
    until(watch, "step_progress")
    spec = make_spec(client, "too late")
    client.shutdown(drain_s=5.0)
    with pytest.raises(ServiceError) as caught:
        client.create_edit(spec)
    assert caught.value.is_connection
    assert kind_of(list(watch)[-1]) == "finished"


def test_the_device_is_freed_after_a_while_and_loaded_again(start) -> None:
    client = start(idle_unload_s=0.5).connect()
    list(client.watch_edit(client.create_edit(make_spec(client)).name))
    for resources in client.watch_resources(0.1):
        if not resources.loaded_models:
            break
    edit = client.create_edit(make_spec(client, "again"))
    assert kind_of(list(client.watch_edit(edit.name))[-1]) == "finished"


def test_an_idle_server_ends_by_itself(state_dir: Path, ends) -> None:
    process = spawn(state_dir, idle_exit_s=0.5)
    ends.append(process)
    assert process.wait(timeout=20) == 0


def test_free_memory_now(client: Client) -> None:
    list(client.watch_edit(client.create_edit(make_spec(client)).name))
    *_, last = client.watch_operation(client.unload_model().name)
    assert last.kind == "unload"
    assert not client.resources().loaded_models
    *_, last = client.watch_operation(client.load_model("models/fake").name)
    assert client.resources().loaded_models == ("models/fake",)


def test_status_logs_and_stop_from_the_command_line(state_dir: Path, ends) -> None:
    runner = CliRunner()
    nothing = runner.invoke(status, ["--state-dir", str(state_dir)])
    assert nothing.exit_code == 3
    assert "no backend" in nothing.output
    assert "no backend" in runner.invoke(stop, ["--state-dir", str(state_dir)]).output
    ends.append(spawn(state_dir))
    told = json.loads(runner.invoke(status, ["--state-dir", str(state_dir), "--json"]).output)
    assert told["running"]
    assert told["default_model"] == "fake"
    assert "default model  fake" in runner.invoke(status, ["--state-dir", str(state_dir)]).output
    assert "ended" in runner.invoke(stop, ["--state-dir", str(state_dir), "--now"]).output
    assert ends[0].wait(timeout=20) == 0


def test_stop_returns_when_the_running_edit_and_the_server_have_ended(state_dir: Path, ends) -> None:
    process = spawn(state_dir, step_s=0.02, drain_s=30.0)
    ends.append(process)
    with Client.connect(_discovery(state_dir)) as client:
        edit = client.create_edit(make_spec(client, options=steps(60)))
        until(client.watch_edit(edit.name), "step_progress")
    assert CliRunner().invoke(stop, ["--state-dir", str(state_dir)]).output == "ended\n"
    store = JobStore(state_dir / "jobs.sqlite")
    record = store.edit(edit.name.removeprefix("edits/"))
    store.close()
    assert record is not None
    assert record.state is EditState.SUCCEEDED
    assert process.wait(timeout=20) == 0


def test_a_client_starts_the_server_it_needs(state_dir: Path) -> None:
    options = ["--no-preload", "--model", "none"]
    server = LocalServer(state_dir, options=options)
    asyncio.run(server.start())
    with Client(server.locate) as client:
        assert client.info().default_model == "none"
        again = LocalServer(state_dir, options=options)
        asyncio.run(again.start())
        assert again.process is None
        client.shutdown(drain_s=0.0)
    output = CliRunner().invoke(logs, ["--state-dir", str(state_dir)]).output
    assert "level=INFO" in output
    assert "ready address=unix:" in output
    while read_discovery(state_dir) is not None:
        time.sleep(0.02)


def test_the_log_takes_turns_and_never_grows_beyond_its_files(tmp_path: Path) -> None:
    path = log_path(tmp_path)
    before = logging.getLogger().handlers[:]
    configure_logging(path)
    try:
        log = logging.getLogger("mgie.test")
        for _ in range(6):
            log.info("x" * (4 << 20))
        assert len(list(path.parent.glob("server.log*"))) == 5
    finally:
        for handler in logging.getLogger().handlers[:]:
            logging.getLogger().removeHandler(handler)
            handler.close()
        for handler in before:
            logging.getLogger().addHandler(handler)


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_samples": 0},
        {"idle_unload_s": float("nan")},
        {"drain_s": -1},
        {"tls_certificate": Path("x")},
        {"num_lanes": 0},
        {"num_lanes": 2},  # without Ray
    ],
)
def test_impossible_settings_are_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(BadOption):
        ServerSettings(state_dir=tmp_path, **wrong)  # pyright: ignore[reportArgumentType]


def test_impossible_limits_are_refused() -> None:
    with pytest.raises(BadOption, match="max_pixels"):
        Limits(max_pixels=0)
    with pytest.raises(BadOption, match="blob_quota_bytes"):
        Limits(blob_quota_bytes=1)


def _discovery(state_dir: Path):
    discovery = read_discovery(state_dir)
    assert discovery is not None
    return discovery
