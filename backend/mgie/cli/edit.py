"""`mgie edit`: one picture, one instruction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mgie.cli.edit_options import FILE, edit_options, job_values
from mgie.cli.server_options import take_choice

if TYPE_CHECKING:
    from mgie.cli.jobs import PictureJob
    from mgie.client.blocking import Client
    from mgie.files.document import Document


@click.command()
@click.argument("picture", type=FILE)
@click.argument("instruction")
@click.option("-o", "--output", type=FILE, required=True, help="PNG, TIFF, JPEG, WebP; .ora adds a layer.")
@click.option("--expressive", help="Your own wording of what to do, used instead of the model's.")
@click.option("--change-map", type=FILE, help="Also write a gray picture of what changed, and how much.")
@click.option("--record", type=FILE, help="Also write the edit record as JSON.")
@click.option("--dry-run", is_flag=True, help="Say whether it fits and how long it takes; edit nothing.")
@edit_options
def edit(
    picture: Path,
    instruction: str,
    output: Path,
    expressive: str | None,
    change_map: Path | None,
    record: Path | None,
    dry_run: bool,
    **options: Any,
) -> None:
    """Edit PICTURE as INSTRUCTION says, and write the result to OUTPUT.

    The result keeps the picture's depth, alpha and colour profile. Outside the
    selection not one value changes. The exit status is 3 where the model
    declines the request; nothing is written then.
    """
    from mgie.cli.edit_run import perform
    from mgie.cli.jobs import job_from
    from mgie.cli.result_files import open_checked, write_extras, write_results
    from mgie.cli.server_connection import connected, model_name
    from mgie.cli.show import JsonReporter, TextReporter

    choice = take_choice(options)
    values = job_values(options) | {"input": picture, "output": output, "instruction": instruction}
    job = job_from(Path(), values | {"expressive": expressive, "model": model_name(choice)})
    extras = {"change_map": change_map, "record": record}
    document = open_checked(job, *(path for path in extras.values() if path))
    with connected(choice) as client, JsonReporter() if options["as_json"] else TextReporter() as reporter:
        if dry_run:
            click.echo(_estimate(client, job, document))
            return
        results = perform(client, job, document.picture, reporter)
        write_results(results, job, document, reporter)
        write_extras(results, **extras)


def _estimate(client: Client, job: PictureJob, document: Document) -> str:
    from mgie.api.system import EstimateRequest

    request = EstimateRequest(
        model=job.model,
        width=document.picture.width,
        height=document.picture.height,
        options=job.options,
        num_seeds=len(job.seeds),
    )
    estimate = client.estimate(request)
    took = "" if estimate.seconds is None else f"about {estimate.seconds:.0f} s"
    wait = f"after waiting about {estimate.wait_s:.0f} s" if estimate.wait_s else ""
    facts = "fits" if estimate.fits else "does not fit"
    return "; ".join(part for part in (facts, took, wait, estimate.explanation) if part)
