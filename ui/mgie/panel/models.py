"""What the artist does on the page of models, and what the backend reports about them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from mgie.api.failure import Failure
from mgie.api.models import SINGLE_FILE_SUFFIXES, Model, Operation
from mgie.api.system import Resources
from mgie.panel.ports import BackendPort, ModelWork
from mgie.panel.state.model_page import ModelPage

if TYPE_CHECKING:
    from mgie.panel.session import Session


class Models:
    """The models of a session. Their list is the backend's; here it is only asked for and shown."""

    def __init__(self, session: Session, backend: BackendPort) -> None:
        self._session, self._backend = session, backend

    # --- the artist -------------------------------------------------------------------------

    def open(self) -> None:
        """Show the page, with what the backend says now."""
        self._show(replace(self._page, is_open=True, failure=None))
        self._backend.list_models()

    def close(self) -> None:
        """Back to the edit. Work goes on."""
        self._show(replace(self._page, is_open=False, terms_of=""))

    def get(self, model_id: str) -> None:
        """Fetch a model, or go on with it; its terms are shown first, unless they were accepted before."""
        model = next((model for model in self._page.available if model.id == model_id), None)
        if model is not None and model.terms and not model.is_license_accepted:
            self._show(replace(self._page, terms_of=model_id))
        else:
            self._begin(ModelWork(kind="import", model=model_id))

    def accept_terms(self) -> None:
        """The artist accepts what is shown."""
        model_id = self._page.terms_of
        folder = self._page.folders.get(model_id, "")
        self._show(replace(self._page, terms_of=""))
        parts = self._page.parts.get(model_id, "")
        self._begin(
            ModelWork(kind="import", model=model_id, folder=folder, parts=parts, license_accepted=True)
        )

    def decline_terms(self) -> None:
        """The artist does not accept them; nothing is fetched."""
        folders = {name: path for name, path in self._page.folders.items() if name != self._page.terms_of}
        self._show(replace(self._page, terms_of="", folders=folders))

    def import_folder(self, folder: str) -> None:
        """Install a folder or a single file of this machine.

        The backend says which licence it is under, and what disk and memory the import needs.
        """
        path = PurePath(folder)
        name = model_name(path.stem if path.suffix.lower() in SINGLE_FILE_SUFFIXES else path.name)
        self._show(replace(self._page, folders={**self._page.folders, name: folder}))
        self._begin(ModelWork(kind="import", model=name, folder=folder))

    def take_parts(self, model_id: str, parts: str) -> None:
        """Import a single file again, with the other parts of an installed model."""
        folder = self._page.folders.get(model_id, "")
        if folder:
            self._show(replace(self._page, parts={**self._page.parts, model_id: parts}))
            self._begin(ModelWork(kind="import", model=model_id, folder=folder, parts=parts))

    def pause(self, model_id: str) -> None:
        """Stop fetching or verifying; what has come stays."""
        running = self._page.running(model_id)
        if running is not None:
            self._backend.stop_model_work(running.name)

    def verify(self, model_id: str) -> None:
        """Compare every byte with the manifest."""
        self._begin(ModelWork(kind="verify", model=model_id))

    def load(self, model_id: str) -> None:
        """Bring a model into memory now, so that the next edit need not wait."""
        self._begin(ModelWork(kind="load", model=model_id))

    def free_memory(self) -> None:
        """Take every model out of memory, after the edits that run."""
        self._begin(ModelWork(kind="unload"))

    def choose(self, model_id: str) -> None:
        """Edit with it from now on, and go back to the edit."""
        self._session.choose_model(model_id)
        self.close()

    # --- the backend ------------------------------------------------------------------------

    def listed(self, available: tuple[Model, ...], resources: Resources | None) -> None:
        """The backend says what can be had, and how its memory is."""
        page = self._page
        known = {model.id for model in (*self._session.state.backend.models, *available)}
        folders = {name: path for name, path in page.folders.items() if name not in known}
        self._show(replace(page, available=available, resources=resources, folders=folders, failure=None))

    def planned(self, model_id: str, needed_bytes: int) -> None:
        """The backend says what an edit with a model takes of its device."""
        self._show(replace(self._page, needed={**self._page.needed, model_id: needed_bytes}))

    def worked(self, operation: Operation) -> None:
        """Work on a model went on or ended. A folder whose licence is not accepted yet: ask for it."""
        page = self._page.with_work(operation)
        model_id = operation.model.removeprefix("models/")
        is_asked = operation.error is not None and operation.error.reason == "LICENSE_NOT_ACCEPTED"
        if is_asked and model_id in page.folders:
            page = replace(page, terms_of=model_id)
        self._show(page)

    def failed(self, failure: Failure) -> None:
        """A call did not come through."""
        self._show(replace(self._page, failure=failure))

    @property
    def _page(self) -> ModelPage:
        return self._session.state.model_page

    def _show(self, page: ModelPage) -> None:
        self._session.update(model_page=page)

    def _begin(self, work: ModelWork) -> None:
        self._show(replace(self._page, failure=None))
        self._backend.work_on_model(work)


def model_name(folder: str) -> str:
    """What a model from a folder is called: lower-case letters, digits, dots, dashes."""
    name = re.sub(r"[^a-z0-9._-]+", "-", folder.lower()).strip("-._")
    return name[:64] or "model"
