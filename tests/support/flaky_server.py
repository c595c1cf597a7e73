"""A real HTTP server on this machine that misbehaves on request: breaks off, lies, corrupts, has no Range."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FlakyServer:
    """What the server serves and how it misbehaves."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])  # path -> content
    redirects: dict[str, str] = field(default_factory=dict[str, str])  # path -> address
    break_after: list[int] = field(default_factory=list[int])  # bytes sent before breaking off, per request
    statuses: list[int] = field(default_factory=list[int])  # answers to give first instead of the file
    has_range: bool = True  # understands Range
    has_etag: bool = True
    is_hub: bool = False  # sends the headers of the Hugging Face hub
    wrong_range_start: bool = False  # continues at another place than asked
    length_lie: int = 0  # added to Content-Length
    wrong_byte_at: int | None = None  # this byte arrives changed
    requests: list[tuple[str, str, str | None]] = field(default_factory=list[tuple[str, str, str | None]])

    @property
    def ranges(self) -> list[str | None]:
        """The Range header of every GET so far."""
        return [wanted for method, _, wanted in self.requests if method == "GET"]


@contextmanager
def serve(**behaviour: object) -> Iterator[FlakyServer]:
    """Run a server until the block ends."""
    state = FlakyServer(**behaviour)  # type: ignore[arg-type]  # the fields are checked by the dataclass
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"state": state}))
    state.url = f"http://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD as the state says."""

    state: FlakyServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def do_GET(self) -> None:
        self._answer("GET")

    def _answer(self, method: str) -> None:
        state = self.state
        wanted = self.headers.get("Range")
        state.requests.append((method, self.path, wanted))
        if self.path in state.redirects:
            self._send(302, b"", {"Location": state.redirects[self.path]})
            return
        if self.path not in state.files:
            self._send(404, b"")
            return
        if method == "GET" and state.statuses:
            self._send(state.statuses.pop(0), b"")
            return
        self._send_file(method, state.files[self.path], wanted)

    def _send_file(self, method: str, whole: bytes, wanted: str | None) -> None:
        state = self.state
        etag = f'"{hashlib.sha256(whole).hexdigest()}"'
        headers = {"ETag": etag} if state.has_etag else {}
        if state.is_hub:
            headers |= {"X-Repo-Commit": "0" * 40, "X-Linked-Etag": etag, "X-Linked-Size": str(len(whole))}
        if state.wrong_byte_at is not None:
            place = state.wrong_byte_at
            whole = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        start = 0
        if wanted and state.has_range and self.headers.get("If-Range", etag) == etag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(whole):
                self._send(416, b"")
                return
            said = start + 1 if state.wrong_range_start else start
            headers["Content-Range"] = f"bytes {said}-{len(whole) - 1}/{len(whole)}"
        self._send(
            206 if "Content-Range" in headers else 200, whole[start:], headers, is_head=method == "HEAD"
        )

    def _send(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, is_head: bool = False
    ) -> None:
        state = self.state
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + (state.length_lie if body else 0)))
        self.end_headers()
        if is_head:
            return
        if body and state.break_after:
            body = body[: state.break_after.pop(0)]
            self.close_connection = True
        if body and state.length_lie:
            self.close_connection = True
        self.wfile.write(body)
