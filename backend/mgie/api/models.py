"""What a model is, seen from outside, and the long work on one (`Operation`)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from mgie.api.failure import Failure
from mgie.api.options import OptionSchema, OptionValue, Preset
from mgie.errors import BadOption

ModelState: TypeAlias = Literal["installed", "loading", "loaded", "broken", "available"]
SINGLE_FILE_SUFFIXES = (
    ".safetensors",
    ".gguf",
)  # of files with a painter's denoiser
OperationState: TypeAlias = Literal["running", "succeeded", "failed", "cancelled"]


@dataclass(frozen=True, kw_only=True)
class Model:
    """One model, here or to be had. What a caller may set or should know stands here, never there."""

    name: str  # "models/{id}"; the id is what `EditSpec.model` takes
    kind: str = ""  # of editor, e.g. "mgie"; "" where it cannot be read
    state: ModelState = "installed"
    digest: str = ""  # SHA-256 over its manifest, hex
    license: str = ""  # SPDX identifier or its usual name
    source: str = ""  # where the weights came from, for people
    num_bytes: int = 0  # on disk
    native_size_px: int = 0  # the side the painter was trained at; 0 while unknown
    options: tuple[OptionSchema, ...] = ()
    is_default: bool = False
    is_shipped: bool = False  # part of the package
    problem: str = ""  # why it cannot be used
    presets: tuple[Preset, ...] = ()
    abilities: tuple[str, ...] = ()  # what it can do, in words for people
    examples: tuple[str, ...] = ()  # requests that it carries out well, the best first
    max_references: int = 0  # reference pictures it takes
    varies_with_seed: bool = True  # False: results with other seeds look the same
    writes_instruction: bool = True  # before it paints
    paints: bool = True  # False: it only writes, for a painter (WRITER+PAINTER)
    terms: str = ""  # of an available one: the licence's terms, to be shown and accepted
    is_license_accepted: bool = False  # of an available one
    received_bytes: int = 0  # of an available one: what an earlier try has fetched
    needed_bytes: int = 0  # about, of a device's memory when all of it stands there; 0 while unknown
    operation: str = ""  # "operations/{id}": the work on it that is under way, "" for none

    @property
    def id(self) -> str:
        """The name without its collection."""
        return self.name.removeprefix("models/")

    def option(self, name: str) -> OptionSchema | None:
        """The schema of one option, None where the model has no such option."""
        return next((schema for schema in self.options if schema.name == name), None)

    def default(self, name: str) -> OptionValue | None:
        """The model's own value of an option."""
        schema = self.option(name)
        return None if schema is None else schema.default_value


def can_join(writer: Model, painter: Model) -> bool:
    """Whether the first writes instructions and the second paints from words alone."""
    return writer.writes_instruction and painter.paints and not painter.writes_instruction


def join(writer: Model, painter: Model) -> Model:
    """Two models as one, WRITER+PAINTER: the writer's kind, the painter's size and options.

    Raises BadOption where the two cannot be joined.
    """
    if not can_join(writer, painter):
        raise BadOption(
            f"{writer.id} is of kind {writer.kind} and {painter.id} of kind {painter.kind}; "
            "compose a writer (it writes instructions) and a painter (it writes none), in this order"
        )
    return replace(
        painter,
        name=f"models/{writer.id}+{painter.id}",
        kind=writer.kind,
        digest=hashlib.sha256(f"{writer.digest}+{painter.digest}".encode()).hexdigest(),
        license=" AND ".join(sorted({writer.license, painter.license})),
        source="; ".join(model.source for model in (writer, painter) if model.source),
        num_bytes=writer.num_bytes + painter.num_bytes,
        needed_bytes=writer.needed_bytes + painter.needed_bytes,
        is_default=False,
        writes_instruction=True,
    )


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Long work on a model."""

    name: str  # "operations/{id}"
    kind: str  # "load", "unload", "import" or "verify"
    model: str = ""  # "models/{id}"
    state: OperationState = "running"
    message: str = ""  # what it is doing, for people
    done_bytes: int = 0
    total_bytes: int = 0  # 0 while unknown
    error: Failure | None = None
    create_time: float = 0.0  # seconds since the epoch
    end_time: float | None = None  # None while it has not ended
