"""Runs test code inside Krita, on the port of MGIE_DRIVER_PORT."""

import faulthandler
import os
import sys

import krita

if "PyQt6.QtCore" in sys.modules:
    from PyQt6 import QtCore, QtGui, QtNetwork, QtWidgets
else:
    from PyQt5 import QtCore, QtGui, QtNetwork, QtWidgets

from .driver_core import Driver


class DriverExtension(krita.Extension):
    def setup(self):
        faulthandler.enable()  # a crash inside Krita says which call it was
        self.server = QtNetwork.QTcpServer(self)
        self.server.newConnection.connect(self.accept)
        address = QtNetwork.QHostAddress("127.0.0.1")
        self.server.listen(address, int(os.environ["MGIE_DRIVER_PORT"]))

    def createActions(self, window):  # noqa: N802 (Krita's name)
        pass

    def accept(self):
        connection = self.server.nextPendingConnection()
        app = krita.Krita.instance()
        driver = Driver(app=app, krita=krita, QtCore=QtCore, QtGui=QtGui, QtWidgets=QtWidgets)
        connection.readyRead.connect(lambda: connection.write(driver.feed(bytes(connection.readAll()))))
        self.connection = connection


krita.Krita.instance().addExtension(DriverExtension(krita.Krita.instance()))
