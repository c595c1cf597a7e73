"""From values to messages: events, edits, batches. Numbered events are stored as these bytes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import status_pb2

from mgie.server.lane_events import (
    FinishedPicture,
    Stage,
    StageEntered,
    StepDone,
    TextPiece,
    TextWhole,
    Warned,
)
from mgie.server.order import RawPixels
from mgie.server.records import BatchRecord, EditRecord
from mgie.v1 import edit_service_pb2 as edits
from mgie.v1 import types_pb2 as types

_SAMPLE_TYPES = {
    "uint8": types.SAMPLE_TYPE_U8,
    "uint16": types.SAMPLE_TYPE_U16,
    "float16": types.SAMPLE_TYPE_F16,
    "float32": types.SAMPLE_TYPE_F32,
}
_CHANNELS = {1: types.CHANNELS_GRAY, 2: types.CHANNELS_GRAYA, 3: types.CHANNELS_RGB, 4: types.CHANNELS_RGBA}
_ALPHAS = {
    "none": types.ALPHA_KIND_NONE,
    "straight": types.ALPHA_KIND_STRAIGHT,
    "premultiplied": types.ALPHA_KIND_PREMULTIPLIED,
}
_SPACES = {
    "srgb": types.COLOUR_SPACE_SRGB,
    "linear": types.COLOUR_SPACE_LINEAR,
    "display-p3": types.COLOUR_SPACE_DISPLAY_P3,
    "adobe-rgb": types.COLOUR_SPACE_ADOBE_RGB,
    "prophoto": types.COLOUR_SPACE_PROPHOTO,
    "icc": types.COLOUR_SPACE_ICC,
}
_STAGES = {
    Stage.PREPARING: edits.STAGE_PREPARING,
    Stage.LOADING_MODEL: edits.STAGE_LOADING_MODEL,
    Stage.WRITING: edits.STAGE_WRITING,
    Stage.SAMPLING: edits.STAGE_SAMPLING,
    Stage.FINISHING: edits.STAGE_FINISHING,
}
_ALWAYS_EXPECTED = (Stage.WRITING, Stage.SAMPLING, Stage.FINISHING)

Event = StageEntered | TextPiece | TextWhole | StepDone | Warned


def timestamp(seconds: float) -> Timestamp:
    """Seconds since the epoch as a timestamp."""
    whole = math.floor(seconds)
    return Timestamp(seconds=whole, nanos=int((seconds - whole) * 1e9))


def event_of(happening: Event) -> edits.EditEvent:
    """The event of something that happened in a lane, still without number and time."""
    match happening:
        case StageEntered(stage=stage):
            expected = [_STAGES[later] for later in _ALWAYS_EXPECTED if later.value > stage.value]
            changed = edits.StageChanged(stage=_STAGES[stage], expected_stages=expected)
            return edits.EditEvent(stage_changed=changed)
        case TextPiece(text=text, offset=offset):
            return edits.EditEvent(instruction_delta=edits.InstructionDelta(text=text, offset=offset))
        case TextWhole():
            ready = edits.InstructionReady(
                text=happening.text,
                is_held=happening.is_held,
                is_corrected=happening.is_corrected,
                is_reused=happening.is_reused,
            )
            return edits.EditEvent(instruction_ready=ready)
        case StepDone():
            progress = edits.StepProgress(
                step=happening.step,
                num_steps=happening.num_steps,
                eta_s=happening.eta_s,
                first_index=happening.first_index,
                num_indices=happening.num_indices,
            )
            return edits.EditEvent(step_progress=progress)
        case Warned(reason=reason, message=message):
            return edits.EditEvent(warning=edits.EditWarning(reason=reason, message=message))


def queued(position: int) -> edits.EditEvent:
    """The edit waits at a position."""
    return edits.EditEvent(queued=edits.Queued(position=position))


def finished(seconds: float) -> edits.EditEvent:
    """The edit succeeded."""
    return edits.EditEvent(finished=edits.Finished(seconds=seconds))


def failed(status: status_pb2.Status) -> edits.EditEvent:
    """The edit failed."""
    return edits.EditEvent(failed=status)


def cancelled() -> edits.EditEvent:
    """The edit was cancelled."""
    return edits.EditEvent(cancelled=edits.Cancelled())


def restarted(reason: str) -> edits.EditEvent:
    """The edit begins again."""
    return edits.EditEvent(restarted=edits.Restarted(reason=reason))


def result_of(index: int, seed: int, picture: FinishedPicture, *, is_partial: bool) -> edits.EditResult:
    """One finished picture."""
    return edits.EditResult(
        index=index,
        seed=seed,
        picture=types.Picture(blob_digest=picture.digest, raw=_spec(picture.raw)),
        weight=types.Mask(rect=rect_of(picture.raw.rect), blob_digest=picture.weight_digest),
        change_map=types.Mask(rect=rect_of(picture.raw.rect), blob_digest=picture.change_digest),
        provenance_json=picture.provenance_json,
        measures=picture.measures,
        is_partial=is_partial,
        num_bytes=picture.raw.num_bytes,
    )


def numbered(event: edits.EditEvent, sequence: int, time: float) -> bytes:
    """The bytes of a numbered event."""
    event.sequence = sequence
    event.time.CopyFrom(timestamp(time))
    return event.SerializeToString()


def watched(payload: bytes) -> edits.EditEvent:
    """A numbered event from its bytes."""
    return edits.EditEvent.FromString(payload)


def edit_of(record: EditRecord, results: Mapping[int, bytes], position: int = 0) -> edits.Edit:
    """An edit as it stands."""
    edit = edits.Edit(
        name=f"edits/{record.id}",
        request_id=record.request_id,
        spec=edits.EditSpec.FromString(record.spec),
        state=edits.EditState.ValueType(record.state.value),
        create_time=timestamp(record.create_time),
        last_sequence=record.last_sequence,
        queue_position=position,
        expressive_instruction=record.text,
        results=[edits.EditResult.FromString(payload) for _, payload in sorted(results.items())],
        source_edit=f"edits/{record.source}" if record.source else "",
        batch=f"batches/{record.batch}" if record.batch else "",
        batch_index=record.batch_index,
        restart_policy=types.RESTART_POLICY_RESTART if record.restarts else types.RESTART_POLICY_INTERRUPT,
    )
    if record.end_time:
        edit.end_time.CopyFrom(timestamp(record.end_time))
    if record.error:
        edit.error.ParseFromString(record.error)
    return edit


def batch_of(record: BatchRecord, items: Sequence[edits.Edit]) -> edits.Batch:
    """A batch with its items."""
    return edits.Batch(
        name=f"batches/{record.id}",
        request_id=record.request_id,
        edits=items,
        create_time=timestamp(record.create_time),
    )


def result_digests(payload: bytes) -> tuple[str, ...]:
    """The blobs of a stored result."""
    result = edits.EditResult.FromString(payload)
    digests = (result.picture.blob_digest, result.weight.blob_digest, result.change_map.blob_digest)
    return tuple(filter(None, digests))


def rect_of(rect: tuple[int, int, int, int]) -> types.Rect:
    """A rectangle."""
    x, y, width, height = rect
    return types.Rect(x=x, y=y, width=width, height=height)


def _spec(raw: RawPixels) -> types.PictureSpec:
    return types.PictureSpec(
        rect=rect_of(raw.rect),
        sample_type=_SAMPLE_TYPES[raw.dtype],
        channels=_CHANNELS[raw.num_channels],
        alpha=_ALPHAS[raw.alpha],
        colour_space=_SPACES[raw.space],
        icc_digest=raw.icc_digest,
    )
