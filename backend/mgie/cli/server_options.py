"""Which server a command uses: the running one, a remote one, or one inside this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from mgie.client.servers import RemoteServer

Function = TypeVar("Function", bound=Callable[..., Any])

_MODEL = click.option(
    "--model", default="", metavar="NAME", help="Name or folder of a model.  [default: the server's]"
)
_DEVICE = click.option(
    "--device",
    default="auto",
    show_default=True,
    help="auto, cpu, cuda, cuda:1, mps; anything but auto edits in this process.",
)
_REMOTE = (
    click.option("--server", default="", metavar="HOST:PORT|NAME", help="A backend on another machine."),
    click.option("--fingerprint", default="", metavar="HEX", help="SHA-256 of its certificate, to pin it."),
    click.option(
        "--token-file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Copy of the backend's token file.",
    ),
    click.option("--remember", default="", metavar="NAME", help="Keep this backend for --server NAME."),
)


@dataclass(frozen=True, kw_only=True)
class ServerChoice:
    """What was asked for."""

    model: str = ""  # name or folder; "" for the server's default
    device: str = "auto"
    server: str = ""  # HOST:PORT or a remembered name; "" for a server on this machine
    fingerprint: str = ""
    token_file: Path | None = None
    remember: str = ""

    @property
    def model_folder(self) -> Path | None:
        """The model's folder where that was given instead of a name."""
        path = Path(self.model)
        is_folder = self.model not in ("", ".") and (
            len(path.parts) > 1 or path.is_absolute() or path.is_dir()
        )
        return path.absolute() if is_folder else None

    def remote(self) -> RemoteServer | None:
        """The remote server that was asked for; remembers it where that was asked for too."""
        from mgie.client.servers import RemoteServer, remember_server, server_named
        from mgie.errors import BadOption

        if not self.server:
            if self.fingerprint or self.token_file or self.remember:
                raise BadOption("--fingerprint, --token-file and --remember go with --server HOST:PORT")
            return None
        if ":" not in self.server:
            if self.fingerprint or self.token_file or self.remember:
                raise BadOption(
                    f"{self.server!r} is a remembered name; give HOST:PORT to change its settings"
                )
            return server_named(self.server)
        if self.token_file is None:
            raise BadOption(f"--server {self.server} needs --token-file, a copy of the backend's token file")
        remote = RemoteServer(
            address=self.server, fingerprint=self.fingerprint, token_file=str(self.token_file.absolute())
        )
        if self.remember:
            remember_server(self.remember, remote)
        return remote


def remote_options(function: Function) -> Function:
    """Add the options that name a remote server."""
    for option in reversed(_REMOTE):
        function = option(function)
    return function


def server_options(function: Function) -> Function:
    """Add the options that choose server, model and device."""
    return _MODEL(_DEVICE(remote_options(function)))


def take_choice(given: dict[str, Any]) -> ServerChoice:
    """Take the options of `server_options` out of a command's arguments."""
    names = ("model", "device", "server", "fingerprint", "token_file", "remember")
    return ServerChoice(**{name: given.pop(name) for name in names if name in given})
