"""`Steering`: what others want of the edits on a device; others write, the lane reads between steps."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from mgie.server.lane import Command


@dataclass(kw_only=True)
class Wishes:
    """What is wanted of one edit."""

    cancel: bool = False
    keep: bool = False
    preview_every: int = 0  # one preview at the next step divisible by this; 0: none


class Steering:
    """The wishes for every edit of the present and the next entry."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wishes: dict[tuple[int, str], Wishes] = {}  # by work and edit

    def take(self, command: Command) -> None:
        """Note a command; it may come before the work has begun."""
        wishes = self.of(command.work, command.edit)
        wishes.cancel |= command.cancel
        wishes.keep |= command.keep
        if command.preview_every is not None:
            wishes.preview_every = command.preview_every

    def of(self, work: int, edit: str) -> Wishes:
        """The wishes for an edit of an entry."""
        with self._lock:
            return self._wishes.setdefault((work, edit), Wishes())

    def forget_through(self, work: int) -> None:
        """An entry has ended: commands for it, or for earlier ones, mean nothing any more."""
        with self._lock:
            self._wishes = {key: wishes for key, wishes in self._wishes.items() if key[0] > work}
