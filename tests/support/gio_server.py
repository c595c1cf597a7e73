"""A LinkServer on GLib's loop with GIMP's own peers and no GIMP; prints its port and token."""

from __future__ import annotations

import sys

from gi.repository import Gio, GLib

from mgie.host.connection_file import new_token
from mgie.host.link_server import LinkServer
from mgie_gimp.peer import GioPeer
from support.fake_adapter import FakeAdapter, FakeDocument, flat_picture


def main() -> None:
    """Serve until standard input ends."""
    link_server = LinkServer(FakeAdapter(a=FakeDocument(flat_picture(2048, 2048))), new_token())
    service = Gio.SocketService.new()
    address = Gio.InetSocketAddress.new_from_string("127.0.0.1", 0)
    _, bound = service.add_address(address, Gio.SocketType.STREAM, Gio.SocketProtocol.TCP, None)

    def incoming(service: Gio.SocketService, connection: Gio.SocketConnection, source: object) -> bool:
        GioPeer(link_server, connection)
        return True

    def poll() -> bool:
        link_server.poll()
        return GLib.SOURCE_CONTINUE

    service.connect("incoming", incoming)
    service.start()
    GLib.timeout_add(100, poll)
    loop = GLib.MainLoop()
    GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IOCondition.HUP, lambda *event: loop.quit())
    sys.stdout.write(f"{bound.get_port()} {link_server.token}\n")
    sys.stdout.flush()
    loop.run()


if __name__ == "__main__":
    main()
