"""A server with the scripted editor in its own process, to be killed and started again on one folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from mgie.api.edit import EditState
from mgie.client.blocking import Client
from mgie.client.discovery import Discovery, read_discovery
from mgie.client.errors import unreachable
from mgie.server.edit_record import EditRecord
from mgie.server.store import JobStore


class Killable:
    """Starts, is killed, starts again."""

    def __init__(self, state_dir: Path, *, program: str = "support.fake_service", **script: object) -> None:
        """script: fields of `Script`, of the server's settings and of its limits."""
        self.state_dir = state_dir
        self._program = program
        self._script = json.dumps(script)
        self._process: subprocess.Popen[bytes] | None = None
        self._said = state_dir / "stderr.txt"
        self._clients: list[Client] = []

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start, and wait until it can be found."""
        places = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
        environment = {"PYTHONPATH": os.pathsep.join(filter(None, places)), "PYTHONFAULTHANDLER": "1"}
        program = [sys.executable, "-W", "ignore", "-m", self._program]
        self._said.parent.mkdir(parents=True, exist_ok=True)
        with self._said.open("ab") as said:
            self._process = subprocess.Popen(
                [*program, str(self.state_dir), self._script],
                stderr=said,
                env={**os.environ, **environment},
            )
        while read_discovery(self.state_dir) is None:
            assert self._process.poll() is None, "the server did not start"
            time.sleep(0.02)

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def last_words(self) -> str:
        """What it and those before it wrote to stderr, a crash's stacks among it; the end of that."""
        return self._said.read_text(errors="replace")[-8000:]

    def wait_for_death(self) -> None:
        """Until it has ended by itself."""
        assert self._process is not None
        self._process.wait(timeout=60)

    def discovery(self) -> Discovery:
        """Raises ServiceError where it does not run."""
        found = read_discovery(self.state_dir)
        if found is None:
            raise unreachable("not up")
        return found

    def connect(self) -> Client:
        """A client until the end of the test."""
        client = Client.connect(self.discovery())
        self._clients.append(client)
        return client

    @contextmanager
    def store(self) -> Generator[JobStore]:
        """What is on the disk."""
        store = JobStore(self.state_dir / "jobs.sqlite")
        try:
            yield store
        finally:
            store.close()

    def record(self, name: str) -> EditRecord | None:
        """An edit as it is on the disk."""
        with self.store() as store:
            return store.edit(name.removeprefix("edits/"))

    def state(self, name: str) -> EditState | None:
        """Where an edit stands on the disk; None where it is not there."""
        record = self.record(name)
        return record.state if record else None

    def close(self) -> None:
        """End everything."""
        for client in self._clients:
            client.close()
        if self._process is not None and self._process.poll() is None:
            self.kill()
