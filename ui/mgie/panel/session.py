"""The panel's conduct: what the artist does and what the links report, turned into the next state.

No Qt: the views subscribe, the links are ports. Every entry point runs in the same thread.
Edits under way are in `Runs`, those that wait in `EditQueue`, finished ones in `Results` with their layers in
`ResultLayers`, the regions in `RegionBatch`, models in `Models`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from mgie.api.events import Reading
from mgie.client.connection import ConnectionStatus, Link
from mgie.panel.edit_queue import EditQueue
from mgie.panel.forecasts import Forecasts
from mgie.panel.models import Models
from mgie.panel.own_library import OwnLibrary
from mgie.panel.past_edits import PastEdits
from mgie.panel.ports import BackendPort, HostPort
from mgie.panel.reference_list import ReferenceList
from mgie.panel.region_batch import RegionBatch
from mgie.panel.result_layers import ResultLayers
from mgie.panel.results import Results
from mgie.panel.runs import Runs
from mgie.panel.servers import Servers
from mgie.panel.state.panel import PanelState, model_of
from mgie.panel.state.primary_action import Action, primary_action
from mgie.panel.state.settings import OWN_PREFIX, Settings
from mgie.panel.state.target import HostStatus

Observer = Callable[[PanelState], None]


class Session:
    """One panel at work."""

    def __init__(
        self,
        backend: BackendPort,
        host: HostPort,
        state: PanelState | None = None,
        *,
        rng: random.Random | None = None,
    ) -> None:
        self.state = state or PanelState()
        self._backend = backend
        self._host = host
        self._rng = rng = rng or random.Random()
        self.runs = Runs(self, backend, host, rng)
        self.results = Results(self, host)
        self.layers = ResultLayers(self, host)
        self.regions = RegionBatch(self, host, rng)
        self.queue = EditQueue(self, host)
        self.library = OwnLibrary(self)
        self.past = PastEdits(self, host)
        self.models = Models(self, backend)
        self.references = ReferenceList(self)
        self.servers = Servers(self, backend)
        self.forecasts = Forecasts(self, backend)
        self._observers: list[Observer] = [self.forecasts.look]

    def subscribe(self, observer: Observer) -> None:
        """Call `observer` with every new state until `unsubscribe`, and with the present one now."""
        self._observers.append(observer)
        observer(self.state)

    def unsubscribe(self, observer: Observer) -> None:
        """Tell `observer` nothing more; it must be subscribed."""
        self._observers.remove(observer)

    def update(self, **changes: object) -> None:
        """Take a new state and tell the observers, unless nothing changed."""
        state = replace(self.state, **changes)  # pyright: ignore[reportArgumentType] # names are PanelState's
        if state is self.state or state == self.state:
            return
        self.state = state
        for observer in tuple(self._observers):
            observer(state)

    # --- the artist -------------------------------------------------------------------------

    def type_instruction(self, instruction: str) -> None:
        """The instruction field changed."""
        self.update(draft=self.state.draft.with_instruction(instruction), failure=None, saved=None)

    def type_text(self, text: str) -> None:
        """The artist changed the expressive instruction."""
        state = self.state
        written = state.edit.text if state.edit else ""
        document = state.job.target.document if state.job else state.document
        self.update(draft=state.draft.with_text(text, written, document))

    def recall_older(self) -> None:
        """Walk back in the history."""
        history, text = self.state.history.older(self.state.draft.instruction)
        self.update(history=history, draft=self.state.draft.with_instruction(text))

    def recall_newer(self) -> None:
        """Walk forward in the history."""
        history, text = self.state.history.newer(self.state.draft.instruction)
        self.update(history=history, draft=self.state.draft.with_instruction(text))

    def choose_settings(self, settings: Settings) -> None:
        """The artist changed how edits are made."""
        self.update(settings=settings)

    def throw_seed(self) -> None:
        """Another seed for the next edits, kept until it is unlocked."""
        thrown = replace(self.state.settings, is_seed_locked=False).with_next_seed(self._rng)
        self.update(settings=replace(thrown, is_seed_locked=True))

    def choose_preset(self, name: str) -> None:
        """Take the options of one of the model's presets, or of the artist's own."""
        if name.startswith(OWN_PREFIX):
            self.library.use_preset(name.removeprefix(OWN_PREFIX))
        elif self.state.model is not None:
            self.update(settings=self.state.settings.with_preset(name, self.state.model))

    def choose_document(self, document: str) -> None:
        """The artist picks one of the documents that are open in the host."""
        self._host.choose_document(document)

    def choose_model(self, model_id: str) -> None:
        """Edit with another model: this document from now on, and every new one."""
        model = model_of(self.state.backend, model_id)
        if model is None:
            return
        settings = replace(self.state.settings, model=model_id).for_model(model)
        self.update(settings=settings, **self.state.with_model_of_document(model_id))

    def dismiss_failure(self) -> None:
        """The artist has read it."""
        edit = self.state.edit
        if edit is not None and edit.has_ended:
            edit = replace(edit, failure=None, declined=None)
        self.update(failure=None, edit=edit)

    def dismiss_saved(self) -> None:
        """The artist has read where a file went."""
        self.update(saved=None)

    def take_suggestion(self, instruction: str) -> None:
        """The artist asks for something that the model can do instead."""
        self.dismiss_failure()
        self.type_instruction(instruction)

    def choose_reading(self, reading: Reading) -> None:
        """The artist says which of several meanings is meant."""
        self.runs.go_on_with(reading.text)

    def act_by_key(self) -> None:
        """Return and Ctrl+Return: as the button, but they never stop an edit and never repeat a batch."""
        is_edit_shown = not self.state.model_page.is_open
        if is_edit_shown and primary_action(self.state).action not in (Action.STOP, Action.REPEAT_REGIONS):
            self.act()

    def act(self) -> None:
        """The one big button."""
        primary = primary_action(self.state)
        if primary.obstacle is not None:
            return
        match primary.action:
            case Action.GO_ON | Action.GO_ON_CORRECTED:
                self._go_on()
            case Action.STOP:
                self.runs.stop()
            case Action.PLACE:
                self.results.place_chosen()
            case Action.EDIT_REGIONS | Action.RETRY_REGIONS | Action.REPEAT_REGIONS:
                self.regions.edit(primary.action)
            case Action.QUEUE:
                self.queue.add()
            case _:
                self.runs.edit()

    def repeat_last(self) -> None:
        """Edit with the newest instruction of the history."""
        if self.state.history.entries and not self.state.is_busy:
            self.type_instruction(self.state.history.entries[0])
            self.runs.edit()

    def _go_on(self) -> None:
        draft, edit = self.state.draft, self.state.edit
        assert edit is not None  # the primary action says that an edit is held
        self.runs.go_on_with(draft.text.strip() if draft.is_corrected else edit.text)

    # --- the host ---------------------------------------------------------------------------

    def host_changed(self, status: HostStatus) -> None:
        """The artist switched, or the link came or went. A document keeps the model chosen for it."""
        document = status.target.document if status.target else ""
        chosen = self.state.model_of_document(status.target)
        settings = self.state.settings
        if document != self.state.document and chosen != settings.model:
            settings = replace(settings, model=chosen)
            model = model_of(self.state.backend, chosen)
            settings = settings.for_model(model) if model else settings
        shown = self.state.with_draft_of(document).in_document(document) if document else self.state
        self.update(
            host=status,
            settings=settings,
            draft=shown.draft,
            corrected=shown.corrected,
            shelf=shown.shelf,
            job=shown.job,
            edit=shown.edit,
            before=shown.before,
            chosen=shown.chosen,
            saved=self.state.saved if document == self.state.document else None,
        )
        self.queue.advance()

    # --- the backend ------------------------------------------------------------------------

    def backend_changed(self, status: ConnectionStatus) -> None:
        """The connection or the model changed."""
        settings = self.state.settings
        model = model_of(status, settings.model)
        if model is not None and model != self.state.model:
            settings = settings.for_model(model)
        self.update(backend=status, settings=settings)

    def retry_backend(self) -> None:
        """The artist asks for the backend again."""
        self.update(backend=replace(self.state.backend, link=Link.SEARCHING, failure=None))
        self._backend.start_backend()
