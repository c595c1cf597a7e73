"""The plug-in's side of the link: a loopback service on GLib's loop, a timer, the panel's process."""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false
# (GObject introspection has no type stubs for GIMP)

from __future__ import annotations

import logging
import os
import sys
from dataclasses import replace
from pathlib import Path

from gi.repository import Gimp, Gio, GLib

from mgie.host.appearance import Appearance
from mgie.host.connection_file import Link, links_folder, new_token, write_link
from mgie.host.host_texts import language_of
from mgie.host.launcher import PanelLauncher
from mgie.host.link_server import LinkServer
from mgie.host.types import Invoked, InvokedAction
from mgie_gimp.adapter import GimpAdapter
from mgie_gimp.peer import GioPeer

log = logging.getLogger(__name__)

POLL_MS = 400  # how soon a switched layer or selection shows in the panel
# GIMP's own colours, by its theme-color-scheme (themes/Default/*.css); "system" follows the desktop.
# No text has much contrast on its middle gray, so the panel is dark there.
_DARK = Appearance(look="dark", window="#3c3c3c")
APPEARANCES = {"dark": _DARK, "gray": _DARK, "light": Appearance(look="light", window="#ebebeb")}


def language() -> str:
    """Of GIMP's menus: chosen in its preferences, else the environment's."""
    return (Gimp.gimprc_query("language") or "").strip('"') or language_of(os.environ)


class PluginServer:
    """Serves panels until GIMP ends."""

    def __init__(self, folder: Path) -> None:
        self.adapter = GimpAdapter()
        self._link_server = LinkServer(self.adapter, new_token())
        self._service = Gio.SocketService.new()
        address = Gio.InetSocketAddress.new_from_string("127.0.0.1", 0)
        _, bound = self._service.add_address(address, Gio.SocketType.STREAM, Gio.SocketProtocol.TCP, None)
        self._service.connect("incoming", self._incoming)
        self._service.start()
        link = Link(program="gimp", pid=os.getpid(), port=bound.get_port(), token=self._link_server.token)
        self._link_file = write_link(link, links_folder(sys.platform, Path.home(), os.environ))
        self._launcher = PanelLauncher(folder, self._link_file)
        GLib.timeout_add(POLL_MS, self._poll)

    def invoke(self, action: InvokedAction, number: int) -> bool:
        """A menu entry was chosen for the image of this number. GIMP says so where no panel starts."""
        image = Gimp.Image.get_by_id(number)
        if image is not None and image.is_valid():
            invoked = Invoked(action=action, document=self.adapter.choose(image))
            failure = "" if self._link_server.invoke(invoked) else self._start_panel()
            if failure:
                Gimp.message(failure)
        return GLib.SOURCE_REMOVE

    def _start_panel(self) -> str:
        look = APPEARANCES.get(Gimp.gimprc_query("theme-color-scheme") or "", Appearance())
        return self._launcher.start(os.environ, replace(look, language=language()))

    def end(self) -> None:
        """GIMP is closing."""
        self._link_file.unlink(missing_ok=True)  # first: GIMP waits for 10 ms before it kills
        self._link_server.end()
        self.adapter.end()

    def _poll(self) -> bool:
        try:
            self._link_server.poll()
            failure = self._launcher.failure()
            if failure:
                Gimp.message(failure)
        except Exception:  # an image may close between two calls; the next round sees it gone
            log.warning("poll failed", exc_info=True)
        return GLib.SOURCE_CONTINUE

    def _incoming(self, service: Gio.SocketService, connection: Gio.SocketConnection, source: object) -> bool:
        GioPeer(self._link_server, connection)
        return True
