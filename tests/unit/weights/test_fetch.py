"""Parts are fetched from mirrors in turn, verified, and never twice."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
from pathlib import Path

import filelock
import pytest

from mgie.errors import BadCheckpoint, BadOption, DigestMismatch, DiskFull, DownloadFailed
from mgie.weights.fetch import FetchEvent, Note, Received, check_disk, fetch_parts, is_whole
from mgie.weights.pull_state import Remembered
from mgie.weights.sources import Mirror, Part, PublishedModel
from support.flaky_server import FlakyServer, serve

WEIGHTS = bytes(range(256)) * 2000
COMMIT = "0" * 40


def _hub_files(repo: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {
        f"/{repo}/resolve/{revision}/{path}": content
        for path, content in files.items()
        for revision in ("main", COMMIT)
    }


def _archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _model(*mirrors: Mirror, unpacked_bytes: int = 1000, installed_bytes: int = 1000) -> PublishedModel:
    part = Part(name="mgie", unpacked_bytes=unpacked_bytes, mirrors=mirrors)
    return PublishedModel(
        name="tiny",
        title="Tiny",
        kind="mgie",
        preset="TINY",
        license="MIT",
        terms="Do no harm.",
        installed_bytes=installed_bytes,
        parts=(part,),
    )


def _hub_mirror(repo: str = "us/tiny") -> Mirror:
    return Mirror(hub=repo, folder="weights", files=("mllm.pt", "unet.pt"))


def _fetch(server: FlakyServer, model: PublishedModel, tmp_path: Path) -> list[FetchEvent]:
    folder, remembered = tmp_path / "downloads", Remembered(tmp_path)
    return list(fetch_parts(model, folder, remembered, hub_endpoint=server.url, retry_delay_s=0.0))


def _hub(**behaviour: object) -> dict[str, object]:
    files = _hub_files("us/tiny", {"weights/mllm.pt": WEIGHTS, "weights/unet.pt": b"unet"})
    return {"files": files, "is_hub": True} | behaviour


def test_a_hub_part_arrives_pinned_to_its_commit(tmp_path: Path) -> None:
    with serve(**_hub()) as server:
        events = _fetch(server, _model(_hub_mirror()), tmp_path)
    assert (tmp_path / "downloads" / "mgie" / "mllm.pt").read_bytes() == WEIGHTS
    assert (tmp_path / "downloads" / "mgie" / "unet.pt").read_bytes() == b"unet"
    assert all(COMMIT in path for method, path, _ in server.requests if method == "GET")
    last = [event for event in events if isinstance(event, Received) and event.file == "mllm.pt"][-1]
    assert last.num_bytes == last.total_bytes == len(WEIGHTS)


def test_a_broken_hub_download_continues(tmp_path: Path) -> None:
    with serve(**_hub(break_after=[100_000])) as server:
        _fetch(server, _model(_hub_mirror()), tmp_path)
    assert "bytes=100000-" in server.ranges


def test_a_second_call_fetches_nothing(tmp_path: Path) -> None:
    with serve(**_hub()) as server:
        model = _model(_hub_mirror())
        _fetch(server, model, tmp_path)
        before = len(server.requests)
        assert _fetch(server, model, tmp_path) == [Note(text="mgie: here already")]
        assert len(server.requests) == before
    assert is_whole(model.parts[0], tmp_path / "downloads")


def test_a_second_call_fetches_only_what_is_missing(tmp_path: Path) -> None:
    with serve(**_hub()) as server:
        model = _model(_hub_mirror())
        _fetch(server, model, tmp_path)
        (tmp_path / "downloads" / "mgie" / "unet.pt").unlink()
        server.requests.clear()
        _fetch(server, model, tmp_path)
        gets = [path for method, path, _ in server.requests if method == "GET"]
    assert len(gets) == 1
    assert gets[0].endswith("unet.pt")


def test_a_file_of_another_mirror_is_kept_only_when_it_is_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "downloads" / "mgie"
    folder.mkdir(parents=True)
    (folder / "mllm.pt").write_bytes(b"\0" * len(WEIGHTS))
    with serve(**_hub()) as server:
        _fetch(server, _model(_hub_mirror()), tmp_path)
    assert (folder / "mllm.pt").read_bytes() == WEIGHTS


def test_a_wrong_byte_sends_us_to_the_next_mirror(tmp_path: Path) -> None:
    with serve(**_hub(wrong_byte_at=2)) as server:
        archive = server.url + "/tiny.tar.gz"
        server.files["/tiny.tar.gz"] = b"not an archive"
        with pytest.raises(BadCheckpoint, match="no archive"):
            _fetch(
                server, _model(_hub_mirror(), Mirror(archive=archive, files=("mllm.pt", "unet.pt"))), tmp_path
            )
    assert any(path == "/tiny.tar.gz" for _, path, _ in server.requests)
    assert not (tmp_path / "downloads" / "mgie" / "mllm.pt").exists()


def test_a_missing_repository_sends_us_to_the_next_mirror(tmp_path: Path) -> None:
    with serve(**_hub()) as server:
        events = _fetch(server, _model(_hub_mirror("them/gone"), _hub_mirror()), tmp_path)
    texts = [event.text for event in events if isinstance(event, Note)]
    assert texts[0] == "mgie: from them/gone/weights"
    assert "cannot be looked up" in texts[1]
    assert texts[2] == "mgie: from us/tiny/weights"


def test_the_last_mirrors_failure_is_the_answer(tmp_path: Path) -> None:
    with serve(**_hub(wrong_byte_at=2)) as server, pytest.raises(DigestMismatch, match="has SHA-256"):
        _fetch(server, _model(_hub_mirror("them/gone"), _hub_mirror()), tmp_path)


def test_a_dead_hub_is_said(tmp_path: Path) -> None:
    with serve() as server:
        pass
    with pytest.raises(DownloadFailed, match="cannot be looked up"):
        _fetch(server, _model(_hub_mirror()), tmp_path)


def test_an_archive_is_unpacked_pinned_and_removed(tmp_path: Path) -> None:
    content = _archive({"x/mllm.pt": WEIGHTS, "x/unet.pt": b"unet"})
    with serve(files={"/tiny.tar.gz": content}) as server:
        url = f"{server.url}/tiny.tar.gz"
        model = _model(Mirror(archive=url, files=("mllm.pt", "unet.pt")))
        events = _fetch(server, model, tmp_path)
        sha256 = hashlib.sha256(content).hexdigest()
        assert Note(text=f"tiny.tar.gz: no digest was published; remembering SHA-256 {sha256}") in events
        assert Remembered(tmp_path).digest_of(url) == sha256
        assert (tmp_path / "downloads" / "mgie" / "mllm.pt").read_bytes() == WEIGHTS
        assert not (tmp_path / "downloads" / "tiny.tar.gz").exists()

        (tmp_path / "downloads" / "mgie" / "mllm.pt").unlink()
        server.files["/tiny.tar.gz"] = _archive({"x/mllm.pt": b"other", "x/unet.pt": b"unet"})
        with pytest.raises(DigestMismatch, match="instead of " + sha256):
            _fetch(server, model, tmp_path)


def test_a_published_digest_of_an_archive_is_enforced(tmp_path: Path) -> None:
    with serve(files={"/tiny.tar.gz": _archive({"mllm.pt": b"m"})}) as server:
        url = f"{server.url}/tiny.tar.gz"
        with pytest.raises(DigestMismatch):
            _fetch(server, _model(Mirror(archive=url, files=("mllm.pt",), sha256="0" * 64)), tmp_path)


def test_an_archive_that_is_gone_is_said(tmp_path: Path) -> None:
    with serve() as server, pytest.raises(DownloadFailed, match="404"):
        _fetch(server, _model(Mirror(archive=f"{server.url}/gone.tar.gz", files=("mllm.pt",))), tmp_path)


def test_too_small_a_disk_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    with serve(**_hub()) as server:
        with pytest.raises(DiskFull, match=r"needs about 1000000\.0 GB"):
            _fetch(server, _model(_hub_mirror(), installed_bytes=10**15), tmp_path)
        assert server.requests == []


def test_the_disk_check_counts_what_is_here_already(tmp_path: Path) -> None:
    model = _model(_hub_mirror(), unpacked_bytes=10**15, installed_bytes=0)
    with pytest.raises(DiskFull):
        check_disk(model, tmp_path)
    (tmp_path / "mgie").mkdir()
    for name in ("mllm.pt", "unet.pt"):
        (tmp_path / "mgie" / name).touch()
    check_disk(model, tmp_path)


def test_the_disk_check_leaves_room_for_an_archive_of_any_mirror(tmp_path: Path) -> None:
    """An archive lies beside what is unpacked from it, and a later mirror may have to serve."""
    archive = Mirror(archive="https://example.org/mgie.tar.gz", files=("mllm.pt", "unet.pt"))
    half = shutil.disk_usage(tmp_path).free * 3 // 4
    check_disk(_model(_hub_mirror(), unpacked_bytes=half, installed_bytes=0), tmp_path)
    with pytest.raises(DiskFull):
        check_disk(_model(_hub_mirror(), archive, unpacked_bytes=half, installed_bytes=0), tmp_path)


def test_two_processes_do_not_pull_the_same_model_at_once(tmp_path: Path) -> None:
    (tmp_path / "downloads").mkdir()
    with (
        filelock.FileLock(tmp_path / "downloads" / ".lock"),
        serve(**_hub()) as server,
        pytest.raises(BadOption, match="being pulled by another process"),
    ):
        _fetch(server, _model(_hub_mirror()), tmp_path)
