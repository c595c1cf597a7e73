"""The plug-in as GIMP sees it: persistent procedures that GIMP starts, each as a process."""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false
# (GObject introspection has no type stubs for GIMP)

from __future__ import annotations

import faulthandler
import logging
import sys
from pathlib import Path

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GLib  # noqa: E402 (versions come first)

from mgie_gimp.menu import MENU_PROCESS, chosen_procedure, run_menu  # noqa: E402
from mgie_gimp.plugin_server import PluginServer, language  # noqa: E402
from mgie_gimp.preview_process import PREVIEW_PROCESS, WRITE_ONCE, run_preview_process, write_procedure  # noqa: E402

PLUGIN_SERVER = "mgie-plugin-server"


class MgiePlugIn(Gimp.PlugIn):
    """The plug-in server, the menu, and the process that writes previews."""

    _server: PluginServer | None = None

    def do_set_i18n(self, name: str) -> bool:
        """Texts are GIMP's language only once translated."""
        return False

    def do_query_procedures(self) -> list[str]:
        """Three that GIMP starts by itself, and one that replaces the writer of previews when lost."""
        return [PLUGIN_SERVER, MENU_PROCESS, PREVIEW_PROCESS, WRITE_ONCE]

    def do_quit(self) -> None:
        """GIMP is closing."""
        if self._server is not None:
            self._server.end()

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        """A procedure by its name."""
        if name == WRITE_ONCE:
            return write_procedure(self, name, Gimp.PDBProcType.PLUGIN)
        procedure = Gimp.Procedure.new(self, name, Gimp.PDBProcType.PERSISTENT, self._run, None)
        procedure.set_documentation("Serves MGIE's panel", "Started by GIMP; nothing to call", name)
        procedure.set_attribution("The MGIE project", "The MGIE project", "2026")
        return procedure

    def _run(self, procedure: Gimp.Procedure, config: object, data: object) -> Gimp.ValueArray:
        """Be one of the processes until GIMP ends."""
        # An image may close between two calls; the artist need not be told by a dialog.
        self.set_pdb_error_handler(Gimp.PDBErrorHandler.PLUGIN)
        name = procedure.get_name()
        if name == MENU_PROCESS:
            run_menu(self, procedure, language())
        elif name == PREVIEW_PROCESS:
            run_preview_process(self, procedure)
        else:
            self._serve(procedure)
        return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())

    def _serve(self, procedure: Gimp.Procedure) -> None:
        self._server = PluginServer(Path(sys.argv[0]).resolve().parent)
        self.add_temp_procedure(chosen_procedure(self, self._server.invoke))
        self.persistent_enable()
        procedure.persistent_ready()
        GLib.MainLoop().run()


def main() -> None:
    """Hand over to GIMP."""
    faulthandler.enable()  # a crash inside GIMP's library says which call it was
    logging.basicConfig(level=logging.WARNING, format="mgie: %(message)s")
    Gimp.main(MgiePlugIn.__gtype__, sys.argv)
