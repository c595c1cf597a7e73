"""What is kept of edits and batches on disk: plain values. `transitions` changes, the store writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mgie.api.edit import Batch, Edit, EditResult, EditSpec, EditState, RestartPolicy
from mgie.api.failure import Failure

MAX_RUNS = 2  # of an edit during whose runs a server or a worker dies
MAX_STARTS = 4  # where that may be another edit's doing: this one had not reached the model yet


@dataclass(frozen=True, kw_only=True)
class EditRecord:
    """One edit."""

    id: str
    request_id: str  # the client's
    request_digest: str  # SHA-256 of the request, to distinguish a repetition from a clash
    client: str  # whose turn it takes
    spec: EditSpec  # with model and seeds filled in
    state: EditState = EditState.QUEUED
    restart_policy: RestartPolicy = "restart"
    create_time: float  # seconds since the epoch
    end_time: float | None = None
    last_sequence: int = 0  # of its events
    has_text: bool = False  # whether the expressive instruction is whole
    was_held: bool = False  # whether it has waited for the artist
    expressive_instruction: str = ""  # that is carried out
    written_instruction: str = ""  # by the language model
    corrected_instruction: str = ""  # by the artist, "" for none
    source: str = ""  # id of the edit whose words it uses
    batch: str = ""  # id
    batch_index: int = 0
    error: Failure | None = None
    num_starts: int = 0  # since it was last queued by a person
    num_runs: int = 0  # of these, how many reached the model
    is_in_model: bool = False  # whether the present one has
    num_steps_done: int = 0  # of the present run
    kept_step: int = 0  # stop after this denoising step and keep the estimate; 0: no

    def may_run_again(self, *, was_alone: bool = False) -> bool:
        """Whether it has not yet been running too often when a server or a worker died.

        was_alone: no other edit can have been the cause.
        """
        return self.num_runs < MAX_RUNS and self.num_starts < (MAX_RUNS if was_alone else MAX_STARTS)

    @property
    def given_instruction(self) -> str:
        """The expressive instruction that was given, "" to have it written."""
        return self.corrected_instruction or self.spec.expressive_instruction


@dataclass(frozen=True, kw_only=True)
class BatchRecord:
    """One batch."""

    id: str
    request_id: str
    request_digest: str
    create_time: float


def edit_of(record: EditRecord, results: Mapping[int, EditResult], position: int = 0) -> Edit:
    """An edit as a client sees it."""
    return Edit(
        name=f"edits/{record.id}",
        request_id=record.request_id,
        spec=record.spec,
        state=record.state,
        create_time=record.create_time,
        end_time=record.end_time,
        last_sequence=record.last_sequence,
        queue_position=position,
        expressive_instruction=record.expressive_instruction,
        written_instruction=record.written_instruction,
        results=tuple(result for _, result in sorted(results.items())),
        error=record.error,
        source_edit=f"edits/{record.source}" if record.source else "",
        batch=f"batches/{record.batch}" if record.batch else "",
        batch_index=record.batch_index,
        restart_policy=record.restart_policy,
    )


def batch_of(record: BatchRecord, items: tuple[Edit, ...]) -> Batch:
    """A batch as a client sees it."""
    return Batch(
        name=f"batches/{record.id}",
        request_id=record.request_id,
        edits=items,
        create_time=record.create_time,
    )
