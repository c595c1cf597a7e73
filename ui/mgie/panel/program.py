"""The panel from parsed arguments to exit status."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from types import TracebackType

from platformdirs import user_state_path
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QApplication

from mgie.client.connection import FixedServer
from mgie.client.servers import server_named
from mgie.errors import BadOption
from mgie.host.appearance import MARK
from mgie.host.errors import HostError
from mgie.host.files import FileHost
from mgie.host.protocol import Host
from mgie.host.remote import RemoteHost
from mgie.panel import languages, theme
from mgie.panel.app import MakeServer, Options, Panel
from mgie.panel.codec import FileCodec
from mgie.panel.panel_server import PanelServer
from mgie.panel.unix_signals import ended_by_signals

log = logging.getLogger(__name__)


def run(options: argparse.Namespace) -> int:
    """Run until the window is closed or the host ends. options: see `mgie.panel.__main__`."""
    logging.basicConfig(
        level=options.log_level.upper(), format="%(asctime)s %(name)s %(levelname)s %(message)s"
    )
    sys.excepthook = log_fault
    app = QApplication(sys.argv[:1])
    app.setApplicationName("mgie")
    app.setDesktopFileName("mgie")
    app.setWindowIcon(QIcon(str(MARK)))
    languages.speak(app, options.language)
    try:
        host, make_server = _host(options.connect), _server_maker(options.server, options.backend_folder)
    except HostError as error:
        return _refused(f"{error} {error.advice}")
    except BadOption as error:
        return _refused(str(error))
    folder = options.state_folder or user_state_path("mgie", appauthor=False)
    panel = Panel(
        app,
        host,
        make_server,
        Options(
            state_folder=folder,
            theme=theme.chosen(options.look, options.window, options.accent),
            wants_embedding=not options.float,
        ),
    )
    panel.start()
    if panel.documents is not None:
        panel.documents.open(options.files)

    def end() -> None:
        panel.close()
        app.quit()

    with ended_by_signals(end):
        return app.exec()


def log_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """As `sys.excepthook`: a fault in a slot costs what the slot did. PyQt would end the program, and with it
    every draft, queue and unplaced result.
    """
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        log.critical("a fault in the panel, please report it", exc_info=(kind, error, trace))


def _refused(why: str) -> int:
    print(f"mgie panel: {why}", file=sys.stderr)  # noqa: T201 - a program's last words
    return 1


def _server_maker(name: str, state_folder: Path | None) -> MakeServer:
    """A remembered server on another machine, or this user's own."""
    if name:
        remote = server_named(name)
        return lambda state: FixedServer(remote.endpoint)
    return lambda state: PanelServer(state_folder, model=lambda: state().settings.model)


def _host(link_file: Path | None) -> Host:
    if link_file is not None:
        return RemoteHost.from_file(link_file)
    return FileHost((), FileCodec())
