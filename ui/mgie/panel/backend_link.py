"""The link to the backend: one thread with an asyncio loop owns the channel; signals bring what it says."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from mgie.api.failure import Failure, ServiceError
from mgie.api.system import EstimateRequest
from mgie.client.channel import shown_fingerprint
from mgie.client.connection import Connection, ConnectionStatus, Server
from mgie.client.servers import keep_server
from mgie.errors import BadOption
from mgie.panel.answer_checks import usable_models
from mgie.panel.chosen_server import ChosenServer
from mgie.panel.edit_jobs import EditJobs
from mgie.panel.model_calls import ModelCalls, ModelReports
from mgie.panel.ports import ModelWork, Order
from mgie.panel.state.job import Job

log = logging.getLogger(__name__)

CLOSE_S = 5.0  # for calls to end when the panel does


class BackendLink(QObject):
    """A BackendPort. Every method returns at once; the signals are emitted off the GUI thread."""

    status_changed = pyqtSignal(object)  # ConnectionStatus
    message_received = pyqtSignal(str, object)  # job, Message
    estimated = pyqtSignal(object, object)  # EstimateRequest, Estimate or None
    models_listed = pyqtSignal(object, object)  # those that can be had, Resources
    model_worked = pyqtSignal(object)  # Operation
    model_planned = pyqtSignal(str, object)  # its id, bytes of the device that an edit with it takes
    models_failed = pyqtSignal(object)  # Failure
    server_seen = pyqtSignal(str, str)  # address, fingerprint of its certificate
    server_used = pyqtSignal(str)  # name of the remembered server, "" for this machine's own
    server_failed = pyqtSignal(object)  # Failure

    def __init__(self, server: Server, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="panel-backend", daemon=True)
        self._server = ChosenServer(server)
        self._connection = Connection(self._server, self._report_status)
        self._jobs = EditJobs(self._connection, self.message_received.emit)
        reports = ModelReports(
            listed=self.models_listed.emit,
            planned=self.model_planned.emit,
            worked=self.model_worked.emit,
            failed=self.models_failed.emit,
        )
        self._models = ModelCalls(self._connection, reports)
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closing = False

    def start(self) -> None:
        """Begin to look for the backend."""
        self._thread.start()
        self._spawn(self._connection.supervise())
        self.start_backend()

    def close(self) -> None:
        """End every call and the thread. Edits under way go on at the backend."""
        asyncio.run_coroutine_threadsafe(self._cancel_all(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)

    def start_backend(self) -> None:
        """Look for a backend again."""
        self._loop.call_soon_threadsafe(self._connection.want)

    def create(self, key: str, orders: Sequence[Order]) -> None:
        """Send one edit or a batch, then watch."""
        self._spawn(self._create(key, tuple(orders)))

    def sample(self, job: Job) -> None:
        """Paint anew what was written, then watch."""
        self._spawn(self._sample(job))

    def estimate(self, question: EstimateRequest) -> None:
        """Ask how an edit would go."""
        self._spawn(self._estimate(question))

    def resume(self, job: Job, edit: str, sequence: int) -> None:
        """Watch an edit of an earlier panel."""
        self._spawn(self._jobs.follow(job, edit, sequence))

    def revise(self, job: str, text: str) -> None:
        """Let a held edit go on."""
        self._spawn(self._jobs.steer(job, lambda client, edit: client.revise_instruction(edit, text)))

    def keep(self, job: str) -> None:
        """Stop and keep."""
        self._spawn(self._jobs.steer(job, lambda client, edit: client.accept_preview(edit)))

    def stop(self, job: str) -> None:
        """Cancel, whatever it is doing."""
        self._spawn(self._jobs.stop(job))

    def look_at_server(self, address: str) -> None:
        """See which certificate a server shows."""
        self._spawn(self._look(address))

    def use_server(self, address: str, token: str, fingerprint: str) -> None:
        """Keep a server and use it."""
        self._spawn(self._use(address, token, fingerprint))

    def choose_server(self, name: str) -> None:
        """Begin with a remembered server. Call before `start`."""
        try:
            self._server.choose(name)
        except BadOption as error:
            self.server_failed.emit(Failure(reason="OPTION_INVALID", message=str(error)))

    async def _look(self, address: str) -> None:
        try:
            self.server_seen.emit(address, await shown_fingerprint(address))
        except ServiceError as error:
            self.server_failed.emit(error.failure)

    async def _use(self, address: str, token: str, fingerprint: str) -> None:
        try:
            name = await asyncio.to_thread(keep_server, address, token, fingerprint) if address else ""
            self._server.choose(name)
        except BadOption as error:
            self.server_failed.emit(Failure(reason="OPTION_INVALID", message=str(error)))
            return
        self.server_used.emit(name)
        await self._connection.move()

    def list_models(self) -> None:
        """Ask for the models again."""
        self._spawn(self._models.list())

    def work_on_model(self, work: ModelWork) -> None:
        """Begin work on a model."""
        self._spawn(self._models.begin(work))

    def stop_model_work(self, operation: str) -> None:
        """Stop work on a model."""
        self._spawn(self._models.stop(operation))

    def _report_status(self, status: ConnectionStatus) -> None:
        self.status_changed.emit(replace(status, models=usable_models(status.models)))

    async def _create(self, key: str, orders: tuple[Order, ...]) -> None:
        for job, edit in await self._jobs.create(key, orders):
            self._spawn(self._jobs.follow(job, edit))

    async def _sample(self, job: Job) -> None:
        for created, edit in await self._jobs.sample(job):
            self._spawn(self._jobs.follow(created, edit))

    async def _estimate(self, question: EstimateRequest) -> None:
        estimate = None
        try:
            estimate = await (await self._connection.client()).estimate(question)
        except ServiceError as error:
            log.info("no forecast reason=%s", error.reason)
        self.estimated.emit(question, estimate)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        def begin() -> None:
            if self._is_closing:
                work.close()
                return
            task = self._loop.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._finished)

        if self._is_closing:  # the loop may be closed already
            work.close()
        else:
            self._loop.call_soon_threadsafe(begin)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("the link to the backend failed", exc_info=task.exception())

    async def _cancel_all(self) -> None:
        self._is_closing = True
        for task in tuple(self._tasks):
            task.cancel()
        rest = asyncio.all_tasks() - {asyncio.current_task()}  # grpc's own tasks end with their calls
        if rest:
            await asyncio.wait(rest, timeout=CLOSE_S)
