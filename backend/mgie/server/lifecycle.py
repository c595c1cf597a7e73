"""From settings to a running server and back: single instance, token, discovery, signals, idling, drain."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import time
from collections.abc import Callable, Generator, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
from filelock import FileLock, Timeout

from mgie.client.discovery import (
    LOCK_NAME,
    Discovery,
    is_announced,
    read_discovery,
    remove_discovery,
    write_discovery,
)
from mgie.client.secret_file import write_secret
from mgie.errors import MgieError
from mgie.server import model_work
from mgie.server.address import Address, read_address, tidy
from mgie.server.backend import Backend
from mgie.server.errors import disk_error
from mgie.server.garbage import collected_here
from mgie.server.grpc_server import GrpcServer
from mgie.server.lane import Lane
from mgie.server.lanes import installed, make_lanes
from mgie.server.model_registry import ModelRegistry
from mgie.server.settings import ServerSettings

if TYPE_CHECKING:
    from mgie.server.tls import Certificate

log = logging.getLogger(__name__)

_IDLE_CHECK_S = 1.0
_ANNOUNCE_CHECK_S = 2.0


class AlreadyRunningError(MgieError):
    """A second server for the same user."""

    reason = "SERVER_RUNNING"


class Ending:
    """Whether the server was asked to end, and how long running edits may take."""

    def __init__(self, drain_s: float) -> None:
        self.drain_s = drain_s
        self.hurry = asyncio.Event()  # asked twice
        self._asked = asyncio.Event()

    def ask(self, drain_s: float | None = None) -> None:
        """End. Asked a second time: at once."""
        if self._asked.is_set():
            self.hurry.set()
        elif drain_s is not None:
            self.drain_s = drain_s
        self._asked.set()

    async def wait(self) -> None:
        """Until asked."""
        await self._asked.wait()


async def serve(
    settings: ServerSettings,
    *,
    registry: ModelRegistry | None = None,
    lanes: Sequence[Lane] | None = None,
    on_ready: Callable[[Discovery], None] = lambda discovery: None,
    ending: Ending | None = None,
    notices: Sequence[str] = (),
) -> None:
    """Run a server until it is asked to end. Without lanes: one in this process, loading installed models.

    ending: to ask from outside; None listens to SIGINT and SIGTERM. notices: what people should know of the
    time before. Raises MgieError where it cannot start.
    """
    with _single_instance(settings), _unusable_files():
        default_model = settings.model
        if registry is None:
            registry, default_model = installed(settings)
        backend = Backend(settings, registry, make_lanes(settings) if lanes is None else lanes, default_model)
        backend.notices += notices
        for notice in notices:
            log.warning("%s", notice)
        if ending is None:
            ending = Ending(settings.drain_s)
            listening = _signals(ending)
        else:
            listening = contextlib.nullcontext()
        with listening:
            async with collected_here():
                try:
                    await _serve(backend, ending, on_ready)
                finally:
                    await backend.close()
        log.info("ended")


async def _serve(backend: Backend, ending: Ending, on_ready: Callable[[Discovery], None]) -> None:
    settings = backend.settings
    token = secrets.token_urlsafe(32)
    token_path = settings.state_dir.absolute() / "token"
    write_secret(token_path, token.encode("ascii"))
    server = GrpcServer(backend, token, ending.ask)
    address = read_address(settings)
    certificate = _certificate(settings, address)
    try:
        bound = await server.start(address, _credentials(certificate))
        discovery = Discovery(
            address=bound,
            pid=os.getpid(),
            token_path=str(token_path),
            version=version("mgie"),
            fingerprint=certificate.fingerprint if certificate else "",
        )
        write_discovery(settings.state_dir, discovery)
        log.info("ready address=%s pid=%d", bound, discovery.pid)
        on_ready(discovery)
        idling = asyncio.ensure_future(_idle(server, ending))
        announcing = asyncio.ensure_future(_stay_announced(settings.state_dir, discovery, token))
        try:
            await ending.wait()
        finally:
            idling.cancel()
            announcing.cancel()
            await asyncio.gather(announcing, return_exceptions=True)
            remove_discovery(settings.state_dir)
    finally:
        await server.stop(ending.drain_s, ending.hurry)
        tidy(address, settings.state_dir)


@contextlib.contextmanager
def _single_instance(settings: ServerSettings) -> Generator[None]:
    state_dir = settings.state_dir
    with _unusable_files():
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        state_dir.chmod(0o700)
        lock = FileLock(state_dir / LOCK_NAME, mode=0o600)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            running = read_discovery(state_dir)
            where = f" at {running.address}, process {running.pid}" if running else ""
            raise AlreadyRunningError(f"a server runs already{where}; see `mgie status`") from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _unusable_files() -> Generator[None]:
    """One sentence where the state folder cannot be used as it is."""
    try:
        yield
    except OSError as error:
        raise disk_error(error) from error


@contextlib.contextmanager
def _signals(ending: Ending) -> Generator[None]:
    loop = asyncio.get_running_loop()
    handled = (signal.SIGTERM, signal.SIGINT)
    installed: list[signal.Signals] = []
    for name in handled:
        # Windows and threads other than the main one have no signal handlers; `Shutdown` works everywhere.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(name, ending.ask)
            installed.append(name)
    try:
        yield
    finally:
        for name in installed:
            loop.remove_signal_handler(name)


async def _stay_announced(state_dir: Path, discovery: Discovery, token: str) -> None:
    """Write discovery and token again where somebody damaged or removed them: who calls needs both."""
    token_path = Path(discovery.token_path)
    while True:
        await asyncio.sleep(_ANNOUNCE_CHECK_S)
        try:
            is_whole = (
                is_announced(state_dir, discovery) and token_path.read_text("ascii", "replace") == token
            )
        except FileNotFoundError:
            is_whole = False
        except OSError:
            continue  # not to be read, and so not to be written either
        if not is_whole:
            with contextlib.suppress(OSError):  # the next time will do
                write_secret(token_path, token.encode("ascii"))
                write_discovery(state_dir, discovery)
                log.warning("the discovery or token file had been damaged and was written again")


async def _idle(server: GrpcServer, ending: Ending) -> None:
    """Free the device, and end, where nothing happens for long."""
    backend, settings = server.backend, server.backend.settings
    is_unloaded = False
    while True:
        await asyncio.sleep(_IDLE_CHECK_S)
        now = time.monotonic()
        is_idle = backend.scheduler.is_idle and not len(backend.manager.queue)
        since_edit = now - backend.manager.last_activity if is_idle else 0.0
        if not is_idle:
            is_unloaded = False
        if settings.idle_unload_s and since_edit > settings.idle_unload_s and not is_unloaded:
            is_unloaded = True
            backend.operations.start("unload", "", partial(model_work.unload, backend))
        if settings.idle_exit_s and min(since_edit, now - server.last_call) > settings.idle_exit_s:
            log.info("idle for %.0f s", settings.idle_exit_s)
            ending.ask(0.0)
            return


def _certificate(settings: ServerSettings, address: Address) -> Certificate | None:
    if settings.tls_certificate is None and not address.needs_tls:
        return None
    from mgie.server.tls import own_certificate, read_certificate  # cryptography: only behind TLS

    if settings.tls_certificate is not None and settings.tls_key is not None:
        return read_certificate(settings.tls_certificate, settings.tls_key)
    return own_certificate(settings.state_dir, address.host)


def _credentials(certificate: Certificate | None) -> grpc.ServerCredentials | None:
    if certificate is None:
        return None
    return grpc.ssl_server_credentials([(certificate.key_pem, certificate.certificate_pem)])
