"""A file that was just written, for the artist to know."""

from __future__ import annotations

from dataclasses import dataclass, field

from mgie.host.types import FileLoss


@dataclass(frozen=True, kw_only=True)
class SavedFile:
    """Its name, and what it does not hold."""

    name: str
    loss: FileLoss = field(default_factory=FileLoss)
