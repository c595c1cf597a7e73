"""Edits, their events and results in one SQLite file: what survives a kill.

Blocking. With write-ahead logging and synchronous=NORMAL a transaction survives the death of the process the
moment it is committed. One `JobStore` writes; others on the same file read beside it.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mgie.api.edit import EditResult, EditState
from mgie.server.db_changes import Change
from mgie.server.edit_record import BatchRecord, EditRecord
from mgie.server.edit_rows import BATCH_COLUMNS, EDIT_COLUMNS, read_batch, read_edit, read_result

log = logging.getLogger(__name__)

VERSION = 2
TABLES = ("edits", "events", "results", "result_blobs", "batches", "measures")
BUSY_TIMEOUT_S = 2.0  # how long another program may lock the file before that is an error
_SCHEMA = """
CREATE TABLE IF NOT EXISTS edits (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  request_id TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  client TEXT NOT NULL,
  spec BLOB NOT NULL,
  state INTEGER NOT NULL,
  restart_policy TEXT NOT NULL,
  create_time REAL NOT NULL,
  end_time REAL,
  last_sequence INTEGER NOT NULL,
  has_text INTEGER NOT NULL,
  was_held INTEGER NOT NULL,
  expressive_instruction TEXT NOT NULL,
  written_instruction TEXT NOT NULL,
  corrected_instruction TEXT NOT NULL,
  source TEXT NOT NULL,
  batch TEXT NOT NULL,
  batch_index INTEGER NOT NULL,
  error BLOB,
  num_starts INTEGER NOT NULL,
  num_runs INTEGER NOT NULL,
  is_in_model INTEGER NOT NULL,
  num_steps_done INTEGER NOT NULL,
  kept_step INTEGER NOT NULL
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
CREATE TABLE IF NOT EXISTS result_blobs (
  edit TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (edit, digest)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS result_blobs_by_digest ON result_blobs (digest);
CREATE TABLE IF NOT EXISTS batches (
  id TEXT PRIMARY KEY, request_id TEXT NOT NULL UNIQUE, request_digest TEXT NOT NULL,
  create_time REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS measures (
  number INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, device TEXT NOT NULL,
  encode_s REAL, step_s REAL, finish_s_per_megapixel REAL, peak_bytes INTEGER NOT NULL
);
"""
_ENDED = tuple(state for state in EditState if state.has_ended)


class StoredResults(NamedTuple):
    """The results of an edit."""

    by_index: dict[int, EditResult]
    is_whole: bool  # False: some of them cannot be read


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
        """Raises sqlite3.Error; `open_store` mends what can be mended first."""
        self._db = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_S
        )
        try:
            self._db.text_factory = lenient_text
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            if self.version != VERSION:
                self._db.executescript(_SCHEMA)
                self._db.execute(f"PRAGMA user_version={VERSION}")
        except BaseException:
            self._db.close()
            raise

    @property
    def version(self) -> int:
        """Of the tables' layout; 0 for a new file."""
        return self._db.execute("PRAGMA user_version").fetchone()[0]

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def transaction(self, changes: Iterable[Change]) -> None:
        """Apply changes; all of them or none. Raises sqlite3.Error."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for change in changes:
                change.apply(self._db)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def edit(self, edit: str) -> EditRecord | None:
        """One edit by id."""
        return next(self._edits("id = ?", (edit,)), None)

    def edit_of_request(self, request_id: str) -> EditRecord | None:
        """One edit by what the client called it."""
        return next(self._edits("request_id = ? AND batch = ''", (request_id,)), None)

    def unfinished(self) -> list[EditRecord]:
        """Edits whose row says that they have not ended, oldest first; damaged ones read as failed."""
        return list(self._edits(f"state NOT IN ({_marks(_ENDED)}) ORDER BY number", _values(_ENDED)))

    def page(
        self, before: int | None, size: int, states: Sequence[EditState] = ()
    ) -> list[tuple[int, EditRecord]]:
        """Edits with their numbers, newest first, older than number `before`."""
        where = f"state IN ({_marks(states)})" if states else "1"
        query = f"SELECT number, {', '.join(EDIT_COLUMNS)} FROM edits WHERE {where} AND number < ? "
        rows = self._db.execute(
            query + "ORDER BY number DESC LIMIT ?", (*_values(states), before or 1 << 62, size)
        )
        return [(row[0], read_edit(row[1:])) for row in rows]

    def surplus(self, max_kept: int, size: int) -> list[str]:
        """Ids of ended edits beyond the newest `max_kept`, at most `size`, newest first."""
        where = f"state IN ({_marks(_ENDED)})"
        query = f"SELECT id FROM edits WHERE {where} ORDER BY number DESC LIMIT ? OFFSET ?"
        return [row[0] for row in self._db.execute(query, (*_values(_ENDED), size, max_kept))]

    def batch(self, batch: str) -> BatchRecord | None:
        """One batch by id."""
        return self._batch("id", batch)

    def batch_of_request(self, request_id: str) -> BatchRecord | None:
        """One batch by what the client called it."""
        return self._batch("request_id", request_id)

    def edits_of_batch(self, batch: str) -> list[EditRecord]:
        """Its edits, in the order of the items."""
        return list(self._edits("batch = ? ORDER BY batch_index", (batch,)))

    def events(self, edit: str, after_sequence: int = 0) -> list[tuple[int, bytes]]:
        """Numbered events after one, in order, as they cross the wire."""
        rows = self._db.execute(
            "SELECT sequence, payload FROM events WHERE edit = ? AND sequence > ? ORDER BY sequence",
            (edit, after_sequence),
        )
        return [(row[0], row[1]) for row in rows]

    def results(self, edit: str) -> StoredResults:
        """All results of an edit."""
        found: dict[int, EditResult] = {}
        is_whole = True
        for place, payload in self._db.execute("SELECT place, payload FROM results WHERE edit = ?", (edit,)):
            try:
                found[place] = read_result(payload)
            except Exception as error:  # whatever a damaged row makes of the decoder
                is_whole = False
                log.warning("result unreadable job=%s index=%s problem=%s", edit, place, error)
        return StoredResults(found, is_whole)

    def blobs_only_of(self, edit: str) -> list[str]:
        """Blobs of an edit's results that no other edit's results need."""
        query = (
            "SELECT digest FROM result_blobs AS mine WHERE edit = ? AND NOT EXISTS "
            "(SELECT 1 FROM result_blobs WHERE digest = mine.digest AND edit != mine.edit)"
        )
        return [row[0] for row in self._db.execute(query, (edit,))]

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
        """Whether SQLite finds the file whole and all tables are there."""
        for table in TABLES:
            self._db.execute(f"SELECT 1 FROM {table} LIMIT 1")
        self._db.execute(f"SELECT {', '.join(EDIT_COLUMNS)} FROM edits LIMIT 1")
        return self._db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"

    def _batch(self, column: str, value: str) -> BatchRecord | None:
        query = f"SELECT {', '.join(BATCH_COLUMNS)} FROM batches WHERE {column} = ?"
        row = self._db.execute(query, (value,)).fetchone()
        return read_batch(row) if row else None

    def _edits(self, where: str, values: Sequence[object]) -> Iterator[EditRecord]:
        query = f"SELECT {', '.join(EDIT_COLUMNS)} FROM edits WHERE {where}"
        return map(read_edit, self._db.execute(query, values))


def lenient_text(data: bytes) -> str:
    """A text of the file, whatever its bytes are."""
    return data.decode("utf-8", "replace")


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _values(states: Iterable[EditState]) -> tuple[int, ...]:
    return tuple(state.value for state in states)
