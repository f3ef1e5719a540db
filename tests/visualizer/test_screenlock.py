"""A locked screen is heard on a bus of this test's own."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tradeplat.visualizer.qt import QtCore, QtDBus
from tradeplat.visualizer.screenlock import ScreenLock, desktop_buses

CONNECTION = QtDBus.QDBusConnection


@pytest.fixture(scope="module")
def buses(qapp) -> Iterator[tuple]:
    """Two ends of a bus."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not installed (Debian: dbus-daemon)")
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
        text=True,
    )
    address = daemon.stdout.readline().strip()
    yield tuple(CONNECTION.connectToBus(address, name) for name in ("hears", "tells"))
    for name in ("hears", "tells"):
        CONNECTION.disconnectFromBus(name)
    daemon.terminate()
    daemon.wait()
    daemon.stdout.close()


def tell(bus, path: str, interface: str, name: str, *values: object) -> None:
    message = QtDBus.QDBusMessage.createSignal(path, interface, name)
    message.setArguments(list(values))
    assert bus.send(message)


@pytest.mark.parametrize(
    ("path", "interface", "name", "values"),
    [
        ("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver", "ActiveChanged", [True]),
        ("/ScreenSaver", "org.freedesktop.ScreenSaver", "ActiveChanged", [True]),
        ("/org/freedesktop/login1/session/_31", "org.freedesktop.login1.Session", "Lock", []),
        ("/org/freedesktop/login1", "org.freedesktop.login1.Manager", "PrepareForSleep", [True]),
        (
            "/org/freedesktop/login1/session/_31",
            "org.freedesktop.DBus.Properties",
            "PropertiesChanged",
            ["org.freedesktop.login1.Session", {"LockedHint": True}, []],
        ),
    ],
)
def test_each_way_to_say_that_the_screen_is_locked_is_heard(
    qtbot, buses, path, interface, name, values
):
    hears, tells = buses
    lock = ScreenLock([hears])
    assert lock.listens
    with qtbot.waitSignal(lock.locked) as told:
        tell(tells, path, interface, name, *values)
    assert told.args[0] in {"the screen is locked", "the machine goes to sleep"}


def test_unlocking_says_nothing(qtbot, buses):
    hears, tells = buses
    lock, heard = ScreenLock([hears]), []
    lock.locked.connect(heard.append)
    tell(tells, "/a", "org.gnome.ScreenSaver", "ActiveChanged", False)
    tell(tells, "/a", "org.freedesktop.login1.Manager", "PrepareForSleep", False)
    changed = ("org.freedesktop.login1.Session", {"LockedHint": False}, [])
    tell(tells, "/a", "org.freedesktop.DBus.Properties", "PropertiesChanged", *changed)
    with qtbot.waitSignal(lock.locked):
        tell(tells, "/a", "org.freedesktop.login1.Session", "Lock")  # the last of them
    assert heard == ["the screen is locked"]


def test_without_a_bus_nothing_is_started(tmp_path):
    assert len(desktop_buses({"XDG_RUNTIME_DIR": str(tmp_path)})) <= 1  # that of the machine
    assert not ScreenLock([CONNECTION("of nobody")], QtCore.QObject()).listens
