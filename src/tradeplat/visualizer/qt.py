"""The one door to Qt: whatever the windows use of the binding is named here.

A change of the binding is a change of this file. pyqtgraph and qasync take the binding that is
loaded first, so a module that uses them imports this one before.
"""

from PyQt6 import QtCore, QtDBus, QtGui, QtNetwork, QtWidgets, sip
from PyQt6.QtCore import Qt, pyqtBoundSignal
from PyQt6.QtCore import pyqtSignal as Signal
from PyQt6.QtCore import pyqtSlot as Slot

__all__ = [
    "Qt",
    "QtCore",
    "QtDBus",
    "QtGui",
    "QtNetwork",
    "QtWidgets",
    "Signal",
    "Slot",
    "pyqtBoundSignal",
    "sip",
]
