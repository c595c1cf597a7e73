"""This user's server on this machine: found by its discovery file, started with `mgie serve`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from mgie.api.failure import Failure, ServiceError
from mgie.client.discovery import default_state_dir, read_discovery
from mgie.client.endpoint import Endpoint
from mgie.client.errors import unreachable

START_S = 60.0  # a server that was started must answer within
# A server that was started for a client ends by itself when nobody has called for half an hour.
IDLE_EXIT = ("--idle-exit", "1800")
_POLL_S = 0.05


class LocalServer:
    """Finds the server of a state folder, and starts one where there is none."""

    def __init__(self, state_dir: Path | None = None, *, options: Sequence[str] = IDLE_EXIT) -> None:
        """state_dir: where it keeps its files; None: this user's. options: more arguments of `mgie serve`."""
        self._state_dir = (state_dir or default_state_dir()).absolute()
        self._options = options
        self.process: subprocess.Popen[bytes] | None = None  # the one that was started here

    def locate(self) -> Endpoint:
        """The running server. Raises ServiceError where there is none."""
        discovery = read_discovery(self._state_dir)
        if discovery is None:
            raise unreachable("no backend is running")
        return discovery.endpoint()

    async def start(self, timeout_s: float = START_S) -> None:
        """Start a server in a process of its own that outlives this one, and wait until it can be found.

        A running one is used. Raises ServiceError where that fails.
        """
        if read_discovery(self._state_dir) is not None:
            return
        if self.process is None or self.process.poll() is not None:
            self.process = await asyncio.to_thread(self._spawn)
        deadline = time.monotonic() + timeout_s
        while read_discovery(self._state_dir) is None:
            status = self.process.poll()
            if status not in (None, 0):  # 0: another one was faster
                raise _not_started(f"mgie serve ended with status {status}")
            if time.monotonic() > deadline:
                raise _not_started(f"it did not answer within {timeout_s:.0f} s")
            await asyncio.sleep(_POLL_S)

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "mgie.cli", "serve", "--state-dir", str(self._state_dir)]
        try:
            process = subprocess.Popen(
                [*command, *self._options],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # closing the panel or the terminal must not end it
            )
        except OSError as error:
            raise _not_started(error.strerror or str(error)) from error
        threading.Thread(target=process.wait, daemon=True).start()  # leaves no zombie when it ends before us
        return process


def _not_started(why: str) -> ServiceError:
    failure = Failure(
        reason="BACKEND_NOT_STARTED",
        message=f"the backend could not be started: {why}",
        advice="`mgie logs` shows why; or see what `mgie serve` says in a terminal.",
    )
    return ServiceError(failure)
