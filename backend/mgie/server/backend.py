"""`Backend`: the parts of a server put together, without any network."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

from mgie.errors import MgieError
from mgie.server import from_proto, to_proto
from mgie.server.blobs import BlobStore
from mgie.server.db_writer import Journal
from mgie.server.db_writer_changes import ForgetSurplus
from mgie.server.edit_manager import Desk
from mgie.server.errors import RequestError
from mgie.server.lane import Lane
from mgie.server.model_registry import Catalogue
from mgie.server.operations import Operations
from mgie.server.order import Order
from mgie.server.records import EditRecord, EditState
from mgie.server.scheduler import Driver
from mgie.server.settings import ServerSettings
from mgie.server.store import JobStore
from mgie.v1 import edit_service_pb2 as edits

log = logging.getLogger(__name__)

_FORGET_EVERY = 100  # edits that end; so many more than `max_kept_edits` may be there at times


class Backend:
    """Store, blobs, queue, lanes and models of one server."""

    def __init__(
        self, settings: ServerSettings, catalogue: Catalogue, lanes: Sequence[Lane], default_model: str
    ) -> None:
        self.settings = settings
        self.catalogue = catalogue
        self.default_model = default_model
        self.store = JobStore(settings.state_dir / "jobs.sqlite")
        self.journal = Journal(self.store)
        self.blobs = BlobStore(settings.state_dir / "blobs", settings.limits.blob_quota_bytes)
        self.desk = Desk(self.store, self.journal, self.blobs, settings.limits)
        self.driver = Driver(self.desk, lanes, catalogue, self.blobs, self.journal, settings.limits)
        self.operations = Operations()
        self.start_time = time.time()
        self._num_ended = 0
        self.desk.on_end = self._count_ended

    async def recover(self) -> None:
        """Take up what an earlier server left: the waiting, the held, and what it was doing when it ended."""
        batches: dict[str, list[EditRecord]] = {}
        for record in await self.journal.ask(self.store.unfinished):
            batches.setdefault(record.batch or record.id, []).append(record)
        for records in batches.values():
            await self._take_up(records)
        self._forget_surplus()

    def _count_ended(self) -> None:
        """Forget old edits now and then, not with every one."""
        self._num_ended += 1
        if self._num_ended % min(_FORGET_EVERY, self.settings.max_kept_edits) == 0:
            self._forget_surplus()

    def _forget_surplus(self) -> None:
        self.journal.note(ForgetSurplus(max_kept=self.settings.max_kept_edits))

    async def _take_up(self, records: Sequence[EditRecord]) -> None:
        again = []
        for record in records:
            order = self.restore(record)
            live = await self.desk.revive(record, order)
            if order is None:
                self.desk.fail(live, RequestError("INTERNAL", "the stored edit can no longer be read"))
            elif record.state is EditState.RUNNING and not record.restarts:
                error = RequestError("EDIT_INTERRUPTED", "the server ended while the edit ran")
                self.desk.fail(live, error, EditState.INTERRUPTED)
            elif record.state is not EditState.HELD:
                if record.state is EditState.RUNNING:
                    self.desk.tell(live, to_proto.restarted("SERVER_RESTARTED"))
                again.append(live)
        self.desk.queue(again, records[0].client)

    def restore(self, record: EditRecord) -> Order | None:
        """The order of a stored edit; None where it cannot be run."""
        try:
            spec = edits.EditSpec.FromString(record.spec)
            return from_proto.read_order(spec, self.settings.limits, self.default_model)
        except MgieError:
            return None

    async def check(self, order: Order) -> None:
        """Raise unless the order can be run. Looks at models and pixels in a thread."""
        await asyncio.to_thread(self._check, order)

    def _check(self, order: Order) -> None:
        from mgie.server.blob_images import check_order  # numpy, Pillow, scipy: not before the first edit

        if self.driver.is_draining:
            raise RequestError("SERVER_STOPPING", "the server is ending; try again in a moment")
        self.catalogue.facts(order.model)
        check_order(order, self.blobs, self.settings.limits)

    async def close(self) -> None:
        """Stop the lanes, write what is left."""
        await self.operations.close()
        await self.driver.close()
        await self.journal.close()
