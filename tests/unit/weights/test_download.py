"""Downloads survive a bad connection and never accept a wrong byte."""

from __future__ import annotations

import hashlib
from pathlib import Path

import httpx2
import pytest

from mgie.errors import DigestMismatch, DownloadFailed
from mgie.model.generators import drain
from mgie.weights.download import RemoteFile, check_address, download, look_up, new_client
from support.flaky_server import FlakyServer, serve

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def _fetch(server: FlakyServer, target: Path, *, knows_digest: bool = True, path: str = "/file") -> str:
    remote = RemoteFile(
        url=server.url + path,
        num_bytes=len(CONTENT) if knows_digest else None,
        sha256=SHA256 if knows_digest else None,
    )
    with new_client(timeout_s=5.0) as client:
        steps = download(remote, target, client=client, retry_delay_s=0.0)
        return drain(steps)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "file"


@pytest.mark.parametrize("knows_digest", [True, False])
def test_a_file_arrives_whole(target: Path, knows_digest: bool) -> None:
    with serve(files={"/file": CONTENT}) as server:
        assert _fetch(server, target, knows_digest=knows_digest) == SHA256
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("knows_digest", [True, False])
def test_a_broken_connection_is_continued_where_it_ended(target: Path, knows_digest: bool) -> None:
    with serve(files={"/file": CONTENT}, break_after=[300_000, 200_000]) as server:
        assert _fetch(server, target, knows_digest=knows_digest) == SHA256
    assert server.ranges == [None, "bytes=300000-", "bytes=500000-"]
    assert target.read_bytes() == CONTENT


def test_a_later_call_continues_what_an_earlier_one_left(target: Path) -> None:
    with serve(files={"/file": CONTENT}) as server:
        remote = RemoteFile(url=f"{server.url}/file", sha256=SHA256)
        with new_client() as client:
            steps = download(remote, target, client=client)
            next(steps)
            steps.close()
        assert not target.exists()
        held = target.with_name("file.part").stat().st_size
        assert 0 < held < len(CONTENT)
        assert _fetch(server, target) == SHA256
    assert server.ranges == [None, f"bytes={held}-"]


def test_bytes_of_another_version_are_not_continued(target: Path) -> None:
    target.parent.mkdir()
    target.with_name("file.part").write_bytes(b"old" * 1000)
    target.with_name("file.part.etag").write_text('"old"')
    with serve(files={"/file": CONTENT}) as server:
        assert _fetch(server, target, knows_digest=False) == SHA256


def test_bytes_of_an_unknown_version_are_fetched_again(target: Path) -> None:
    target.parent.mkdir()
    target.with_name("file.part").write_bytes(b"old" * 1000)
    with serve(files={"/file": CONTENT}) as server:
        assert _fetch(server, target, knows_digest=False) == SHA256
    assert server.ranges == [None]


def test_a_spoilt_partial_file_costs_one_fresh_start(target: Path) -> None:
    target.parent.mkdir()
    target.with_name("file.part").write_bytes(b"spoilt" * 1000)
    with serve(files={"/file": CONTENT}, has_etag=False) as server:
        assert _fetch(server, target) == SHA256
    assert server.ranges == ["bytes=6000-", None]


def test_a_server_without_range_starts_over(target: Path) -> None:
    with serve(files={"/file": CONTENT}, has_range=False, break_after=[300_000]) as server:
        assert _fetch(server, target) == SHA256
    assert target.read_bytes() == CONTENT


def test_a_server_that_continues_elsewhere_is_not_believed(target: Path) -> None:
    with serve(files={"/file": CONTENT}, wrong_range_start=True, break_after=[300_000]) as server:
        assert _fetch(server, target) == SHA256
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("lie", [-1000, 1000])
@pytest.mark.parametrize("has_range", [True, False])
def test_a_lie_about_the_length_never_yields_a_wrong_file(target: Path, lie: int, has_range: bool) -> None:
    with serve(files={"/file": CONTENT}, length_lie=lie, has_range=has_range) as server:
        try:
            assert _fetch(server, target) == SHA256
        except DownloadFailed:
            assert not target.exists()
        else:
            assert target.read_bytes() == CONTENT


def test_a_wrong_byte_is_refused_and_thrown_away(target: Path) -> None:
    with (
        serve(files={"/file": CONTENT}, wrong_byte_at=777) as server,
        pytest.raises(DigestMismatch, match="has SHA-256"),
    ):
        _fetch(server, target)
    assert not target.exists()
    assert target.with_name("file.part").stat().st_size == 0


def test_more_bytes_than_announced_are_refused(target: Path) -> None:
    with (
        serve(files={"/file": CONTENT + b"more"}) as server,
        pytest.raises(DigestMismatch, match="more than the"),
    ):
        _fetch(server, target)


def test_a_busy_server_is_asked_again(target: Path) -> None:
    with serve(files={"/file": CONTENT}, statuses=[503, 429, 500]) as server:
        assert _fetch(server, target) == SHA256


def test_a_missing_file_is_said_at_once(target: Path) -> None:
    with serve() as server, pytest.raises(DownloadFailed, match="answered 404"):
        _fetch(server, target)
    assert len(server.requests) == 1


def test_a_dead_server_is_given_up(target: Path) -> None:
    with serve() as server:
        pass
    with pytest.raises(DownloadFailed, match="broke off 5 times"):
        _fetch(server, target)


def test_redirects_are_followed_but_not_to_plain_http_elsewhere(target: Path) -> None:
    redirects = {"/good": "/file", "/bad": "http://192.0.2.1/file"}
    with serve(files={"/file": CONTENT}, redirects=redirects) as server:
        assert _fetch(server, target, path="/good") == SHA256
        target.unlink()
        with pytest.raises(DownloadFailed, match="not an https address"):
            _fetch(server, target, path="/bad")


@pytest.mark.parametrize("url", ["http://example.org/x", "ftp://example.org/x", "file:///etc/passwd", "x"])
def test_only_https_addresses_are_fetched(url: str) -> None:
    with pytest.raises(DownloadFailed, match="not an https address"):
        RemoteFile(url=url)
    check_address("http://localhost:8000/x")
    check_address("https://example.org/x")
    with new_client() as client, pytest.raises(DownloadFailed):
        client.send(httpx2.Request("GET", url))


def test_redirects_without_end_are_given_up_at_once(target: Path) -> None:
    with serve(redirects={"/file": "/file"}) as server:
        with pytest.raises(DownloadFailed, match="redirect"):
            _fetch(server, target)
        with new_client() as client, pytest.raises(DownloadFailed, match="redirect"):
            look_up(f"{server.url}/file", sha256=None, client=client)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "nonsense://127.0.0.1:9"])
def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(DownloadFailed, match="the proxy in ALL_PROXY cannot be used; set an http:// proxy"):
        new_client()
