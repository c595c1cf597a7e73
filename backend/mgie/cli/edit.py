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
    from mgie.files.formats import open_document

    values = job_values(options) | {"input": picture, "output": output, "instruction": instruction}
    if expressive is not None:
        values["expressive"] = expressive
    job = job_from(Path(), values)
    check_output(job)
    document = open_document(job.input)
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
    for index, result in enumerate(results):
        path = job.output_of(index)
        write_result(path, job.input, document, result)
        edits = result.provenance.edits
        outside = sum(edit.report["num_changed_outside"] for edit in edits)
        changed = sum(edit.report["num_changed"] for edit in edits)
        reporter.note(
            "result",
            f"{path}: seed {job.seeds[index]}, {changed} px changed, {outside} outside the selection",
            path=str(path),
            seed=job.seeds[index],
            output_digest=result.provenance.output_digest,
            edits=[edit.report for edit in edits],
        )
    return results


def write_result(path: Path, source: Path, document: Document, result: Edited) -> None:
    """Write a picture file, or a copy of an OpenRaster file with the edit as layers."""
    from dataclasses import replace

    from mgie.compose.provenance import to_xmp
    from mgie.files.formats import save_document
    from mgie.files.openraster import add_layers

    if path.suffix.lower() == ".ora":
        layers = [(layer.name, layer.rect, layer.pixels, layer.mask) for layer in result.layers]
        add_layers(source, path, result.picture, layers, result.provenance)
    else:
        xmp = to_xmp(result.provenance)
        save_document(path, replace(document, picture=result.picture, xmp=xmp))


def check_output(job: PictureJob) -> None:
    """Refuse an output that cannot be written, before any work is done."""
    from mgie.errors import BadOption
    from mgie.files.formats import WRITABLE

    suffix = job.output.suffix.lower()
    if suffix not in WRITABLE:
        raise BadOption(f"{job.output.name}: cannot write this kind of picture; choose {', '.join(WRITABLE)}")
    if suffix == ".ora" and job.input.suffix.lower() != ".ora":
        raise BadOption(
            f"{job.output.name}: an .ora result is a copy of an .ora input; choose another ending"
        )


def _write_change_map(path: Path, result: Edited) -> None:
    import numpy as np

    from mgie.api.picture import Picture
    from mgie.compose.region import picture_rect
    from mgie.files.document import Document
    from mgie.files.formats import save_document

    whole = np.zeros((result.picture.height, result.picture.width, 1), np.uint8)
    for layer in result.layers:
        part = whole[layer.rect.within(picture_rect(result.picture))]
        np.maximum(part, layer.change_map[..., None], out=part)
    save_document(path, Document(picture=Picture(pixels=whole)))


def _numbered(path: Path, job: PictureJob, index: int) -> str:
    return path.stem if len(job.seeds) == 1 else f"{path.stem}-{index + 1}"
