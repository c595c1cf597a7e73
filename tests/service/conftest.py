"""A server around the scripted editor for every test that asks for one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mgie.client.blocking import Client
from mgie.client.discovery import Discovery
from support.fake_editor import FakeEditor, Script
from support.fake_service import fake_settings, running
from support.raw_calls import RawCalls


class Started:
    """One server and how to reach it."""

    def __init__(self, editor: FakeEditor, discovery: Discovery, state_dir: Path) -> None:
        self.editor = editor
        self.discovery = discovery
        self.state_dir = state_dir
        self.clients = ExitStack()

    def connect(self, client_id: str = "") -> Client:
        return self.clients.enter_context(Client.connect(self.discovery, client_id=client_id))

    def raw(self) -> RawCalls:
        """Bare stubs, for what no client of ours would send."""
        return self.clients.enter_context(RawCalls(self.discovery))


class Starter:
    """Starts servers; all of them end with the test."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self._stack = ExitStack()

    def __call__(self, script: Script | None = None, **settings: object) -> Started:
        return self.around(FakeEditor(script), **settings)

    def around(self, editor: FakeEditor, **settings: object) -> Started:
        """A server around an editor of the test's own."""
        discovery = self._stack.enter_context(running(editor, fake_settings(self.state_dir, **settings)))
        started = Started(editor, discovery, self.state_dir)
        self._stack.enter_context(started.clients)
        return started

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """A short path, so that a Unix socket fits into it."""
    path = Path(tempfile.mkdtemp(prefix="mgie-test-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def start(state_dir: Path) -> Iterator[Starter]:
    """Call it with a `Script` to start a server."""
    starter = Starter(state_dir)
    yield starter
    starter.close()


@pytest.fixture
def client(start: Starter) -> Client:
    """A client of a server whose editor takes no time."""
    return start().connect()


@pytest.fixture
def state_home(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands look for a server and for what was remembered."""
    monkeypatch.setenv("XDG_STATE_HOME", str(state_dir))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(state_dir))
    folder = state_dir / "mgie" / "server"
    folder.mkdir(parents=True)
    return folder
