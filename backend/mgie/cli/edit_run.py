"""A picture's edits carried out by a server: sent, followed, steered, cancelled where the command is."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mgie.api.edit import Edit, EditResult, EditSpec, EditState
from mgie.api.events import Declined, EditEvent, InstructionReady
from mgie.api.failure import Failure, ServiceError
from mgie.api.options import check_options, preset_options
from mgie.api.pixel_blobs import MaskBlob
from mgie.api.text import shown_name
from mgie.cli.edit_specs import Selection, edit_spec, selections_of
from mgie.cli.jobs import PictureJob
from mgie.cli.results import Edited, land, ordered
from mgie.client.blocking import Client
from mgie.client.messages import new_request_id
from mgie.errors import MgieError

if TYPE_CHECKING:
    from mgie.api.picture import Picture
    from mgie.cli.show import Reporter


class EditDeclined(MgieError):
    """A request that the model cannot carry out; nothing was changed."""

    reason = "DECLINED"

    def __init__(self, instruction: str, declined: Declined) -> None:
        instead = f" It can do instead: {'; '.join(declined.suggestions)}." if declined.suggestions else ""
        super().__init__(f'"{instruction}" is not done: {declined.message}{instead}')


@dataclass(frozen=True, kw_only=True, eq=False)
class Planned:
    """One edit, and what of the job it is."""

    spec: EditSpec
    selection: int  # index among the job's selections
    first: int  # index of its first seed among the job's seeds


def perform(
    client: Client, job: PictureJob, picture: Picture, reporter: Reporter, *, retries: int = 0
) -> list[Edited]:
    """Edit a picture, once per seed. Leaving by an exception cancels what is under way.

    retries: how often edits that fail are tried again. Raises EditDeclined, or ServiceError.
    """
    selections = selections_of(job, picture)
    plan = _plan(client, job, picture, selections)
    results: dict[tuple[int, int], EditResult] = {}
    size = client.info().limits.max_batch_size
    for start in range(0, len(plan), size):
        part = plan[start : start + size]
        for planned, edit in zip(part, _carry_out(client, part, selections, reporter, retries), strict=True):
            for result in edit.results:
                results[planned.selection, planned.first + result.index] = result
    names = [f"MGIE: {selection.instruction[:60]}" for selection in selections]
    found: list[Edited] = []
    for number in range(len(job.seeds)):
        layers = [results[index, number] for index in range(len(selections))]
        found.append(land(client, picture, layers, names, shown_name(job.input)))
    return ordered(found) if job.is_best_first else found


def _plan(
    client: Client, job: PictureJob, picture: Picture, selections: Sequence[Selection]
) -> list[Planned]:
    """Everything sent, and the edits that are to be made of it."""
    if job.options or job.preset:
        model = client.get_model(f"models/{job.model or client.info().default_model}")
        preset = preset_options(model.presets, job.preset) if job.preset else {}
        job = replace(job, options={**preset, **check_options(model.options, job.options)})
    blob = client.upload_picture(picture)
    references = [client.upload_picture(reference) for reference in _references(job)]
    masks = [_upload_mask(client, selection) for selection in selections]
    most = client.info().limits.max_seeds
    return [
        Planned(
            spec=edit_spec(
                job,
                selection,
                picture=blob,
                mask=masks[index],
                references=references,
                seeds=job.seeds[first : first + most],
                is_layer=len(selections) > 1,
            ),
            selection=index,
            first=first,
        )
        for first in range(0, len(job.seeds), most)
        for index, selection in enumerate(selections)
    ]


def _references(job: PictureJob) -> Iterator[Picture]:
    from mgie.files.formats import open_document

    for path in job.references:
        yield open_document(path).picture


def _upload_mask(client: Client, selection: Selection) -> MaskBlob | None:
    region = selection.region
    return None if region is None else client.upload_mask(region.rect, region.mask)


def _carry_out(
    client: Client,
    part: Sequence[Planned],
    selections: Sequence[Selection],
    reporter: Reporter,
    retries: int,
) -> Sequence[Edit]:
    """Some edits as one entry of the queue, to their end. Raises where one brought nothing."""
    with _queued(client, [planned.spec for planned in part]) as queued:
        watcher = _Watcher(client, part, selections, reporter)
        while True:
            for index, event in queued.events():
                watcher.see(index, queued.names[index], event)
            edits = queued.edits()
            watcher.check_declined()
            failed = [edit for edit in edits if edit.state is not EditState.SUCCEEDED]
            if not failed:
                return edits
            if not retries:
                cancelled = Failure(reason="EDIT_CANCELLED", message="the edit was cancelled")
                raise ServiceError(failed[0].error or cancelled)
            retries -= 1
            queued.retry()


class _Queued:
    """Edits that were created as one entry of the queue: a single one by itself, several as a batch."""

    def __init__(self, client: Client, specs: Sequence[EditSpec]) -> None:
        self._client = client
        self._specs = specs
        self._request_id = new_request_id()
        self._batch = ""
        self._sequences = [0] * len(specs)  # of the last event seen
        self.names: list[str] = []

    def create(self) -> None:
        """Queue them; finds those that are queued already."""
        if len(self._specs) == 1:
            self.names = [self._client.create_edit(self._specs[0], request_id=self._request_id).name]
            return
        batch = self._client.create_batch(self._specs, request_id=self._request_id)
        self._batch, self.names = batch.name, [edit.name for edit in batch.edits]

    def events(self) -> Iterator[tuple[int, EditEvent]]:
        """What happens, with the index of the edit, until all have ended."""
        if self._batch:
            for event in self._client.follow_batch(self._batch, after_sequences=self._sequences):
                number = event.event.sequence
                self._sequences[event.index] = max(number, self._sequences[event.index])
                yield event.index, event.event
        else:
            for event in self._client.follow_edit(self.names[0]):
                yield 0, event

    def edits(self) -> Sequence[Edit]:
        """All of them as they stand."""
        if self._batch:
            return self._client.get_batch(self._batch).edits
        return [self._client.get_edit(self.names[0])]

    def retry(self) -> None:
        """Queue those again that failed."""
        if self._batch:
            self._client.retry_batch(self._batch)
        else:
            self._request_id = new_request_id()
            self.create()

    def cancel(self) -> None:
        """Stop whatever has not ended."""
        if not self.names:
            self.create()  # whether the call that was broken off arrived, only the server knows
        for edit in self.edits():
            if not edit.state.has_ended:
                self._client.cancel_edit(edit.name)


@contextlib.contextmanager
def _queued(client: Client, specs: Sequence[EditSpec]) -> Generator[_Queued]:
    """Edits under way; leaving by an exception, Ctrl-C included, cancels them."""
    queued = _Queued(client, specs)
    try:
        queued.create()
        yield queued
    except BaseException as error:
        if not isinstance(error, ServiceError) or queued.names:
            with contextlib.suppress(ServiceError):
                queued.cancel()
        raise


class _Watcher:
    """Shows what happens, answers edits that wait, and remembers what was declined."""

    def __init__(
        self, client: Client, part: Sequence[Planned], selections: Sequence[Selection], reporter: Reporter
    ) -> None:
        self._client = client
        self._part = part
        self._selections = selections
        self._reporter = reporter
        self._answers: dict[int, str | None] = {}  # by selection; None: as written
        self._declined: dict[int, Declined] = {}

    def see(self, index: int, name: str, event: EditEvent) -> None:
        """One event of one edit."""
        planned = self._part[index]
        number = planned.selection
        if planned.first == 0:  # further seeds use the words of the first ones
            selection = self._selections[number]
            self._reporter.event(number, len(self._selections), selection.instruction, event.event)
        else:
            self._reporter.repeated(event.event)
        if isinstance(event.event, InstructionReady) and event.event.is_held:
            if number not in self._answers:
                self._answers[number] = self._reporter.revise(event.event)
            self._client.revise_instruction(name, self._answers[number])
        if isinstance(event.event, Declined):
            self._declined[number] = event.event

    def check_declined(self) -> None:
        """Raise EditDeclined where a request was beyond the model."""
        for number, declined in self._declined.items():
            raise EditDeclined(self._selections[number].instruction, declined)
