"""Where a server listens: a Unix socket, loopback, or another address behind TLS."""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import os
import re
import stat
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import grpc

from mgie.errors import BadOption
from mgie.server.settings import ServerSettings

MAX_SOCKET_PATH = 100  # bytes; the kernel's limit is 108 (104 on macOS) with the final zero


_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._~+@=, -]+")  # what gRPC does not read as part of a URI


class Address(NamedTuple):
    """Host and port, or the path of a Unix socket."""

    host: str = ""
    port: int = 0
    socket: Path | None = None

    @property
    def needs_tls(self) -> bool:
        """Whether others could listen in."""
        return self.socket is None and not is_loopback(self.host)


def read_address(settings: ServerSettings) -> Address:
    """The address of the settings, "" meaning the one that is hardest to reach."""
    if settings.listen:
        return _tcp(settings.listen)
    if sys.platform == "win32":
        return Address("127.0.0.1", 0)
    return Address(socket=_socket_path(settings.state_dir))


def bind(server: grpc.aio.Server, address: Address, credentials: grpc.ServerCredentials | None) -> str:
    """Listen; returns the address as gRPC clients write it."""
    if address.socket is not None:
        return _bind_socket(server, address.socket)
    target = f"[{address.host}]:{address.port}" if ":" in address.host else f"{address.host}:{address.port}"
    try:
        if credentials is not None:
            port = server.add_secure_port(target, credentials)
        else:
            port = server.add_insecure_port(target)
    except RuntimeError as error:
        raise BadOption(f"cannot listen at {target}; is the port taken or the address not ours?") from error
    return target.rpartition(":")[0] + f":{port}"


def tidy(address: Address, state_dir: Path) -> None:
    """Remove what `bind` left on the disk."""
    if address.socket is None:
        return
    address.socket.unlink(missing_ok=True)
    if address.socket.parent != state_dir.absolute():
        with contextlib.suppress(OSError):
            address.socket.parent.rmdir()


def is_loopback(host: str) -> bool:
    """Whether an address reaches this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tcp(listen: str) -> Address:
    host, separator, port = listen.rpartition(":")
    if not separator or not port.isascii() or not port.isdecimal() or int(port) > 65535:
        raise BadOption(f"listen address {listen!r}; write HOST:PORT, e.g. 127.0.0.1:7860 or [::]:7860")
    return Address(host.strip("[]") or "0.0.0.0", int(port))


def _socket_path(state_dir: Path) -> Path:
    """In the state folder, or where its name cannot be an address, in a folder named after it."""
    path = state_dir.absolute() / "mgie.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH and _PLAIN_PATH.fullmatch(str(path)):
        return path
    return _runtime_folder(hashlib.sha256(os.fsencode(state_dir.absolute())).hexdigest()[:16]) / "mgie.sock"


def _runtime_folder(name: str) -> Path:
    """A folder with a short path that is this user's alone, the same one for the same name."""
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"mgie-{name}"
    with contextlib.suppress(FileExistsError, FileNotFoundError):
        folder.mkdir(mode=0o700)
    try:
        found = folder.lstat()
        is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    except OSError:
        is_ours = False
    if is_ours and len(os.fsencode(folder)) + len("/mgie.sock") <= MAX_SOCKET_PATH:
        return folder
    return Path(tempfile.mkdtemp(prefix="mgie-", dir="/tmp"))


def _bind_socket(server: grpc.aio.Server, path: Path) -> str:
    try:
        path.unlink(missing_ok=True)  # left by a server that was killed; the lock says that none is alive
    except OSError as error:
        raise BadOption(f"{path.name} is in the way and cannot be removed: {error.strerror}") from error
    umask = os.umask(0o177)
    try:
        server.add_insecure_port(f"unix:{path}")
    except RuntimeError as error:
        raise BadOption(f"cannot listen at {path}: {error}") from error
    finally:
        os.umask(umask)
    path.chmod(0o600)
    return f"unix:{path}"
