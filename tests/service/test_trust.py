"""What a server withstands: full disks, greedy clients, uploads that never come, planted links."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mgie.api.edit import Edit, EditSpec, EditState
from mgie.api.failure import ServiceError
from mgie.api.system import Limits
from mgie.client.blocking import Client
from mgie.errors import DiskFull, MgieError
from mgie.server.admission import RETRY_S, Admission
from mgie.server.blobs import BlobStore
from mgie.server.errors import RequestError, without_folders
from mgie.server.identity import share_of
from mgie.server.queue import Queue, QueueEntry
from mgie.server.transfers import receive_blob
from mgie.v1 import edit_service_pb2 as edits
from support.fake_editor import Script
from support.service_calls import kind_of, make_spec, steps, until

MIB = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill_disk(folder: Path) -> Path:
    """Take all space there is."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    return filler


def test_a_disk_that_fills_while_edits_run_parts_memory_and_disk_never(small_disk: Path, start) -> None:
    start.state_dir = small_disk / "s"
    server = start(Script(step_s=0.05))
    client = server.connect()
    edit = client.create_edit(make_spec(client, options=steps(40)))
    waiting = client.create_edit(make_spec(client, "waits"))
    watch = client.watch_edit(edit.name)
    until(watch, "step_progress")
    filler = fill_disk(small_disk)
    for call in (
        lambda: client.create_edit(make_spec(client, "one more")),
        lambda: client.upload(os.urandom(MIB)),
    ):
        with pytest.raises(ServiceError) as caught:
            call()
        assert caught.value.reason == "DISK_FULL"
    time.sleep(2.5)  # the edit has come to its end by now, and nothing of that could be written
    assert client.get_edit(edit.name).state is EditState.RUNNING
    filler.unlink()
    assert kind_of(list(watch)[-1]) in ("finished", "failed")
    assert kind_of(list(client.watch_edit(waiting.name))[-1]) == "finished"
    for name in (edit.name, waiting.name):
        assert client.get_edit(name).state.has_ended


@pytest.mark.parametrize("left_bytes", [0, 16_384])
def test_a_full_disk_at_the_start_is_one_sentence(small_disk: Path, start, left_bytes: int) -> None:
    start.state_dir = small_disk / "s"
    start.state_dir.mkdir()
    filler = fill_disk(small_disk)
    os.truncate(filler, filler.stat().st_size - left_bytes)
    with pytest.raises((DiskFull, RequestError)) as caught:
        start()
    assert "\n" not in str(caught.value)


def test_an_upload_that_was_announced_and_never_comes_takes_nothing(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / "blobs", quota_bytes=1000)
    kept = store.write(b"k" * 900)

    async def messages():
        yield edits.UploadBlobRequest(header=edits.BlobHeader(digest="a" * 64, num_bytes=900))
        await asyncio.sleep(60)

    async def upload() -> None:
        limits = Limits(max_blob_bytes=1000, blob_quota_bytes=1000)
        await receive_blob(messages(), store, limits, idle_s=0.1)

    with pytest.raises(RequestError) as caught:
        asyncio.run(upload())
    assert caught.value.reason == "UPLOAD_STALLED"
    assert store.has(kept)
    assert not list((tmp_path / "blobs").glob("*.part"))


def test_a_client_that_waits_as_advised_gets_the_next_place() -> None:
    admission, waiting = Admission(4), {"local/greedy": 4}
    with pytest.raises(RequestError) as caught:
        admission.admit("local/other", 1, waiting, now=0.0)
    assert caught.value.reason == "SERVER_BUSY"
    waiting["local/greedy"] = 3
    with pytest.raises(RequestError):
        admission.admit("local/greedy", 1, waiting, now=0.5)
    admission.admit("local/other", 1, waiting, now=RETRY_S)


def test_a_place_is_not_kept_for_ever() -> None:
    admission = Admission(4)
    with pytest.raises(RequestError):
        admission.admit("local/other", 1, {"local/greedy": 4}, now=0.0)
    admission.admit("local/greedy", 1, {"local/greedy": 3}, now=1000.0)


def test_clients_share_a_full_queue_as_soon_as_several_want_in() -> None:
    admission = Admission(8)
    with pytest.raises(RequestError):
        admission.admit("local/b", 1, {"local/a": 8}, now=0.0)
    admission.admit("local/b", 1, {"local/a": 6}, now=1.0)
    with pytest.raises(RequestError):
        admission.admit("local/c", 4, {"local/a": 6, "local/b": 1}, now=1.0)
    with pytest.raises(RequestError):
        admission.admit("local/a", 1, {"local/a": 5, "local/b": 1}, now=1.0)


def test_names_that_a_client_elsewhere_invents_all_use_its_machines_share_and_turns() -> None:
    assert share_of("10.0.0.7/a") == share_of("10.0.0.7/b") != share_of("10.0.0.8/a")
    queue = Queue()
    for number in range(5):
        queue.add(QueueEntry(client=f"10.0.0.7/name{number}", edits=(f"greedy{number}",)))
    queue.add(QueueEntry(client="10.0.0.8/other", edits=("other",)))
    assert queue.positions()["other"] == 1


def test_a_greedy_client_does_not_keep_another_out(start) -> None:
    server = start(Script(step_s=0.02), max_queue_length=6)
    greedy, other = server.connect("greedy"), server.connect("other")
    spec = make_spec(greedy)
    is_over = threading.Event()

    def hammer() -> None:
        while not is_over.is_set():
            try:
                greedy.create_edit(spec)
            except ServiceError:
                time.sleep(0.005)

    thread = threading.Thread(target=hammer)
    thread.start()
    try:
        edit = create_as_advised(other, spec)
    finally:
        is_over.set()
        thread.join()
    assert kind_of(list(other.watch_edit(edit.name))[-1]) == "finished"


def create_as_advised(client: Client, spec: EditSpec, timeout_s: float = 60.0) -> Edit:
    """Try again whenever the server says so."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with contextlib.suppress(ServiceError):
            return client.create_edit(spec)
        time.sleep(RETRY_S)
    raise AssertionError("never let in")


def test_deleting_an_edit_frees_the_blobs_that_only_it_needs(start) -> None:
    server = start()
    client = server.connect()
    first, second = (client.create_edit(make_spec(client)) for _ in range(2))
    for edit in (first, second):
        list(client.watch_edit(edit.name))
    (result,) = client.get_edit(first.name).results
    client.delete_edit(first.name)
    assert client.download(result.picture.blob_digest)  # the second edit made the same picture
    client.delete_edit(second.name)
    for digest in result.digests:
        with pytest.raises(ServiceError) as caught:
            client.download(digest)
        assert caught.value.reason == "BLOB_NOT_FOUND"


def test_planted_links_are_not_followed_and_files_are_private(start, state_dir: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    for name in ("token", "server.json", ".server.json"):
        (state_dir / name).symlink_to(victim)
    start().connect().info()
    assert victim.read_text() == "untouched"
    for name in ("token", "server.json", "jobs.sqlite", "jobs.sqlite-wal", "server.lock"):
        assert stat.S_IMODE((state_dir / name).lstat().st_mode) == 0o600, name


@pytest.mark.parametrize("name", ["token", "server.json", "mgie.sock", "server.lock", "jobs.sqlite-wal"])
def test_a_folder_in_the_way_is_one_sentence(start, state_dir: Path, name: str) -> None:
    (state_dir / name).mkdir()
    (state_dir / name / "x").touch()
    problem = None
    try:
        start().connect().info()
    except MgieError as error:
        problem = error
    assert problem is None or (problem.reason and str(state_dir) not in str(problem))


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("/home/me/models/x/unet.bin is missing", "unet.bin is missing"),
        ("cannot read '/srv/a/b.json': no", "cannot read 'b.json': no"),
        ("see https://example.org/a/b.html", "see https://example.org/a/b.html"),
        ("1/2 of 3/4", "1/2 of 3/4"),
    ],
)
def test_messages_name_files_without_their_folders(text: str, cut: str) -> None:
    assert without_folders(text) == cut


def test_the_same_blob_from_many_clients_is_stored_once(start) -> None:
    server = start()
    blob = os.urandom(3 * MIB)
    clients = [server.connect() for _ in range(4)]
    threads = [threading.Thread(target=client.upload, args=(blob,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clients[0].resources().blob_bytes == len(blob)
    assert clients[0].download(hashlib.sha256(blob).hexdigest()) == blob
