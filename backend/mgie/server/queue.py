"""The line of waiting work: clients take turns, each client orders its own. Plain data, no clock, no I/O."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Place(Enum):
    """Where new work goes among the client's own."""

    BACK = "back"
    FRONT = "front"
    REPLACE = "replace"  # instead of it


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """One turn at a device: an edit, or the edits of a batch."""

    client: str
    edits: tuple[str, ...]  # ids


class WaitingLine:
    """Tickets of several clients, served round robin."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, deque[Ticket]] = OrderedDict()  # in the order of their turns

    def __len__(self) -> int:
        """Waiting edits."""
        return sum(len(ticket.edits) for line in self._lines.values() for ticket in line)

    def add(self, ticket: Ticket, place: Place = Place.BACK) -> list[Ticket]:
        """Take a ticket in; returns those it replaced."""
        line = self._lines.setdefault(ticket.client, deque())
        replaced = list(line) if place is Place.REPLACE else []
        if place is Place.REPLACE:
            line.clear()
        if place is Place.FRONT:
            line.appendleft(ticket)
        else:
            line.append(ticket)
        return replaced

    def pop(self) -> Ticket | None:
        """The next ticket; its client goes to the end of the round."""
        if not self._lines:
            return None
        client, line = next(iter(self._lines.items()))
        ticket = line.popleft()
        if line:
            self._lines.move_to_end(client)
        else:
            del self._lines[client]
        return ticket

    def remove(self, edit: str) -> bool:
        """Take one edit out, whatever ticket it is on; False where it does not wait."""
        for client, line in self._lines.items():
            for index, ticket in enumerate(line):
                if edit in ticket.edits:
                    rest = tuple(other for other in ticket.edits if other != edit)
                    if rest:
                        line[index] = Ticket(client=client, edits=rest)
                    else:
                        del line[index]
                    if not line:
                        del self._lines[client]
                    return True
        return False

    def positions(self) -> dict[str, int]:
        """For every waiting edit, how many edits run before it; a batch counts whole."""
        positions: dict[str, int] = {}
        ahead = 0
        for ticket in self._in_order():
            positions.update(dict.fromkeys(ticket.edits, ahead))
            ahead += len(ticket.edits)
        return positions

    def _in_order(self) -> Iterator[Ticket]:
        lines = [list(line) for line in self._lines.values()]
        for turn in range(max(map(len, lines), default=0)):
            yield from (line[turn] for line in lines if turn < len(line))
