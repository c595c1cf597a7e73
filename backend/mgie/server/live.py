"""`LiveEdit`: an edit that has not ended, with its events in memory, and the cursor of each watcher on it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from mgie.api.rect import Rect
from mgie.server.from_proto import PreviewWish
from mgie.server.lane_events import PreviewMade
from mgie.server.order import Order
from mgie.server.records import EditRecord, EditState


@dataclass(frozen=True, kw_only=True)
class PositionTold:
    """The edit's place in the queue changed."""

    position: int


class LiveEdit:
    """One edit under way. Touched by the event loop only."""

    def __init__(self, record: EditRecord, order: Order | None) -> None:
        self.record = record
        self.order = order  # None: it was refused before it could run
        self.events: list[bytes] = []  # numbered ones that are safe on disk
        self.results: dict[int, bytes] = {}
        self.previews: dict[int, PreviewMade] = {}  # the latest of each result
        self.position = 0
        self.place = Rect(0, 0, 1, 1)  # what the model sees, on the canvas
        self.num_steps_done = 0
        self.is_cancelling = False
        self.is_keeping = False
        self.is_finishing = False
        self.is_over = False  # its last event is safe on disk
        self.started = 0.0  # monotonic seconds
        self.num_attempts = 0
        self.ask_preview: Callable[[int], None] | None = None  # asks the lane, while it runs
        self._wishes: dict[object, int] = {}
        self._changed = asyncio.Event()

    @property
    def id(self) -> str:
        """Its id."""
        return self.record.id

    def notify(self) -> None:
        """Wake every watcher."""
        self._changed.set()
        self._changed = asyncio.Event()

    def forget_progress(self) -> None:
        """It starts over."""
        self.previews.clear()
        self.num_steps_done = 0
        self.is_keeping = False
        self.is_finishing = False

    def renew_wishes(self) -> None:
        """Tell the lane again what watchers wait for."""
        if self.ask_preview is not None and self._wishes:
            self.ask_preview(min(self._wishes.values()))

    def _wish(self, watcher: object, every: int) -> None:
        if self._wishes.get(watcher) != every:
            self._wishes[watcher] = every
            self.renew_wishes()

    def heard_preview(self, preview: PreviewMade) -> None:
        """Take a preview in; whoever waited for it has it now."""
        self.previews[preview.index] = preview
        self._wishes = {w: every for w, every in self._wishes.items() if preview.step % every}
        self.renew_wishes()
        self.notify()

    async def watch(
        self, after_sequence: int, wish: PreviewWish | None
    ) -> AsyncIterator[bytes | PositionTold | PreviewMade]:
        """Every numbered event once and in order; positions and previews as far as the watcher keeps up."""
        watcher = object()
        sent = after_sequence
        position = -1
        pace = _Pace(wish)
        try:
            while True:
                changed = self._changed
                while sent < len(self.events):
                    sent += 1
                    yield self.events[sent - 1]
                if self.is_over:
                    return
                if self.record.state is EditState.QUEUED and self.position != position:
                    position = self.position
                    yield PositionTold(position=position)
                for preview in pace.due(self.previews):
                    yield preview
                if wish is not None and pace.delay_s() <= 0:
                    self._wish(watcher, wish.every_num_steps)
                await _wait(changed, pace.delay_s() if wish is not None else 0)
        finally:
            self._wishes.pop(watcher, None)


class _Pace:
    """Which previews one watcher has had, and when the next may come."""

    def __init__(self, wish: PreviewWish | None) -> None:
        self._wish = wish
        self._sent: dict[int, PreviewMade] = {}
        self._next = 0.0

    def delay_s(self) -> float:
        """Until the next preview may be sent; 0 or less: now."""
        return self._next - time.monotonic()

    def due(self, previews: dict[int, PreviewMade]) -> list[PreviewMade]:
        """Those to send now."""
        if self._wish is None or self.delay_s() > 0:
            return []
        fresh = [
            preview
            for index, preview in previews.items()
            if self._sent.get(index) is not preview and preview.step % self._wish.every_num_steps == 0
        ]
        if fresh:
            self._next = time.monotonic() + 1.0 / self._wish.max_rate_hz
            self._sent.update({preview.index: preview for preview in fresh})
        return fresh


async def _wait(changed: asyncio.Event, delay_s: float) -> None:
    """Until something changed, or the delay is over; a delay of 0 or less is none."""
    if delay_s <= 0:
        await changed.wait()
        return
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(changed.wait(), delay_s)
