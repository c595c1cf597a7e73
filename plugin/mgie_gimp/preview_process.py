"""A process of its own that writes previews into an open image, because GIMP may end it.

GIMP ends a plug-in that writes to a layer which is gone or locked, and between the look whether it is still
there and the last tile an artist can close the image. So the plug-in server never writes there itself: it
hands every preview to this second plug-in. Once that has been ended, each preview is written by a process of
its own, as fast as GIMP can start one.
"""
# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false
# (GObject introspection has no type stubs for GIMP)

from __future__ import annotations

import os
from pathlib import Path

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GLib, GObject  # noqa: E402 (versions come first)

from mgie.api.rect import Rect  # noqa: E402
from mgie.host.errors import HostError  # noqa: E402
from mgie.host.temporary import process_folder  # noqa: E402
from mgie_gimp.pixels import write_layer  # noqa: E402

PREVIEW_PROCESS = "mgie-preview-process"  # started by GIMP beside the plug-in server
WRITE = "mgie-write-preview"  # what it does, while it lives
WRITE_ONCE = "mgie-write-preview-once"  # the same in a process that GIMP starts for it
PREVIEW_NAME = "R'G'B'A u8"  # without a space: sRGB, converted by GEGL into the image's own
NUMBERS = ("layer", "x", "y", "width", "height")  # a layer by GIMP's number, a place on the canvas


class PreviewProcess:
    """The plug-in server's end: one file carries the pixels, GIMP the rest."""

    def __init__(self) -> None:
        self._folder = process_folder()
        self._pixels = Path(self._folder.name) / "pixels"

    def write(self, layer: Gimp.Layer, rect: Rect, pixels: bytes) -> None:
        """Write 8-bit sRGB pixels to a place on the canvas. PREVIEW_GONE when that fails."""
        pdb = Gimp.get_pdb()
        procedure = pdb.lookup_procedure(WRITE if pdb.procedure_exists(WRITE) else WRITE_ONCE)
        self._pixels.write_bytes(pixels)
        config = procedure.create_config()
        for name, value in zip(
            NUMBERS, (layer.get_id(), rect.x, rect.y, rect.width, rect.height), strict=True
        ):
            config.set_property(name, value)
        config.set_property("path", os.fspath(self._pixels))
        if procedure.run(config).index(0) != Gimp.PDBStatusType.SUCCESS:
            raise HostError("PREVIEW_GONE", "the preview's layer was gone before it was written to")

    def end(self) -> None:
        """Remove the file."""
        self._folder.cleanup()


def run_preview_process(plugin: Gimp.PlugIn, procedure: Gimp.Procedure) -> None:
    """Write previews for the plug-in server until GIMP ends."""
    plugin.add_temp_procedure(write_procedure(plugin, WRITE, Gimp.PDBProcType.TEMPORARY))
    plugin.persistent_enable()
    procedure.persistent_ready()
    GLib.MainLoop().run()


def write_procedure(plugin: Gimp.PlugIn, name: str, kind: Gimp.PDBProcType) -> Gimp.Procedure:
    """The procedure that writes one preview."""
    procedure = Gimp.Procedure.new(plugin, name, kind, _write, None)
    procedure.set_documentation("Writes a preview of MGIE", "For the plug-in itself; nothing to call", name)
    procedure.set_attribution("The MGIE project", "The MGIE project", "2026")
    for number in NUMBERS:
        lowest, highest = GLib.MININT32, GLib.MAXINT32
        procedure.add_int_argument(number, number, number, lowest, highest, 0, GObject.ParamFlags.READWRITE)
    procedure.add_string_argument("path", "path", "File with the pixels", "", GObject.ParamFlags.READWRITE)
    return procedure


def _write(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, data: object) -> Gimp.ValueArray:
    number, x, y, width, height = (config.get_property(name) for name in NUMBERS)
    layer = Gimp.Layer.get_by_id(number)
    if layer is None or not layer.is_valid():
        return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, GLib.Error())
    pixels = Path(config.get_property("path")).read_bytes()
    write_layer(layer, Rect(x=x, y=y, width=width, height=height), pixels, PREVIEW_NAME)
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())
