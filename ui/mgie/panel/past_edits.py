"""The history of the documents: noted as results are placed, starred, used again, reproduced."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from mgie.api.failure import Failure
from mgie.api.options import OptionValue
from mgie.errors import BadData
from mgie.panel.pixels import small_frame
from mgie.panel.state import past as past_list
from mgie.panel.state.draft import Draft
from mgie.panel.state.job import FinishedResult, Job
from mgie.panel.state.past import Past, PastEdit
from mgie.panel.state.saved import settings_from_json
from mgie.panel.state.settings import CUSTOM

if TYPE_CHECKING:
    from mgie.files.record import EditRecord
    from mgie.panel.ports import HostPort
    from mgie.panel.session import Session

PICTURE_SIDE_PX = 72


class PastEdits:
    """One history for each document, kept beside the drafts by `HistoryKeeper`."""

    def __init__(self, session: Session, host: HostPort, clock: Callable[[], float] = time.time) -> None:
        self._session, self._host, self._clock = session, host, clock

    def note(self, finished: FinishedResult) -> None:
        """A result was placed."""
        job, result = finished.job, finished.result
        edit = PastEdit(
            key=finished.key,
            instruction=job.instruction,
            text=self._text_of(job),
            settings=job.settings,
            seed=result.edit_result.seed,
            time_s=self._clock(),
            picture=small_frame(result.frame, PICTURE_SIDE_PX),
        )
        document = job.target.document
        self._put(document, past_list.added(self._of(document), edit))

    def loaded(self, document: str, past: Past) -> None:
        """An earlier panel's history of a document was read."""
        self._put(document, past_list.merged(self._of(document), past))

    def read_layer(self) -> None:
        """The artist wants the edit that the active layer was made by."""
        target = self._session.state.host.target
        if target is not None:
            self._host.read_note(target.document, target.layer)

    def record_read(self, document: str, text: str) -> None:
        """How a layer was made, as it is stored with it: joins the history."""
        from mgie.files import record  # late: its codecs take longer to load than the panel to open

        try:
            edits = record.from_json(text).edits if text else ()
        except BadData as error:
            self._session.update(failure=Failure(reason="NO_RECORD", message=str(error)))
            return
        if not edits:
            self._session.update(failure=Failure(reason="NO_RECORD", message=""))
        past = self._of(document)
        for number, edit in enumerate(edits):
            past = past_list.added(past, _from_record(edit, f"record/{edit.seed}/{number}", self._clock()))
        self._put(document, past)

    def star(self, key: str, is_starred: bool) -> None:
        """The artist wants to find this one again."""
        document = self._session.state.document
        self._put(document, past_list.starred(self._of(document), key, is_starred))

    def remove(self, key: str) -> None:
        """The artist does not want it in the list."""
        document = self._session.state.document
        self._put(document, past_list.removed(self._of(document), key))

    def use_again(self, key: str) -> None:
        """Put words and settings of one where new ones are written; nothing begins."""
        edit = self._find(key)
        if edit is not None:
            state = self._session.state
            settings = replace(
                edit.settings, model=state.settings.model, is_seed_locked=state.settings.is_seed_locked
            )
            self._session.update(
                draft=Draft(instruction=edit.instruction), settings=settings, shows_regions=False
            )

    def reproduce(self, key: str) -> None:
        """Make one again on the picture as it is: its text, settings and seed; queued while one runs."""
        edit, target = self._find(key), self._session.state.host.target
        if edit is None or target is None:
            return
        settings = replace(
            edit.settings, seed=edit.seed, num_variations=1, is_seed_locked=True, holds_before_sampling=False
        )
        job = Job(
            key=uuid.uuid4().hex,
            target=target,
            instruction=edit.instruction,
            text=edit.text,
            settings=settings,
        )
        if self._session.state.is_busy:
            self._session.queue.put(job)
        else:
            self._session.runs.start(job)

    def _text_of(self, job: Job) -> str:
        state = self._session.state
        every = [state.edit, *(region.progress for region in state.regions)]
        return next((p.text for p in every if p is not None and p.job == job.key), job.text)

    def _find(self, key: str) -> PastEdit | None:
        return next((edit for edit in self._session.state.document_past if edit.key == key), None)

    def _of(self, document: str) -> Past:
        return self._session.state.past.get(document, ())

    def _put(self, document: str, past: Past) -> None:
        self._session.update(past={**self._session.state.past, document: past})


def _from_record(edit: EditRecord, key: str, time_s: float) -> PastEdit:
    """The words and settings of a stored record; it holds no picture."""
    options: dict[str, OptionValue] = dict(edit.sampling)
    settings = settings_from_json({"model": edit.model, "options": options, "compose": edit.compose})
    return PastEdit(
        key=key,
        instruction=edit.instruction,
        text=edit.text_used,
        settings=replace(settings, preset=CUSTOM),
        seed=edit.seed,
        time_s=time_s,
    )
