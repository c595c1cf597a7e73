"""Watching across broken connections and restarted servers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from mgie.client.client import Client
from mgie.client.errors import ServiceError
from mgie.v1 import edit_service_pb2 as edits

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 3.0


def follow_edit(
    reconnect: Callable[[], Client],
    name: str,
    *,
    after_sequence: int = 0,
    previews: edits.PreviewOptions | None = None,
    patience_s: float = 60.0,
) -> Iterator[edits.EditEvent]:
    """Events of an edit to its end, every numbered one exactly once, whatever happens to the connection.

    reconnect: finds the server, also a restarted one, and returns a client for it.
    patience_s: how long no server may answer before the error is raised.
    """
    delay_s, lost_since = FIRST_DELAY_S, None
    while True:
        try:
            for event in reconnect().watch_edit(name, after_sequence=after_sequence, previews=previews):
                after_sequence = max(after_sequence, event.sequence)
                delay_s, lost_since = FIRST_DELAY_S, None
                yield event
            return
        except ServiceError as error:
            lost_since = lost_since or time.monotonic()
            if not error.is_connection or time.monotonic() - lost_since > patience_s:
                raise
        time.sleep(delay_s)
        delay_s = min(2 * delay_s, LONGEST_DELAY_S)
