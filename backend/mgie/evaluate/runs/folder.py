"""A run on disk: run.json, one records file per process, the pictures. A kill at any moment loses one batch.

A batch's pictures are written first, then its lines in one write. A line that a kill cut short is dropped.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from mgie.dataclass_reader import dataclass_from
from mgie.errors import BadData, BadOption
from mgie.evaluate.runs.config import RunConfig, Variant
from mgie.synth.light import Pixels

FORMAT = 1


class RecordKey(NamedTuple):
    """Which edit a record tells of."""

    item: int  # index in the data set
    seed: int
    image_guidance_scale: float


@dataclass(frozen=True, kw_only=True)
class Record:
    """One edit, or why there is none."""

    index: int  # in the data set
    key: str
    seed: int
    image_guidance_scale: float
    turn: int = 1
    is_last_turn: bool = True
    picture: str = ""  # file below the run's folder; "" where there is a problem
    problem: str = ""  # why the item could not be edited: it counts as unusable, not as zero
    item_digest: str = ""  # of the item as it was; see `mgie.evaluate.runs.same_items`
    instruction: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()
    expressive_instruction: str = ""
    raw_text: str = ""
    warning: str = ""
    encode_s: float | None = None
    sample_s: float | None = None
    num_in_batch: int = 1
    round_trip_l1: float | None = None

    @property
    def id(self) -> RecordKey:
        """What makes it unique in its run."""
        return RecordKey(self.index, self.seed, self.image_guidance_scale)


def write_config(folder: Path, config: RunConfig, about: dict[str, Any]) -> None:
    """Start a run's folder, or check that it belongs to the same run. Raises BadOption where it does not."""
    path = folder / "run.json"
    if path.is_file():
        before = read_config(folder)
        for name, value in asdict(config).items():
            if asdict(before)[name] != value:
                raise BadOption(
                    f"{folder} holds a run with {name} {asdict(before)[name]!r}, not {value!r}; "
                    "choose another folder"
                )
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(
        path, json.dumps({"format": FORMAT, "run": asdict(config), "about": about}, indent=1).encode()
    )


def read_config(folder: Path) -> RunConfig:
    """The configuration of a run's folder."""
    try:
        content = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise BadData(
                f"{folder / 'run.json'} has format {content['format']}; this program reads {FORMAT}"
            )
        return dataclass_from(RunConfig, content["run"], "run")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadData(f"{folder} is no run of `mgie evaluate run`: {error}") from error


def read_records(folder: Path) -> list[Record]:
    """All finished edits in the order of the data set, whichever process made them."""
    found: dict[RecordKey, Record] = {}
    for path in sorted(folder.glob("records-*.jsonl")):
        for line in path.read_bytes().split(b"\n")[:-1]:  # what follows the last newline was cut short
            record = _record(json.loads(line))
            found[record.id] = record
    return [found[key] for key in sorted(found)]


def append_records(folder: Path, rank: int, records: Sequence[Record]) -> None:
    """Add finished edits to the file of one process."""
    path = folder / f"records-{rank:05d}.jsonl"
    lines = "".join(json.dumps(asdict(record), ensure_ascii=False) + "\n" for record in records)
    with path.open("ab") as file:
        file.write(lines.encode())
        file.flush()
        os.fsync(file.fileno())


def drop_cut_line(folder: Path, rank: int) -> None:
    """Remove what a kill left of a line at the end of a process's own file."""
    path = folder / f"records-{rank:05d}.jsonl"
    if path.is_file():
        whole = path.read_bytes()
        kept = whole[: whole.rfind(b"\n") + 1]
        if kept != whole:
            write_atomically(path, kept)


def picture_name(key: str, index: int, variant: Variant) -> str:
    """Where an edited picture lies below the run's folder; any key makes a harmless file name."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", key)[:80]
    return f"pictures/seed{variant.seed}-ig{variant.image_guidance_scale:g}/{index:06d}-{plain}.png"


def write_picture(folder: Path, name: str, pixels: Pixels) -> None:
    """Write a PNG, whole or not at all."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=4)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / name, buffer.getvalue())


def read_answer(folder: Path, record: Record) -> Pixels:
    """The edited picture of a record."""
    with Image.open(folder / record.picture) as image:
        return np.array(image.convert("RGB"))


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside, then rename."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    beside.write_bytes(data)
    beside.replace(path)


def good(records: Iterable[Record]) -> list[Record]:
    """The records that have a picture."""
    return [record for record in records if not record.problem]


def _record(values: dict[str, Any]) -> Record:
    values["tags"] = tuple(values["tags"])
    return Record(**values)
