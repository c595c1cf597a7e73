"""What is remembered of edits and batches. Plain values; the store writes them, the desk changes them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class EditState(IntEnum):
    """Where an edit stands; the numbers are those of the wire."""

    QUEUED = 1
    RUNNING = 2
    HELD = 3
    SUCCEEDED = 4
    FAILED = 5
    CANCELLED = 6
    INTERRUPTED = 7

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self >= EditState.SUCCEEDED


@dataclass(frozen=True, kw_only=True)
class EditRecord:
    """One edit."""

    id: str
    request_id: str  # the client's
    request_digest: str  # SHA-256 of the request, to tell a repetition from a clash
    client: str  # whose turn it takes
    spec: bytes  # as it came over the wire, seeds filled in
    state: EditState
    restarts: bool  # run again after the server died; False: interrupted
    create_time: float  # seconds since the epoch
    end_time: float = 0.0  # 0: not ended
    last_sequence: int = 0
    text: str = ""  # the expressive instruction
    has_text: bool = False
    corrected: str = ""  # the artist's version of it; "" for none
    source: str = ""  # id of the edit whose words it uses
    batch: str = ""  # id
    batch_index: int = 0
    error: bytes = b""  # google.rpc.Status


@dataclass(frozen=True, kw_only=True)
class BatchRecord:
    """One batch."""

    id: str
    request_id: str
    request_digest: str
    create_time: float
