"""The link file: how a panel finds the host that started it. Its owner alone can read it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mgie.host.errors import HostError
from mgie.host.messages import take


@dataclass(frozen=True, kw_only=True)
class Link:
    """Where a host listens and the secret it wants to hear first."""

    program: str  # "gimp" or "krita"
    pid: int  # of the process that listens
    port: int  # on 127.0.0.1
    token: str  # 256 bits, base64url; never logged


def new_token() -> str:
    """A secret for one run of a host."""
    return secrets.token_urlsafe(32)


def links_folder(platform: str, home: Path, environ: Mapping[str, str]) -> Path:
    """Where link files lie. platform: as in sys.platform."""
    if platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "mgie" / "links"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "mgie" / "links"
    return Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "mgie" / "links"


def write_link(link: Link, folder: Path) -> Path:
    """Write the link file of a host, readable by its owner only, and return its path."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{link.program}-{link.pid}.json"
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(vars(link), file)
    return unfinished.replace(path)  # whoever looks for it sees all of it or nothing


def read_link(path: Path) -> Link:
    """Read a link file. LINK_LOST when it is gone, BAD_REQUEST when it is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(value, dict):
            raise ValueError("not an object")
    except FileNotFoundError:
        raise HostError("LINK_LOST", f"{path.name} is gone: the program that wrote it has ended") from None
    except (OSError, ValueError) as error:
        raise HostError("BAD_REQUEST", f"{path.name} is no link file: {error}") from None
    return Link(
        program=take(value, "program", str),
        pid=take(value, "pid", int),
        port=take(value, "port", int),
        token=take(value, "token", str),
    )


def find_links(folder: Path) -> list[Path]:
    """The link files of all hosts that run, or did and crashed."""
    return sorted(folder.glob("*.json"))
