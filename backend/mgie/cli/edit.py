"""`mgie edit`: one picture, one instruction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mgie.cli.edit_options import FILE, edit_options, job_values, load

if TYPE_CHECKING:
    from mgie.cli.jobs import PictureJob
    from mgie.cli.perform import Edited
    from mgie.cli.show import Reporter
    from mgie.client.client import Client
    from mgie.files.document import Document
    from mgie.files.record import EditRecord
    from mgie.files.save import Saved


@click.command()
@click.argument("picture", type=FILE)
@click.argument("instruction")
@click.option("-o", "--output", type=FILE, required=True, help="PNG, TIFF, JPEG, WebP; .ora adds a layer.")
@click.option("--expressive", help="Your own wording of what to do, used instead of the model's.")
@click.option("--change-map", type=FILE, help="Also write a gray picture of what changed, and how much.")
@click.option("--record", type=FILE, help="Also write the edit record as JSON.")
@edit_options
def edit(
    picture: Path,
    instruction: str,
    output: Path,
    expressive: str | None,
    change_map: Path | None,
    record: Path | None,
    **options: Any,
) -> None:
    """Edit PICTURE as INSTRUCTION says, and write the result to OUTPUT.

    The result keeps the picture's depth, alpha and colour profile. Outside the
    selection not one value changes.
    """
    from mgie.cli.jobs import job_from
    from mgie.cli.remote import server_for
    from mgie.cli.show import JsonReporter, TextReporter

    values = job_values(options) | {"input": picture, "output": output, "instruction": instruction}
    if expressive is not None:
        values["expressive"] = expressive
    job = job_from(Path(), values)
    document = open_checked(job, *(path for path in (change_map, record) if path))
    with JsonReporter() if options["as_json"] else TextReporter() as reporter:
        server = server_for(job, options["model"], options["device"])
        if server is not None:
            results = run_job_remotely(server, job, document, reporter, model=options["model"])
        else:
            editor, device = load(options["model"], options["device"])
            results = run_job(editor, job, document, reporter, device=device)
        for index, result in enumerate(results):
            if change_map:
                _write_change_map(change_map.with_stem(_numbered(change_map, job, index)), result)
            if record:
                text = result.provenance.to_json() + "\n"
                record.with_stem(_numbered(record, job, index)).write_text(text, encoding="utf-8")


def run_job(
    editor: Any, job: PictureJob, document: Document, reporter: Reporter, *, device: str
) -> list[Edited]:
    """Edit one picture and write every result."""
    from mgie.cli.perform import perform
    from mgie.model.generators import drain

    results = drain(perform(editor, job, document.picture, device=device), reporter.event)
    return write_results(results, job, document, reporter)


def run_job_remotely(
    server: Client, job: PictureJob, document: Document, reporter: Reporter, *, model: str
) -> list[Edited]:
    """The same on the running backend; ends the connection."""
    from mgie.cli.remote import perform_remotely
    from mgie.model.generators import drain

    with server:
        results = drain(perform_remotely(server, job, document.picture, model), reporter.event)
    return write_results(results, job, document, reporter)


def write_results(
    results: list[Edited], job: PictureJob, document: Document, reporter: Reporter
) -> list[Edited]:
    """Write every result and say what became of it."""
    from mgie.api.text import clean_text
    from mgie.errors import MgieError, SavedElsewhere

    problems: list[MgieError] = []
    for index, result in enumerate(results):
        path = job.output_of(index)
        try:
            saved = write_result(path, job.input, document, result)
        except MgieError as problem:  # the other results are still to be saved
            problems.append(problem)
            continue
        edits = result.provenance.edits
        reporter.note(
            "result",
            f"{clean_text(str(path))}: seed {job.seeds[index]}, {_changes(edits, saved)}",
            path=clean_text(str(path)),
            seed=job.seeds[index],
            output_digest=result.provenance.output_digest,
            largest_change_by_format=saved.largest_change,
            left_out=document.left_out,
            edits=[edit.report for edit in edits],
        )
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise SavedElsewhere("; ".join(str(problem) for problem in problems))
    for note in document.notes:
        reporter.note("warning", f"note: {note}", message=note)
    if document.left_out:
        note = f"{document.left_out} of {clean_text(job.input.name)} not in the result"
        reporter.note("warning", f"note: {note}", message=note)
    return results


def _changes(edits: tuple[EditRecord, ...], saved: Saved) -> str:
    """What became of the pixels, as far as it is true of the file."""
    changed = sum(edit.report["num_changed"] for edit in edits)
    if saved.note:
        return f"{changed} px changed by the edit; {saved.note}"
    outside = sum(edit.report["num_changed_outside"] for edit in edits)
    return f"{changed} px changed, {outside} outside the selection"


def write_result(path: Path, source: Path, document: Document, result: Edited) -> Saved:
    """Write a picture file, or a copy of an OpenRaster file with the edit as layers."""
    from dataclasses import replace

    from mgie.files.openraster import NewLayer
    from mgie.files.save import save_result

    layers = [
        NewLayer(name=layer.name, rect=layer.rect, pixels=layer.pixels, shown=layer.mask)
        for layer in result.layers
    ]
    edited = replace(document, picture=result.picture)
    return save_result(path, edited, result.provenance, source=source, layers=layers)


def open_checked(job: PictureJob, *others: Path) -> Document:
    """Read the picture of a job, and refuse outputs that could not be written; others: further files."""
    from mgie.files.formats import open_document
    from mgie.files.output import check_output, check_place

    document = open_document(job.input)
    for index in range(len(job.seeds)):
        check_output(job.output_of(index), document, job.input, num_files=len(job.seeds))
    for path in others:
        check_place(path)
    return document


def _write_change_map(path: Path, result: Edited) -> None:
    import numpy as np

    from mgie.api.picture import Picture
    from mgie.compose.region import picture_rect
    from mgie.files.document import Document
    from mgie.files.save import save_document

    whole = np.zeros((result.picture.height, result.picture.width, 1), np.uint8)
    for layer in result.layers:
        part = whole[layer.rect.within(picture_rect(result.picture))]
        np.maximum(part, layer.change_map[..., None], out=part)
    save_document(path, Document(picture=Picture(pixels=whole)))


def _numbered(path: Path, job: PictureJob, index: int) -> str:
    return path.stem if len(job.seeds) == 1 else f"{path.stem}-{index + 1}"
