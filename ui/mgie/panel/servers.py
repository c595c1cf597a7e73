"""What the artist does to use a backend on another machine, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mgie.api.failure import Failure
from mgie.panel.ports import BackendPort
from mgie.panel.state.server_choice import ServerChoice

if TYPE_CHECKING:
    from mgie.panel.session import Session


class Servers:
    """The backend of a session. It changes only while nothing is edited: edits belong to their backend."""

    def __init__(self, session: Session, backend: BackendPort) -> None:
        self._session, self._backend = session, backend

    def look(self, address: str, token: str) -> None:
        """See which certificate a server shows. Nothing is sent to it yet."""
        self._show(replace(self._choice, address=address.strip(), token=token, fingerprint="", failure=None))
        self._backend.look_at_server(address.strip())

    def seen(self, address: str, fingerprint: str) -> None:
        """A server shows this certificate; the artist compares it."""
        if address == self._choice.address:
            self._show(replace(self._choice, fingerprint=fingerprint, failure=None))

    def use_seen(self) -> None:
        """The artist trusts the certificate: pin it, keep the token, and use this server from now on."""
        choice = self._choice
        if choice.fingerprint and not self._session.state.is_busy:
            self._backend.use_server(choice.address, choice.token, choice.fingerprint)

    def use_own(self) -> None:
        """Back to the backend of this machine."""
        if not self._session.state.is_busy:
            self._backend.use_server("", "", "")

    def used(self, name: str) -> None:
        """The panel uses another server now."""
        self._show(ServerChoice(name=name))

    def failed(self, failure: Failure) -> None:
        """It cannot be looked at, or not be kept."""
        self._show(replace(self._choice, failure=failure))

    @property
    def _choice(self) -> ServerChoice:
        return self._session.state.server

    def _show(self, choice: ServerChoice) -> None:
        self._session.update(server=choice)
