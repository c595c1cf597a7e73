"""A server's socket can be reached whatever its state folder is called."""

from __future__ import annotations

import os
from pathlib import Path

import grpc
import pytest

from mgie.server.address import MAX_SOCKET_PATH, bind, read_address
from mgie.server.settings import ServerSettings

NAMES = ("plain", "a#b", "a?b", "a%41b", "a b", "Bäume", "n" * 200)


@pytest.mark.parametrize("name", NAMES)
async def test_a_client_reaches_the_server_of_a_folder(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    state_dir = tmp_path / name
    state_dir.mkdir()
    address = read_address(ServerSettings(state_dir=state_dir))
    assert address.socket is not None
    assert len(os.fsencode(address.socket)) <= MAX_SOCKET_PATH
    assert address.socket.parent.stat().st_mode & 0o077 == 0 or address.socket.parent == state_dir
    server = grpc.aio.server()
    bound = bind(server, address, None)
    await server.start()
    async with grpc.aio.insecure_channel(bound) as channel:
        await channel.channel_ready()
    await server.stop(None)
    address.socket.unlink(missing_ok=True)


def test_a_relative_folder_is_this_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    address = read_address(ServerSettings(state_dir=Path("state")))
    assert address.socket is not None
    assert address.socket.is_absolute()


def test_the_same_folder_has_the_same_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/tmp")
    settings = ServerSettings(state_dir=tmp_path / "a#b")
    first, second = read_address(settings), read_address(settings)
    assert first == second
    other = read_address(ServerSettings(state_dir=tmp_path / "a?b"))
    assert other != first
    for address in (first, other):
        assert address.socket is not None
        address.socket.parent.rmdir()


def test_a_folder_that_others_can_open_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/tmp")
    settings = ServerSettings(state_dir=tmp_path / "a#b")
    first = read_address(settings)
    assert first.socket is not None
    first.socket.parent.chmod(0o777)
    second = read_address(settings)
    assert second.socket is not None
    assert second.socket.parent != first.socket.parent
    for address in (first, second):
        assert address.socket is not None
        address.socket.parent.rmdir()
