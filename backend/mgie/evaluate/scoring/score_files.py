"""Scores on disk: `scores/FAMILY.jsonl` beside a run's records, a line per answer; a stop loses a few."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mgie.evaluate.datasets.catalogue import open_dataset
from mgie.evaluate.metrics.backbones import BackboneMissing
from mgie.evaluate.runs.config import RunConfig
from mgie.evaluate.runs.fit import reference
from mgie.evaluate.runs.folder import (
    Record,
    RecordKey,
    good,
    read_answer,
    read_config,
    read_records,
    write_atomically,
)
from mgie.evaluate.runs.same_items import item_of
from mgie.evaluate.scoring.scorers import FAMILIES, Judged, Numbers, Scorer, open_scorer

log = logging.getLogger(__name__)

FID_FILE = "fid.json"
_MISSING_FILE = "missing.json"
_LINES_AT_ONCE = 32


@dataclass(frozen=True, kw_only=True)
class ScoredRun:
    """A run with all its numbers."""

    folder: Path
    config: RunConfig
    records: list[Record]  # problems included
    numbers: dict[RecordKey, Numbers]  # of every answer, all families together
    missing: dict[str, str]  # family -> why it could not be computed
    fid: float | None = None  # of all answers of the first seed, where it was computed

    @property
    def num_bad(self) -> int:
        """Items that could not be edited."""
        return len({record.index for record in self.records if record.problem})


def score_run(
    folder: Path,
    families: Sequence[str] = FAMILIES,
    *,
    backbones: Path | None = None,
    device: str = "cpu",
) -> Iterator[tuple[int, int]]:
    """Compute what is not on disk yet; yields (answers done, all). A missing network is written down.

    Raises BadData where an item is not the one that was edited.
    """
    config, records = read_config(folder), good(read_records(folder))
    scorers: dict[str, Scorer] = {}
    missing: dict[str, str] = {}
    for family in families:
        try:
            scorers[family] = open_scorer(family, backbones, device)
        except BackboneMissing as error:
            log.warning("family=%s is missing: %s", family, error)
            missing[family] = str(error)
    (folder / "scores").mkdir(exist_ok=True)
    _note_missing(folder, missing, scorers)
    done = {family: read_numbers(folder, family) for family in scorers}
    source = open_dataset(config.dataset)
    waiting: dict[str, list[str]] = {family: [] for family in scorers}
    for family in scorers:
        _rewrite(folder, family, done[family])
    for number, record in enumerate(records, start=1):
        wanted = [family for family in scorers if record.id not in done[family]]
        if wanted:
            item = item_of(record, source, folder)
            judged = Judged(
                record=record,
                item=item,
                reference=reference(item, config.fit, config.size_px),
                answer=read_answer(folder, record),
            )
            for family in wanted:
                waiting[family].append(json.dumps({"id": record.id, "numbers": scorers[family](judged)}))
        if number % _LINES_AT_ONCE == 0 or number == len(records):
            _append(folder, waiting)
        yield number, len(records)


def read_scored(folder: Path) -> ScoredRun:
    """A run with whatever was computed of it so far."""
    numbers: dict[RecordKey, Numbers] = {}
    for path in sorted((folder / "scores").glob("*.jsonl")):
        for key, values in read_numbers(folder, path.stem).items():
            numbers.setdefault(key, {}).update(values)
    fid = folder / "scores" / FID_FILE
    return ScoredRun(
        folder=folder,
        config=read_config(folder),
        records=read_records(folder),
        numbers=numbers,
        missing=_read_missing(folder),
        fid=json.loads(fid.read_text(encoding="utf-8"))["fid"] if fid.is_file() else None,
    )


def read_numbers(folder: Path, family: str) -> dict[RecordKey, Numbers]:
    """One family's numbers; a line that a kill cut short is left out."""
    path = folder / "scores" / f"{family}.jsonl"
    found: dict[RecordKey, Numbers] = {}
    if path.is_file():
        for line in path.read_bytes().split(b"\n")[:-1]:
            values = json.loads(line)
            found[RecordKey(*values["id"])] = values["numbers"]
    return found


def _rewrite(folder: Path, family: str, done: dict[RecordKey, Numbers]) -> None:
    """Without the rest of a line at the end."""
    lines = "".join(json.dumps({"id": key, "numbers": values}) + "\n" for key, values in done.items())
    write_atomically(folder / "scores" / f"{family}.jsonl", lines.encode())


def _append(folder: Path, waiting: dict[str, list[str]]) -> None:
    for family, lines in waiting.items():
        with (folder / "scores" / f"{family}.jsonl").open("a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        lines.clear()


def _note_missing(folder: Path, missing: dict[str, str], scorers: dict[str, Scorer]) -> None:
    kept = {
        family: why
        for family, why in {**_read_missing(folder), **missing}.items()
        if family not in scorers and not (folder / "scores" / f"{family}.jsonl").is_file()
    }
    write_missing(folder, kept)


def write_missing(folder: Path, missing: dict[str, str]) -> None:
    """Note why families were not computed."""
    write_atomically(folder / "scores" / _MISSING_FILE, json.dumps(missing, indent=1).encode())


def _read_missing(folder: Path) -> dict[str, str]:
    path = folder / "scores" / _MISSING_FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
