"""What the session asks of the two links. Every call returns at once; answers come back as session calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from mgie.api.system import EstimateRequest
from mgie.host.types import HostMask, HostPicture
from mgie.panel.state.job import FinishedResult, Job
from mgie.panel.state.pictures import Frame
from mgie.panel.state.regions import Region
from mgie.panel.state.target import Target


@dataclass(frozen=True, kw_only=True)
class Read:
    """Pixels and coverage of one job, as the host gave them."""

    picture: HostPicture
    mask: HostMask | None  # None: the whole picture
    before: Frame  # the same as a small picture, for comparing
    references: tuple[HostPicture, ...] = ()  # whole layers, in the order of the job


@dataclass(frozen=True, kw_only=True)
class Order:
    """One job with its pixels, ready to be sent."""

    job: Job
    read: Read


@dataclass(frozen=True, kw_only=True)
class ModelWork:
    """Long work on a model that the artist asks for."""

    kind: Literal["import", "verify", "load", "unload"]
    model: str = ""  # id; "" for all
    folder: str = ""  # of this machine, to import from; "" for where it was published
    parts: str = (
        ""  # id of the model whose other parts a single file takes; "": those that all of its kind share
    )
    license_accepted: bool = False


class BackendPort(Protocol):
    """Answers: calls of `Session` and its parts (`backend_changed`, `Runs.receive`, `Models.worked` ...)."""

    def create(self, key: str, orders: Sequence[Order]) -> None:
        """Send one edit, or several as one batch, and watch what becomes of them."""
        ...

    def sample(self, job: Job) -> None:
        """Sample the words of `job.source_edit` anew, with the job's options and seeds, and watch it."""
        ...

    def estimate(self, question: EstimateRequest) -> None:
        """Ask how an edit would go: `Forecasts.answered` with the question."""
        ...

    def resume(self, job: Job, edit: str, sequence: int) -> None:
        """Watch an edit of an earlier panel process."""
        ...

    def revise(self, job: str, text: str) -> None:
        """Let a held edit go on, with this expressive instruction."""
        ...

    def keep(self, job: str) -> None:
        """Stop and make the current estimate the result."""
        ...

    def stop(self, job: str) -> None:
        """Cancel, whether it is waiting, held or running."""
        ...

    def start_backend(self) -> None:
        """Look for a backend again and start one where there is none."""
        ...

    def look_at_server(self, address: str) -> None:
        """See which certificate a server on another machine shows."""
        ...

    def use_server(self, address: str, token: str, fingerprint: str) -> None:
        """Keep a server on another machine and use it; no address: this machine's own."""
        ...

    def list_models(self) -> None:
        """Ask for the models again, also for those that can be had, and for the memory of the machine."""
        ...

    def work_on_model(self, work: ModelWork) -> None:
        """Begin work on a model and report it to its end."""
        ...

    def stop_model_work(self, operation: str) -> None:
        """Stop fetching or verifying; what has come stays."""
        ...


class HostPort(Protocol):
    """Answers: calls of `Session` (host_changed), `Runs` (pictures_read ...), `Results` (placed ...)."""

    def read(self, key: str, jobs: Sequence[Job], regions: Sequence[Region]) -> None:
        """Read pixels and coverage of jobs, those of one document in one go.

        regions: one per job, whose coverage is to be used; empty for a single edit.
        """
        ...

    def push_preview(self, job: Job, frame: Frame) -> None:
        """Show a preview on the canvas; the latest wins."""
        ...

    def drop_previews(self, jobs: Sequence[str]) -> None:
        """Remove the preview layers of these jobs."""
        ...

    def place(self, results: Sequence[FinishedResult], target: Target) -> None:
        """Add the results to a document as new layers, in one undo step."""
        ...

    def take_back(self, results: Sequence[FinishedResult]) -> None:
        """Take the layers of placed results, all of one document, out of it in one undo step."""
        ...

    def bring_back(self, results: Sequence[FinishedResult]) -> None:
        """Bring layers back that were taken out; as new ones where the host has no redo for plug-ins."""
        ...

    def set_opacity(self, result: FinishedResult, opacity: float, since: float | None) -> None:
        """Change the opacity (0..1) of a result's layer; one undo step from `since`, if any."""
        ...

    def scale(self, result: FinishedResult, before: HostPicture, amount: float) -> None:
        """Compute a result with so many times its change to `before`: `ResultLayers.scaled`."""
        ...

    def choose_document(self, document: str) -> None:
        """Edit another of the open documents, until the artist turns to one in the host."""
        ...

    def watch_layers(self, documents: Sequence[str]) -> None:
        """Report, from now on, which layers these documents hold, as they change."""
        ...

    def save(self, result: FinishedResult, path: Path) -> None:
        """Write one result to a picture file."""
        ...

    def capture_selection(self, key: str, target: Target) -> None:
        """Remember the current selection for an edit that waits: `EditQueue.captured` with its key."""
        ...

    def read_note(self, document: str, layer: str) -> None:
        """Read how a layer was made: `PastEdits.record_read`."""
        ...

    def place_change_map(self, result: FinishedResult) -> None:
        """Add a layer that is white where a result changed its pixels, in one undo step."""
        ...

    def select_change_map(self, result: FinishedResult) -> None:
        """Make where a result changed its pixels the selection."""
        ...

    def save_record(self, result: FinishedResult, path: Path) -> None:
        """Write how one result was made, JSON, to a file."""
        ...

    def capture_region(self, target: Target) -> None:
        """Remember the current selection as a region."""
        ...

    def list_regions(self, target: Target, *, layers: bool) -> None:
        """Make a region of every saved selection of the document, or of the layers beside the active one."""
        ...
