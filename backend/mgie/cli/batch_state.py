"""What a batch did before: a file beside its results, by output."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

from mgie.atomic_write import write_atomically
from mgie.cli.jobs import PictureJob
from mgie.client.blocking import Client

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class ItemState:
    """What became of an item."""

    fingerprint: str  # of all that decides its result, "" where it failed
    status: str  # "begun", "done" or "failed"
    error: str = ""
    seconds: float = 0.0
    files: list[str] = field(default_factory=list[str])  # that it writes, beside its own input


class BatchState:
    """Items by their output. Written before and after each item."""

    def __init__(self, path: Path, items: dict[str, ItemState], *, is_forgotten: bool = False) -> None:
        """is_forgotten: nothing counts as done."""
        self._path = path
        self._items = items
        self._is_forgotten = is_forgotten
        self._model_digests: dict[str, str] = {}

    @property
    def written(self) -> set[str]:
        """Files that the batch has put beside its inputs: results, which are no inputs of it."""
        return {name for item in self._items.values() for name in item.files}

    def is_done(self, job: PictureJob, client: Client) -> bool:
        """Whether the very same edit was done before and its files are there."""
        item = self._items.get(str(job.output))
        if item is None or self._is_forgotten:
            return False
        if not all(path.is_file() for path in _files(job)):
            return False
        is_as_then = item.fingerprint == self.fingerprint(job, client)
        if item.status == "begun":  # then it ended; a picture that was edited in place is another one now
            return not is_as_then and job.input in _files(job)
        return item.status == "done" and is_as_then

    def keep(
        self, job: PictureJob, status: str, *, fingerprint: str = "", error: str = "", seconds: float = 0.0
    ) -> None:
        """Remember what becomes of an item."""
        before = self._items.get(str(job.output))  # with other seeds it may have written other files
        files = {*(before.files if before else ()), *(str(path) for path in _files(job) if path != job.input)}
        self._items[str(job.output)] = ItemState(
            fingerprint=fingerprint, status=status, error=error, seconds=seconds, files=sorted(files)
        )
        values = {key: asdict(item) for key, item in self._items.items()}
        write_atomically(self._path, json.dumps(values, indent=1).encode())

    def fingerprint(self, job: PictureJob, client: Client) -> str:
        """Changes with what picture, masks and references hold, the model's weights, and any option."""
        masks = [region.mask for region in job.regions if isinstance(region.mask, Path)]
        files = [_digest_of_file(path) for path in (job.input, *masks, *job.references)]
        plain = replace(job, options=dict(sorted(job.options.items())))
        text = json.dumps([repr(plain), files, self._model_digest(job.model, client)])
        return hashlib.sha256(text.encode()).hexdigest()

    def _model_digest(self, model: str, client: Client) -> str:
        if model not in self._model_digests:
            name = model or client.info().default_model
            self._model_digests[model] = client.get_model(f"models/{name}").digest
        return self._model_digests[model]


def read_state(path: Path, *, is_forgotten: bool = False) -> BatchState:
    """What earlier runs did; a damaged file means nothing is known. is_forgotten: begin anew."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return BatchState(path, dict(_items(found)), is_forgotten=is_forgotten)
    except (OSError, ValueError, TypeError, AttributeError):
        return BatchState(path, {})


def _items(found: dict[str, dict[str, object]]) -> Iterable[tuple[str, ItemState]]:
    names = {part.name for part in fields(ItemState)}
    for key, values in found.items():
        if set(values) == names and isinstance(values["files"], list):
            yield key, ItemState(**values)  # pyright: ignore[reportArgumentType] # compared, never computed with


def _files(job: PictureJob) -> list[Path]:
    """What a job writes, one for each seed."""
    return [job.output_of(index) for index in range(len(job.seeds))]


def _digest_of_file(path: Path) -> str:
    """SHA-256 of a file's content, "" where it cannot be read or is none, as a pipe that would never end."""
    if not path.is_file():
        return ""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
    except OSError:
        return ""
    return digest.hexdigest()
