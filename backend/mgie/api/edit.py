"""An edit: what is asked for (`EditSpec`), where it stands (`Edit`), what it brings (`EditResult`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal, TypeAlias

from mgie.api.compose_options import ComposeOptions
from mgie.api.failure import Failure
from mgie.api.options import Options, OptionValue
from mgie.api.pixel_blobs import MaskBlob, PictureBlob

QueuePlace: TypeAlias = Literal["back", "front", "replace"]  # among the client's own waiting edits
RestartPolicy: TypeAlias = Literal["restart", "interrupt"]  # when the server dies while the edit runs


class EditState(IntEnum):
    """Where an edit stands; the numbers are those of the wire."""

    QUEUED = 1
    RUNNING = 2
    HELD = 3
    SUCCEEDED = 4
    FAILED = 5
    CANCELLED = 6
    INTERRUPTED = 7
    DECLINED = 8

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self >= EditState.SUCCEEDED


@dataclass(frozen=True, kw_only=True)
class EditSpec:
    """Everything that decides what an edit computes."""

    picture: PictureBlob
    mask: MaskBlob | None = None  # None: the whole picture
    instruction: str  # the artist's words
    expressive_instruction: str = ""  # given instead of being written; "" to have it written
    model: str = ""  # name of an installed model; "" for the server's default
    options: Options = field(default_factory=dict[str, OptionValue])  # those that differ from the defaults
    seeds: tuple[int, ...] = ()  # one result for each; empty: one, drawn by the server
    compose: ComposeOptions = field(default_factory=ComposeOptions)
    hold_before_sampling: bool = False  # stop after the expressive instruction
    hold_when_unsure: bool = False  # stop there only where the language model is not sure what is meant
    references: tuple[PictureBlob, ...] = ()  # further pictures, for models that take them

    @property
    def digests(self) -> tuple[str, ...]:
        """The blobs it needs."""
        pictures = (self.picture, *self.references)
        blobs = tuple(digest for picture in pictures for digest in picture.digests)
        return blobs + (self.mask.digests if self.mask else ())


@dataclass(frozen=True, kw_only=True)
class EditResult:
    """One finished picture."""

    index: int  # which seed of the edit, from 0
    seed: int
    picture: PictureBlob  # the changed rectangle in the document's own format
    weight: MaskBlob | None = None  # how much of the edit each pixel takes
    record_json: str = ""  # how it was made, see `mgie.api.record`
    measures: Mapping[str, float] = field(default_factory=dict[str, float])  # e.g. "drift_px"
    is_partial: bool = False  # the sampling was ended early
    num_bytes: int = 0  # of the picture's blob
    change_map: MaskBlob | None = None  # how much each pixel changed, 255 = all of its range

    @property
    def digests(self) -> tuple[str, ...]:
        """Its blobs."""
        masks = tuple(digest for mask in (self.weight, self.change_map) if mask for digest in mask.digests)
        return self.picture.digests[:1] + masks


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One edit as it stands."""

    name: str  # "edits/{id}"
    request_id: str  # what the client called the request
    spec: EditSpec  # with model and seeds filled in
    state: EditState
    create_time: float  # seconds since the epoch
    end_time: float | None = None  # None while it has not ended
    last_sequence: int = 0  # of its numbered events
    queue_position: int = 0  # edits that run before it
    expressive_instruction: str = ""  # that is carried out, "" until it is whole
    written_instruction: str = ""  # by the language model, "" where the text was given
    results: tuple[EditResult, ...] = ()
    error: Failure | None = None
    source_edit: str = ""  # "edits/{id}" whose words it uses
    batch: str = ""  # "batches/{id}"
    batch_index: int = 0
    restart_policy: RestartPolicy = "restart"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Edits that share one entry of the queue."""

    name: str  # "batches/{id}"
    request_id: str
    edits: tuple[Edit, ...]
    create_time: float  # seconds since the epoch


@dataclass(frozen=True, kw_only=True)
class RetriedBatch:
    """A batch of which some edits run again."""

    batch: Batch
    retried_indices: tuple[int, ...] = ()  # of the edits that were queued again, from 0


@dataclass(frozen=True, kw_only=True)
class EditPage:
    """Some of the edits, newest first."""

    edits: tuple[Edit, ...] = ()
    next_page_token: str = ""  # "" on the last page
