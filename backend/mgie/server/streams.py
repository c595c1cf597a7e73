"""The stream of one edit, and of all edits of a batch in one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from mgie.server import to_proto
from mgie.server.edit_manager import Desk
from mgie.server.from_proto import PreviewWish
from mgie.server.live import LiveEdit, PositionTold
from mgie.server.records import EditRecord
from mgie.v1 import edit_service_pb2 as edits


async def watch_edit(
    desk: Desk, found: LiveEdit | EditRecord, after_sequence: int, wish: PreviewWish | None
) -> AsyncIterator[edits.EditEvent]:
    """Numbered events after one, in order, to the last; the others as far as the watcher keeps up."""
    if isinstance(found, EditRecord):
        for payload in await desk.events(found.id, after_sequence):
            yield to_proto.watched(payload)
        return
    async for item in found.watch(after_sequence, wish):
        if isinstance(item, bytes):
            yield to_proto.watched(item)
        elif isinstance(item, PositionTold):
            yield to_proto.queued(item.position)
        elif wish is not None:
            from mgie.server.previews import preview_event  # Pillow: not before the first preview

            yield await asyncio.to_thread(preview_event, item, found.place, wish)


async def watch_items(
    desk: Desk, items: Sequence[LiveEdit | EditRecord], after: Sequence[int], wish: PreviewWish | None
) -> AsyncIterator[edits.WatchBatchResponse]:
    """The events of all items until all have ended. No item can hurry ahead of a slow watcher."""
    slot: asyncio.Queue[edits.WatchBatchResponse | None] = asyncio.Queue(maxsize=1)

    async def follow(index: int, found: LiveEdit | EditRecord) -> None:
        async for event in watch_edit(desk, found, after[index] if index < len(after) else 0, wish):
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
