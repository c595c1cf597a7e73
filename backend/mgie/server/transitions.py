"""What an event makes of an edit: pure functions from record and event to the next record and what to write.

All changes of an edit's state are here; `EditManager` decides which event comes next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from mgie.api.edit import EditResult, EditState
from mgie.api.events import (
    Cancelled,
    Declined,
    EditEvent,
    EventBody,
    Finished,
    InstructionReady,
    Queued,
    Restarted,
    Stage,
    StageChanged,
    StepProgress,
)
from mgie.api.failure import Failure
from mgie.api.to_proto import to_proto
from mgie.server.db_changes import AddEvent, Change, PutResult, UpdateEdit
from mgie.server.edit_record import EditRecord
from mgie.v1 import edit_service_pb2 as edits

_STAGES = (Stage.WRITING, Stage.SAMPLING, Stage.FINISHING)  # of every edit, in order


@dataclass(frozen=True, kw_only=True)
class Transition:
    """An edit after an event, and what makes it so on disk."""

    record: EditRecord
    sequence: int
    payload: bytes  # the numbered event as the wire carries it
    changes: tuple[Change, ...]
    result: EditResult | None = None


def advance(record: EditRecord, body: EventBody, now: float, **facts: Any) -> Transition:
    """Let an event happen to an edit that has not ended. now: seconds since the epoch. facts: new fields."""
    assert not record.state.has_ended
    sequence = record.last_sequence + 1
    after = replace(record, last_sequence=sequence, **_effect(record, body, now) | facts)
    event = EditEvent(event=body, sequence=sequence, time=now)
    payload = to_proto(event, edits.EditEvent).SerializeToString()
    changes: list[Change] = [
        AddEvent(edit=record.id, sequence=sequence, payload=payload),
        UpdateEdit.between(record, after),
    ]
    result = body if isinstance(body, EditResult) else None
    if result is not None:
        changes.append(PutResult(edit=record.id, result=result))
    return Transition(record=after, sequence=sequence, payload=payload, changes=tuple(changes), result=result)


def requeued(record: EditRecord) -> EditRecord:
    """An ended edit as it is queued again: without its end, its starts and its error."""
    return replace(
        record,
        state=EditState.QUEUED,
        end_time=None,
        error=None,
        num_starts=0,
        num_runs=0,
        num_steps_done=0,
        kept_step=0,
    )


def without_present_start(record: EditRecord) -> EditRecord:
    """A running edit whose server ends in good order: this start does not count."""
    return replace(
        record,
        num_starts=max(0, record.num_starts - 1),
        num_runs=max(0, record.num_runs - record.is_in_model),
    )


def stage_changed(stage: Stage) -> StageChanged:
    """The event of a stage that begins."""
    return StageChanged(stage=stage, expected_stages=tuple(later for later in _STAGES if later > stage))


def _effect(record: EditRecord, body: EventBody, now: float) -> dict[str, Any]:
    """The fields that an event changes."""
    match body:
        case Queued():
            return {"state": EditState.QUEUED, "num_steps_done": 0}
        case StageChanged(stage=Stage.PREPARING):
            starts = {"num_starts": record.num_starts + 1, "is_in_model": False, "num_steps_done": 0}
            return {"state": EditState.RUNNING, **starts}
        case StageChanged(stage=Stage.WRITING | Stage.SAMPLING) if not record.is_in_model:
            return {"num_runs": record.num_runs + 1, "is_in_model": True}
        case InstructionReady():
            return _text_of(record, body)
        case StepProgress(step=step):
            return {"num_steps_done": step}
        case Restarted():
            return {"num_steps_done": 0}
        case Finished():
            return {"state": EditState.SUCCEEDED, "end_time": now}
        case Cancelled():
            return {"state": EditState.CANCELLED, "end_time": now}
        case Declined():
            return {"state": EditState.DECLINED, "end_time": now}
        case Failure(reason=reason):
            state = EditState.INTERRUPTED if reason == "EDIT_INTERRUPTED" else EditState.FAILED
            return {"state": state, "end_time": now, "error": body}
        case _:
            return {}


def _text_of(record: EditRecord, ready: InstructionReady) -> dict[str, Any]:
    written = record.written_instruction if ready.is_corrected else ready.text
    return {
        "has_text": True,
        "expressive_instruction": ready.text,
        "written_instruction": written,
        "was_held": record.was_held or ready.is_held,
        "state": EditState.HELD if ready.is_held else record.state,
    }
