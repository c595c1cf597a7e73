"""Where this user's server is: a small file that every server writes and every client reads."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

FILE_NAME = "server.json"
LOCK_NAME = "server.lock"  # beside it; held by the server to its very end


@dataclass(frozen=True, kw_only=True)
class Discovery:
    """A server that runs, or ran."""

    address: str  # as gRPC writes it, e.g. "unix:/home/me/.local/state/mgie/server/mgie.sock"
    pid: int
    token_path: str  # a file only this user can read
    version: str
    fingerprint: str = ""  # SHA-256 of its certificate; "" without TLS

    @property
    def is_alive(self) -> bool:
        """Whether its process exists."""
        if os.name == "nt":
            return True  # asking would need more than the standard library; connecting tells
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True

    def token(self) -> str:
        """What every call must bring. Raises OSError where the file is gone."""
        return Path(self.token_path).read_text(encoding="ascii").strip()


def default_state_dir() -> Path:
    """Where this user's server keeps its files, e.g. ~/.local/state/mgie/server."""
    return platformdirs.user_state_path("mgie") / "server"


def read_discovery(state_dir: Path | None = None) -> Discovery | None:
    """The server of a state folder; None where none runs."""
    path = (state_dir or default_state_dir()) / FILE_NAME
    try:
        found = Discovery(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.is_alive else None


def write_discovery(state_dir: Path, discovery: Discovery) -> None:
    """Announce a server; appears whole or not at all."""
    partial = state_dir / f".{FILE_NAME}"
    partial.write_text(json.dumps(asdict(discovery), indent=2) + "\n", encoding="utf-8")
    partial.chmod(0o600)
    partial.replace(state_dir / FILE_NAME)


def remove_discovery(state_dir: Path) -> None:
    """Take the announcement back."""
    (state_dir / FILE_NAME).unlink(missing_ok=True)
