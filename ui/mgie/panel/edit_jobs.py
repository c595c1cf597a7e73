"""The panel's jobs at the backend: created once, followed to their end, steered on the way.

Notable: a job is created under the panel's own key, which makes that call safe to repeat; a job that is
stopped before the backend has it is cancelled as soon as it has.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from mgie.api.edit import EditResult, EditSpec
from mgie.api.events import (
    Cancelled,
    EditEvent,
    EditWarning,
    EventBody,
    Finished,
    Preview,
    PreviewOptions,
    Queued,
)
from mgie.api.failure import Failure, ServiceError
from mgie.api.pixel_blobs import MaskBlob, PictureBlob
from mgie.client.async_client import AsyncClient
from mgie.client.connection import Connection
from mgie.client.errors import invalid_answer
from mgie.host.types import HostMask
from mgie.panel import pixels
from mgie.panel.answer_checks import check_event
from mgie.panel.document_pictures import host_picture, picture_of
from mgie.panel.edit_spec import edit_spec
from mgie.panel.ports import Order
from mgie.panel.state.job import Job
from mgie.panel.state.messages import Created, Message, ResultFetched
from mgie.panel.state.pictures import ResultPicture

log = logging.getLogger(__name__)

Report = Callable[[str, Message], None]
FRAME_SIDE_PX = 640  # of a result as the panel shows it
PREVIEWS = PreviewOptions(max_side_px=512, max_rate_hz=12.0, format="rgb8")


class EditJobs:
    """Lives on the loop's thread. `report` gets every message of every job, by its key."""

    def __init__(self, connection: Connection, report: Report) -> None:
        self._connection = connection
        self._report = report
        self._names: dict[str, str] = {}  # the backend's name by job
        self._unsent: set[str] = set()  # jobs that the backend does not have yet
        self._stopped: set[str] = set()  # of these, the ones that were stopped

    async def create(self, key: str, orders: Sequence[Order]) -> list[tuple[Job, str]]:
        """Queue one edit or a batch; returns the jobs and the backend's names for them."""
        jobs = [order.job for order in orders]
        return await self._create(jobs, lambda client: self._create_once(client, key, orders))

    async def _create(
        self, jobs: Sequence[Job], create: Callable[[AsyncClient], Awaitable[list[str]]]
    ) -> list[tuple[Job, str]]:
        self._unsent |= {job.key for job in jobs}
        try:
            names = await self._connection.repeat(create)
        except ServiceError as error:
            for job in jobs:
                self._end(job, error.failure)
            return []
        finally:
            self._unsent -= {job.key for job in jobs}
        created = list(zip(jobs, names, strict=True))
        for job, name in created:
            self._names[job.key] = name
            self._report(job.key, Created(edit=name))
            if job.key in self._stopped:
                await self.steer(job.key, lambda client, edit: client.cancel_edit(edit))
        return created

    async def sample(self, job: Job) -> list[tuple[Job, str]]:
        """Queue new samples of what was already written; returns the job and the backend's name for it."""
        if job.strip:
            await self._run_strip(job)
            return []
        return await self._create((job,), partial(_sample_once, job=job))

    async def follow(self, job: Job, edit: str, after_sequence: int = 0) -> None:
        """Report all that happens to an edit. Whatever goes wrong, the job ends with a sentence."""
        self._names[job.key] = edit
        try:
            if not await self._report_events(job, edit, after_sequence):
                raise invalid_answer("the edit ended without a last event")
        except ServiceError as error:
            await self.steer(job.key, lambda client, name: client.cancel_edit(name))
            self._end(job, error.failure)
        except Exception as error:  # a job whose task dies would never end
            log.exception("following an edit failed")
            self._end(job, Failure(reason="INTERNAL", message=f"{type(error).__name__}: {error}"))
        finally:
            self._names.pop(job.key, None)

    async def stop(self, job: str) -> None:
        """Cancel, also what the backend does not have yet."""
        if job in self._unsent:
            self._stopped.add(job)
        else:
            await self.steer(job, lambda client, edit: client.cancel_edit(edit))

    async def steer(self, job: str, call: Callable[[AsyncClient, str], Awaitable[object]]) -> None:
        """One short call about a running edit. Where it fails the edit goes on, with a warning."""
        edit = self._names.get(job)
        if edit is None:
            return
        try:
            await self._connection.repeat(lambda client: call(client, edit))
        except ServiceError as error:
            warning = EditWarning(reason=error.reason, message=error.failure.message)
            self._report(job, EditEvent(event=warning))

    async def _create_once(self, client: AsyncClient, key: str, orders: Sequence[Order]) -> list[str]:
        specs = await _upload(client, orders)
        if all(order.job.key in self._stopped for order in orders):
            raise asyncio.CancelledError  # the session has ended them already
        if not orders[0].job.batch:
            return [(await client.create_edit(specs[0], request_id=key)).name]
        names = [edit.name for edit in (await client.create_batch(specs, request_id=key)).edits]
        if len(names) != len(specs):
            raise invalid_answer(f"a batch of {len(specs)} edits has {len(names)}")
        return names

    async def _run_strip(self, job: Job) -> None:
        """One result for each of `job.strip`, one after the other, reported as the variations of one edit."""
        names: list[str] = []
        last: EventBody = Cancelled()
        self._unsent.add(job.key)
        try:
            for number in range(len(job.strip)):
                names.append(await self._connection.repeat(partial(_sample_part, job=job, number=number)))
            self._unsent.discard(job.key)
            self._report(job.key, Created(edit=names[0]))
            for number in range(len(job.strip) if job.key not in self._stopped else 0):
                self._names[job.key] = names[0]
                last = await self._report_part(job, names[0], number)
                names.pop(0)
                if not isinstance(last, Finished):
                    break
            self._report(job.key, EditEvent(event=last))
        except ServiceError as error:
            self._end(job, error.failure)
        finally:
            self._unsent.discard(job.key)
            self._names.pop(job.key, None)
            for name in names:  # those that are not wanted any more
                with contextlib.suppress(ServiceError):
                    await self._connection.repeat(lambda client, name=name: client.cancel_edit(name))

    async def _report_part(self, job: Job, edit: str, number: int) -> EventBody:
        """Report an edit with one result as the variation of a number; returns its last event."""
        client = await self._connection.client()
        async for event in client.follow_edit(edit, previews=PREVIEWS, patience_s=math.inf):
            check_event(event, job)
            body = event.event
            if isinstance(body, EditResult):
                picture = await self._fetch(replace(body, index=number), job)
                self._report(job.key, ResultFetched(sequence=0, picture=picture))
            elif event.is_last:
                return body
            elif isinstance(body, Preview):
                self._report(job.key, EditEvent(event=replace(body, index=number)))
            elif not isinstance(body, Queued):
                self._report(job.key, EditEvent(event=body))
        raise invalid_answer("the edit ended without a last event")

    async def _report_events(self, job: Job, edit: str, after_sequence: int) -> bool:
        """Whether the last event came. The edit is waited for as long as the panel is open."""
        client = await self._connection.client()
        async for event in client.follow_edit(
            edit, after_sequence=after_sequence, previews=PREVIEWS, patience_s=math.inf
        ):
            check_event(event, job)
            if isinstance(event.event, EditResult):
                picture = await self._fetch(event.event, job)
                self._report(job.key, ResultFetched(sequence=event.sequence, picture=picture))
            else:
                self._report(job.key, event)
            if event.is_last:
                return True
        return False

    async def _fetch(self, result: EditResult, job: Job) -> ResultPicture:
        return await self._connection.repeat(lambda client: _fetch_once(client, result, job))

    def _end(self, job: Job, failure: Failure) -> None:
        if job.key in self._stopped:
            self._report(job.key, EditEvent(event=Cancelled()))
        else:
            self._report(job.key, EditEvent(event=failure))


async def _sample_once(client: AsyncClient, job: Job) -> list[str]:
    """Queue all seeds of a job; returns the backend's name for them, as a batch of one."""
    settings = job.settings
    edit = await client.sample_edit(
        job.source_edit, options=settings.options, seeds=settings.seeds(), request_id=job.key
    )
    return [edit.name]


async def _sample_part(client: AsyncClient, job: Job, number: int) -> str:
    """Queue one result of a strip; returns the backend's name for it."""
    settings = job.settings
    edit = await client.sample_edit(
        job.source_edit,
        options={**settings.options, **job.strip[number]},
        seeds=settings.seeds()[:1],
        request_id=f"{job.key}-{number}",
    )
    return edit.name


async def _upload(client: AsyncClient, orders: Sequence[Order]) -> list[EditSpec]:
    """Send what the backend does not have; the pictures that regions share are sent once."""
    pictures: dict[int, PictureBlob] = {}
    specs: list[EditSpec] = []
    for order in orders:
        picture, mask = order.read.picture, order.read.mask
        for wanted in (picture, *order.read.references):
            if id(wanted) not in pictures:
                converted = await asyncio.to_thread(picture_of, wanted)
                pictures[id(wanted)] = await client.upload_picture(converted)
        mask_blob = None if mask is None else await client.upload_mask(mask.rect, mask.coverage)
        references = [pictures[id(reference)] for reference in order.read.references]
        specs.append(edit_spec(order.job, pictures[id(picture)], mask_blob, references))
    return specs


async def _fetch_once(client: AsyncClient, result: EditResult, job: Job) -> ResultPicture:
    picture = await client.download_picture(result.picture)
    weight = await _fetch_mask(client, result.weight)
    host = await asyncio.to_thread(host_picture, picture, job.target.format)
    frame = await asyncio.to_thread(pixels.frame_of, host, FRAME_SIDE_PX, weight)
    change_map = await _fetch_mask(client, result.change_map)
    return ResultPicture(
        edit_result=result,
        picture=host,
        frame=frame,
        weight=weight,
        change_map=change_map,
        changes=pixels.small_coverage(change_map, host.rect, frame.width, frame.height),
    )


async def _fetch_mask(client: AsyncClient, blob: MaskBlob | None) -> HostMask | None:
    if blob is None:
        return None
    coverage = await client.download_mask(blob)
    return HostMask(rect=blob.rect, coverage=coverage.tobytes())
