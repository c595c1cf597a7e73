"""Damaged state: one bad row, store, blob or folder disables nothing else, and it is said."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from mgie.api.edit import EditState
from mgie.api.failure import ServiceError
from mgie.server.blobs import BlobStore
from mgie.server.errors import RequestError
from mgie.server.model_registry import InstalledModels
from mgie.server.open_store import open_store
from mgie.server.store import VERSION
from support.raw_calls import upload_messages
from support.service_calls import kind_of, make_spec, pixels, until


def change(state_dir: Path, statement: str, *values: object) -> None:
    """Do something to the job store behind the server's back."""
    with closing(sqlite3.connect(state_dir / "jobs.sqlite")) as db:
        db.execute(statement, values)
        db.commit()


def fill(start) -> dict[str, str]:
    """A server that ended with one finished, one held and one waiting edit; returns their names."""
    server = start(drain_s=0.0)
    client = server.connect()
    names = {"done": client.create_edit(make_spec(client)).name}
    list(client.watch_edit(names["done"]))
    held = client.create_edit(make_spec(client, "held", hold_before_sampling=True))
    until(client.watch_edit(held.name), "instruction_ready")
    names["held"] = held.name
    start.close()
    return names


def states(client) -> dict[str, EditState]:
    return {edit.name: edit.state for edit in client.list_edits().edits}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("spec", b"\xff\xff\xff"),
        ("state", 99),
        ("create_time", 1e20),
        ("create_time", -1e13),
        ("create_time", float("inf")),
        ("end_time", 1e20),
        ("error", b"\xff\xff"),
        ("batch_index", "x"),
        ("expressive_instruction", b"\xed\xa0\x80"),
    ],
)
@pytest.mark.parametrize("which", ["done", "held"])
def test_a_row_that_cannot_be_read_is_a_failed_edit_and_hinders_no_other(
    start, state_dir: Path, column: str, value: object, which: str
) -> None:
    names = fill(start)
    edit = names[which].removeprefix("edits/")
    change(state_dir, f"UPDATE edits SET {column} = ? WHERE id = ?", value, edit)
    server = start()
    client = server.connect()
    other = names["held" if which == "done" else "done"]
    found = states(client)
    assert found[names[which]] is EditState.FAILED
    assert found[other] in (EditState.HELD, EditState.SUCCEEDED)
    assert client.get_edit(names[which]).error.reason == "EDIT_DAMAGED"
    assert kind_of(list(client.watch_edit(names[which]))[-1]) in ("failed", "finished")
    again = client.create_edit(make_spec(client, "after that"))
    assert kind_of(list(client.watch_edit(again.name))[-1]) == "finished"
    assert bool(client.info().notices) == (which == "held" or column == "state")


def test_results_and_events_that_cannot_be_read_are_said_and_watchers_get_a_last_event(
    start, state_dir: Path
) -> None:
    names = fill(start)
    change(state_dir, "UPDATE results SET payload = ?", b"\xff\xff\xff")
    change(state_dir, "UPDATE events SET payload = ? WHERE sequence > 2", b"\xff\xff\xff")
    client = start().connect()
    assert states(client)[names["done"]] is EditState.FAILED
    assert kind_of(list(client.watch_edit(names["done"]))[-1]) == "finished"
    client.revise_instruction(names["held"])
    assert kind_of(list(client.watch_edit(names["held"]))[-1]) == "finished"


def test_events_beyond_the_known_sequence_do_not_stop_an_edit(start, state_dir: Path) -> None:
    names = fill(start)
    change(state_dir, "UPDATE edits SET last_sequence = 0")
    client = start().connect()
    client.revise_instruction(names["held"])
    events = list(client.watch_edit(names["held"]))
    assert kind_of(events[-1]) == "finished"
    sequences = [event.sequence for event in events if event.sequence]
    assert sequences == list(range(1, len(sequences) + 1))


def _truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _flip(offset: int) -> Callable[[Path], None]:
    def flip(path: Path) -> None:
        data = bytearray(path.read_bytes())
        for place in range(offset, offset + 16):
            data[place % len(data)] ^= 0xFF
        path.write_bytes(data)

    return flip


def _directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _newer(path: Path) -> None:
    change(path.parent, f"PRAGMA user_version = {VERSION + 1}")


def _without_column(path: Path) -> None:
    change(path.parent, "ALTER TABLE edits DROP COLUMN corrected_instruction")


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"junk" * 5000),
        _truncate,
        _flip(0),
        _flip(100),
        _flip(4096 + 3),
        _flip(3 * 4096 + 8),
        _directory,
        _newer,
        _without_column,
    ],
    ids=["junk", "half", "header", "first page", "second page", "fourth page", "folder", "newer", "column"],
)
def test_a_store_that_cannot_be_used_is_set_aside_in_one_sentence(
    start, state_dir: Path, damage: Callable[[Path], None]
) -> None:
    fill(start)
    path = state_dir / "jobs.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(path)
    client = start().connect()
    (notice,) = client.info().notices
    assert "set-aside" in notice
    assert len(list(state_dir.glob("jobs.sqlite.set-aside-*"))) >= 1
    edit = client.create_edit(make_spec(client))
    assert kind_of(list(client.watch_edit(edit.name))[-1]) == "finished"


def test_what_can_be_read_of_a_store_of_another_version_is_saved(start, state_dir: Path) -> None:
    names = fill(start)
    _newer(state_dir / "jobs.sqlite")
    client = start().connect()
    assert states(client) == {names["done"]: EditState.SUCCEEDED, names["held"]: EditState.HELD}
    assert "2 of its edits could be saved" in client.info().notices[0]


def test_a_write_ahead_log_of_garbage_is_said(start, state_dir: Path) -> None:
    fill(start)
    (state_dir / "jobs.sqlite-wal").write_bytes(b"garbage" * 2000)
    client = start().connect()
    assert "log was damaged" in client.info().notices[0]
    assert len(client.list_edits().edits) == 2


def test_a_store_that_another_program_locks_refuses_changes_and_goes_on_afterwards(
    start, state_dir: Path
) -> None:
    client = start().connect()
    held = client.create_edit(make_spec(client, hold_before_sampling=True))
    until(client.watch_edit(held.name), "instruction_ready")
    spec = make_spec(client, "other")
    with closing(sqlite3.connect(state_dir / "jobs.sqlite", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        for call in (
            lambda: client.create_edit(spec),
            lambda: client.revise_instruction(held.name, "corrected"),
            lambda: client.cancel_edit(held.name),
        ):
            with pytest.raises(ServiceError) as caught:
                call()
            assert caught.value.reason == "STORE_UNAVAILABLE"
        assert client.get_edit(held.name).state is EditState.HELD
        db.execute("ROLLBACK")
    client.revise_instruction(held.name, "corrected")
    list(client.watch_edit(held.name))
    assert client.get_edit(held.name).expressive_instruction == "corrected"


def test_a_locked_store_stops_a_start_with_one_sentence(state_dir: Path) -> None:
    path = state_dir / "jobs.sqlite"
    open_store(path).store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA locking_mode=EXCLUSIVE")
        db.execute("BEGIN EXCLUSIVE")
        with pytest.raises(RequestError, match="another program has locked") as caught:
            open_store(path)
        assert caught.value.reason == "STORE_UNAVAILABLE"
    open_store(path).store.close()


@pytest.mark.parametrize("damage", ["flip", "short", "empty", "gone", "link"])
def test_a_damaged_blob_is_missing_and_can_be_sent_again(start, damage: str) -> None:
    server = start()
    raw, data = server.raw(), pixels().tobytes()
    raw.call(raw.edits.UploadBlob, upload_messages(data))
    digest = hashlib.sha256(data).hexdigest()
    path = server.state_dir / "blobs" / digest[:2] / digest
    match damage:
        case "flip":
            path.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
        case "short":
            os.truncate(path, 100)
        case "empty":
            os.truncate(path, 0)
        case "gone":
            path.unlink()
        case _:
            path.unlink()
            path.symlink_to("/etc/hostname")
    client = server.connect()
    with pytest.raises(ServiceError) as caught:
        client.download(digest)
    assert caught.value.reason == "BLOB_NOT_FOUND"
    assert not raw.call(raw.edits.UploadBlob, upload_messages(data)).already_there
    assert client.download(digest) == data
    edit = client.create_edit(make_spec(client))
    assert kind_of(list(client.watch_edit(edit.name))[-1]) == "finished"


def test_blobs_are_compared_with_their_names_after_a_restart(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / "blobs", quota_bytes=10_000)
    digest = store.write(b"x" * 100)
    path = tmp_path / "blobs" / digest[:2] / digest
    path.write_bytes(b"y" * 100)
    os.utime(path, ns=(1, 1))
    again = BlobStore(tmp_path / "blobs", quota_bytes=10_000)
    assert not again.has(digest)
    assert again.total_bytes == 0


def test_foreign_files_among_the_blobs_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    (folder / "zz").mkdir(parents=True)
    (folder / "zz" / "notes.txt").write_text("mine")
    (folder / "ab" / "sub").mkdir(parents=True)
    (folder / "x.part").mkdir()
    store = BlobStore(folder, quota_bytes=100)
    assert store.total_bytes == 0
    assert (folder / "zz" / "notes.txt").exists()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[" * 200_000,
        '{"format": 1, "name": "x", "files": [], "config": ' + "[" * 5000 + "]" * 5000 + "}",
        '{"format": 1, "name": ["x"], "kind": {}, "license": 1, "source": [], "config": 3, "files": [7]}',
        '{"format": 1, "files": 1e999}',
    ],
)
def test_a_model_folder_full_of_nonsense_is_a_broken_model(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "model.json").write_text(text)
    found = {model.id: model for model in InstalledModels(tmp_path).all()}
    assert found["odd"].state == "broken"
    assert found["odd"].problem
    shutil.rmtree(folder)
