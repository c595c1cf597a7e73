"""What goes wrong around a server while it runs, or before it starts: a sentence, and all else is there.

Full disks are in `test_trust`, locked stores, damaged stores and blobs in `test_damage`.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from mgie.api.edit import EditState
from mgie.api.failure import ServiceError
from mgie.client.discovery import FILE_NAME, read_discovery
from mgie.errors import MgieError
from mgie.server.model_registry import InstalledModels
from support.fake_editor import FakeEditor
from support.fake_service import fake_settings, lane_of, running_lanes
from support.service_calls import kind_of, make_spec

NOBODY = 65534


@contextmanager
def no_permission(folder: Path) -> Generator[None]:
    """A folder that this process may not use, also where root runs it."""
    before = folder.stat().st_mode
    is_root = os.geteuid() == 0
    folder.chmod(0o500)
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(before)


@pytest.mark.skipif(os.name == "nt", reason="permissions are others there")
def test_permission_lost_while_it_runs_costs_what_needs_it(start) -> None:
    server = start()
    client = server.connect()
    edit = client.create_edit(make_spec(client))
    list(client.watch_edit(edit.name))
    with no_permission(server.state_dir / "blobs"):
        with pytest.raises(ServiceError) as caught:
            client.upload(b"another picture" * 100)
        assert caught.value.reason == "STORE_UNAVAILABLE"
        assert str(server.state_dir) not in str(caught.value)
        assert client.get_edit(edit.name).state is EditState.SUCCEEDED
    client.upload(b"another picture" * 100)
    (result,) = client.get_edit(edit.name).results
    assert len(client.download(result.picture.blob_digest)) == result.num_bytes


@pytest.mark.skipif(os.name == "nt", reason="permissions are others there")
def test_without_permission_it_does_not_start_and_says_so_in_one_sentence(start, state_dir: Path) -> None:
    start.state_dir = state_dir / "s"
    with no_permission(state_dir), pytest.raises(MgieError) as caught:
        start()
    assert "Permission denied" in str(caught.value)
    assert "\n" not in str(caught.value)
    client = start().connect()
    edit = client.create_edit(make_spec(client))
    assert kind_of(list(client.watch_edit(edit.name))[-1]) == "finished"


@pytest.mark.parametrize("column", ["spec", "state", "create_time"])
def test_a_row_damaged_while_it_runs_is_one_failed_edit(start, column: str) -> None:
    server = start()
    client = server.connect()
    edits = [client.create_edit(make_spec(client, f"edit {n}")) for n in range(2)]
    for edit in edits:
        list(client.watch_edit(edit.name))
    with closing(sqlite3.connect(server.state_dir / "jobs.sqlite", isolation_level=None)) as db:
        name = edits[0].name.removeprefix("edits/")
        db.execute(f"UPDATE edits SET {column} = ? WHERE id = ?", (b"\xff\xff", name))
    damaged = client.get_edit(edits[0].name)
    assert damaged.state is EditState.FAILED
    assert damaged.error.reason == "EDIT_DAMAGED"
    listed = {edit.name: edit.state for edit in client.list_edits().edits}
    assert listed == {edits[0].name: EditState.FAILED, edits[1].name: EditState.SUCCEEDED}


def test_a_model_folder_damaged_while_it_runs_is_a_broken_model(state_dir: Path, tmp_path: Path) -> None:
    settings = fake_settings(state_dir, model="mgie-mini", models_dir=tmp_path, preload=False)
    (tmp_path / "mine").mkdir()
    lane = lane_of(FakeEditor(), settings)
    with running_lanes([lane], InstalledModels(tmp_path), settings) as discovery:
        from mgie.client.blocking import Client

        with Client.connect(discovery) as client:
            before = {model.id: model.state for model in client.list_models()}
            (tmp_path / "mine" / "model.json").write_text("[" * 100_000)
            after = {model.id: model for model in client.list_models()}
            assert after["mine"].state == "broken"
            assert after["mine"].problem
            assert {name: model.state for name, model in after.items() if name != "mine"} == {
                name: state for name, state in before.items() if name != "mine"
            }


@pytest.mark.parametrize("text", ["", "{", "[]", "\0" * 40, json.dumps({"address": 3}), None])
def test_a_discovery_file_damaged_while_it_runs_is_written_again(start, text: str | None) -> None:
    server = start()
    path = server.state_dir / FILE_NAME
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    while read_discovery(server.state_dir) is None:
        time.sleep(0.05)
    assert read_discovery(server.state_dir) == server.discovery


def test_a_token_removed_while_it_runs_is_written_again(start) -> None:
    server = start()
    (server.state_dir / "token").unlink()
    while not (server.state_dir / "token").exists():
        time.sleep(0.05)
    assert server.connect().is_serving()


@pytest.mark.parametrize("text", ["", "{", "[]", "\0" * 40, json.dumps({"address": 3})])
def test_a_damaged_discovery_file_does_not_stop_a_start(start, text: str) -> None:
    (start.state_dir / FILE_NAME).write_text(text)
    server = start()
    assert read_discovery(server.state_dir) == server.discovery
    assert server.connect().is_serving()
