"""This user's backend: found by the file it announces itself with, started by the `mgie serve` command."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

import grpc

from mgie.client.discovery import default_state_dir, read_discovery
from mgie.panel.calls import Opened

CONNECT_S = 2.0  # a socket that does not answer in this time belongs to no one
# A backend that the panel started goes by itself when nobody has called for half an hour.
SERVE = (sys.executable, "-m", "mgie.cli", "serve", "--idle-exit", "1800")
OPTIONS = (
    ("grpc.max_receive_message_length", 16 << 20),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.enable_http_proxy", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
)


class LocalFinder:
    """A Finder for the backend of this user on this machine."""

    def __init__(self, state_folder: Path | None = None, command: Sequence[str] = ()) -> None:
        """Find or start a backend.

        state_folder: where it announces itself; None is its own default. command: what starts one.
        """
        self._folder = state_folder or default_state_dir()
        self._command = tuple(command) or (*SERVE, "--state-dir", str(self._folder))
        self._client = uuid.uuid4().hex  # whose turns in the queue this panel takes
        self.process: subprocess.Popen[bytes] | None = None  # the backend that was started here
        self._is_starting = False

    async def open_channel(self) -> Opened | None:
        """A channel to the announced backend, if it answers."""
        found = read_discovery(self._folder)
        if found is None:
            self._check_start()
            return None
        try:
            metadata = (("authorization", f"Bearer {found.token()}"), ("mgie-client", self._client))
        except OSError:
            return None
        channel = grpc.aio.insecure_channel(found.address, options=OPTIONS)
        if await _answers(channel):
            self._is_starting = False
            return Opened(channel=channel, metadata=metadata)
        await channel.close()
        return None

    def launch(self) -> None:
        """Start `mgie serve` as a process of its own that outlives the panel."""
        if self.process is not None and self.process.poll() is None:
            return
        self.process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._is_starting = True

    def _check_start(self) -> None:
        """Raise OSError when the process we started has ended before it announced itself."""
        status = self.process.poll() if self.process is not None else None
        if self._is_starting and status is not None:
            self._is_starting = False
            if status != 0:  # 0: another one was faster
                raise OSError(f"mgie serve ended with status {status}; mgie logs tells more")


async def _answers(channel: grpc.aio.Channel) -> bool:
    try:
        await asyncio.wait_for(channel.channel_ready(), CONNECT_S)
    except TimeoutError:
        return False
    return True
