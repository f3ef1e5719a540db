"""Tells when the screen is locked or the machine goes to sleep, as the desktop says on its buses.

Whoever sends these signals is believed: all that comes of them is that keys are disarmed.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tradeplat.visualizer.qt import QtCore, QtDBus, Signal, Slot

SAVERS = (
    "org.freedesktop.ScreenSaver",
    "org.gnome.ScreenSaver",
    "org.cinnamon.ScreenSaver",
    "org.mate.ScreenSaver",
    "org.xfce.ScreenSaver",
)
"""Interfaces whose ActiveChanged tells that the screen is locked."""

LOGIN = "org.freedesktop.login1.Session"
_SLEEP = "org.freedesktop.login1.Manager"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_SYSTEM = "/run/dbus/system_bus_socket"


class ScreenLock(QtCore.QObject):
    """`locked` says why; it comes once for each signal that tells of it."""

    locked = Signal(str)

    def __init__(
        self, buses: Iterable[QtDBus.QDBusConnection], parent: QtCore.QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._buses = [bus for bus in buses if bus.isConnected()]
        for bus in self._buses:
            for saver in SAVERS:
                bus.connect("", "", saver, "ActiveChanged", self._switched)
            bus.connect("", "", LOGIN, "Lock", self._asked)
            bus.connect("", "", _PROPERTIES, "PropertiesChanged", self._hinted)
            bus.connect("", "", _SLEEP, "PrepareForSleep", self._sleeping)

    @property
    def listens(self) -> bool:
        """Whether there is any bus to hear it on."""
        return bool(self._buses)

    @Slot(QtDBus.QDBusMessage)
    def _switched(self, message: QtDBus.QDBusMessage) -> None:
        if message.arguments()[:1] == [True]:
            self.locked.emit("the screen is locked")

    @Slot(QtDBus.QDBusMessage)
    def _asked(self, _: QtDBus.QDBusMessage) -> None:
        self.locked.emit("the screen is locked")

    @Slot(QtDBus.QDBusMessage)
    def _hinted(self, message: QtDBus.QDBusMessage) -> None:
        told = message.arguments()
        of_login = len(told) > 1 and told[0] == LOGIN and isinstance(told[1], dict)
        if of_login and told[1].get("LockedHint") is True:
            self.locked.emit("the screen is locked")

    @Slot(QtDBus.QDBusMessage)
    def _sleeping(self, message: QtDBus.QDBusMessage) -> None:
        if message.arguments()[:1] == [True]:
            self.locked.emit("the machine goes to sleep")


def desktop_buses(environment: Mapping[str, str]) -> list[QtDBus.QDBusConnection]:
    """The buses of the desktop and of the machine, where there are any: none is started."""
    found = []
    own = Path(environment.get("XDG_RUNTIME_DIR", "/nowhere")) / "bus"
    if environment.get("DBUS_SESSION_BUS_ADDRESS") or own.exists():
        found.append(QtDBus.QDBusConnection.sessionBus())
    if environment.get("DBUS_SYSTEM_BUS_ADDRESS") or Path(_SYSTEM).exists():
        found.append(QtDBus.QDBusConnection.systemBus())
    return found
