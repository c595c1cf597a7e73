"""`mgie batch`: many pictures, with one instruction or from a job file; stops and goes on where it was."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mgie.cli.edit_options import edit_options, job_values, load

if TYPE_CHECKING:
    from mgie.cli.jobs import PictureJob
    from mgie.cli.show import Reporter

STATE_NAME = "mgie-batch.json"
JOB_FILES = (".yaml", ".yml", ".json")
DEFAULT_SEED = 0  # so that a batch that is run again is the same batch


@dataclass(frozen=True, kw_only=True)
class ItemState:
    """What became of an item."""

    fingerprint: str  # of the job and its input file
    status: str  # "done" or "failed"
    error: str = ""
    seconds: float = 0.0


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

    Items that are done are remembered; started again, the batch does what is missing or failed. The exit
    status is 1 when items failed.
    """
    from mgie.cli.show import JsonReporter, TextReporter

    jobs, state_path = _jobs(source, instruction, output, job_values(options))
    state = {} if again else _read_state(state_path)
    with JsonReporter() if options["as_json"] else TextReporter() as reporter:
        waiting = [job for job in jobs if not _is_done(job, state)]
        for job in jobs:
            if job not in waiting:
                reporter.note("item_skipped", f"{job.input.name}: done before", input=str(job.input))
        if waiting:
            runner = _Runner(options["model"], options["device"], reporter, state_path, state, retries)
            runner.run(waiting)
        failed = [job for job in jobs if state[str(job.output)].status == "failed"]
        summary = f"{len(jobs) - len(failed)} of {len(jobs)} done, {len(failed)} failed"
        reporter.note("finished", summary, done=len(jobs) - len(failed), failed=len(failed))
    if failed:
        raise SystemExit(1)


class _Runner:
    """Works through items, on the running backend or here, remembering after each what became of it."""

    def __init__(
        self,
        model: str,
        device: str,
        reporter: Reporter,
        state_path: Path,
        state: dict[str, ItemState],
        retries: int,
    ) -> None:
        self._model = model
        self._device = device
        self._loaded: tuple[Any, str] | None = None  # the editor of this process, with its device
        self._reporter = reporter
        self._state_path = state_path
        self._state = state
        self._retries = retries

    def run(self, jobs: list[PictureJob]) -> None:
        """Do every job, whatever becomes of the others."""
        started_s = time.monotonic()
        for number, job in enumerate(jobs, 1):
            item = self._attempt(job)
            self._state[str(job.output)] = item
            _write_state(self._state_path, self._state)
            eta_s = (time.monotonic() - started_s) / number * (len(jobs) - number)
            text = item.error or f"done in {item.seconds:.1f} s"
            self._reporter.note(
                f"item_{item.status}",
                f"[{number}/{len(jobs)}] {job.input.name}: {text}; about {eta_s:.0f} s left",
                input=str(job.input),
                output=str(job.output),
                error=item.error,
                eta_s=round(eta_s, 1),
            )

    def _attempt(self, job: PictureJob) -> ItemState:
        from mgie.errors import MgieError

        started_s = time.monotonic()
        error = ""
        for _ in range(self._retries + 1):
            run = self._where(job)
            try:
                run()
            except MgieError as problem:
                error = f"{problem.reason}: {problem}"
            except OSError as problem:
                error = f"{type(problem).__name__}: {problem.strerror}"
            else:
                seconds = round(time.monotonic() - started_s, 2)
                return ItemState(fingerprint=_fingerprint(job), status="done", seconds=seconds)
        return ItemState(fingerprint=_fingerprint(job), status="failed", error=error)

    def _where(self, job: PictureJob) -> Callable[[], object]:
        """The work on an item where it can be done now; a model that cannot be loaded ends the batch."""
        from mgie.cli.edit import open_checked, run_job, run_job_remotely
        from mgie.cli.remote import server_for

        server = server_for(job, self._model, self._device)
        if server is not None:
            return lambda: run_job_remotely(server, job, open_checked(job), self._reporter, model=self._model)
        self._loaded = self._loaded or load(self._model, self._device)
        editor, device = self._loaded
        return lambda: run_job(editor, job, open_checked(job), self._reporter, device=device)


def _jobs(
    source: Path, instruction: str | None, output: Path | None, defaults: dict[str, Any]
) -> tuple[list[PictureJob], Path]:
    """The jobs, and where their state is kept."""
    from mgie.cli.jobs import read_jobs

    defaults = {"seed": DEFAULT_SEED, **defaults}
    if source.is_file():
        if source.suffix.lower() not in JOB_FILES:
            raise click.UsageError(f"{source} is neither a folder nor a {', '.join(JOB_FILES)} file")
        if instruction or output:
            raise click.UsageError("a job file names its own instructions and outputs")
        jobs = read_jobs(source, defaults)
        return jobs, source.with_name(f"{source.stem}.{STATE_NAME}")
    if not instruction or not output:
        raise click.UsageError("a folder needs --instruction and --output")
    return _folder_jobs(source, output, {**defaults, "instruction": instruction}), output / STATE_NAME


def _folder_jobs(folder: Path, output: Path, values: dict[str, Any]) -> list[PictureJob]:
    from mgie.cli.jobs import job_from
    from mgie.errors import BadData
    from mgie.files.formats import READABLE, WRITABLE

    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in READABLE)
    if not pictures:
        raise BadData(f"{folder} holds no pictures; choose a folder with {', '.join(READABLE)} files")
    jobs: list[PictureJob] = []
    for path in pictures:
        name = path.name if path.suffix.lower() in WRITABLE else f"{path.stem}.png"
        jobs.append(job_from(Path(), {**values, "input": path, "output": output / name}))
    return jobs


def _fingerprint(job: PictureJob) -> str:
    """Changes when the job or its input file does."""
    try:
        stat = job.input.stat()
        version = f"{stat.st_size} {stat.st_mtime_ns}"
    except OSError:
        version = "missing"
    return f"{version} {job!r}"


def _is_done(job: PictureJob, state: dict[str, ItemState]) -> bool:
    item = state.get(str(job.output))
    is_same = item is not None and item.status == "done" and item.fingerprint == _fingerprint(job)
    return is_same and all(job.output_of(index).is_file() for index in range(len(job.seeds)))


def _read_state(path: Path) -> dict[str, ItemState]:
    """What earlier runs did; a damaged file means nothing is known."""
    try:
        return {key: ItemState(**item) for key, item in json.loads(path.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write_state(path: Path, state: dict[str, ItemState]) -> None:
    from mgie.atomic_write import write_atomically

    text = json.dumps({key: asdict(item) for key, item in state.items()}, indent=1)
    write_atomically(path, text.encode())
