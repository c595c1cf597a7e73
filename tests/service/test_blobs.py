"""Blobs: addressed by their content, whole or not at all, within a quota that spares what is needed."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from mgie.api.edit import EditResult
from mgie.api.failure import ServiceError
from mgie.client.blocking import Client
from mgie.server.blobs import BlobStore
from mgie.server.errors import RequestError
from mgie.v1 import edit_service_pb2 as edits
from support.fake_editor import Script
from support.raw_calls import RawCalls, upload_messages
from support.service_calls import (
    bodies,
    kind_of,
    make_spec,
    raw_picture,
    steps,
    until,
)

BLOB = bytes(range(256)) * 40
DIGEST = hashlib.sha256(BLOB).hexdigest()
FULL = Path("/dev/full")


@pytest.fixture
def raw(start) -> Iterator[RawCalls]:
    """Bare stubs of a server."""
    with RawCalls(start().discovery) as calls:
        yield calls


def refusal_of(raw: RawCalls, messages: Iterable[edits.UploadBlobRequest]) -> str:
    """Why an upload was refused."""
    with pytest.raises(ServiceError) as caught:
        raw.call(raw.edits.UploadBlob, iter(messages))
    return caught.value.reason


def header(digest: str = DIGEST, num_bytes: int = len(BLOB)) -> edits.UploadBlobRequest:
    return edits.UploadBlobRequest(header=edits.BlobHeader(digest=digest, num_bytes=num_bytes))


def piece(data: bytes) -> edits.UploadBlobRequest:
    return edits.UploadBlobRequest(piece=data)


def test_what_was_uploaded_comes_back(client: Client) -> None:
    large = BLOB * 500  # 5 MB: several pieces
    assert client.download(client.upload(large)[0]) == large


def test_nothing_is_sent_twice(raw: RawCalls) -> None:
    raw.call(raw.edits.UploadBlob, upload_messages(BLOB))
    request = edits.FindMissingBlobsRequest(digests=[DIGEST, "0" * 64])
    assert list(raw.call(raw.edits.FindMissingBlobs, request).missing_digests) == ["0" * 64]
    assert raw.call(raw.edits.UploadBlob, upload_messages(BLOB)).already_there


def test_broken_uploads_are_refused_and_leave_nothing(start) -> None:
    server = start(max_blob_bytes=1 << 20, max_piece_bytes=1 << 16)
    raw = server.raw()
    assert refusal_of(raw, []) == "REQUEST_INVALID"
    assert refusal_of(raw, [piece(BLOB)]) == "REQUEST_INVALID"
    assert refusal_of(raw, [header(digest="../../etc/passwd")]) == "REQUEST_INVALID"
    assert refusal_of(raw, [header(digest=DIGEST.upper())]) == "REQUEST_INVALID"
    assert refusal_of(raw, [header(num_bytes=0)]) == "BLOB_INVALID"
    assert refusal_of(raw, [header(num_bytes=1 << 40)]) == "BLOB_TOO_LARGE"
    assert refusal_of(raw, [header(), piece(BLOB[:-1])]) == "BLOB_INVALID"
    assert refusal_of(raw, [header(), piece(BLOB), piece(b"x")]) == "BLOB_INVALID"
    assert refusal_of(raw, [header(), piece(BLOB[:-1] + b"x")]) == "BLOB_INVALID"
    assert refusal_of(raw, [header(), header()]) == "REQUEST_INVALID"
    assert refusal_of(raw, [header(num_bytes=1 << 17), piece(b"x" * (1 << 17))]) == "REQUEST_INVALID"
    assert not [path for path in (server.state_dir / "blobs").rglob("*") if path.is_file()]


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("num_bytes", [1000, 3 << 20])  # below and above what is reserved beforehand
def test_a_full_disk_is_named_and_the_space_is_free_again(start, num_bytes: int) -> None:
    server = start(blob_quota_bytes=4 << 20, max_blob_bytes=4 << 20)
    client, blob = server.connect(), b"a" * num_bytes
    digest = hashlib.sha256(blob).hexdigest()
    (server.state_dir / "blobs" / f"{digest}.1.part").symlink_to(FULL)
    with pytest.raises(ServiceError) as caught:
        client.upload(blob)
    assert caught.value.reason == "DISK_FULL"
    assert str(server.state_dir) not in str(caught.value)
    assert client.download(client.upload(b"b" * (4 << 20))[0]) == b"b" * (4 << 20)


def test_an_upload_that_breaks_off_leaves_nothing(start) -> None:
    server = start()
    raw, arrived = server.raw(), threading.Event()

    def messages() -> Iterator[edits.UploadBlobRequest]:
        yield header(num_bytes=1 << 24)
        for _ in range(9):
            yield piece(b"x" * (1 << 20))
        arrived.wait()

    upload = raw.edits.UploadBlob.future(messages(), metadata=raw.metadata)
    blobs = server.state_dir / "blobs"
    while not any(path.stat().st_blocks for path in blobs.glob("*.part")):
        time.sleep(0.01)
    upload.cancel()
    arrived.set()
    while any(blobs.iterdir()):
        time.sleep(0.01)


def test_downloads_start_where_asked(raw: RawCalls) -> None:
    raw.call(raw.edits.UploadBlob, upload_messages(BLOB))
    request = edits.DownloadBlobRequest(digest=DIGEST, offset=10_000)
    pieces = raw.stream(raw.edits.DownloadBlob, request)
    assert b"".join(answer.piece for answer in pieces) == BLOB[10_000:]


def test_missing_and_misplaced_downloads_say_so(raw: RawCalls) -> None:
    raw.call(raw.edits.UploadBlob, upload_messages(BLOB))
    for digest, offset, reason in (
        ("0" * 64, 0, "BLOB_NOT_FOUND"),
        ("nonsense", 0, "REQUEST_INVALID"),
        (DIGEST, 1 << 40, "REQUEST_INVALID"),
    ):
        request = edits.DownloadBlobRequest(digest=digest, offset=offset)
        with pytest.raises(ServiceError) as caught:
            list(raw.stream(raw.edits.DownloadBlob, request))
        assert caught.value.reason == reason


def test_the_longest_unused_blob_makes_room(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / "blobs", quota_bytes=300)
    first, second, third = (store.write(bytes([i]) * 100) for i in range(3))
    assert store.has(first)  # used again: now the second is the oldest
    fourth = store.write(b"4" * 100)
    assert [store.has(d) for d in (first, second, third, fourth)] == [True, False, True, True]


def test_what_is_held_is_never_evicted(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / "blobs", quota_bytes=300)
    held = [store.write(bytes([i]) * 100) for i in range(3)]
    store.hold(held)
    with pytest.raises(RequestError) as caught:
        store.write(b"x" * 100)
    assert caught.value.reason == "BLOB_QUOTA_EXCEEDED"
    store.release(held[1:])
    store.write(b"x" * 200)
    assert [store.has(digest) for digest in held] == [True, False, False]


def test_blobs_and_their_order_survive_a_restart(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / "blobs", quota_bytes=300)
    digests = [store.write(bytes([i]) * 100) for i in range(3)]
    (tmp_path / "blobs" / "broken.1.part").write_bytes(b"left by a kill")
    again = BlobStore(tmp_path / "blobs", quota_bytes=300)
    assert again.total_bytes == 300
    assert [again.has(digest) for digest in digests] == [True, True, True]
    assert not list((tmp_path / "blobs").glob("*.part"))


def test_a_live_edits_picture_outlasts_a_flood_of_uploads(start) -> None:
    server = start(Script(step_s=0.01), blob_quota_bytes=40_000, max_blob_bytes=20_000)
    client = server.connect()
    edit = client.create_edit(make_spec(client, hold_before_sampling=True, options=steps(4)))
    watch = client.watch_edit(edit.name)
    until(watch, "instruction_ready")
    for index in range(12):
        client.upload(bytes([index]) * 10_000)
    client.revise_instruction(edit.name)
    assert kind_of(list(watch)[-1]) == "finished"


def test_a_live_edits_first_results_outlast_a_flood_of_uploads(start) -> None:
    script = Script(step_s=0.01)
    client = start(script, blob_quota_bytes=40_000, max_blob_bytes=20_000, max_samples=1).connect()
    edit = client.create_edit(make_spec(client, seeds=(1, 2), options=steps(200)))
    (first,) = bodies(until(client.watch_edit(edit.name), "result"), EditResult)
    for index in range(4):
        client.upload(bytes([index]) * 10_000)
    assert len(client.download(first.picture.blob_digest)) == first.num_bytes
    client.cancel_edit(edit.name)


def test_an_edit_of_a_blob_that_is_gone_names_it(client: Client) -> None:
    spec = make_spec(client, picture=raw_picture("0" * 64))
    with pytest.raises(ServiceError) as caught:
        client.create_edit(spec)
    assert caught.value.reason == "BLOB_NOT_FOUND"
    assert caught.value.failure.metadata["digest"] == "0" * 64
