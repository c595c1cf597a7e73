"""Rows of the job store as values and back. A row that cannot be read becomes a failed edit, not an error."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from google.rpc import status_pb2

from mgie.api.edit import EditResult, EditSpec, EditState
from mgie.api.failure import Failure
from mgie.api.from_proto import from_proto
from mgie.api.pixel_blobs import EncodedSpec, PictureBlob
from mgie.api.proto_fields import failure_from_status, status_from_failure
from mgie.api.to_proto import to_proto
from mgie.server.edit_record import BatchRecord, EditRecord
from mgie.server.errors import RequestError, failure_of
from mgie.v1 import edit_service_pb2 as edits

log = logging.getLogger(__name__)

EDIT_COLUMNS = tuple(field.name for field in fields(EditRecord))
BATCH_COLUMNS = tuple(field.name for field in fields(BatchRecord))
LATEST_TIME_S = 253_402_300_799.0  # the end of the year 9999: later ones fit no timestamp
UNREADABLE_SPEC = EditSpec(picture=PictureBlob(blob_digest="", encoded=EncodedSpec()), instruction="")
_NUMBERS = ("last_sequence", "batch_index", "num_starts", "num_runs", "num_steps_done", "kept_step")
_TEXTS = (
    "request_id",
    "request_digest",
    "client",
    "expressive_instruction",
    "written_instruction",
    "corrected_instruction",
    "source",
    "batch",
)


def column_value(name: str, value: Any) -> Any:
    """A field of a record as SQLite keeps it."""
    if name == "spec":
        return to_proto(value, edits.EditSpec).SerializeToString()
    if name == "error":
        return None if value is None else status_from_failure(value).SerializeToString()
    return value


def edit_row(record: EditRecord) -> tuple[Any, ...]:
    """All columns of an edit."""
    return tuple(column_value(name, getattr(record, name)) for name in EDIT_COLUMNS)


def read_edit(row: Sequence[Any]) -> EditRecord:
    """The edit of a row; a failed one that says so where the row is damaged."""
    values = dict(zip(EDIT_COLUMNS, row, strict=True))
    try:
        return _read_edit(values)
    except Exception as error:  # whatever a damaged row makes of a decoder
        log.warning("edit unreadable job=%s problem=%s", values["id"], error)
        return _damaged(values)


def damage_of(edit: str) -> Failure:
    """Why an edit that cannot be read has failed."""
    message = "this edit can no longer be read from the job store"
    return failure_of(RequestError("EDIT_DAMAGED", message, metadata={"edit": edit}))


def read_batch(row: Sequence[Any]) -> BatchRecord:
    """The batch of a row."""
    identity, request_id, request_digest, create_time = row
    return BatchRecord(
        id=str(identity),
        request_id=str(request_id),
        request_digest=str(request_digest),
        create_time=_time(create_time) if _is_time(create_time) else 0.0,
    )


def read_result(payload: bytes) -> EditResult:
    """A stored result. Raises whatever a damaged one makes of the decoder."""
    return from_proto(EditResult, edits.EditResult.FromString(payload))


def result_payload(result: EditResult) -> bytes:
    """A result as it is stored."""
    return to_proto(result, edits.EditResult).SerializeToString()


def _read_edit(values: dict[str, Any]) -> EditRecord:
    for name in _NUMBERS:
        if not isinstance(values[name], int) or values[name] < 0:
            raise ValueError(f"{name} is {values[name]!r}")
    for name in ("id", *_TEXTS):
        if not isinstance(values[name], str):
            raise ValueError(f"{name} is {values[name]!r}")
    if values["restart_policy"] not in ("restart", "interrupt"):
        raise ValueError(f"restart_policy is {values['restart_policy']!r}")
    end_time = values["end_time"]
    read: dict[str, Any] = {
        "spec": from_proto(EditSpec, edits.EditSpec.FromString(values["spec"])),
        "state": EditState(values["state"]),
        "create_time": _time(values["create_time"]),
        "end_time": None if end_time is None else _time(end_time),
        "has_text": bool(values["has_text"]),
        "was_held": bool(values["was_held"]),
        "is_in_model": bool(values["is_in_model"]),
        "error": _failure(values["error"]),
    }
    return EditRecord(**values | read)


def _damaged(values: dict[str, Any]) -> EditRecord:
    plain: dict[str, Any] = {name: values[name] if isinstance(values[name], str) else "" for name in _TEXTS}
    plain |= {name: values[name] if _is_count(values[name]) else 0 for name in _NUMBERS}
    create_time = values["create_time"] if _is_time(values["create_time"]) else 0.0
    edit = str(values["id"])
    return EditRecord(
        id=edit,
        spec=UNREADABLE_SPEC,
        state=EditState.FAILED,
        create_time=create_time,
        end_time=values["end_time"] if _is_time(values["end_time"]) else create_time,
        error=damage_of(edit),
        **plain,
    )


def _failure(payload: bytes | None) -> Failure | None:
    return None if payload is None else failure_from_status(status_pb2.Status.FromString(payload))


def _time(seconds: Any) -> float:
    if not _is_time(seconds):
        raise ValueError(f"a time is {seconds!r}")
    return float(seconds)


def _is_time(seconds: Any) -> bool:
    return isinstance(seconds, int | float) and math.isfinite(seconds) and 0 <= seconds <= LATEST_TIME_S


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and value >= 0
