"""`mgie reproduce`: run a picture's recorded edits again, and say how the outcome compares."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mgie.cli.edit_options import FILE, load

if TYPE_CHECKING:
    from mgie.api.picture import Picture
    from mgie.files.document import Document
    from mgie.files.record import Provenance

EXIT_STATUS = {"bit-equal": 0, "equal within tolerance": 0, "different": 1, "cannot": 2}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How the rerun compares with the file."""

    outcome: str  # a key of EXIT_STATUS
    reasons: tuple[str, ...] = ()
    largest_difference: float = 0.0  # of the format's range


@click.command()
@click.argument("file", type=FILE)
@click.option("--input", "source", type=FILE, help="The picture it was made from.  [default: beside FILE]")
@click.option("--model", help="Name or folder of the model.  [default: the recorded name]")
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda, cuda:1, mps, auto.")
@click.option(
    "--tolerance",
    default=2 / 255,
    show_default="2/255",
    help="Largest difference that counts as equal, of the format's range.",
)
@click.option("--json", "as_json", is_flag=True, help="The verdict as one JSON object.")
def reproduce(
    file: Path, source: Path | None, model: str | None, device: str, tolerance: float, as_json: bool
) -> None:
    """Do the edits recorded in FILE again and compare.

    Says "bit-equal" or "equal within tolerance" (exit status 0), "different" (1), or "cannot" and why (2).
    """
    from mgie.errors import MgieError

    try:
        verdict = _reproduce(file, source, model, device, tolerance)
    except MgieError as error:
        verdict = Verdict(outcome="cannot", reasons=(str(error),))
    if as_json:
        values = {"outcome": verdict.outcome, "reasons": verdict.reasons}
        click.echo(json.dumps({**values, "largest_difference": verdict.largest_difference}))
    else:
        click.echo("; ".join([verdict.outcome, *verdict.reasons]))
    raise SystemExit(EXIT_STATUS[verdict.outcome])


def _reproduce(file: Path, source: Path | None, model: str | None, device: str, tolerance: float) -> Verdict:
    from mgie.files.formats import open_document

    document = open_document(file)
    record = document.provenance
    if record is None or not record.edits:
        return Verdict(outcome="cannot", reasons=(f"{file.name} carries no edit record",))
    source = source or file.with_name(record.input_name)
    if not source.is_file() or source.resolve() == file.resolve():
        return Verdict(outcome="cannot", reasons=(f"{record.input_name} is not there; give it with --input",))
    original = open_document(source)
    editor, device = load(model or record.edits[0].model, device)
    problem = _mismatch(record, original, editor)
    if problem:
        return Verdict(outcome="cannot", reasons=(problem,))
    return _compare(
        document.picture, record, _rerun(editor, record, source, original, device), tolerance, device
    )


def _mismatch(record: Provenance, original: Document, editor: Any) -> str:
    """Why the record cannot be followed, "" when it can."""
    from mgie.files.record import pixel_digest

    if pixel_digest(original.picture) != record.input_digest:
        return f"{record.input_name} is not the picture the edit was made from: its pixels differ"
    if editor.info.digest != record.edits[0].model_digest:
        return (
            f"model {editor.info.name} has other weights ({editor.info.digest[:12]}) than those recorded "
            f"({record.edits[0].model_digest[:12]})"
        )
    return ""


def _rerun(editor: Any, record: Provenance, source: Path, original: Document, device: str) -> Picture:
    from mgie.cli.jobs import job_from_record
    from mgie.cli.perform import perform
    from mgie.model.generators import drain

    events = perform(editor, job_from_record(record, source), original.picture, device=device)
    (edited,) = drain(events)  # a record has one seed
    return edited.picture


def _compare(found: Picture, record: Provenance, again: Picture, tolerance: float, device: str) -> Verdict:
    import numpy as np

    from mgie.files.record import pixel_digest

    digest = pixel_digest(again)
    reasons: list[str] = []
    if pixel_digest(found) != (record.file_digest or record.output_digest):
        reasons.append("the file's pixels were changed after the edit was recorded")
    if digest == record.output_digest:
        return Verdict(outcome="bit-equal", reasons=tuple(reasons))
    reasons += _differing_versions(record, device)
    if found.pixels.shape != again.pixels.shape or found.pixels.dtype != again.pixels.dtype:
        return Verdict(outcome="different", reasons=(*reasons, "the pixels have another format"))
    difference = np.abs(found.pixels.astype(np.float64) - again.pixels) / again.white
    largest = float(difference.max())
    reasons.append(f"largest difference {largest:.5f} of the range")
    outcome = "equal within tolerance" if largest <= tolerance else "different"
    return Verdict(outcome=outcome, reasons=tuple(reasons), largest_difference=largest)


def _differing_versions(record: Provenance, device: str) -> list[str]:
    from mgie.cli.perform import versions

    here = {**versions(), "device": device}
    keys = sorted(set(here) & set(record.versions))
    return [
        f"{key} {here[key]} here, {record.versions[key]} then"
        for key in keys
        if here[key] != record.versions[key]
    ]
