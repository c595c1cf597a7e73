"""Finding this user's server, and starting one where there is none."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from mgie.client.client import Client
from mgie.client.discovery import default_state_dir, read_discovery
from mgie.client.errors import UNREACHABLE, ServiceError

_POLL_S = 0.05


def find_server(state_dir: Path | None = None, *, client_id: str = "") -> Client | None:
    """A client of the running server; None where none answers."""
    discovery = read_discovery(state_dir)
    if discovery is None:
        return None
    client: Client | None = None
    try:
        client = Client.connect(discovery, client_id=client_id)
        client.is_serving()
    except ServiceError:
        if client is not None:
            client.close()
        return None
    return client


def start_server(
    state_dir: Path | None = None, *, options: Sequence[str] = (), timeout_s: float = 20.0
) -> Client:
    """Start a server of its own process and wait until it answers; an already running one is used.

    options: further arguments of `mgie serve`.
    """
    state_dir = state_dir or default_state_dir()
    client = find_server(state_dir)
    if client is not None:
        return client
    command = [sys.executable, "-m", "mgie.cli", "serve", "--state-dir", str(state_dir), *options]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # closing the panel or the terminal must not end it
    )
    threading.Thread(target=process.wait, daemon=True).start()  # leaves no zombie when it ends before us
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        client = find_server(state_dir)
        if client is not None:
            return client
        if process.poll() not in (None, 0):
            break
        time.sleep(_POLL_S)
    raise ServiceError(
        UNREACHABLE, "the backend could not be started", advice="See what `mgie serve` says in a terminal."
    )
