"""One connection on GLib's loop. Nothing here waits for the panel: GIMP's main thread goes on."""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false
# (GObject introspection has no type stubs)

from __future__ import annotations

import logging
from collections import deque

from gi.repository import Gio, GLib

from mgie.host.link_server import LinkServer

log = logging.getLogger(__name__)

READ_BYTES = 1 << 20
LINGER_MS = 2000  # for the last words of a link that is closed
TCP, NO_DELAY = 6, 1  # IPPROTO_TCP, TCP_NODELAY


class GioPeer:
    """Reads while the connection lasts (the pending read keeps this alive), writes as the panel reads."""

    def __init__(self, link_server: LinkServer, connection: Gio.SocketConnection) -> None:
        self._connection = connection
        self._socket = connection.get_socket()
        self._socket.set_timeout(0)
        self._socket.set_option(TCP, NO_DELAY, 1)
        self._unsent: deque[memoryview] = deque()
        self._is_writing = False
        self._is_closing = False
        self._session = link_server.open_session(self)
        self._read()

    def send(self, data: bytes) -> None:
        """Write what the socket takes now; the rest follows when it takes more."""
        if self._connection.is_closed() or self._is_closing:
            return
        view = memoryview(data)
        if not self._unsent:
            view = view[self._send_now(data) :]
        if view:
            self._unsent.append(view)
            self._write()

    def num_unsent(self) -> int:
        """Bytes the socket has not taken yet."""
        return sum(len(view) for view in self._unsent)

    def close(self) -> None:
        """Close when what waits has been sent, or soon in any case."""
        self._is_closing = True
        if self._unsent:
            GLib.timeout_add(LINGER_MS, self._close_now)
        else:
            self._close_now()

    def _send_now(self, data: bytes) -> int:
        """How many bytes the socket took without waiting."""
        try:
            return self._socket.send_with_blocking(data, False, None)
        except GLib.Error as error:
            if not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.WOULD_BLOCK):
                log.info("link broke: %s", error.message)
                self._close_now()
            return 0

    def _write(self) -> None:
        if self._is_writing or not self._unsent:
            return
        self._is_writing = True
        chunk = GLib.Bytes.new(bytes(self._unsent[0][:READ_BYTES]))
        stream = self._connection.get_output_stream()
        stream.write_bytes_async(chunk, GLib.PRIORITY_DEFAULT, None, self._written)

    def _written(self, stream: Gio.OutputStream, result: Gio.AsyncResult) -> None:
        self._is_writing = False
        try:
            num_written = stream.write_bytes_finish(result)
        except GLib.Error as error:
            log.info("link broke: %s", error.message)
            self._close_now()
            return
        if not self._unsent:  # closed meanwhile
            return
        rest = self._unsent[0][num_written:]
        if rest:
            self._unsent[0] = rest
        else:
            self._unsent.popleft()
        if self._unsent:
            self._write()
        elif self._is_closing:
            self._close_now()

    def _read(self) -> None:
        stream = self._connection.get_input_stream()
        stream.read_bytes_async(READ_BYTES, GLib.PRIORITY_DEFAULT, None, self._received)

    def _received(self, stream: Gio.InputStream, result: Gio.AsyncResult) -> None:
        try:
            data = stream.read_bytes_finish(result).get_data() or b""
        except GLib.Error as error:
            log.info("link ended: %s", error.message)
            data = b""
        if data:
            self._session.receive(data)
        else:
            self._session.end()
        if data and not self._connection.is_closed():
            self._read()

    def _close_now(self) -> bool:
        self._unsent.clear()
        if not self._connection.is_closed():
            try:
                self._connection.close(None)
            except GLib.Error as error:
                log.info("link did not close: %s", error.message)
        return GLib.SOURCE_REMOVE
