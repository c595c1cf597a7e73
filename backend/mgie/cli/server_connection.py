"""The connection of a command: to a remote server, the running one, or one inside this process."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mgie.api.failure import ServiceError
from mgie.cli.server_options import ServerChoice
from mgie.client.blocking import Client
from mgie.client.discovery import read_discovery
from mgie.errors import BadOption


@contextmanager
def connected(choice: ServerChoice) -> Generator[Client]:
    """A client of the server that a command's options choose; closed at the end.

    Without --server: the running one, if it has the model and the device is left to it; else one that lives
    as long as the block.
    """
    with ExitStack() as stack:
        yield _remote(choice, stack) or _running(choice, stack) or _in_process(choice, stack)


@contextmanager
def running_server(choice: ServerChoice) -> Generator[Client | None]:
    """A client of the remote server that was asked for, or of the running one; None where none runs."""
    with ExitStack() as stack:
        yield _remote(choice, stack) or _running(choice, stack)


def model_name(choice: ServerChoice) -> str:
    """What `EditSpec.model` says: "" for the default, as for a folder, which only its own server knows."""
    return "" if choice.model_folder is not None else choice.model


def _remote(choice: ServerChoice, stack: ExitStack) -> Client | None:
    remote = choice.remote()
    if remote is None:
        return None
    if choice.device != "auto":
        raise BadOption(f"--device {choice.device} is chosen by the backend's owner, not with --server")
    if choice.model_folder is not None:
        raise BadOption(f"--server has models by name; {choice.model} is a folder of this machine")
    client = stack.enter_context(Client(remote.endpoint))
    client.info()  # a wrong address, certificate or token is said before any work
    return client


def _running(choice: ServerChoice, stack: ExitStack) -> Client | None:
    if choice.device != "auto" or choice.model_folder is not None:
        return None
    discovery = read_discovery()
    if discovery is None:
        return None
    with ExitStack() as trial:
        try:
            client = trial.enter_context(Client.connect(discovery))
            if choice.model:
                client.get_model(f"models/{choice.model}")
        except ServiceError:
            return None  # it just ended, or has another set of models
        stack.enter_context(trial.pop_all())
        return client


def _in_process(choice: ServerChoice, stack: ExitStack) -> Client:
    from mgie.server.in_process import in_process_server
    from mgie.server.settings import ServerSettings
    from mgie.weights.installed import DEFAULT_MODEL

    model = str(choice.model_folder or choice.model or DEFAULT_MODEL)
    settings = ServerSettings(state_dir=Path(), device=choice.device, preload=False, model=model)
    return stack.enter_context(Client.connect(stack.enter_context(in_process_server(settings))))
