"""Edits, their events and results in one SQLite file: what survives a kill.

Blocking; called from one writer thread, which groups what is waiting into one transaction. With write-ahead
logging and synchronous=NORMAL a transaction survives the death of the process the moment it is committed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from mgie.server.db_writer_changes import Change
from mgie.server.records import BatchRecord, EditRecord, EditState

_SCHEMA = """
CREATE TABLE IF NOT EXISTS edits (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  request_id TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  client TEXT NOT NULL,
  spec BLOB NOT NULL,
  state INTEGER NOT NULL,
  restarts INTEGER NOT NULL,
  create_time REAL NOT NULL,
  end_time REAL NOT NULL DEFAULT 0,
  last_sequence INTEGER NOT NULL DEFAULT 0,
  text TEXT NOT NULL DEFAULT '',
  has_text INTEGER NOT NULL DEFAULT 0,
  corrected TEXT NOT NULL DEFAULT '',
  source TEXT NOT NULL DEFAULT '',
  batch TEXT NOT NULL DEFAULT '',
  batch_index INTEGER NOT NULL DEFAULT 0,
  error BLOB NOT NULL DEFAULT x''
);
CREATE UNIQUE INDEX IF NOT EXISTS edits_by_request ON edits (request_id) WHERE batch = '';
CREATE INDEX IF NOT EXISTS edits_by_batch ON edits (batch, batch_index) WHERE batch != '';
CREATE INDEX IF NOT EXISTS edits_by_state ON edits (state);
CREATE TABLE IF NOT EXISTS events (
  edit TEXT NOT NULL, sequence INTEGER NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (edit, sequence)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS results (
  edit TEXT NOT NULL, place INTEGER NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (edit, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches (
  id TEXT PRIMARY KEY, request_id TEXT NOT NULL UNIQUE, request_digest TEXT NOT NULL,
  create_time REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS measures (
  number INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, device TEXT NOT NULL,
  encode_s REAL, step_s REAL, finish_s_per_megapixel REAL, peak_bytes INTEGER NOT NULL
);
"""
_VERSION = 1
_EDIT_COLUMNS = tuple(field.name for field in fields(EditRecord))
_ENDED = (EditState.SUCCEEDED, EditState.FAILED, EditState.CANCELLED, EditState.INTERRUPTED)


@dataclass(frozen=True, kw_only=True)
class Averages:
    """What edits took on this machine, seconds; None where nothing was measured."""

    encode_s: float | None
    step_s: float | None
    finish_s_per_megapixel: float | None
    peak_bytes: int
    num_measured: int


class JobStore:
    """The file. Every method is one statement or query; `transaction` groups them."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("PRAGMA foreign_keys=ON")
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version={_VERSION}")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def transaction(self, changes: Iterable[Change]) -> None:
        """Apply changes; all of them or none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for change in changes:
                change.apply(self._db)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def edit(self, edit: str) -> EditRecord | None:
        """One edit by id."""
        return next(self._edits("id = ?", (edit,)), None)

    def edit_of_request(self, request_id: str) -> EditRecord | None:
        """One edit by what the client called it."""
        return next(self._edits("request_id = ? AND batch = ''", (request_id,)), None)

    def unfinished(self) -> list[EditRecord]:
        """Edits that have not ended, oldest first."""
        return list(self._edits(f"state NOT IN ({_marks(_ENDED)}) ORDER BY number", _values(_ENDED)))

    def page(
        self, before: int | None, size: int, states: Sequence[EditState] = ()
    ) -> list[tuple[int, EditRecord]]:
        """Edits with their numbers, newest first, older than number `before`."""
        where = f"state IN ({_marks(states)})" if states else "1"
        query = f"SELECT number, {', '.join(_EDIT_COLUMNS)} FROM edits WHERE {where} AND number < ? "
        rows = self._db.execute(
            query + "ORDER BY number DESC LIMIT ?", (*_values(states), before or 1 << 62, size)
        )
        return [(row[0], _record(row[1:])) for row in rows]

    def batch(self, batch: str) -> BatchRecord | None:
        """One batch by id."""
        return self._batch("id", batch)

    def batch_of_request(self, request_id: str) -> BatchRecord | None:
        """One batch by what the client called it."""
        return self._batch("request_id", request_id)

    def edits_of_batch(self, batch: str) -> list[EditRecord]:
        """Its edits, in the order of the items."""
        return list(self._edits("batch = ? ORDER BY batch_index", (batch,)))

    def events(self, edit: str, after_sequence: int = 0) -> list[bytes]:
        """Numbered events after one, in order."""
        rows = self._db.execute(
            "SELECT payload FROM events WHERE edit = ? AND sequence > ? ORDER BY sequence",
            (edit, after_sequence),
        )
        return [row[0] for row in rows]

    def results(self, edit: str) -> dict[int, bytes]:
        """Results by place."""
        return dict(
            self._db.execute("SELECT place, payload FROM results WHERE edit = ? ORDER BY place", (edit,))
        )

    def averages(self, model: str, device: str) -> Averages:
        """Means over the kept measurements of a model on a device."""
        row = self._db.execute(
            "SELECT avg(encode_s), avg(step_s), avg(finish_s_per_megapixel), max(peak_bytes), count(*) "
            "FROM measures WHERE model = ? AND device = ?",
            (model, device),
        ).fetchone()
        return Averages(
            encode_s=row[0],
            step_s=row[1],
            finish_s_per_megapixel=row[2],
            peak_bytes=row[3] or 0,
            num_measured=row[4],
        )

    def is_intact(self) -> bool:
        """Whether SQLite finds the file whole."""
        return self._db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"

    def _batch(self, column: str, value: str) -> BatchRecord | None:
        row = self._db.execute(
            f"SELECT id, request_id, request_digest, create_time FROM batches WHERE {column} = ?", (value,)
        ).fetchone()
        return (
            BatchRecord(id=row[0], request_id=row[1], request_digest=row[2], create_time=row[3])
            if row
            else None
        )

    def _edits(self, where: str, values: Sequence[object]) -> Iterator[EditRecord]:
        query = f"SELECT {', '.join(_EDIT_COLUMNS)} FROM edits WHERE {where}"
        return map(_record, self._db.execute(query, values))


def _record(row: Sequence[Any]) -> EditRecord:
    named = dict(zip(_EDIT_COLUMNS, row, strict=True))
    named.update(
        state=EditState(named["state"]), restarts=bool(named["restarts"]), has_text=bool(named["has_text"])
    )
    return EditRecord(**named)


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _values(states: Iterable[EditState]) -> tuple[int, ...]:
    return tuple(state.value for state in states)
