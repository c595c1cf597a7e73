"""What was asked for, as it stood when the button was pressed, and what became of its results."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mgie.api.failure import Failure
from mgie.api.options import Options
from mgie.panel.state.pictures import ResultPicture
from mgie.panel.state.references import References
from mgie.panel.state.settings import Settings
from mgie.panel.state.target import Target


@dataclass(frozen=True, kw_only=True)
class Job:
    """One order. It keeps its own target, so that switching documents cannot misplace it."""

    key: str  # sent to the backend as request_id
    target: Target
    instruction: str
    text: str = ""  # an expressive instruction given by the artist, "" to have it written
    settings: Settings
    batch: str = ""  # key of the batch it belongs to, "" for a single edit
    region: str = ""  # key of its region
    source_edit: str = ""  # "edits/{id}" whose picture and written words are sampled anew; "" for a new edit
    source_job: str = ""  # key of the job that read that picture
    strip: tuple[Options, ...] = ()  # options of each variation of a strip, all from one seed
    replaces: str = ""  # key of the result whose layer goes once this one's is placed
    references: References = ()  # further pictures that the model looks at

    @property
    def source_layer(self) -> str:
        """The one layer it reads, and above which its result goes; "" for all that is visible: on top."""
        return "" if self.settings.edits_all_layers else self.target.layer


class Outcome(Enum):
    """What became of a finished result."""

    WAITING = "waiting"  # shown, the artist has not decided
    PLACING = "placing"
    PLACED = "placed"
    UNDONE = "undone"  # was placed; its layer is not in the document now
    UNPLACED = "unplaced"  # could not be placed; offered again
    SAVED = "saved"
    SET_ASIDE = "set_aside"  # a variation that was not chosen; may be taken up later


@dataclass(frozen=True, kw_only=True)
class FinishedResult:
    """A finished result and what became of it. Nothing leaves this list but by the artist's hand."""

    job: Job
    result: ResultPicture
    outcome: Outcome = Outcome.WAITING
    failure: Failure | None = None  # why it could not be placed
    layer: str = ""  # the host's id of the layer it became
    former_layers: tuple[
        str, ...
    ] = ()  # those it was before it was placed again; the host's undo may show one
    opacity: float = 1.0  # 0..1, of its layer
    replaces: str = ""  # the host's id of a layer whose place it takes
    edit: str = ""  # the backend's name for the edit that it came from

    @property
    def key(self) -> str:
        """Unique among all results."""
        return f"{self.job.key}/{self.result.index}"

    @property
    def is_layered(self) -> bool:
        """Whether it is a layer of its document, or was one that the host may bring back."""
        return self.outcome in (Outcome.PLACED, Outcome.UNDONE)
