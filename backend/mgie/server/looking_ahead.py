"""`LookingAhead`: what the queue gives next is prepared, and named to the lane, while another is painted."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from mgie.server.edit_manager import EditManager
from mgie.server.entry_run import work_item
from mgie.server.lane import Command, Lane, Work, WorkItem
from mgie.server.pixel_worker import PixelWorker, Prepared

log = logging.getLogger(__name__)

_MAX_EDITS = 4  # of an entry: more words are not written while one is painted
_NO_WORK = 0  # the number of no entry that runs


class LookingAhead:
    """What one lane is expected to get next."""

    def __init__(self, manager: EditManager, pixels: PixelWorker, lane: Lane) -> None:
        self._manager = manager
        self._pixels = pixels
        self._lane = lane
        self._edits: tuple[str, ...] = ()  # those the lane was told of last
        self._prepared: dict[str, Prepared] = {}

    async def look(self) -> None:
        """Look at the queue; where its next entry is a new one, prepare it and tell the lane."""
        entry = self._manager.queue.peek()
        edits = entry.edits[:_MAX_EDITS] if entry is not None else ()
        if edits == self._edits:
            return
        self._forget_ended()
        if not self._lane.state().looks_ahead:
            return
        self._edits = edits
        items = [item for edit in edits for item in await self._item(edit)]
        first = self._manager.live.get(edits[0]) if edits else None
        if self._edits == edits and items and first is not None:
            self._lane.expect(Work(id=_NO_WORK, model=first.record.spec.model, items=tuple(items)))

    def take(self, edits: Iterable[str]) -> dict[str, Prepared]:
        """What was prepared of edits that are run now."""
        wanted = set(edits)
        found = {edit: prepared for edit, prepared in self._prepared.items() if edit in wanted}
        self._prepared = {edit: prepared for edit, prepared in self._prepared.items() if edit not in wanted}
        return found

    def _forget_ended(self) -> None:
        """Cancelled or replaced edits will not come."""
        for edit in self._edits:
            live = self._manager.live.get(edit)
            if live is None or live.is_over:
                self._lane.steer(Command(work=_NO_WORK, edit=edit, cancel=True))
                self._prepared.pop(edit, None)

    async def _item(self, edit: str) -> list[WorkItem]:
        live = self._manager.live.get(edit)
        if live is None or live.is_over:
            return []
        try:
            prepared = self._prepared.get(edit) or await self._pixels.prepare(live.record.spec)
        except Exception as error:  # said when the edit has its turn
            log.info("not prepared ahead job=%s: %s", edit, error)
            return []
        if edit in self._edits:
            self._prepared[edit] = prepared
        return [work_item(live, prepared)]
