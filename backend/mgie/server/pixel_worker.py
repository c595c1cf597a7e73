"""`PixelWorker`: the work on large arrays beside the device, in threads of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from mgie.api.edit import EditResult, EditSpec
from mgie.api.models import Model
from mgie.api.system import Limits
from mgie.server.blobs import BlobStore
from mgie.server.checks import check_against_model
from mgie.server.edit_record import EditRecord
from mgie.server.lane_reports import SampleReady
from mgie.server.model_registry import ModelRegistry

if TYPE_CHECKING:
    from PIL import Image

    from mgie.pipeline import EditPlan
    from mgie.server.matcher import Matcher

T = TypeVar("T")


class Prepared(NamedTuple):
    """An edit that can go to a lane."""

    plan: EditPlan
    references: tuple[Image.Image, ...]
    model: Model


class PixelWorker:
    """Reads, prepares and lands pictures. The modules it needs are loaded with the first edit."""

    def __init__(
        self,
        registry: ModelRegistry,
        blobs: BlobStore,
        limits: Limits,
        models_dir: Path | None = None,
    ) -> None:
        """models_dir: where a CLIP may lie that looks at results where an edit has several; None: nowhere."""
        self._registry = registry
        self._blobs = blobs
        self._limits = limits
        self._models_dir = models_dir
        self._matcher: Matcher | None = None
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="mgie-pixels")

    async def check(self, spec: EditSpec) -> None:
        """Raise unless the model and the blobs of a spec are there and fit it."""
        await asyncio.to_thread(self._check, spec)

    async def prepare(self, spec: EditSpec) -> Prepared:
        """What the model sees of an edit."""
        return await self._run(self._prepare, spec)

    async def land(self, record: EditRecord, prepared: Prepared, sample: SampleReady) -> EditResult:
        """Carry a sample to the document's pixels and store them."""
        return await self._run(self._land, record, prepared, sample)

    async def close(self) -> None:
        """Finish what is under way."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def _check(self, spec: EditSpec) -> None:
        from mgie.server.landing import check_blobs

        check_against_model(spec, self._registry.model(spec.model))
        check_blobs(spec, self._blobs, self._limits)

    def _prepare(self, spec: EditSpec) -> Prepared:
        from mgie.server.landing import prepare_edit, reference_images

        model = self._registry.model(spec.model)
        plan = prepare_edit(spec, model, self._blobs, self._limits)
        return Prepared(plan, reference_images(spec, model, self._blobs, self._limits), model)

    def _land(self, record: EditRecord, prepared: Prepared, sample: SampleReady) -> EditResult:
        from mgie.server.landing import land_sample
        from mgie.server.matcher import find_matcher

        matcher = None
        if len(record.spec.seeds) > 1 and self._models_dir is not None:
            self._matcher = matcher = self._matcher or find_matcher(self._models_dir)
        return land_sample(record, prepared.plan, sample, prepared.model, self._blobs, matcher)
