"""The panel's socket to a host: greeting, numbered requests, events.

One thread reads; answers go to who waits for them, events to the listener, in the order they came.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from mgie.host.connection_file import Link
from mgie.host.errors import HostError
from mgie.host.framing import AFTER_TOKEN, FrameReader, Message, encode
from mgie.host.messages import (
    Json,
    Packer,
    Unpacker,
    error_from_json,
    event_from_json,
    info_from_json,
    take,
)
from mgie.host.types import HostEvent, HostInfo, LinkClosed, refuse

RECEIVE_BYTES = 1 << 20


class Pending:
    """A request that waits for its answer."""

    def __init__(self) -> None:
        self.is_done = threading.Event()
        self.message: Message | None = None
        self.error: HostError | None = None


class Channel:
    """A greeted connection. `call` is safe from several threads."""

    def __init__(
        self, connection: socket.socket, timeout_s: float, on_event: Callable[[HostEvent], None]
    ) -> None:
        self._socket = connection
        self._timeout_s = timeout_s
        self._on_event = on_event
        self._lock = threading.Lock()  # of the three fields below
        self._pending: dict[int, Pending] = {}
        self._num_requests = 0
        self._closed: LinkClosed | None = None
        self._send_lock = threading.Lock()
        self._reader = FrameReader(AFTER_TOKEN)

    @property
    def is_closed(self) -> bool:
        """Whether the link has ended."""
        return self._closed is not None

    def greet(self, token: str, role: str) -> HostInfo:
        """Show the token and read the welcome, on the calling thread; events may come after it."""
        try:
            for chunk in encode(Message({"token": token, "role": role})):
                self._socket.sendall(chunk)
            info = self._read_welcome()
        except TimeoutError:
            raise HostError("TIMED_OUT", "the program did not answer the greeting") from None
        except OSError as error:
            raise HostError("LINK_LOST", f"the link broke: {error}") from None
        threading.Thread(target=self._read_forever, name="host-read", daemon=True).start()
        return info

    def call(
        self, op: str, fields: Json | None = None, packer: Packer | None = None
    ) -> tuple[Json, Unpacker]:
        """Send one request and wait for its answer: the result and its binary parts."""
        pending = Pending()
        with self._lock:
            if self._closed is not None:
                raise HostError(self._closed.reason, self._closed.message)
            self._num_requests += 1
            number = self._num_requests
            self._pending[number] = pending
        try:
            parts = tuple(packer.parts) if packer else ()
            self._send(Message({**(fields or {}), "op": op, "id": number}, parts))
            if not pending.is_done.wait(self._timeout_s):
                raise HostError("TIMED_OUT", f"the program did not answer {op} within {self._timeout_s:g} s")
        finally:
            with self._lock:
                self._pending.pop(number, None)
        if pending.error is not None:
            raise pending.error
        if pending.message is None:
            raise refuse("an answer without content")
        return take(pending.message.header, "result", dict), Unpacker(pending.message.parts)

    def close(self, closed: LinkClosed) -> None:
        """End the link once: waiting calls fail first, then the listener is called."""
        with self._lock:
            if self._closed is not None:
                return
            self._closed = closed
            waiting = list(self._pending.values())
        with contextlib.suppress(OSError):  # the peer may have been faster
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the reading thread
        self._socket.close()
        for pending in waiting:
            pending.error = HostError(closed.reason, closed.message)
            pending.is_done.set()
        self._on_event(closed)

    def _read_welcome(self) -> HostInfo:
        while data := self._socket.recv(4096):
            for message in self._reader.feed(data):
                if "welcome" in message.header:
                    return info_from_json(take(message.header, "welcome", dict))
                raise error_from_json(message.header)
        raise HostError("LINK_LOST", "the program closed the link during the greeting")

    def _send(self, message: Message) -> None:
        chunks = encode(message)
        try:
            with self._send_lock:
                for chunk in chunks:
                    self._socket.sendall(chunk)
        except OSError as error:
            closed = LinkClosed(reason="LINK_LOST", message=f"the link broke: {error}")
            self.close(closed)  # half a frame may be on its way
            raise HostError(closed.reason, closed.message) from None

    def _read_forever(self) -> None:
        """Handle what comes until the link ends."""
        closed = LinkClosed(reason="LINK_LOST", message="the program ended")
        try:
            while data := self._receive():
                self.receive(data)
        except HostError as error:
            closed = LinkClosed(reason=error.reason, message=error.message)
        except OSError as error:
            closed = LinkClosed(reason="LINK_LOST", message=f"the link broke: {error}")
        self.close(closed)

    def receive(self, data: bytes) -> None:
        """Handle bytes from the host. A HostError means: the link is over."""
        for message in self._reader.feed(data):
            self._handle(message)

    def _receive(self) -> bytes:
        """The next bytes; empty at the end. Silence is no error here."""
        while True:
            try:
                return self._socket.recv(RECEIVE_BYTES)
            except TimeoutError:
                continue

    def _handle(self, message: Message) -> None:
        if "event" in message.header:
            event = event_from_json(message.header)
            if isinstance(event, LinkClosed):
                raise error_from_json(message.header)
            self._on_event(event)
            return
        with self._lock:
            pending = self._pending.pop(take(message.header, "id", int), None)
        if pending is None:
            return  # its caller has given up
        if "error" in message.header:
            pending.error = error_from_json(take(message.header, "error", dict))
        pending.message = message
        pending.is_done.set()


def connect(link: Link, timeout_s: float) -> socket.socket:
    """A TCP connection to where a host listens."""
    try:
        connection = socket.create_connection(("127.0.0.1", link.port), timeout=timeout_s)
    except (OSError, OverflowError) as error:
        raise HostError("LINK_LOST", f"{link.program} does not listen: {error}") from None
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
