"""What can be written into the job store, each a small value, so that many become one transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple, dataclass, fields
from typing import Protocol

from mgie.server.records import BatchRecord, EditRecord, EditState

NUM_MEASURES = 500  # kept in all
_EDIT_COLUMNS = tuple(field.name for field in fields(EditRecord))


class Change(Protocol):
    """Something to write."""

    def apply(self, db: sqlite3.Connection) -> None:
        """Write it, inside a transaction."""
        ...


@dataclass(frozen=True, kw_only=True)
class PutEdit:
    """A new edit, or all that may change of one that exists."""

    record: EditRecord

    def apply(self, db: sqlite3.Connection) -> None:
        """See `Change`."""
        columns = ", ".join(_EDIT_COLUMNS)
        marks = ", ".join("?" * len(_EDIT_COLUMNS))
        fresh = ", ".join(f"{name} = excluded.{name}" for name in _EDIT_COLUMNS if name != "id")
        db.execute(
            f"INSERT INTO edits ({columns}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {fresh}",
            astuple(self.record),
        )


@dataclass(frozen=True, kw_only=True)
class PutBatch:
    """A new batch."""

    record: BatchRecord

    def apply(self, db: sqlite3.Connection) -> None:
        """See `Change`."""
        db.execute("INSERT INTO batches VALUES (?, ?, ?, ?)", astuple(self.record))


@dataclass(frozen=True, kw_only=True)
class AddEvent:
    """The next numbered event of an edit."""

    edit: str
    sequence: int
    payload: bytes

    def apply(self, db: sqlite3.Connection) -> None:
        """See `Change`."""
        db.execute("INSERT INTO events VALUES (?, ?, ?)", (self.edit, self.sequence, self.payload))
        db.execute("UPDATE edits SET last_sequence = ? WHERE id = ?", (self.sequence, self.edit))


@dataclass(frozen=True, kw_only=True)
class PutResult:
    """One result of an edit."""

    edit: str
    place: int
    payload: bytes

    def apply(self, db: sqlite3.Connection) -> None:
        """See `Change`."""
        db.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", (self.edit, self.place, self.payload))


@dataclass(frozen=True, kw_only=True)
class ForgetEdit:
    """Everything about an edit, and its batch with the last of its edits."""

    edit: str

    def apply(self, db: sqlite3.Connection) -> None:
        """See `Change`."""
        row = db.execute("SELECT batch FROM edits WHERE id = ?", (self.edit,)).fetchone()
        db.execute("DELETE FROM edits WHERE id = ?", (self.edit,))
        db.execute("DELETE FROM events WHERE edit = ?", (self.edit,))
        db.execute("DELETE FROM results WHERE edit = ?", (self.edit,))
        if row and row[0]:
            db.execute(
                "DELETE FROM batches WHERE id = ? AND NOT EXISTS (SELECT 1 FROM edits WHERE batch = ?)",
                (row[0], row[0]),
            )


@dataclass(frozen=True, kw_only=True)
class ForgetSurplus:
    """Ended edits beyond the newest `max_kept`."""

    max_kept: int

    def apply(self, db: sqlite3.Connection) -> None:
        """See `Change`."""
        ended = [state.value for state in EditState if state.has_ended]
        marks = ", ".join("?" * len(ended))
        query = f"SELECT id FROM edits WHERE state IN ({marks}) ORDER BY number DESC LIMIT -1 OFFSET ?"
        for (edit,) in db.execute(query, (*ended, self.max_kept)).fetchall():
            ForgetEdit(edit=edit).apply(db)


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
