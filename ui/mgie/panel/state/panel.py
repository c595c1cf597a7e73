"""Everything the panel shows, in one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mgie.api.failure import Failure
from mgie.api.models import Model, can_join, join
from mgie.api.system import Estimate
from mgie.client.connection import ConnectionStatus
from mgie.panel.state.draft import Draft
from mgie.panel.state.history import History
from mgie.panel.state.job import FinishedResult, Job, Outcome
from mgie.panel.state.library import Library
from mgie.panel.state.model_page import ModelPage
from mgie.panel.state.past import Past
from mgie.panel.state.pictures import Frame
from mgie.panel.state.progress import Progress
from mgie.panel.state.queue import Queue
from mgie.panel.state.references import References, of_document
from mgie.panel.state.regions import Region, Regions, in_document, is_running
from mgie.panel.state.saved_file import SavedFile
from mgie.panel.state.server_choice import ServerChoice
from mgie.panel.state.settings import Settings
from mgie.panel.state.target import FILES, HostStatus, Target

MAX_NAMED_MODELS = 200  # documents whose model is remembered, the newest


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The last edit of a document as the panel shows it."""

    job: Job
    edit: Progress | None
    before: Frame | None
    chosen: int


@dataclass(frozen=True, kw_only=True)
class PanelState:
    """The views are a function of this."""

    host: HostStatus = field(default_factory=HostStatus)
    backend: ConnectionStatus = field(default_factory=ConnectionStatus)
    draft: Draft = field(default_factory=Draft)
    corrected: Mapping[str, Draft] = field(default_factory=dict[str, Draft])  # texts of other documents
    settings: Settings = field(default_factory=Settings)
    document_models: Mapping[str, str] = field(default_factory=dict[str, str])  # chosen model by document
    named_models: Mapping[str, str] = field(default_factory=dict[str, str])  # by document's name, kept
    history: History = field(default_factory=History)
    regions: Regions = ()
    shows_regions: bool = False  # the artist edits regions; otherwise one edit at a time
    spans_documents: bool = False  # those of every open document, as always where the panel stands alone
    library: Library = field(default_factory=Library)  # the artist's own presets and templates
    past: Mapping[str, Past] = field(default_factory=dict[str, Past])  # what was made, by document
    queue: Queue = ()  # edits that wait for their turn, of all documents
    is_queue_held: bool = False  # nothing of it begins until the artist says so
    job: Job | None = None  # the single edit being made, or made last
    edit: Progress | None = None  # its progress
    finished: tuple[FinishedResult, ...] = ()  # results, until they are safe elsewhere
    before: Frame | None = None  # what the edit began with, for comparing
    chosen: int = 0  # the variation that is looked at
    forecast: Estimate | None = None  # of the next edit; None while it is not known
    saved: SavedFile | None = None  # what was written last, until something else is done
    failure: Failure | None = None  # something outside of an edit went wrong
    server: ServerChoice = field(default_factory=ServerChoice)  # which backend
    references: References = ()  # further pictures for the model, of all documents
    model_page: ModelPage = field(default_factory=ModelPage)
    shelf: Mapping[str, Shown] = field(default_factory=dict[str, Shown])  # last edits of other documents

    @property
    def model(self) -> Model | None:
        """The model of the next edit; None while it is unknown."""
        return model_of(self.backend, self.settings.model)

    @property
    def next_settings(self) -> Settings:
        """The settings as far as the model has what they say."""
        return self.settings.on_model(self.model) if self.model else self.settings

    @property
    def document_references(self) -> References:
        """The reference pictures of the next edit."""
        return of_document(self.references, self.document)

    def model_of_document(self, target: Target | None) -> str:
        """The id of the model chosen for a document, also before a restart; else that of the last choice."""
        if target is None:
            return self.settings.model
        named = self.named_models.get(target.document_name, self.settings.model)
        return self.document_models.get(target.document, named)

    def with_model_of_document(self, model_id: str) -> dict[str, Mapping[str, str]]:
        """The changes that let the document in front keep a model. Ids of documents end with the host."""
        target = self.host.target
        if target is None:
            return {}
        named = {name: old for name, old in self.named_models.items() if name != target.document_name}
        newest = dict(list(named.items())[-(MAX_NAMED_MODELS - 1) :])
        return {
            "document_models": {**self.document_models, target.document: model_id},
            "named_models": {**newest, target.document_name: model_id},
        }

    def in_document(self, document: str) -> PanelState:
        """The same with another document in front: its own last edit is shown, a running one stays."""
        is_own = self.job is not None and self.job.target.document == document
        if self.is_busy or is_own:
            return self
        shelf = dict(self.shelf)
        if self.job is not None:
            before = replace(self.before, full=None) if self.before else None  # one at a time: it is large
            shown = Shown(job=self.job, edit=self.edit, before=before, chosen=self.chosen)
            shelf[self.job.target.document] = shown
        own = shelf.pop(document, None)
        if own is None:
            return replace(self, shelf=shelf, job=None, edit=None, before=None, chosen=0)
        return replace(self, shelf=shelf, job=own.job, edit=own.edit, before=own.before, chosen=own.chosen)

    def with_draft_of(self, document: str) -> PanelState:
        """The same with the corrected text of a document in front; while an edit is made its own one stays.

        Another instruction lets a corrected text go, also while its document is not in front.
        """
        draft = self.draft
        if self.edit is not None and not self.edit.has_ended:
            return self
        if draft.is_corrected and draft.document in ("", document):
            return replace(self, draft=replace(draft, document=document))
        corrected = dict(self.corrected)
        if draft.is_corrected:
            corrected[draft.document] = draft
            draft = Draft(instruction=draft.instruction)
        own = corrected.pop(document, None)
        is_meant = own is not None and own.instruction.strip() == draft.instruction.strip()
        return replace(self, draft=own if own is not None and is_meant else draft, corrected=corrected)

    @property
    def own_text(self) -> str:
        """The artist's expressive instruction for the document in front; "" to have one written."""
        is_meant = self.draft.is_corrected and self.draft.document in ("", self.document)
        return self.draft.text.strip() if is_meant else ""

    @property
    def document(self) -> str:
        """The id of the document the artist works in, "" without one."""
        return self.host.target.document if self.host.target else ""

    @property
    def batch_regions(self) -> Regions:
        """Those edited together: of the present document, or of every open one."""
        if not self.spans_documents and self.host.name != FILES:
            return in_document(self.regions, self.document)
        open_documents = {target.document for target in self.host.targets}
        return tuple(region for region in self.regions if region.document in open_documents)

    def layer_of(self, region: Region) -> FinishedResult | None:
        """The result of a region that is a layer of its document now."""
        return self._result_of(region, Outcome.PLACED)

    def out_of(self, region: Region) -> FinishedResult | None:
        """The result of a region whose layer was taken out of its document."""
        return self._result_of(region, Outcome.UNDONE)

    def _result_of(self, region: Region, outcome: Outcome) -> FinishedResult | None:
        key = region.job.key if region.job else ""
        return next((k for k in self.finished if k.job.key == key and k.outcome is outcome), None)

    @property
    def document_past(self) -> Past:
        """What was made in the present document, newest first."""
        return self.past.get(self.document, ())

    @property
    def is_busy(self) -> bool:
        """Whether something can be stopped."""
        is_editing = self.edit is not None and not self.edit.has_ended
        return is_editing or is_running(self.regions)

    @property
    def choices(self) -> tuple[FinishedResult, ...]:
        """The finished variations of the last edit that wait for the artist's choice."""
        if self.job is None:
            return ()
        return tuple(k for k in self.finished if k.job.key == self.job.key and k.outcome is Outcome.WAITING)

    @property
    def is_undone(self) -> bool:
        """Whether the layers of the last edit were taken back, so that its result is nowhere to be seen."""
        outcomes = {k.outcome for k in self.finished if self.job is not None and k.job.key == self.job.key}
        return Outcome.UNDONE in outcomes and Outcome.PLACED not in outcomes and not self.choices

    @property
    def layered(self) -> tuple[FinishedResult, ...]:
        """The results that are shown and have or had a layer: of the last edit, or of the last batch."""
        settled = [k for k in self.finished if k.is_layered and k.layer]
        if self.job is not None:
            own = [k for k in settled if k.job.key == self.job.key]
            return tuple(k for k in own if k.result.index == self.chosen) or tuple(own[-1:])
        here = [k for k in settled if k.job.batch and k.job.target.document == self.document]
        return tuple(k for k in here if k.job.batch == here[-1].job.batch)

    def result(self, key: str) -> FinishedResult | None:
        """The finished result of this key; None where it was let go."""
        return next((k for k in self.finished if k.key == key), None)

    @property
    def can_undo(self) -> bool:
        """Whether a shown result is in the document."""
        return any(k.outcome is Outcome.PLACED for k in self.layered)

    @property
    def can_redo(self) -> bool:
        """Whether the shown results were taken back."""
        return bool(self.layered) and not self.can_undo

    def model_of(self, job: Job) -> Model | None:
        """The model that a job was made with, as far as it is known now."""
        return model_of(self.backend, job.settings.model)

    @property
    def can_place(self) -> bool:
        """Whether the chosen variation could be placed as a layer."""
        return any(k.result.index == self.chosen for k in self.choices)

    @property
    def unplaced(self) -> tuple[FinishedResult, ...]:
        """Results that could not be placed."""
        return tuple(k for k in self.finished if k.outcome is Outcome.UNPLACED)

    @property
    def loose(self) -> tuple[FinishedResult, ...]:
        """Results in no document and in no file: they wait for the artist or a place, or were set aside."""
        waiting = (Outcome.WAITING, Outcome.PLACING, Outcome.UNPLACED, Outcome.SET_ASIDE)
        return tuple(k for k in self.finished if k.outcome in waiting)

    @property
    def set_aside(self) -> tuple[Job, ...]:
        """The edits with variations that were not chosen and can be taken up again, oldest first."""
        jobs = {k.job.key: k.job for k in self.finished if k.outcome is Outcome.SET_ASIDE}
        return tuple(jobs.values())


def model_of(backend: ConnectionStatus, model_id: str) -> Model | None:
    """An installed model, or WRITER+PAINTER; the backend's default where the id is "" or not among them."""
    models = {model.id: model for model in backend.models}
    writer, plus, painter = model_id.partition("+")
    if plus and writer in models and painter in models and can_join(models[writer], models[painter]):
        return join(models[writer], models[painter])
    return models.get(model_id) or backend.default_model
