"""The backend of this user on this machine, started with the model that the panel needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mgie.api.failure import ServiceError
from mgie.client.endpoint import Endpoint
from mgie.client.local_server import IDLE_EXIT, LocalServer


class PanelServer:
    """A `Server` for `mgie.client.connection`."""

    def __init__(self, state_folder: Path | None = None, *, model: Callable[[], str] = lambda: "") -> None:
        """state_folder: None for this user's own. model: what to load first, "" for the backend's default."""
        self._state_folder = state_folder
        self._model = model
        self._plain = LocalServer(state_folder)

    def locate(self) -> Endpoint:
        """The running backend."""
        return self._plain.locate()

    async def start(self) -> None:
        """Start it with the model that is wanted now; with its default model where that one is gone."""
        model = self._model()
        if model:
            options = (*IDLE_EXIT, "--model", model)
            try:
                await LocalServer(self._state_folder, options=options).start()
            except ServiceError:
                await self._plain.start()
        else:
            await self._plain.start()
