"""`Backend`: the parts of a server put together, without any network."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from mgie.api.edit import Edit, EditSpec
from mgie.server.blobs import BlobStore
from mgie.server.checks import complete_spec
from mgie.server.db_reader import DbReader
from mgie.server.edit_manager import EditManager
from mgie.server.errors import RequestError, disk_error
from mgie.server.intake import Intake
from mgie.server.lane import Lane
from mgie.server.model_registry import ModelRegistry
from mgie.server.open_store import open_store
from mgie.server.operations import Operations
from mgie.server.pixel_worker import PixelWorker
from mgie.server.recovery import recover
from mgie.server.scheduler import Scheduler
from mgie.server.settings import ServerSettings
from mgie.server.store import JobStore
from mgie.server.streams import Streams
from mgie.weights.installed import default_models_dir


class Backend:
    """Store, blobs, queue, lanes and models of one server."""

    def __init__(
        self, settings: ServerSettings, registry: ModelRegistry, lanes: Sequence[Lane], default_model: str
    ) -> None:
        """Raises MgieError where the state folder cannot be used."""
        self.settings = settings
        self.registry = registry
        self.default_model = default_model
        path = settings.state_dir / "jobs.sqlite"
        store, notices = open_store(path)
        self.notices = list(notices)  # what was found wrong, each one sentence for people
        self.reader = DbReader(JobStore(path))
        self.blobs = _open_blobs(settings.state_dir / "blobs", settings.limits.blob_quota_bytes)
        self.manager = EditManager(store, self.reader, self.blobs, max_kept_edits=settings.max_kept_edits)
        self.pixels = PixelWorker(
            registry, self.blobs, settings.limits, settings.models_dir or default_models_dir()
        )
        self.intake = Intake(
            self.manager, self.blobs, self.check, max_queue_length=settings.limits.max_queue_length
        )
        self.scheduler = Scheduler(self.manager, lanes, self.pixels)
        self.streams = Streams(self.manager)
        self.operations = Operations()
        self.start_time = time.time()

    async def start(self) -> None:
        """Take up what an earlier server left, and begin to work."""
        self.notices += await recover(self.manager)
        self.scheduler.start()

    async def check(self, spec: EditSpec) -> EditSpec:
        """The spec with all that the server chooses filled in. Raises MgieError where it cannot run."""
        if self.scheduler.is_draining:
            raise RequestError("SERVER_STOPPING", "the server is ending; try again in a moment")
        complete = complete_spec(spec, self.settings.limits, self.default_model)
        await self.pixels.check(complete)
        return complete

    async def cancel(self, edit: str) -> Edit:
        """Stop an edit, and free its device."""
        cancelled = await self.manager.cancel(edit)
        self.scheduler.stop(edit)
        return cancelled

    async def accept(self, edit: str) -> Edit:
        """Stop sampling an edit and keep the estimate."""
        accepted = await self.manager.accept(edit)
        self.scheduler.keep(edit)
        return accepted

    async def close(self) -> None:
        """Stop the lanes, write what is left."""
        await self.operations.close()
        await self.scheduler.close()
        await self.manager.close()


def _open_blobs(folder: Path, quota_bytes: int) -> BlobStore:
    try:
        return BlobStore(folder, quota_bytes)
    except OSError as error:
        raise disk_error(error) from error
