"""What can be written into the job store, each a small value, so that many become one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any, Protocol

from mgie.api.edit import EditResult
from mgie.server.edit_record import BatchRecord, EditRecord
from mgie.server.edit_rows import BATCH_COLUMNS, EDIT_COLUMNS, column_value, edit_row, result_payload

NUM_MEASURES = 500  # kept in all


class Change(Protocol):
    """Something to write."""

    def apply(self, db: sqlite3.Connection) -> None:
        """Write it, inside a transaction."""
        ...


@dataclass(frozen=True, kw_only=True)
class AddEdit:
    """A new edit."""

    record: EditRecord

    def apply(self, db: sqlite3.Connection) -> None:
        """See `Change`."""
        db.execute(_insert("edits", EDIT_COLUMNS), edit_row(self.record))


@dataclass(frozen=True, kw_only=True)
class UpdateEdit:
    """Some fields of an edit."""

    edit: str
    values: Mapping[str, Any]  # by the record's names

    @classmethod
    def between(cls, before: EditRecord, after: EditRecord) -> UpdateEdit:
        """What differs between two states of an edit."""
        names = [name for name in EDIT_COLUMNS if getattr(before, name) != getattr(after, name)]
        return cls(edit=before.id, values={name: getattr(after, name) for name in names})

    def apply(self, db: sqlite3.Connection) -> None:
        """See `Change`."""
        if not self.values:
            return
        columns = ", ".join(f"{name} = ?" for name in self.values)
        values = [column_value(name, value) for name, value in self.values.items()]
        db.execute(f"UPDATE edits SET {columns} WHERE id = ?", (*values, self.edit))


@dataclass(frozen=True, kw_only=True)
class AddBatch:
    """A new batch."""

    record: BatchRecord

    def apply(self, db: sqlite3.Connection) -> None:
        """See `Change`."""
        db.execute(_insert("batches", BATCH_COLUMNS), astuple(self.record))


@dataclass(frozen=True, kw_only=True)
class AddEvent:
    """The next numbered event of an edit."""

    edit: str
    sequence: int
    payload: bytes

    def apply(self, db: sqlite3.Connection) -> None:
        """See `Change`."""
        db.execute("INSERT INTO events VALUES (?, ?, ?)", (self.edit, self.sequence, self.payload))


@dataclass(frozen=True, kw_only=True)
class PutResult:
    """One result of an edit, and which blobs it needs."""

    edit: str
    result: EditResult

    def apply(self, db: sqlite3.Connection) -> None:
        """See `Change`."""
        index, payload = self.result.index, result_payload(self.result)
        db.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", (self.edit, index, payload))
        rows = [(self.edit, digest) for digest in self.result.digests]
        db.executemany("INSERT OR IGNORE INTO result_blobs VALUES (?, ?)", rows)


@dataclass(frozen=True, kw_only=True)
class ForgetEdit:
    """Everything about an edit, and its batch with the last of its edits."""

    edit: str

    def apply(self, db: sqlite3.Connection) -> None:
        """See `Change`."""
        row = db.execute("SELECT batch FROM edits WHERE id = ?", (self.edit,)).fetchone()
        db.execute("DELETE FROM edits WHERE id = ?", (self.edit,))
        for table in ("events", "results", "result_blobs"):
            db.execute(f"DELETE FROM {table} WHERE edit = ?", (self.edit,))
        if row and row[0]:
            db.execute(
                "DELETE FROM batches WHERE id = ? AND NOT EXISTS (SELECT 1 FROM edits WHERE batch = ?)",
                (row[0], row[0]),
            )


@dataclass(frozen=True, kw_only=True)
class AddMeasure:
    """How long the parts of an edit took."""

    model: str
    device: str
    encode_s: float | None
    step_s: float | None
    finish_s_per_megapixel: float | None
    peak_bytes: int

    def apply(self, db: sqlite3.Connection) -> None:
        """See `Change`."""
        db.execute(
            "INSERT INTO measures (model, device, encode_s, step_s, finish_s_per_megapixel, peak_bytes) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            astuple(self),
        )
        db.execute(
            "DELETE FROM measures WHERE number <= (SELECT max(number) FROM measures) - ?", (NUM_MEASURES,)
        )


def _insert(table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
