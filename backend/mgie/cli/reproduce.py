"""`mgie reproduce`: run a picture's recorded edits again, and say how the outcome compares."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mgie.cli.edit_options import FILE
from mgie.cli.server_options import ServerChoice, remote_options

if TYPE_CHECKING:
    from mgie.api.picture import Picture
    from mgie.cli.jobs import PictureJob
    from mgie.cli.results import Edited
    from mgie.client.blocking import Client
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
@click.option("--model", default="", help="Name or folder of the model.  [default: the recorded name]")
@click.option(
    "--device",
    default="",
    help="cpu, cuda, cuda:1, mps, auto.  [default: cpu; with --server its own]",
)
@click.option(
    "--tolerance",
    default=2 / 255,
    show_default="2/255",
    help="Largest difference that counts as equal, of the format's range.",
)
@click.option("--json", "as_json", is_flag=True, help="The verdict as one JSON object.")
@remote_options
def reproduce(
    file: Path,
    source: Path | None,
    model: str,
    device: str,
    tolerance: float,
    as_json: bool,
    server: str,
    fingerprint: str,
    token_file: Path | None,
    remember: str,
) -> None:
    """Do the edits recorded in FILE again and compare.

    Says "bit-equal" or "equal within tolerance" (exit status 0), "different" (1), or "cannot" and why (2).
    """
    from mgie.api.failure import ServiceError
    from mgie.errors import MgieError

    choice = ServerChoice(
        model=model,
        device=device or ("auto" if server else "cpu"),
        server=server,
        fingerprint=fingerprint,
        token_file=token_file,
        remember=remember,
    )
    try:
        verdict = _reproduce(file, source, choice, tolerance)
    except (MgieError, ServiceError) as error:
        verdict = Verdict(outcome="cannot", reasons=(str(error),))
    if as_json:
        values = {"outcome": verdict.outcome, "reasons": verdict.reasons}
        click.echo(json.dumps({**values, "largest_difference": verdict.largest_difference}))
    else:
        click.echo("; ".join([verdict.outcome, *verdict.reasons]))
    raise SystemExit(EXIT_STATUS[verdict.outcome])


def _reproduce(file: Path, source: Path | None, choice: ServerChoice, tolerance: float) -> Verdict:
    from dataclasses import replace

    from mgie.api.text import shown_name
    from mgie.cli.edit_run import perform
    from mgie.cli.server_connection import connected, model_name
    from mgie.cli.show import SilentReporter
    from mgie.files.formats import open_document
    from mgie.files.record import pixel_digest

    document = open_document(file)
    record = document.provenance
    if record is None or not record.edits:
        return Verdict(outcome="cannot", reasons=(f"{shown_name(file)} carries no edit record",))
    source = source or file.with_name(record.input_name)
    if not source.is_file() or source.resolve() == file.resolve():
        return Verdict(outcome="cannot", reasons=(f"{record.input_name} is not there; give it with --input",))
    original = open_document(source)
    if pixel_digest(original.picture) != record.input_digest:
        problem = f"{record.input_name} is not the picture the edit was made from: its pixels differ"
        return Verdict(outcome="cannot", reasons=(problem,))
    choice = replace(choice, model=choice.model or record.edits[0].model)
    with connected(choice) as client:
        problem = _other_weights(client, model_name(choice), record)
        if problem:
            return Verdict(outcome="cannot", reasons=(problem,))
        job = job_from_record(record, source, model_name(choice))
        (again,) = perform(client, job, original.picture, SilentReporter())  # a record has one seed
    return _compare(document.picture, record, again, tolerance)


def job_from_record(record: Provenance, source: Path, model: str = "") -> PictureJob:
    """The job that a record's edits came from."""
    from mgie.api.rect import Rect
    from mgie.cli.jobs import PictureJob, RegionJob, compose_from
    from mgie.files.record import decode_mask

    regions: list[RegionJob] = []
    for edit in record.edits:
        mask = decode_mask(edit)
        regions.append(
            RegionJob(
                instruction=edit.instruction,
                expressive_instruction=edit.corrected_instruction or "",
                rect=Rect(*edit.rect),
                mask=None if mask is None else mask.tobytes(),
            )
        )
    first = record.edits[0]
    return PictureJob(
        input=source,
        output=source,
        regions=tuple(regions),
        seeds=(first.seed,),
        model=model,
        options=first.sampling,
        compose=compose_from(first.compose),
    )


def _other_weights(client: Client, model: str, record: Provenance) -> str:
    """Why the model cannot repeat the record, "" when it can."""
    found = client.get_model(f"models/{model or client.info().default_model}")
    recorded = record.edits[0].model_digest
    if found.digest == recorded:
        return ""
    return f"model {found.id} has other weights ({found.digest[:12]}) than those recorded ({recorded[:12]})"


def _compare(found: Picture, record: Provenance, again: Edited, tolerance: float) -> Verdict:
    import numpy as np

    from mgie.files.record import pixel_digest

    reasons: list[str] = []
    if pixel_digest(found) != (record.file_digest or record.output_digest):
        reasons.append("the file's pixels were changed after the edit was recorded")
    if again.provenance.output_digest == record.output_digest:
        return Verdict(outcome="bit-equal", reasons=tuple(reasons))
    reasons += _differing_versions(record.versions, again.provenance.versions)
    pixels = again.picture.pixels
    if found.pixels.shape != pixels.shape or found.pixels.dtype != pixels.dtype:
        return Verdict(outcome="different", reasons=(*reasons, "the pixels have another format"))
    difference = np.abs(found.pixels.astype(np.float64) - pixels) / again.picture.white
    largest = float(difference.max())
    reasons.append(f"largest difference {largest:.5f} of the range")
    outcome = "equal within tolerance" if largest <= tolerance else "different"
    return Verdict(outcome=outcome, reasons=tuple(reasons), largest_difference=largest)


def _differing_versions(then: dict[str, str], here: dict[str, str]) -> list[str]:
    return [
        f"{key} {here[key]} here, {then[key]} then"
        for key in sorted(set(here) & set(then))
        if here[key] != then[key]
    ]
