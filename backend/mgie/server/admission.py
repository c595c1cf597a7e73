"""`Admission`: who may put more edits into a full, or nearly full, queue. Plain data; time is an argument.

A client alone may fill the queue. As soon as another waits to get in, each has an equal share, and the next
place that falls free is kept for whoever was refused first and comes back as advised. Names that a client
elsewhere invents all use the share of its machine.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping

from mgie.server.errors import RequestError
from mgie.server.identity import share_of

RETRY_S = 2.0  # when a refused client is advised to come back
PATIENCE_S = 3 * RETRY_S  # how long its place is kept after that
MAX_REFUSED = 64  # clients that places are kept for


class Admission:
    """The door of the queue."""

    def __init__(self, max_length: int) -> None:
        self._max_length = max_length
        self._refused: OrderedDict[str, float] = OrderedDict()  # share -> its place is kept until

    def admit(self, client: str, num_edits: int, waiting: Mapping[str, int], now: float) -> None:
        """Let a client add edits, or raise SERVER_BUSY.

        waiting: how many edits wait, by client. now: monotonic seconds.
        """
        self._forget_absent(now)
        mine = share_of(client)
        if self._has_room(mine, num_edits, _by_share(waiting)):
            self._refused.pop(mine, None)
            return
        if mine in self._refused or len(self._refused) < MAX_REFUSED:
            self._refused[mine] = now + RETRY_S + PATIENCE_S
        num_waiting = sum(waiting.values())
        raise RequestError(
            "SERVER_BUSY",
            f"{num_waiting} edits wait already; {self._max_length} at most, and clients share them",
            metadata={"num_waiting": str(num_waiting)},
            retry_s=RETRY_S,
        )

    def _has_room(self, mine: str, num_edits: int, waiting: Mapping[str, int]) -> bool:
        if sum(waiting.values()) + num_edits + len(self._before(mine)) > self._max_length:
            return False
        others = {*waiting, *self._refused} - {mine}
        is_crowded = bool(self._refused.keys() - {mine})
        share = self._max_length // (len(others) + 1) if is_crowded else self._max_length
        num_mine = waiting.get(mine, 0)
        return not num_mine or num_mine + num_edits <= share

    def _before(self, mine: str) -> list[str]:
        """Those refused whose turn to get in comes before this one's."""
        refused = list(self._refused)
        return refused[: refused.index(mine)] if mine in self._refused else refused

    def _forget_absent(self, now: float) -> None:
        for client, until in list(self._refused.items()):
            if until < now:
                del self._refused[client]


def _by_share(waiting: Mapping[str, int]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for client, num_edits in waiting.items():
        counts[share_of(client)] += num_edits
    return counts
