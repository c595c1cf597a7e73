"""The two menu entries, in a process that asks GIMP for nothing else.

GIMP may tell a plug-in of a chosen entry while that waits for an answer. libgimp then asks what image and
layers the entry is about, and takes the answer that was waited for as its own: whoever asked before gets a
wrong one. So the entries belong to a process that asks for nothing, and the plug-in server is told by numbers
and words, about which libgimp asks nothing.
"""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false
# (GObject introspection has no type stubs for GIMP)

from __future__ import annotations

from collections.abc import Callable

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, Gio, GLib, GObject  # noqa: E402 (versions come first)

from mgie.host.appearance import MARK  # noqa: E402
from mgie.host.host_texts import host_text  # noqa: E402
from mgie.host.types import InvokedAction  # noqa: E402

MENU_PROCESS = "mgie-menu"
CHOSEN = "mgie-entry-chosen"  # what the plug-in server is told by
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


def run_menu(plugin: Gimp.PlugIn, procedure: Gimp.Procedure, language: str) -> None:
    """Add the entries and hand on which one is chosen, until GIMP ends."""
    for name, (_, label, help_text) in ENTRIES.items():
        entry = Gimp.ImageProcedure.new(plugin, name, Gimp.PDBProcType.TEMPORARY, _chosen, None)
        entry.set_image_types("*")
        entry.set_sensitivity_mask(
            Gimp.ProcedureSensitivityMask.DRAWABLE | Gimp.ProcedureSensitivityMask.DRAWABLES
        )
        entry.set_menu_label(host_text(label, language))
        entry.set_icon_file(Gio.File.new_for_path(str(MARK)))
        entry.add_menu_path(MENU)
        said = host_text(help_text, language)
        entry.set_documentation(said, said, name)
        entry.set_attribution("The MGIE project", "The MGIE project", "2026")
        plugin.add_temp_procedure(entry)
    plugin.persistent_enable()
    procedure.persistent_ready()
    GLib.MainLoop().run()


def chosen_procedure(plugin: Gimp.PlugIn, tell: Callable[[InvokedAction, int], bool]) -> Gimp.Procedure:
    """The plug-in server's end.

    tell: called from the main loop with what was chosen and GIMP's number of the image; its answer is GLib's.
    """

    def told(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, data: object) -> Gimp.ValueArray:
        GLib.idle_add(tell, config.get_property("action"), config.get_property("image"))
        return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())

    procedure = Gimp.Procedure.new(plugin, CHOSEN, Gimp.PDBProcType.TEMPORARY, told, None)
    procedure.set_documentation("Hears of MGIE's menu", "For the plug-in itself; nothing to call", CHOSEN)
    procedure.set_attribution("The MGIE project", "The MGIE project", "2026")
    flags = GObject.ParamFlags.READWRITE
    procedure.add_string_argument("action", "action", "What was chosen", "", flags)
    procedure.add_int_argument("image", "image", "GIMP's number of it", 1, GLib.MAXINT32, 1, flags)
    return procedure


def _chosen(
    procedure: Gimp.Procedure,
    run_mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: list[Gimp.Drawable],
    config: object,
    data: object,
) -> Gimp.ValueArray:
    server = Gimp.get_pdb().lookup_procedure(CHOSEN)
    if server is None:
        ended = "MGIE's plug-in has ended; restart GIMP."
        error = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), ended, 0)
        return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, error)
    telling = server.create_config()
    telling.set_property("action", ENTRIES[procedure.get_name()][0])
    telling.set_property("image", image.get_id())
    server.run(telling)
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())
