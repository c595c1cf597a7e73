"""Watching across broken connections and restarted servers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from mgie.api.events import BatchEvent, EditEvent, PreviewOptions
from mgie.api.failure import ServiceError
from mgie.client.errors import invalid_answer, unreachable

if TYPE_CHECKING:
    from mgie.client.async_client import AsyncClient

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 3.0
PATIENCE_S = 60.0


async def follow_edit(
    client: AsyncClient,
    name: str,
    after_sequence: int,
    previews: PreviewOptions | None,
    patience_s: float,
) -> AsyncIterator[EditEvent]:
    """See `AsyncClient.follow_edit`."""
    patience = _Patience(client, patience_s)
    while True:
        try:
            async for event in client.watch_edit(name, after_sequence=after_sequence, previews=previews):
                patience.renew()
                if event.sequence and event.sequence <= after_sequence:
                    continue
                after_sequence = max(after_sequence, event.sequence)
                yield event
                if event.is_last:
                    return
            if (await client.get_edit(name)).state.has_ended:
                return
            raise unreachable("the backend ended the watch")
        except ServiceError as error:
            await patience.wait(error)


async def follow_batch(
    client: AsyncClient,
    name: str,
    after_sequences: Sequence[int],
    previews: PreviewOptions | None,
    patience_s: float,
) -> AsyncIterator[BatchEvent]:
    """See `AsyncClient.follow_batch`."""
    patience = _Patience(client, patience_s)
    num_edits = await _count_edits(client, name, patience)
    sequences = [*after_sequences, *[0] * (num_edits - len(after_sequences))]
    while True:
        try:
            async for event in client.watch_batch(name, after_sequences=sequences, previews=previews):
                patience.renew()
                if event.index >= len(sequences):
                    raise invalid_answer(f"the batch has no edit {event.index}")
                number, last = event.event.sequence, sequences[event.index]
                if number and number <= last:
                    continue
                sequences[event.index] = max(last, number)
                yield event
            if all(edit.state.has_ended for edit in (await client.get_batch(name)).edits):
                return
            raise unreachable("the backend ended the watch")
        except ServiceError as error:
            await patience.wait(error)


async def _count_edits(client: AsyncClient, name: str, patience: _Patience) -> int:
    while True:
        try:
            return len((await client.get_batch(name)).edits)
        except ServiceError as error:
            await patience.wait(error)


class _Patience:
    """How long to go on after the connection was lost."""

    def __init__(self, client: AsyncClient, patience_s: float) -> None:
        self._client = client
        self._patience_s = patience_s
        self._delay_s = FIRST_DELAY_S
        self._lost_since: float | None = None

    def renew(self) -> None:
        """An answer came."""
        self._delay_s, self._lost_since = FIRST_DELAY_S, None

    async def wait(self, error: ServiceError) -> None:
        """Wait for the server to be back; raises what goes by no waiting, and when it took too long."""
        if error.reason == "TOKEN_INVALID" and await self._has_moved():
            return
        now = time.monotonic()
        self._lost_since = self._lost_since or now
        if not error.is_connection or now - self._lost_since > self._patience_s:
            raise error
        await asyncio.sleep(self._delay_s)
        self._delay_s = min(2 * self._delay_s, LONGEST_DELAY_S)
        await self._has_moved()

    async def _has_moved(self) -> bool:
        try:
            return await self._client.refresh()
        except ServiceError:
            return False  # it is still away
