"""The panel's calls about models: the list, and work that is begun once and followed to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mgie.api.failure import Failure, ServiceError
from mgie.api.models import Model, Operation
from mgie.api.system import EstimateRequest, Resources
from mgie.client.async_client import AsyncClient
from mgie.client.connection import Connection
from mgie.panel.answer_checks import usable_models
from mgie.panel.ports import ModelWork


@dataclass(frozen=True, kw_only=True)
class ModelReports:
    """Who hears what the backend says about models; called on the loop's thread."""

    listed: Callable[[tuple[Model, ...], Resources | None], None]  # what can be had, and the memory
    planned: Callable[[str, int], None]  # model's id, bytes of the device that an edit with it takes
    worked: Callable[[Operation], None]
    failed: Callable[[Failure], None]


class ModelCalls:
    """Lives on the loop's thread."""

    def __init__(self, connection: Connection, reports: ModelReports) -> None:
        self._connection = connection
        self._reports = reports
        self._followed: set[str] = set()  # operations

    async def list(self) -> None:
        """Report all models, and follow the work on them that others have begun."""
        try:
            models = await self._list_once()
        except ServiceError as error:
            self._reports.failed(error.failure)
            return
        names = {model.operation for model in models if model.operation}
        await asyncio.gather(self._plan(models), *(self._follow(name) for name in names))

    async def _plan(self, models: Sequence[Model]) -> None:
        """Ask of one model after the other what an edit would take, as for the forecast of an edit."""
        for model in models:
            if model.state in ("available", "broken"):
                continue
            side = model.native_size_px or 512
            try:
                client = await self._connection.client()
                asked = EstimateRequest(model=model.id, width=side, height=side)
                estimate = await client.estimate(asked)
            except ServiceError:
                continue  # what its files take is shown
            self._reports.planned(model.id, estimate.needed_bytes)

    async def begin(self, work: ModelWork) -> None:
        """Begin work and report it to its end; then report the models as they are."""
        try:
            client = await self._connection.client()
            operation = await _begin(client, work)
            self._reports.worked(operation)
            await self._follow(operation.name)
        except ServiceError as error:
            self._reports.failed(error.failure)

    async def stop(self, operation: str) -> None:
        """Stop work that can be stopped."""
        try:
            client = await self._connection.client()
            self._reports.worked(await client.cancel_operation(operation))
        except ServiceError as error:
            self._reports.failed(error.failure)

    async def _follow(self, name: str) -> None:
        if name in self._followed:
            return
        self._followed.add(name)
        try:
            client = await self._connection.client()
            async for operation in client.watch_operation(name):
                self._reports.worked(operation)
            await self._list_once()
        except ServiceError as error:  # the server went, and the work with it
            self._reports.failed(error.failure)
        finally:
            self._followed.discard(name)

    async def _list_once(self) -> list[Model]:
        client = await self._connection.client()
        models = await client.list_models(includes_available=True)
        resources = await client.resources()
        installed = [model for model in models if model.state != "available"]
        available = tuple(model for model in models if model.state == "available")
        self._connection.models_changed(installed, resources)
        self._reports.listed(usable_models(available), resources)
        return models


async def _begin(client: AsyncClient, work: ModelWork) -> Operation:
    name = f"models/{work.model}" if work.model else ""
    match work.kind:
        case "import":
            return await client.import_model(
                work.model,
                license_accepted=work.license_accepted,
                folder=work.folder,
                parts=work.parts,
            )
        case "verify":
            return await client.verify_model(name)
        case "load":
            return await client.load_model(name)
        case "unload":
            return await client.unload_model(name)
