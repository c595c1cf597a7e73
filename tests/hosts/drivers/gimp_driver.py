#!/usr/bin/env python3
"""A second persistent plug-in that runs test code inside GIMP, on the port of MGIE_DRIVER_PORT."""

import os
import sys

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from driver_core import Driver  # noqa: E402
from gi.repository import Babl, Gegl, Gimp, Gio, GLib  # noqa: E402


class DriverPlugIn(Gimp.PlugIn):
    def do_set_i18n(self, name):
        return False

    def do_query_procedures(self):
        return ["mgie-driver"]

    def do_create_procedure(self, name):
        procedure = Gimp.Procedure.new(self, name, Gimp.PDBProcType.PERSISTENT, self.run, None)
        procedure.set_documentation("Runs test code", "Runs test code", name)
        procedure.set_attribution("MGIE", "MGIE", "2026")
        return procedure

    def run(self, procedure, config, data):
        service = Gio.SocketService.new()
        address = Gio.InetSocketAddress.new_from_string("127.0.0.1", int(os.environ["MGIE_DRIVER_PORT"]))
        service.add_address(address, Gio.SocketType.STREAM, Gio.SocketProtocol.TCP, None)
        service.connect("incoming", self.incoming)
        service.start()
        self.persistent_enable()
        procedure.persistent_ready()
        GLib.MainLoop().run()
        return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())

    def incoming(self, service, connection, source):
        driver = Driver(Babl=Babl, Gegl=Gegl, Gimp=Gimp, Gio=Gio, GLib=GLib)

        def received(stream, result):
            data = stream.read_bytes_finish(result).get_data()
            if data:
                connection.get_output_stream().write_all(driver.feed(data), None)
                stream.read_bytes_async(1 << 20, 0, None, received)

        connection.get_input_stream().read_bytes_async(1 << 20, 0, None, received)
        return True


Gimp.main(DriverPlugIn.__gtype__, sys.argv)
