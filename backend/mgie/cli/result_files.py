"""The files of a picture's results: checked before the edit, written after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mgie.api.picture import Picture
from mgie.api.text import clean_text
from mgie.atomic_write import write_atomically
from mgie.cli.jobs import PictureJob, numbered
from mgie.compose.region import picture_rect
from mgie.errors import MgieError, NotSaved, SavedElsewhere
from mgie.files.document import Document
from mgie.files.formats import open_document
from mgie.files.openraster import NewLayer
from mgie.files.output import check_output, check_place
from mgie.files.save import Saved, save_document, save_result

if TYPE_CHECKING:
    from mgie.cli.results import Edited
    from mgie.cli.show import Reporter
    from mgie.files.record import EditRecord


def open_checked(job: PictureJob, *others: Path) -> Document:
    """Read the picture of a job, and refuse outputs that could not be written; others: further files."""
    document = open_document(job.input)
    for index in range(len(job.seeds)):
        check_output(job.output_of(index), document, job.input, num_files=len(job.seeds))
    for path in others:
        check_place(path)
    return document


def write_results(results: Sequence[Edited], job: PictureJob, document: Document, reporter: Reporter) -> None:
    """Write every result and say what became of it. Raises SavedElsewhere or NotSaved after the last one."""
    problems: list[MgieError] = []
    for index, result in enumerate(results):
        path = job.output_of(index)
        try:
            saved = write_result(path, job.input, document, result)
        except MgieError as problem:  # the other results are still to be saved
            problems.append(problem)
            continue
        edits = result.provenance.edits
        name = clean_text(str(path))
        reporter.note(
            "result",
            f"{name}: seed {result.seed}, {_changes(edits, saved)}{_why(result)}",
            path=name,
            seed=result.seed,
            standing=result.standing,
            output_digest=result.provenance.output_digest,
            largest_change_by_format=saved.largest_change,
            left_out=document.left_out,
            edits=[edit.report for edit in edits],
        )
    if len(problems) == 1:
        raise problems[0]
    if problems:
        kind = NotSaved if any(isinstance(problem, NotSaved) for problem in problems) else SavedElsewhere
        raise kind("; ".join(str(problem) for problem in problems))
    for note in document.notes:
        reporter.note("warning", f"note: {note}", reason="READ", message=note)
    if document.left_out:
        line = f"note: {document.left_out} of {clean_text(job.input.name)} are not in the result"
        reporter.note("warning", line, reason="LEFT_OUT", message=line)


def write_result(path: Path, source: Path, document: Document, result: Edited) -> Saved:
    """Write a picture file, or a copy of an OpenRaster file with the edits as layers."""
    layers = [
        NewLayer(name=layer.name, rect=layer.rect, pixels=layer.pixels, shown=layer.weight)
        for layer in result.layers
    ]
    edited = replace(document, picture=result.picture)
    return save_result(path, edited, result.provenance, source=source, layers=layers)


def write_extras(results: Sequence[Edited], *, change_map: Path | None, record: Path | None) -> None:
    """Write the change maps and records that were asked for."""
    for index, result in enumerate(results):
        if change_map:
            _write_change_map(numbered(change_map, index, len(results)), result)
        if record:
            text = result.provenance.to_json() + "\n"
            write_atomically(numbered(record, index, len(results)), text.encode())


def _changes(edits: Sequence[EditRecord], saved: Saved) -> str:
    """What became of the pixels, as far as it is true of the file."""
    changed = _count(edits, "num_changed")
    if saved.note:
        return f"{changed} px changed by the edit; {saved.note}"
    return f"{changed} px changed, {_count(edits, 'num_changed_outside')} outside the selection"


def _why(result: Edited) -> str:
    return f"; {result.standing}" if result.standing else ""


def _count(edits: Sequence[EditRecord], name: str) -> int:
    return sum(round(edit.report.get(name, 0)) for edit in edits)


def _write_change_map(path: Path, result: Edited) -> None:
    whole = np.zeros((result.picture.height, result.picture.width, 1), np.uint8)
    for layer in result.layers:
        part = whole[layer.rect.within(picture_rect(result.picture))]
        np.maximum(part, layer.change_map[..., None], out=part)
    save_document(path, Document(picture=Picture(pixels=whole)))
