"""Servers that are found: by a discovery file that is true, by a name that was remembered."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mgie.api.failure import ServiceError
from mgie.client.discovery import Discovery, read_discovery, remove_discovery, write_discovery
from mgie.client.local_server import LocalServer
from mgie.client.servers import RemoteServer, remember_server, remembered_servers, server_named
from mgie.errors import BadOption

HEX = "ab" * 32


@pytest.fixture(name="folder")
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as path:  # short enough for a socket
        yield Path(path)


def announce(folder: Path, address: str, pid: int | None = None) -> None:
    discovery = Discovery(
        address=address, pid=os.getpid() if pid is None else pid, token_path=str(folder / "t"), version="1"
    )
    write_discovery(folder, discovery)


@pytest.mark.parametrize("name", ["s.sock", "a%23b.sock", "a b.sock"])
def test_a_server_that_listens_is_found(folder: Path, name: str) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / name.replace("%23", "#")))
        server.listen()
        announce(folder, f"unix:{folder}/{name}")
        assert read_discovery(folder) is not None
        remove_discovery(folder)
        assert read_discovery(folder) is None


def test_a_process_that_lives_on_is_not_taken_for_the_server(folder: Path) -> None:
    """Its number was given to another program: nobody listens."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "s.sock"))
    announce(folder, f"unix:{folder}/s.sock")
    assert read_discovery(folder) is None
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
    announce(folder, f"127.0.0.1:{port}")
    assert read_discovery(folder) is None


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "{}", '{"address": 3}', "null", "\xff"])
def test_a_damaged_file_is_no_server(folder: Path, text: str) -> None:
    (folder / "server.json").write_bytes(text.encode("latin-1"))
    assert read_discovery(folder) is None


def test_a_file_with_values_of_other_types_is_no_server(folder: Path) -> None:
    for address, pid in (
        (3, os.getpid()),
        ("unix:/x", "me"),
        ("nowhere", 1 << 80),
        ("host:port", os.getpid()),
    ):
        announce(folder, address, pid)  # pyright: ignore[reportArgumentType] # on purpose
        assert read_discovery(folder) is None


def test_a_server_without_its_token_file_is_unreachable(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "s.sock"))
        server.listen()
        announce(folder, f"unix:{folder}/s.sock")
        with pytest.raises(ServiceError) as caught:
            LocalServer(folder).locate()
        assert caught.value.is_connection
        (folder / "t").write_text(" secret\n")
        assert LocalServer(folder).locate().token == "secret"


async def test_a_server_that_cannot_start_is_said(folder: Path) -> None:
    server = LocalServer(folder, options=["--no-such-option"])
    with pytest.raises(ServiceError) as caught:
        await server.start()
    assert caught.value.reason == "BACKEND_NOT_STARTED"
    assert "status 2" in str(caught.value)


def test_a_remote_server_is_remembered_by_name(folder: Path) -> None:
    path = folder / "new" / "servers.json"
    assert remembered_servers(path) == {}
    studio = RemoteServer(address="studio:7860", token_file=str(folder / "t"), fingerprint=HEX)
    remember_server("studio", studio, path)
    remember_server("home", RemoteServer(address="127.0.0.1:1", token_file=str(folder / "t")), path)
    assert server_named("studio", path) == studio
    with pytest.raises(BadOption, match="home, studio"):
        server_named("nowhere", path)


def test_tls_is_used_beyond_this_machine(folder: Path) -> None:
    (folder / "t").write_text("secret")

    def endpoint(address: str, fingerprint: str = ""):
        remote = RemoteServer(address=address, token_file=str(folder / "t"), fingerprint=fingerprint)
        return remote.endpoint()

    assert endpoint("studio:7860").uses_tls
    assert endpoint("[::1]:7860").uses_tls is False
    assert endpoint("127.0.0.1:7860").uses_tls is False
    pinned = endpoint("127.0.0.1:7860", HEX.upper())
    assert pinned.uses_tls
    assert pinned.token == "secret"


@pytest.mark.parametrize("address", ["", "studio", "studio:", ":7860", "studio:99999", "studio:port"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(BadOption, match="HOST:PORT"):
        RemoteServer(address=address, token_file="/t")


def test_a_fingerprint_that_is_none_is_refused() -> None:
    with pytest.raises(BadOption, match="64 hex digits"):
        RemoteServer(address="a:1", token_file="/t", fingerprint="abc")


@pytest.mark.parametrize("text", ["[]", "{", '{"a": {}}', '{"a": {"address": 1, "token_file": "t"}}', "\xff"])
def test_a_damaged_list_of_servers_is_said(folder: Path, text: str) -> None:
    path = folder / "servers.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadOption):
        remembered_servers(path)


def test_a_name_that_looks_like_an_address_is_refused(folder: Path) -> None:
    server = RemoteServer(address="a:1", token_file="/t")
    for name in ("", "host:1"):
        with pytest.raises(BadOption, match="colon"):
            remember_server(name, server, folder / "servers.json")
