"""The backend of this user on this machine, started with the model that the panel needs."""

from __future__ import annotations

from pathlib import Path

from mgie.api.failure import ServiceError
from mgie.client.endpoint import Endpoint
from mgie.client.local_server import IDLE_EXIT, LocalServer


class PanelServer:
    """A `Server` for `mgie.client.connection`."""

    def __init__(self, state_folder: Path | None = None, *, model: str = "") -> None:
        """state_folder: None for this user's own. model: loaded first, "" for the backend's default."""
        self._plain = LocalServer(state_folder)
        options = (*IDLE_EXIT, "--model", model)
        self._with_model = LocalServer(state_folder, options=options) if model else self._plain

    def locate(self) -> Endpoint:
        """The running backend."""
        return self._plain.locate()

    async def start(self) -> None:
        """Start it; with its default model where the wanted one is gone."""
        try:
            await self._with_model.start()
        except ServiceError:
            if self._with_model is self._plain:
                raise
            await self._plain.start()
