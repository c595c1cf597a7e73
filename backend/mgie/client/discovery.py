"""Where this user's server is: a small file that every server writes and every client reads."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import unquote

import platformdirs

from mgie.atomic_write import write_atomically
from mgie.client.endpoint import Endpoint, read_token

FILE_NAME = "server.json"
LOCK_NAME = "server.lock"  # beside it; held by the server to its very end
_CONNECT_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Discovery:
    """A server that runs, or ran."""

    address: str  # as gRPC writes it, e.g. "unix:/home/me/.local/state/mgie/server/mgie.sock"
    pid: int
    token_path: str  # absolute; a file only this user can read
    version: str
    fingerprint: str = ""  # SHA-256 of its certificate; "" without TLS

    @property
    def is_alive(self) -> bool:
        """Whether its process exists, and somebody listens at its address."""
        return self._has_process and _has_listener(self.address)

    @property
    def _has_process(self) -> bool:
        if os.name == "nt":
            return True  # asking would need more than the standard library; connecting shows it
        try:
            os.kill(self.pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:
            pass
        return True

    def endpoint(self) -> Endpoint:
        """How to call it. Raises ServiceError where its token file is gone."""
        token = read_token(Path(self.token_path))
        return Endpoint(address=self.address, token=token, fingerprint=self.fingerprint)


def default_state_dir() -> Path:
    """Where this user's server keeps its files, e.g. ~/.local/state/mgie/server."""
    return platformdirs.user_state_path("mgie") / "server"


def read_discovery(state_dir: Path | None = None) -> Discovery | None:
    """The server of a state folder; None where none runs."""
    path = (state_dir or default_state_dir()) / FILE_NAME
    try:
        found = Discovery(**json.loads(path.read_text(encoding="utf-8")))
        return found if found.is_alive else None
    except (OSError, ValueError, TypeError, AttributeError):
        return None  # not there, or damaged


def write_discovery(state_dir: Path, discovery: Discovery) -> None:
    """Announce a server; appears whole or not at all. Raises OSError."""
    write_atomically(state_dir / FILE_NAME, _text_of(discovery), mode=0o600, follows_links=False)


def is_announced(state_dir: Path, discovery: Discovery) -> bool:
    """Whether the file says exactly this. Raises OSError where that cannot be known."""
    try:
        return (state_dir / FILE_NAME).read_bytes() == _text_of(discovery)
    except FileNotFoundError:
        return False


def remove_discovery(state_dir: Path) -> None:
    """Take the announcement back."""
    (state_dir / FILE_NAME).unlink(missing_ok=True)


def _text_of(discovery: Discovery) -> bytes:
    return (json.dumps(asdict(discovery), indent=2) + "\n").encode()


def _has_listener(address: str) -> bool:
    """Whether a connection can be made. A process id is used again; a socket of a dead server refuses."""
    try:
        if address.startswith("unix:"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                probe.settimeout(_CONNECT_S)
                probe.connect(unquote(address.removeprefix("unix:")))
        else:
            host, _, port = address.rpartition(":")
            socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_S).close()
    except (BlockingIOError, TimeoutError):
        return True  # it is there and busy
    except (OSError, ValueError):
        return False
    return True
