"""Servers on other machines: given by address, or remembered by name in the user's configuration."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from mgie.atomic_write import write_atomically
from mgie.client.endpoint import Endpoint, is_loopback, normal_fingerprint, read_token
from mgie.client.secret_file import write_secret
from mgie.errors import BadOption

_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, kw_only=True)
class RemoteServer:
    """A server that somebody started elsewhere."""

    address: str  # HOST:PORT
    token_file: str  # absolute path of a copy of the server's token file
    fingerprint: str = ""  # of its certificate, hex; "" where an authority this machine trusts signed it

    def __post_init__(self) -> None:
        host, separator, port = self.address.rpartition(":")
        if not separator or not host or not port.isascii() or not port.isdecimal() or int(port) > 65535:
            raise BadOption(f"{self.address!r} is no server address; write HOST:PORT, like studio.local:7860")
        digits = normal_fingerprint(self.fingerprint)
        if digits and (len(digits) != 64 or not set(digits) <= _HEX):
            raise BadOption(
                "a fingerprint has 64 hex digits; `mgie status` prints it on the server's machine"
            )

    @property
    def host(self) -> str:
        """The address without its port."""
        return self.address.rpartition(":")[0].strip("[]")

    def endpoint(self) -> Endpoint:
        """How to call it. Raises ServiceError where its token file cannot be read."""
        return Endpoint(
            address=self.address,
            token=read_token(Path(self.token_file)),
            fingerprint=self.fingerprint,
            uses_tls=bool(self.fingerprint) or not is_loopback(self.host),
        )


def servers_path() -> Path:
    """Where servers are remembered, e.g. ~/.config/mgie/servers.json."""
    return platformdirs.user_config_path("mgie") / "servers.json"


def remembered_servers(path: Path | None = None) -> dict[str, RemoteServer]:
    """By name; empty where none is remembered. Raises BadOption where the file is damaged."""
    path = path or servers_path()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {name: RemoteServer(**values) for name, values in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BadOption(f"{path} cannot be read ({error}); mend or delete it") from error


def remember_server(name: str, server: RemoteServer, path: Path | None = None) -> None:
    """Keep a server under a name, in place of an earlier one of that name."""
    if not name or ":" in name:
        raise BadOption(f"{name!r} is no name for a server; choose one without a colon")
    path = path or servers_path()
    servers = {**remembered_servers(path), name: server}
    values = {name: asdict(server) for name, server in servers.items()}
    write_atomically(path, (json.dumps(values, indent=2) + "\n").encode())


def keep_server(address: str, token: str, fingerprint: str, path: Path | None = None) -> str:
    """Remember a server with its token, in a file that only this user can read; returns the name it has now.

    Raises BadOption for an address or a fingerprint that there cannot be, or where nothing can be written.
    """
    path = path or servers_path()
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", address).strip("-.")
    token_file = path.parent / f"{name}.token"
    server = RemoteServer(address=address, token_file=str(token_file.absolute()), fingerprint=fingerprint)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_secret(token_file, token.strip().encode("ascii"))
    except (OSError, UnicodeEncodeError) as error:
        raise BadOption(f"the token cannot be kept in {token_file.name}: {error}") from error
    remember_server(name, server, path)
    return name


def server_named(name: str, path: Path | None = None) -> RemoteServer:
    """A remembered server. Raises BadOption where the name is unknown."""
    servers = remembered_servers(path)
    if name not in servers:
        known = ", ".join(sorted(servers)) or "none"
        raise BadOption(
            f"no server is remembered as {name!r} (remembered: {known}); "
            "give HOST:PORT with --token-file, and --remember NAME"
        )
    return servers[name]
