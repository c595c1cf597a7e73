"""One file over HTTPS: resumed after a break, hashed while it arrives, refused when a byte is wrong.

`download` is a generator of the bytes received so far; closing it keeps the partial file for the next try.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import os
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from mgie.errors import DigestMismatch, DownloadFailed
from mgie.weights.disk import disk_guard

log = logging.getLogger(__name__)

_PIECE_BYTES = 1 << 20
_MAX_BARREN_TRIES = 5  # tries in a row that bring nothing new
_PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """A file on the net and what is known about it beforehand."""

    url: str  # https, or http on this machine
    num_bytes: int | None = None  # size; None when unknown
    sha256: str | None = None  # hex; None when unknown

    def __post_init__(self) -> None:
        check_address(self.url)


def check_address(url: str) -> None:
    """Refuse everything but HTTPS; plain HTTP is for this machine only."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return
    raise DownloadFailed(f"{url} is not an https address, so nothing is fetched from it")


def new_client(timeout_s: float = 30.0) -> httpx2.Client:
    """An HTTP client that checks every redirect and never asks for compressed answers.

    Raises DownloadFailed where the environment names a proxy that cannot be used.
    """

    def check_request(request: httpx2.Request) -> None:
        check_address(str(request.url))

    try:
        return httpx2.Client(
            timeout=timeout_s,
            follow_redirects=True,
            headers={"Accept-Encoding": "identity"},
            event_hooks={"request": [check_request]},
        )
    except (ImportError, ValueError) as error:  # SOCKS without its package, or an address that is none
        names = ", ".join(name for name in os.environ if name.upper() in _PROXIES and os.environ[name])
        raise DownloadFailed(
            f"the proxy in {names or 'the environment'} cannot be used; set an http:// proxy or none"
        ) from error


def look_up(url: str, *, sha256: str | None, client: httpx2.Client) -> RemoteFile:
    """A file at a plain address; its size as the server announces it."""
    check_address(url)
    try:
        response = client.head(url)
    except httpx2.RequestError as error:
        raise DownloadFailed(f"{url} cannot be reached: {error}") from error
    if response.status_code in (403, 404, 410):
        raise DownloadFailed(f"{url} answered {response.status_code} {response.reason_phrase}")
    length = response.headers.get("Content-Length", "")
    known = response.status_code == 200 and length.isdigit()
    return RemoteFile(url=url, num_bytes=int(length) if known else None, sha256=sha256)


def download(
    remote: RemoteFile, target: Path, *, client: httpx2.Client, retry_delay_s: float = 2.0
) -> Generator[int, None, str]:
    """Fetch `remote` to `target`, yielding the bytes held so far; returns the SHA-256.

    The bytes gather in `target` + ".part" and take their name only when size and digest are right.
    Raises DigestMismatch for wrong bytes, DownloadFailed when the server does not deliver, DiskFull.
    """
    with disk_guard(target), closing(_Partial(target)) as partial:
        began_earlier = partial.num_bytes > 0
        yield from _receive_all(remote, partial, client, retry_delay_s)
        try:
            return partial.finish(remote)
        except DigestMismatch:
            if not began_earlier:
                raise
            log.info("the bytes of an earlier try do not fit, starting over url=%s", remote.url)
        yield from _receive_all(remote, partial, client, retry_delay_s)
        return partial.finish(remote)


def _receive_all(
    remote: RemoteFile, partial: _Partial, client: httpx2.Client, retry_delay_s: float
) -> Generator[int, None, None]:
    """Ask again after every break until the file is whole, giving up when tries bring nothing new."""
    furthest, barren_tries = partial.num_bytes, 0
    while True:
        try:
            yield from _receive(remote, partial, client)
            return
        except (httpx2.TransportError, _BrokenOffError) as error:
            barren_tries = 0 if partial.num_bytes > furthest else barren_tries + 1
            furthest = max(furthest, partial.num_bytes)
            if barren_tries >= _MAX_BARREN_TRIES:
                raise DownloadFailed(f"{remote.url} broke off {barren_tries} times: {error}") from error
            log.info("download broke off at=%d url=%s error=%s", partial.num_bytes, remote.url, error)
            time.sleep(retry_delay_s * 2**barren_tries)
        except httpx2.RequestError as error:  # redirects without end: no use asking again
            raise DownloadFailed(f"{remote.url} cannot be fetched: {error}") from error


class _BrokenOffError(Exception):
    """The answer ended early or does not fit the request; worth another try."""


class _Partial:
    """The bytes received so far, their running digest, and the version they belong to."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(target.name + ".part")
        self.etag_path = target.with_name(target.name + ".part.etag")
        target.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a+b")
        self._digest = hashlib.sha256()
        self._file.seek(0)
        while piece := self._file.read(_PIECE_BYTES):
            self._digest.update(piece)
        self.num_bytes = self._file.tell()

    @property
    def etag(self) -> str | None:
        """The version the held bytes belong to, when the server named one."""
        return self.etag_path.read_text() if self.etag_path.exists() else None

    def restart(self, etag: str | None) -> None:
        """Forget the held bytes and begin a new version."""
        self._file.seek(0)
        self._file.truncate()
        self._digest = hashlib.sha256()
        self.num_bytes = 0
        if etag:
            self.etag_path.write_text(etag)
        else:
            self.etag_path.unlink(missing_ok=True)

    def write(self, piece: bytes) -> None:
        """Append."""
        self._file.write(piece)
        self._digest.update(piece)
        self.num_bytes += len(piece)

    def close(self) -> None:
        """Leave the held bytes on disk for the next try."""
        self._file.close()

    def finish(self, remote: RemoteFile) -> str:
        """Check the whole and give it its name; wrong bytes are thrown away."""
        num_bytes, sha256 = self.num_bytes, self._digest.hexdigest()
        if remote.num_bytes not in (None, num_bytes):
            self.restart(None)
            raise DigestMismatch(f"{remote.url} sent {num_bytes} bytes instead of {remote.num_bytes}")
        if remote.sha256 not in (None, sha256):
            self.restart(None)
            raise DigestMismatch(f"{remote.url} has SHA-256 {sha256} instead of {remote.sha256}")
        self.close()
        self.path.replace(self.target)
        self.etag_path.unlink(missing_ok=True)
        return sha256


def _receive(remote: RemoteFile, partial: _Partial, client: httpx2.Client) -> Generator[int, None, None]:
    """One request: continue where the partial file ends when the server can, else from the start."""
    if remote.num_bytes is not None and partial.num_bytes == remote.num_bytes:
        return
    with client.stream("GET", remote.url, headers=_request_headers(remote, partial)) as response:
        _place(response, partial)
        for piece in response.iter_raw():
            partial.write(piece)
            if remote.num_bytes is not None and partial.num_bytes > remote.num_bytes:
                partial.restart(None)
                raise DigestMismatch(f"{remote.url} sends more than the {remote.num_bytes} bytes announced")
            yield partial.num_bytes
    if remote.num_bytes is not None and partial.num_bytes < remote.num_bytes:
        raise _BrokenOffError(f"the answer ended after {partial.num_bytes} of {remote.num_bytes} bytes")


def _request_headers(remote: RemoteFile, partial: _Partial) -> dict[str, str]:
    """Ask for the rest only when the held bytes surely belong to the same version."""
    headers: dict[str, str] = {}
    etag = partial.etag
    if partial.num_bytes and (etag or remote.sha256):
        headers["Range"] = f"bytes={partial.num_bytes}-"
        if etag:
            headers["If-Range"] = etag
    return headers


def _place(response: httpx2.Response, partial: _Partial) -> None:
    """Bring the partial file to where the answer begins."""
    status = response.status_code
    if status == 206:
        if not response.headers.get("Content-Range", "").startswith(f"bytes {partial.num_bytes}-"):
            partial.restart(None)
            raise _BrokenOffError("the server continued at another place than asked")
    elif status == 200:
        etag = response.headers.get("ETag", "")
        partial.restart(etag if etag.startswith('"') else None)  # weak tags do not promise the same bytes
    elif status == 416:
        partial.restart(None)
        raise _BrokenOffError("the server has fewer bytes than were held")
    elif status == 429 or status >= 500:
        raise _BrokenOffError(f"the server answered {status}")
    else:
        raise DownloadFailed(f"{response.url} answered {status} {response.reason_phrase}")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
