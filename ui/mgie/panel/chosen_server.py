"""The backend that the panel uses: its own, or a remembered one on another machine."""

from __future__ import annotations

from mgie.client.connection import FixedServer, Server
from mgie.client.endpoint import Endpoint
from mgie.client.servers import server_named


class ChosenServer:
    """A `Server` that can be another one from now on."""

    def __init__(self, own: Server) -> None:
        self._own = own
        self._chosen: Server = own

    def choose(self, name: str) -> None:
        """Use a remembered server; "" for this machine's own. Raises BadOption where the name is unknown."""
        self._chosen = FixedServer(server_named(name).endpoint) if name else self._own

    def locate(self) -> Endpoint:
        """Where it is."""
        return self._chosen.locate()

    async def start(self) -> None:
        """Start it, where it is this machine's own."""
        await self._chosen.start()
