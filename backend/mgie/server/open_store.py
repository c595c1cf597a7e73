"""Opening the job store whatever became of its file: a damaged one is set aside, its readable rows saved."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from mgie.errors import DiskFull, MgieError
from mgie.server.errors import RequestError
from mgie.server.store import TABLES, VERSION, JobStore, lenient_text

log = logging.getLogger(__name__)

_SIDE_FILES = ("-wal", "-shm")
_WAL_MAGIC = (0x377F0682, 0x377F0683)  # the first four bytes of every write-ahead log


class OpenedStore(NamedTuple):
    """A store that can be worked with, and what had to be done for that."""

    store: JobStore
    notices: tuple[str, ...]  # each one sentence for people


def open_store(path: Path) -> OpenedStore:
    """Open the jobs of a server. Raises MgieError only where no store can be made at all."""
    notices: list[str] = []
    if _is_wal_garbage(path):
        aside = _set_aside(path.with_name(f"{path.name}-wal"))
        notices.append(f"the job store's log was damaged and is now {aside}; its last changes may be missing")
    problem = _problem_of(path)
    if problem:
        notices.append(_start_anew(path, problem))
    for notice in notices:
        log.error("job store: %s", notice)
    return OpenedStore(_open(path), tuple(notices))


def store_error(error: sqlite3.Error) -> MgieError:
    """The error that a client gets where the store cannot be read or written."""
    text = str(error)
    if "full" in text:
        return DiskFull("the disk with the server's jobs is full; free some space")
    if "locked" in text or "busy" in text:
        return RequestError("STORE_UNAVAILABLE", "another program has locked the server's job store")
    return RequestError("STORE_UNAVAILABLE", f"the server's job store cannot be used: {text}")


def _open(path: Path) -> JobStore:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite's other files take after it
        path.chmod(0o600)
    except OSError as error:
        raise RequestError("STORE_UNAVAILABLE", f"{path.name} cannot be written: {error.strerror}") from error
    try:
        return JobStore(path)
    except sqlite3.Error as error:
        raise store_error(error) from error


def _problem_of(path: Path) -> str:
    """Why a file cannot be used as it is; "" where it can, or where there is none."""
    if not path.exists():
        return ""
    if not path.is_file():
        return "is no file"
    try:
        with closing(sqlite3.connect(path)) as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            return "was written by a newer version"
        if 0 < version < VERSION:
            return "was written by an older version"
        with closing(JobStore(path)) as store:
            store.transaction(())
            return "" if store.is_intact() else "is damaged"
    except sqlite3.Error as error:
        if "locked" in str(error) or "full" in str(error):
            raise store_error(error) from error
        return "cannot be written" if "readonly" in str(error) else "is damaged"


def _start_anew(path: Path, problem: str) -> str:
    """Set the file aside, begin a new one, copy into it what can be read; returns the sentence about it."""
    try:
        aside = _set_aside(path)
    except OSError as error:
        raise RequestError(
            "STORE_UNAVAILABLE", f"the job store {problem}, and it cannot be set aside: {error.strerror}"
        ) from error
    with closing(_open(path)):
        pass
    num_saved = _salvage(path.with_name(aside), path)
    return f"the job store {problem} and is now {aside}; {num_saved} of its edits could be saved"


def _set_aside(path: Path) -> str:
    """Rename a file, and what SQLite keeps beside it, after the time; returns the new name."""
    name = f"{path.name}.set-aside-{time.strftime('%Y%m%dT%H%M%S')}-{time.time_ns() % 1000:03d}"
    path.rename(path.with_name(name))
    for side in _SIDE_FILES:
        beside = path.with_name(path.name + side)
        if beside.exists():
            beside.rename(path.with_name(name + side))
    return name


def _salvage(source: Path, target: Path) -> int:
    """Copy every row that can be read; returns the number of edits."""
    if not source.is_file():
        return 0
    copy = source.with_name(f"{source.name}.reading")  # so that what was set aside stays as it was
    num_edits = 0
    try:
        for side in ("", *_SIDE_FILES):
            if (file := source.with_name(source.name + side)).exists():
                shutil.copyfile(file, copy.with_name(copy.name + side))
        with closing(sqlite3.connect(copy)) as old, closing(sqlite3.connect(target)) as new:
            old.text_factory = lenient_text
            for table in TABLES:
                num_rows = _copy_rows(old, new, table)
                num_edits += num_rows if table == "edits" else 0
            new.commit()
    except (sqlite3.Error, OSError) as error:
        log.warning("job store: not everything could be saved: %s", error)
    finally:
        for side in ("", *_SIDE_FILES):
            copy.with_name(copy.name + side).unlink(missing_ok=True)
    return num_edits


def _copy_rows(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> int:
    """Copy the columns that both know, row by row, as far as the old file can be read."""
    try:
        known = {row[1] for row in new.execute(f"PRAGMA table_info({table})")}
        columns = [row[1] for row in old.execute(f"PRAGMA table_info({table})") if row[1] in known]
        if not columns:
            return 0
        rows = _rows(old, f"SELECT {', '.join(columns)} FROM {table}")
    except sqlite3.Error:
        return 0
    marks, num = ", ".join("?" * len(columns)), 0
    for row in rows:
        try:
            new.execute(f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})", row)
            num += 1
        except sqlite3.IntegrityError:
            continue  # a column of this version is missing in it
    return num


def _rows(db: sqlite3.Connection, query: str) -> Iterator[tuple[object, ...]]:
    cursor = db.execute(query)
    while True:
        try:
            row = cursor.fetchone()
        except sqlite3.Error:
            return  # the rest lies behind a damaged page
        if row is None:
            return
        yield row


def _is_wal_garbage(path: Path) -> bool:
    """Whether the write-ahead log is none; SQLite would drop it without a word."""
    wal = path.with_name(f"{path.name}-wal")
    if not wal.is_file():
        return False
    with wal.open("rb") as file:
        head = file.read(4)
    return len(head) > 0 and int.from_bytes(head, "big") not in _WAL_MAGIC
