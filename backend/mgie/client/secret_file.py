"""Files that only this user can read."""

from __future__ import annotations

from pathlib import Path

from mgie.atomic_write import write_atomically


def write_secret(path: Path, data: bytes) -> None:
    """Write a file that only this user can ever have read, in the place of whatever is there."""
    write_atomically(path, data, mode=0o600, follows_links=False)
