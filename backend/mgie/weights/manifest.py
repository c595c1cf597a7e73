"""`model.json`: what a model folder holds, and the check that it still holds exactly that.

`Manifest` and `ModelFile` are the values, `read_manifest`/`write_manifest` the file, `verify` the check.
Nothing here imports torch, so that listing models is instant.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from mgie.errors import BadCheckpoint, DigestMismatch

FORMAT = 1
MANIFEST_NAME = "model.json"
TOKENIZER_PART = "tokenizer"
NAME_RULE = "use up to 64 of a-z 0-9 . _ - and begin with a letter or digit"

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PIECE_BYTES = 1 << 22
_FIELD_TYPES = {
    "name": str,
    "kind": str,
    "license": str,
    "source": str,
    "config": Mapping,
    "metrics": Mapping,
    "made_from": str,
}


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """One file of a model folder."""

    part: str  # which network it belongs to, or "tokenizer"
    path: str  # plain file name inside the folder
    num_bytes: int  # size
    sha256: str  # of the whole file, hex

    def __post_init__(self) -> None:
        if not _FILE_NAME.fullmatch(self.path):
            raise BadCheckpoint(f"file name {self.path!r} in a manifest; only plain names are allowed")
        if self.num_bytes < 0:
            raise BadCheckpoint(f"{self.path}: a size of {self.num_bytes} bytes is not possible")
        if not _SHA256.fullmatch(self.sha256):
            raise BadCheckpoint(f"{self.path}: {self.sha256!r} is not a SHA-256 in hex")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a model is: its shape, its files, where it came from and under which licence."""

    name: str  # lower case, e.g. "mgie-mini"
    kind: str  # of editor; see `mgie.editors.table`
    license: str  # SPDX identifier or the licence's usual name
    source: str  # where the weights came from, for people
    config: Mapping[str, Any]  # the kind's own config as a plain dict
    files: tuple[ModelFile, ...]
    metrics: Mapping[str, Any] = field(default_factory=dict[str, Any])  # optional, measured by training
    made_from: str = ""  # optional: digest of the model of which this is a copy in fewer bits
    abilities: tuple[str, ...] = ()  # optional: what it can do, in words; (): what its kind can do

    def __post_init__(self) -> None:
        for field_name, needed in _FIELD_TYPES.items():
            if not isinstance(getattr(self, field_name), needed):
                raise BadCheckpoint(f"the manifest's {field_name} is {getattr(self, field_name)!r}")
        if not is_model_name(self.name):
            raise BadCheckpoint(f"model name {self.name!r}; {NAME_RULE}")
        if not is_model_name(self.kind):
            raise BadCheckpoint(f"{self.name}: kind {self.kind!r}; {NAME_RULE}")
        paths = [file.path for file in self.files]
        if len(set(paths)) != len(paths):
            raise BadCheckpoint(f"{self.name}: the manifest lists a file twice")

    @property
    def digest(self) -> str:
        """SHA-256 over everything that decides what the model computes: kind, config and files."""
        decisive = {"kind": self.kind, "config": self.config, "files": [_file_to_dict(f) for f in self.files]}
        text = json.dumps(decisive, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    @property
    def num_bytes(self) -> int:
        """Size of all files together."""
        return sum(file.num_bytes for file in self.files)


def is_model_name(name: str) -> bool:
    """Whether a model may be called so; such a name is also a safe folder name."""
    return _NAME.fullmatch(name) is not None


def read_manifest(folder: Path) -> Manifest:
    """Read and check `folder/model.json`."""
    path = folder / MANIFEST_NAME
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadCheckpoint(f"{folder} holds no {MANIFEST_NAME}, so it is not a model folder") from error
    except (OSError, ValueError, RecursionError) as error:
        raise BadCheckpoint(f"{path} cannot be read: {error}") from error
    if not isinstance(raw, dict):
        raise BadCheckpoint(f"{path} holds no JSON object")
    fields = cast("dict[str, Any]", raw)
    if fields.pop("format", None) != FORMAT:
        raise BadCheckpoint(f"{path} is not of format {FORMAT}; a newer mgie may be needed")
    try:
        files = tuple(_file_from_dict(entry) for entry in fields.pop("files"))
        return Manifest(files=files, abilities=_texts(fields.pop("abilities", [])), **fields)
    except (KeyError, TypeError) as error:
        raise BadCheckpoint(f"{path} has a missing, unknown or misplaced field: {error}") from error
    except BadCheckpoint as error:
        raise BadCheckpoint(f"{path}: {error}") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `folder/model.json`."""
    fields = {
        "format": FORMAT,
        "name": manifest.name,
        "kind": manifest.kind,
        "license": manifest.license,
        "source": manifest.source,
        "metrics": manifest.metrics,
        "abilities": list(manifest.abilities),
        "files": [_file_to_dict(file) for file in manifest.files],
        "config": manifest.config,
    }
    if manifest.made_from:
        fields["made_from"] = manifest.made_from
    text = json.dumps(fields, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST_NAME).write_text(text, encoding="utf-8")


def check_sizes(folder: Path, manifest: Manifest) -> None:
    """Raise unless every file is there with its size; costs nothing and catches broken copies."""
    for file in manifest.files:
        path = folder / file.path
        if not path.is_file():
            raise BadCheckpoint(f"{path} is missing; import or pull {manifest.name} again")
        size = path.stat().st_size
        if size != file.num_bytes:
            raise DigestMismatch(
                f"{path} has {size} bytes instead of {file.num_bytes}; it is incomplete or altered"
            )


def verify(folder: Path) -> Iterator[ModelFile]:
    """Check every byte of a model folder, yielding each file once it is known to be good."""
    manifest = read_manifest(folder)
    check_sizes(folder, manifest)
    for file in manifest.files:
        actual = sha256_of(folder / file.path)
        if actual != file.sha256:
            raise DigestMismatch(
                f"{folder / file.path} has SHA-256 {actual} instead of {file.sha256}; "
                f"import or pull {manifest.name} again"
            )
        yield file


def describe_file(part: str, path: Path) -> ModelFile:
    """The manifest's entry for a file that exists."""
    return ModelFile(part=part, path=path.name, num_bytes=path.stat().st_size, sha256=sha256_of(path))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(f"abilities is {values!r}")
    texts = tuple(value for value in cast("list[object]", values) if isinstance(value, str))
    if len(texts) != len(cast("list[object]", values)):
        raise TypeError(f"abilities is {values!r}")
    return texts


def _file_to_dict(file: ModelFile) -> dict[str, Any]:
    return {"part": file.part, "path": file.path, "bytes": file.num_bytes, "sha256": file.sha256}


def _file_from_dict(entry: dict[str, Any]) -> ModelFile:
    if set(entry) != {"part", "path", "bytes", "sha256"}:
        raise TypeError(f"a file has the fields {sorted(entry)}")
    if not isinstance(entry["part"], str) or type(entry["bytes"]) is not int:
        raise TypeError(f"a file has part {entry['part']!r} and {entry['bytes']!r} bytes")
    return ModelFile(part=entry["part"], path=entry["path"], num_bytes=entry["bytes"], sha256=entry["sha256"])
