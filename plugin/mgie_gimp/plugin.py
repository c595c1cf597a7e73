"""The plug-in as GIMP sees it: a persistent procedure that GIMP starts, and its two menu entries."""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false
# (GObject introspection has no type stubs for GIMP)

from __future__ import annotations

import faulthandler
import logging
import sys
from pathlib import Path

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, Gio, GLib  # noqa: E402 (versions come first)

from mgie.host.appearance import MARK  # noqa: E402
from mgie.host.host_texts import host_text  # noqa: E402
from mgie.host.types import InvokedAction  # noqa: E402
from mgie_gimp.plugin_server import PluginServer, language  # noqa: E402
from mgie_gimp.preview_process import PREVIEW_PROCESS, WRITE_ONCE, run_preview_process, write_procedure  # noqa: E402

PLUGIN_SERVER = "mgie-plugin-server"
MENU = "<Image>/Filters/MGIE"
ENTRIES: dict[str, tuple[InvokedAction, str, str]] = {
    "mgie-edit": (
        "edit",
        "_Edit with an instruction...",
        "Say what should change; the result becomes a new layer inside the selection",
    ),
    "mgie-edit-again": (
        "repeat",
        "Edit with the _last instruction",
        "Run the last instruction again on this image and selection",
    ),
}


class MgiePlugIn(Gimp.PlugIn):
    """Registers the plug-in server and, once it runs, the menu entries."""

    _server: PluginServer | None = None

    def do_set_i18n(self, name: str) -> bool:
        """Texts are GIMP's language only once translated."""
        return False

    def do_query_procedures(self) -> list[str]:
        """Two that GIMP starts by itself, each as a process, and one that replaces the second when lost."""
        return [PLUGIN_SERVER, PREVIEW_PROCESS, WRITE_ONCE]

    def do_quit(self) -> None:
        """GIMP is closing."""
        if self._server is not None:
            self._server.end()

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        """A procedure by its name."""
        if name == WRITE_ONCE:
            return write_procedure(self, name, Gimp.PDBProcType.PLUGIN)
        run = self._run if name == PLUGIN_SERVER else self._run_preview_process
        procedure = Gimp.Procedure.new(self, name, Gimp.PDBProcType.PERSISTENT, run, None)
        procedure.set_documentation("Serves MGIE's panel", "Started by GIMP; nothing to call", name)
        procedure.set_attribution("The MGIE project", "The MGIE project", "2026")
        return procedure

    def _run(self, procedure: Gimp.Procedure, config: object, data: object) -> Gimp.ValueArray:
        """Serve until GIMP ends."""
        # An image may close between two calls; the artist need not be told by a dialog.
        self.set_pdb_error_handler(Gimp.PDBErrorHandler.PLUGIN)
        self._server = PluginServer(Path(sys.argv[0]).resolve().parent)
        speaks = language()
        for name, (_, label, help_text) in ENTRIES.items():
            entry = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.TEMPORARY, self._invoked, None)
            entry.set_image_types("*")
            entry.set_sensitivity_mask(
                Gimp.ProcedureSensitivityMask.DRAWABLE | Gimp.ProcedureSensitivityMask.DRAWABLES
            )
            entry.set_menu_label(host_text(label, speaks))
            entry.set_icon_file(Gio.File.new_for_path(str(MARK)))
            entry.add_menu_path(MENU)
            said = host_text(help_text, speaks)
            entry.set_documentation(said, said, name)
            entry.set_attribution("The MGIE project", "The MGIE project", "2026")
            self.add_temp_procedure(entry)
        self.persistent_enable()
        procedure.persistent_ready()
        GLib.MainLoop().run()
        return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())

    def _run_preview_process(
        self, procedure: Gimp.Procedure, config: object, data: object
    ) -> Gimp.ValueArray:
        """Write previews until GIMP ends."""
        self.set_pdb_error_handler(Gimp.PDBErrorHandler.PLUGIN)
        run_preview_process(self, procedure)
        return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())

    def _invoked(
        self,
        procedure: Gimp.Procedure,
        run_mode: Gimp.RunMode,
        image: Gimp.Image,
        drawables: list[Gimp.Drawable],
        config: object,
        data: object,
    ) -> Gimp.ValueArray:
        """A menu entry was chosen."""
        assert self._server is not None
        failure = self._server.invoke(ENTRIES[procedure.get_name()][0], image)
        if failure:
            error = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), failure, 0)
            return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, error)
        return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())


def main() -> None:
    """Hand over to GIMP."""
    faulthandler.enable()  # a crash inside GIMP's library says which call it was
    logging.basicConfig(level=logging.WARNING, format="mgie: %(message)s")
    Gimp.main(MgiePlugIn.__gtype__, sys.argv)
