"""`Streams`: what watchers get. Every numbered event once and in order, previews as they keep up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from bisect import bisect_right
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Sequence

from google.protobuf.message import DecodeError

from mgie.api.edit import EditState
from mgie.api.events import Cancelled, Declined, EditEvent, EventBody, Finished, PreviewOptions, Queued
from mgie.api.to_proto import to_proto
from mgie.server.edit_manager import EditManager
from mgie.server.edit_record import EditRecord
from mgie.server.edit_rows import damage_of
from mgie.server.lane_reports import PreviewImage
from mgie.server.live_edit import LiveEdit
from mgie.server.previews import PreviewBoard, preview_of
from mgie.v1 import edit_service_pb2 as edits

log = logging.getLogger(__name__)

PREVIEW_BUDGET_BYTES = 32 << 20  # of previews on their way to all watchers together
_LAST = frozenset({"finished", "failed", "cancelled", "declined"})


class Streams:
    """All streams of a server. Watchers that do not read get no further previews, and hold up nobody."""

    def __init__(self, manager: EditManager, budget_bytes: int = PREVIEW_BUDGET_BYTES) -> None:
        self._manager = manager
        self._free_bytes = budget_bytes

    async def watch_edit(
        self, found: LiveEdit | EditRecord, after_sequence: int, options: PreviewOptions | None
    ) -> AsyncGenerator[edits.EditEvent]:
        """The events of an edit after a number, to its last one."""
        if isinstance(found, LiveEdit):
            events = self._watch_live(found, after_sequence, options)
        else:
            events = self._replay(found, after_sequence)
        async with contextlib.aclosing(events):
            async for event in events:
                yield event

    async def watch_batch(
        self,
        items: Sequence[LiveEdit | EditRecord],
        after_sequences: Sequence[int],
        options: PreviewOptions | None,
    ) -> AsyncGenerator[edits.WatchBatchResponse]:
        """The events of all items until all have ended. No item can hurry ahead of a slow watcher."""
        slot: asyncio.Queue[edits.WatchBatchResponse | None] = asyncio.Queue(maxsize=1)

        async def follow(index: int, found: LiveEdit | EditRecord) -> None:
            after = after_sequences[index] if index < len(after_sequences) else 0
            async with contextlib.aclosing(self.watch_edit(found, after, options)) as events:
                async for event in events:
                    name = f"edits/{found.id}"
                    await slot.put(edits.WatchBatchResponse(index=index, edit=name, event=event))

        async def follow_all() -> None:
            try:
                await asyncio.gather(*(follow(index, found) for index, found in enumerate(items)))
            except Exception:
                await slot.put(None)
                raise
            await slot.put(None)  # never after a cancellation: nobody is left to empty a full slot

        following = asyncio.ensure_future(follow_all())
        try:
            while (response := await slot.get()) is not None:
                yield response
            await following
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def _replay(self, record: EditRecord, after_sequence: int) -> AsyncGenerator[edits.EditEvent]:
        """The stored events of an ended edit; where its last is unreadable, one that says how it ended."""
        reader = self._manager.reader
        has_last = after_sequence >= record.last_sequence > 0
        for sequence, payload in await reader.ask(reader.store.events, record.id, after_sequence):
            event = _parsed(record.id, sequence, payload)
            if event is not None:
                has_last = event.WhichOneof("event") in _LAST
                yield event
        if not has_last:
            body = _ending_of(record)
            yield _message(EditEvent(event=body, sequence=record.last_sequence, time=record.end_time))

    async def _watch_live(
        self, live: LiveEdit, after_sequence: int, options: PreviewOptions | None
    ) -> AsyncGenerator[edits.EditEvent]:
        watcher, pace = object(), _Pace(options)
        sent, position = after_sequence, -1
        board: PreviewBoard | None = None
        try:
            while True:
                changed = live.changed
                while (place := _place_after(live.events, sent)) < len(live.events):
                    sent, payload = live.events[place]
                    event = _parsed(live.id, sent, payload)
                    if event is not None:
                        yield event
                if live.is_over:
                    return
                if live.record.state is EditState.QUEUED and live.position != position:
                    position = live.position
                    yield _message(EditEvent(event=Queued(position=position)))
                board = live.previews
                if options is not None and board is not None:
                    for preview in pace.due(board):
                        async for event in self._send_preview(preview, board, options):
                            yield event
                    if pace.delay_s() <= 0:
                        board.want(watcher, options.every_num_steps)
                await _wait(changed, pace.delay_s())
        finally:
            if board is not None:
                board.leave(watcher)

    async def _send_preview(
        self, preview: PreviewImage, board: PreviewBoard, options: PreviewOptions
    ) -> AsyncIterator[edits.EditEvent]:
        """One preview, unless too much is on its way to watchers that do not take it."""
        with self._budget(3 * options.max_side_px**2) as is_granted:
            if is_granted:
                body = await asyncio.to_thread(preview_of, preview, board.places[preview.tile], options)
                yield _message(EditEvent(event=body))

    @contextlib.contextmanager
    def _budget(self, num_bytes: int) -> Generator[bool]:
        if num_bytes > self._free_bytes:
            yield False
            return
        self._free_bytes -= num_bytes
        try:
            yield True
        finally:
            self._free_bytes += num_bytes


class _Pace:
    """Which previews one watcher has had, and when the next may come."""

    def __init__(self, options: PreviewOptions | None) -> None:
        self._options = options
        self._sent: dict[tuple[int, int], PreviewImage] = {}
        self._next = 0.0

    def delay_s(self) -> float:
        """Until the next preview may be sent; 0 or less: now."""
        return 0.0 if self._options is None else self._next - time.monotonic()

    def due(self, board: PreviewBoard) -> list[PreviewImage]:
        """Those to send now."""
        if self._options is None or self.delay_s() > 0:
            return []
        every = self._options.every_num_steps
        fresh = {
            key: preview
            for key, preview in board.latest.items()
            if self._sent.get(key) is not preview and preview.step % every == 0
        }
        if fresh:
            self._next = time.monotonic() + 1.0 / self._options.max_rate_hz
            self._sent |= fresh
        return list(fresh.values())


def _place_after(events: Sequence[tuple[int, bytes]], sequence: int) -> int:
    return bisect_right(events, sequence, key=lambda event: event[0])


def _parsed(edit: str, sequence: int, payload: bytes) -> edits.EditEvent | None:
    try:
        return edits.EditEvent.FromString(payload)
    except (DecodeError, TypeError) as error:
        log.warning("event unreadable job=%s sequence=%s problem=%s", edit, sequence, error)
        return None


def _message(event: EditEvent) -> edits.EditEvent:
    return to_proto(event, edits.EditEvent)


def _ending_of(record: EditRecord) -> EventBody:
    match record.state:
        case EditState.SUCCEEDED:
            return Finished(seconds=max(0.0, (record.end_time or 0.0) - record.create_time))
        case EditState.CANCELLED:
            return Cancelled()
        case EditState.DECLINED:
            return Declined(message="the request is beyond what the model can do")
        case _:
            return record.error or damage_of(record.id)


async def _wait(changed: asyncio.Event, delay_s: float) -> None:
    """Until something changed, or the delay is over; a delay of 0 or less is none."""
    if delay_s <= 0:
        await changed.wait()
        return
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(changed.wait(), delay_s)
