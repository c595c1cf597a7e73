"""`mgie batch`: many pictures, with one instruction or from a job file; stops and goes on where it was."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mgie.cli.edit_options import edit_options, job_values
from mgie.cli.server_options import take_choice

if TYPE_CHECKING:
    from mgie.cli.batch_state import BatchState
    from mgie.cli.jobs import PictureJob
    from mgie.cli.show import Reporter
    from mgie.client.blocking import Client

STATE_NAME = "mgie-batch.json"
JOB_FILES = (".yaml", ".yml", ".json")
DEFAULT_SEED = 0  # so that a batch that is run again is the same batch


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("-i", "--instruction", help="For a folder: what to do to every picture in it.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="For a folder: where the results go, under the same names.",
)
@click.option("--retries", default=1, show_default=True, help="Further attempts for an item that fails.")
@click.option("--again", is_flag=True, help="Also redo items that are done.")
@edit_options
def batch(
    source: Path,
    instruction: str | None,
    output: Path | None,
    retries: int,
    again: bool,
    **options: Any,
) -> None:
    """Edit every picture of SOURCE: a folder, or a YAML or JSON job file.

    Items that are done are remembered; started again, the batch does what is missing or failed, or whose
    picture, mask, model or options changed. The exit status is 1 when items failed.
    """
    from mgie.cli.server_connection import connected, model_name
    from mgie.cli.show import JsonReporter, TextReporter

    choice = take_choice(options)
    defaults = {"seed": DEFAULT_SEED, "model": model_name(choice), **job_values(options)}
    jobs, state = _jobs(source, instruction, output, defaults, is_forgotten=again)
    _check_outputs(jobs)
    with connected(choice) as client, JsonReporter() if options["as_json"] else TextReporter() as reporter:
        num_failed = _Runner(client, reporter, state, retries).run(jobs)
        summary = f"{len(jobs) - num_failed} of {len(jobs)} done, {num_failed} failed"
        reporter.note("finished", summary, done=len(jobs) - num_failed, failed=num_failed)
    if num_failed:
        raise SystemExit(1)


class _Runner:
    """Works through items on one server, remembering after each what became of it."""

    def __init__(self, client: Client, reporter: Reporter, state: BatchState, retries: int) -> None:
        self._client = client
        self._reporter = reporter
        self._state = state
        self._retries = retries

    def run(self, jobs: list[PictureJob]) -> int:
        """Do every job that is not done, whatever becomes of the others; returns how many failed."""
        from mgie.api.text import clean_text

        waiting = [job for job in jobs if not self._is_done(job)]
        started_s = time.monotonic()
        num_failed = 0
        for number, job in enumerate(waiting, 1):
            item_s = time.monotonic()
            self._state.keep(job, "begun", fingerprint=self._state.fingerprint(job, self._client))
            error = self._attempt(job)
            num_failed += bool(error)
            seconds = round(time.monotonic() - item_s, 2)
            status = "failed" if error else "done"
            fingerprint = "" if error else self._state.fingerprint(job, self._client)
            self._state.keep(job, status, fingerprint=fingerprint, error=error, seconds=seconds)
            eta_s = (time.monotonic() - started_s) / number * (len(waiting) - number)
            name = clean_text(job.input.name)
            self._reporter.note(
                f"item_{status}",
                f"[{number}/{len(waiting)}] {name}: {error or f'done in {seconds:.1f} s'}; "
                f"about {eta_s:.0f} s left",
                input=clean_text(str(job.input)),
                output=clean_text(str(job.output)),
                error=error,
                eta_s=round(eta_s, 1),
            )
        return num_failed

    def _is_done(self, job: PictureJob) -> bool:
        from mgie.api.text import clean_text

        if not self._state.is_done(job, self._client):
            return False
        name = clean_text(str(job.input))
        self._reporter.note("item_skipped", f"{clean_text(job.input.name)}: done before", input=name)
        return True

    def _attempt(self, job: PictureJob) -> str:
        """What went wrong, in one sentence; "" where nothing did. Raises what would fail every item."""
        from mgie.cli.edit_run import perform
        from mgie.cli.result_files import open_checked, write_results
        from mgie.cli.sentences import ends_batch, sentence

        try:
            document = open_checked(job)
            results = perform(self._client, job, document.picture, self._reporter, retries=self._retries)
            write_results(results, job, document, self._reporter)
        except Exception as problem:
            if ends_batch(problem):
                raise
            return sentence(problem)
        return ""


def _jobs(
    source: Path,
    instruction: str | None,
    output: Path | None,
    defaults: dict[str, Any],
    *,
    is_forgotten: bool,
) -> tuple[list[PictureJob], BatchState]:
    """The jobs, and what became of them before."""
    from mgie.cli.batch_state import read_state
    from mgie.cli.jobs import read_jobs

    if source.is_file():
        if source.suffix.lower() not in JOB_FILES:
            raise click.UsageError(f"{source} is neither a folder nor a {', '.join(JOB_FILES)} file")
        if instruction or output:
            raise click.UsageError("a job file names its own instructions and outputs")
        state = read_state(source.with_name(f"{source.stem}.{STATE_NAME}"), is_forgotten=is_forgotten)
        return read_jobs(source, defaults), state
    if not source.is_dir():
        raise click.UsageError(f"{source} is neither a folder nor a file")
    if not instruction or not output:
        raise click.UsageError("a folder needs --instruction and --output")
    state = read_state(output / STATE_NAME, is_forgotten=is_forgotten)
    return _folder_jobs(source, output, {**defaults, "instruction": instruction}, state.written), state


def _folder_jobs(
    folder: Path, output: Path, values: dict[str, Any], written: Collection[str]
) -> list[PictureJob]:
    """written: results of the batch itself, which may lie in its own folder."""
    from mgie.cli.jobs import job_from
    from mgie.errors import BadData
    from mgie.files.formats import READABLE

    results = {os.path.realpath(path) for path in written}
    pictures = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in READABLE and os.path.realpath(path) not in results
    )
    if not pictures:
        raise BadData(f"{folder} holds no pictures; choose a folder with {', '.join(READABLE)} files")
    names = _output_names(pictures)
    return [
        job_from(Path(), {**values, "input": path, "output": output / name})
        for path, name in zip(pictures, names, strict=True)
    ]


def _output_names(pictures: list[Path]) -> list[str]:
    """The same names, with .png where their own kind is not written: same.bmp.png beside same.png."""
    from mgie.files.formats import WRITABLE

    kept = {path.name for path in pictures if path.suffix.lower() in WRITABLE}
    names: list[str] = []
    for path in pictures:
        name = f"{path.stem}.png"
        names.append(path.name if path.name in kept else f"{path.name}.png" if name in kept else name)
    return names


def _check_outputs(jobs: list[PictureJob]) -> None:
    """Refuse two results in one file, and a result in place of a picture that is still to be read."""
    from mgie.api.text import clean_text
    from mgie.errors import BadOption

    inputs = {os.path.realpath(job.input): job for job in jobs}
    taken: dict[str, PictureJob] = {}
    for job in jobs:
        for index in range(len(job.seeds)):
            path = os.path.realpath(job.output_of(index))
            other = taken.setdefault(path, job)
            if other is not job:
                pair = f"{clean_text(other.input.name)} and {clean_text(job.input.name)}"
                raise BadOption(
                    f"{pair} would both be written to {clean_text(path)}; give each its own output"
                )
            reader = inputs.get(path, job)
            if reader is not job:
                raise BadOption(
                    f"{clean_text(path)} is the input of one item and the output of another; "
                    "give the result another name"
                )
