"""What a batch did before: a file beside its results, by output."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from mgie.atomic_write import write_atomically
from mgie.cli.jobs import PictureJob
from mgie.client.blocking import Client

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class ItemState:
    """What became of an item."""

    fingerprint: str  # of all that decides its result, "" where it failed
    status: str  # "done" or "failed"
    error: str = ""
    seconds: float = 0.0


class BatchState:
    """Items by their output. Written after each item."""

    def __init__(self, path: Path, items: dict[str, ItemState]) -> None:
        self._path = path
        self._items = items
        self._model_digests: dict[str, str] = {}

    def is_done(self, job: PictureJob, client: Client) -> bool:
        """Whether the very same edit was done before and its files are there."""
        item = self._items.get(str(job.output))
        if item is None or item.status != "done":
            return False
        if not all(job.output_of(index).is_file() for index in range(len(job.seeds))):
            return False
        return item.fingerprint == self.fingerprint(job, client)

    def keep(self, job: PictureJob, item: ItemState) -> None:
        """Remember what became of an item."""
        self._items[str(job.output)] = item
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
        found = {} if is_forgotten else json.loads(path.read_text(encoding="utf-8"))
        return BatchState(path, dict(_items(found)))
    except (OSError, ValueError, TypeError, AttributeError):
        return BatchState(path, {})


def _items(found: dict[str, dict[str, object]]) -> Iterable[tuple[str, ItemState]]:
    names = {field.name for field in fields(ItemState)}
    for key, values in found.items():
        if set(values) == names:
            yield key, ItemState(**values)  # pyright: ignore[reportArgumentType] # compared, never computed with


def _digest_of_file(path: Path) -> str:
    """SHA-256 of a file's content, "" where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
    except OSError:
        return ""
    return digest.hexdigest()
