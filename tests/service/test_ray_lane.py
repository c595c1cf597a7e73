"""Two lanes as Ray actors on one node: edits share them, and a lane that dies loses none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from mgie.api.events import PreviewOptions
from mgie.client.blocking import Client
from mgie.errors import BadOption
from mgie.server.worker import LaneWorker, LoadedEditor
from support.fake_editor import FakeEditor, Script
from support.fake_service import OneModel, fake_settings, running_lanes
from support.service_calls import (
    kind_of,
    kinds,
    make_spec,
    steps,
    until,
)

ray = pytest.importorskip("ray", reason="Ray is not installed; pip install 'mgie[scale]'")
ray_lane = pytest.importorskip("mgie.server.ray_lane")

pytestmark = [
    # Ray's own code opens files and sockets that it leaves to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

TESTS = Path(__file__).parent.parent


def make_worker(pid_dir: Path) -> LaneWorker:
    """A worker with the scripted editor; leaves its process id where the test finds it."""
    (pid_dir / str(os.getpid())).touch()
    editor = FakeEditor(Script(step_s=0.03))
    return LaneWorker(lambda model: LoadedEditor(editor, "cpu"), max_samples=4, num_encodings=8)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """Ray on this machine; its workers find the tests' modules."""
    paths = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        configure_logging=False,
        runtime_env={"env_vars": {"PYTHONPATH": paths}},
    )
    yield
    ray.shutdown()


@pytest.fixture
def client(cluster: None, state_dir: Path, tmp_path: Path) -> Iterator[Client]:
    lanes = ray_lane.make_ray_lanes("local", 2, partial(make_worker, tmp_path), uses_gpu=False)
    settings = fake_settings(state_dir)
    with (
        running_lanes(lanes, OneModel(FakeEditor()), settings) as discovery,
        Client.connect(discovery) as client,
    ):
        yield client


def test_two_lanes_run_two_edits_at_once(client: Client) -> None:
    made = [client.create_edit(make_spec(client, f"edit {i}", options=steps(20))) for i in range(2)]
    watches = [client.watch_edit(edit.name) for edit in made]
    for watch in watches:
        until(watch, "step_progress")
    assert client.resources().num_running == 2
    for watch in watches:
        assert kind_of(list(watch)[-1]) == "finished"


def test_words_steps_and_previews_come_from_an_actor_and_cancelling_reaches_it(client: Client) -> None:
    edit = client.create_edit(make_spec(client, options=steps(300)))
    watch = client.watch_edit(edit.name, previews=PreviewOptions(max_side_px=32))
    seen = until(watch, "preview")
    assert "instruction_ready" in kinds(seen)
    client.cancel_edit(edit.name)
    assert kind_of(list(watch)[-1]) == "cancelled"


def test_errors_keep_their_reason_on_the_way_from_an_actor(client: Client) -> None:
    edit = client.create_edit(make_spec(client, "please fail"))
    list(client.watch_edit(edit.name))
    assert client.get_edit(edit.name).error.reason == "INSTRUCTION_EMPTY"


def test_a_lane_that_dies_has_its_edits_queued_again(client: Client, tmp_path: Path) -> None:
    made = [client.create_edit(make_spec(client, f"edit {i}", options=steps(30))) for i in range(3)]
    watches = [client.watch_edit(edit.name) for edit in made]
    until(watches[0], "step_progress")
    os.kill(int(next(tmp_path.iterdir()).name), signal.SIGKILL)
    told = [kinds(list(watch)) for watch in watches]
    assert [kinds_of_one[-1] for kinds_of_one in told] == ["finished"] * 3
    assert any("restarted" in kinds(client.watch_edit(edit.name)) for edit in made)


def test_more_lanes_than_processors_are_refused(cluster: None, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="3 lanes need one CPU each and Ray has 2"):
        ray_lane.make_ray_lanes("local", 3, partial(make_worker, tmp_path), uses_gpu=False)


def test_an_address_where_no_cluster_is_becomes_one_sentence(state_dir: Path) -> None:
    command = [sys.executable, "-m", "mgie.cli", "serve", "--state-dir", str(state_dir), "--ray", "nonsense"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no Ray cluster answers at 'nonsense'" in done.stderr
    assert "Traceback" not in done.stderr
