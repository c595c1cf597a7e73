"""The queue: machines take turns, on each its clients, and each client orders its own entries.

Plain data, no clock, no I/O.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from mgie.api.edit import QueuePlace
from mgie.server.identity import machine_of


@dataclass(frozen=True, kw_only=True)
class QueueEntry:
    """One turn at a device: an edit, or the edits of a batch."""

    client: str  # see `identity`
    edits: tuple[str, ...]  # ids


Clients: TypeAlias = "OrderedDict[str, deque[QueueEntry]]"  # in the order of their turns


class Queue:
    """Entries of several clients, served round robin."""

    def __init__(self) -> None:
        self._machines: OrderedDict[str, Clients] = OrderedDict()  # in the order of their turns

    def __len__(self) -> int:
        """Waiting edits."""
        return sum(self.num_by_client().values())

    def num_by_client(self) -> Counter[str]:
        """Waiting edits of every client that has any."""
        counts: Counter[str] = Counter()
        for entry in self._entries():
            counts[entry.client] += len(entry.edits)
        return counts

    def of_client(self, client: str) -> tuple[str, ...]:
        """The edits of a client that wait."""
        return tuple(edit for entry in self._entries() if entry.client == client for edit in entry.edits)

    def add(self, entry: QueueEntry, place: QueuePlace = "back") -> list[QueueEntry]:
        """Take an entry in; returns those it replaced."""
        clients = self._machines.setdefault(machine_of(entry.client), OrderedDict())
        line = clients.setdefault(entry.client, deque())
        replaced = list(line) if place == "replace" else []
        if place == "replace":
            line.clear()
        if place == "front":
            line.appendleft(entry)
        else:
            line.append(entry)
        return replaced

    def pop(self) -> QueueEntry | None:
        """The next entry; its client goes to the end of the round, and so does its machine."""
        if not self._machines:
            return None
        machine, clients = next(iter(self._machines.items()))
        client, line = next(iter(clients.items()))
        entry = line.popleft()
        clients.move_to_end(client)
        self._machines.move_to_end(machine)
        self._tidy(entry.client)
        return entry

    def peek(self) -> QueueEntry | None:
        """What `pop` would give."""
        return self._copy().pop()

    def remove(self, edit: str) -> bool:
        """Take one edit out, whatever entry it is in; False where it does not wait."""
        for entry in self._entries():
            if edit in entry.edits:
                line = self._machines[machine_of(entry.client)][entry.client]
                rest = tuple(other for other in entry.edits if other != edit)
                place = line.index(entry)
                if rest:
                    line[place] = QueueEntry(client=entry.client, edits=rest)
                else:
                    del line[place]
                self._tidy(entry.client)
                return True
        return False

    def positions(self) -> dict[str, int]:
        """For every waiting edit, how many edits run before it; a batch counts whole."""
        trial = self._copy()
        positions: dict[str, int] = {}
        ahead = 0
        while (entry := trial.pop()) is not None:
            positions.update(dict.fromkeys(entry.edits, ahead))
            ahead += len(entry.edits)
        return positions

    def foresee(self, entry: QueueEntry, place: QueuePlace) -> int:
        """The position that the edits of an entry would get."""
        trial = self._copy()
        trial.add(entry, place)
        return trial.positions()[entry.edits[0]]

    def _entries(self) -> Iterator[QueueEntry]:
        for clients in self._machines.values():
            for line in clients.values():
                yield from line

    def _copy(self) -> Queue:
        copy = Queue()
        for machine, clients in self._machines.items():
            copy._machines[machine] = OrderedDict((name, deque(line)) for name, line in clients.items())
        return copy

    def _tidy(self, client: str) -> None:
        """Forget a client, or a machine, that has nothing waiting."""
        machine = machine_of(client)
        clients = self._machines[machine]
        if not clients[client]:
            del clients[client]
        if not clients:
            del self._machines[machine]
