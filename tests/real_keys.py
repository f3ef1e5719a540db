"""A main window before the engine's real hands, for keys of a real X server.

Each line on standard input begins anew or opens something; each command that the window sends, and
each line that was done, is told as one line of JSON on standard output.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from handled import Handled
from persons import Person
from tradeplat.visualizer.client import Then
from tradeplat.visualizer.layouts import Layouts
from tradeplat.visualizer.qt import QtCore, QtWidgets
from tradeplat.visualizer.shades import Shades
from tradeplat.visualizer.window import MainWindow


def tell(said: object) -> None:
    sys.stdout.write(f"{json.dumps(said)}\n")
    sys.stdout.flush()


class Telling(Handled):
    """Tells what the window asks for."""

    def steady(self) -> int:
        return self.now + time.monotonic_ns()

    def command(self, do: str, body: object, then: Then, asked: int = 0) -> None:
        super().command(do, body, then, asked)
        last = self.person.orders[-1:]
        tell({"do": do, "body": body, "orders": [float(one.quantity) for one in last]})


class Stage:
    """The window, and what a line of the test does with it."""

    def __init__(self, folder: Path) -> None:
        self.desk = Telling(Person(symbol="AAPL"))
        self.window = MainWindow(
            self.desk,
            Layouts(folder / "layouts.json"),
            lambda: 77,
            shades=Shades(folder / "shades.json"),
            steady=self.desk.steady,
        )
        self.window.show()
        self.window.activateWindow()
        self.window.refresh()
        self.dialog = QtWidgets.QDialog(self.window)
        self.dialog.setModal(True)
        self.field = QtWidgets.QLineEdit(self.window.chart)
        self.field.resize(200, 30)

    def heard(self, line: str) -> None:
        """Do one line."""
        if line == "armed":
            self.desk.begin(Person(symbol="AAPL"))
            self.desk.now += 10**10
            self.desk.arm()
            self.desk.does("enter", {"symbol": "AAPL", "side": "buy", "shares": 100.0, "stop": 97})
            self.desk.person.fill(self.desk.person.orders[0])
            self.desk.person.at += 10**10
            self.window.chart.detail.set_stop_cursor(97.5)
        elif line == "dialog":
            self.dialog.open()
        elif line == "no dialog":
            self.dialog.close()
            self.window.activateWindow()
        elif line == "field":
            self.field.clear()
            self.field.show()
            self.field.setFocus()
        elif line == "text":
            tell({"text": self.field.text(), "view": self.window.chart.view})
            return
        elif line == "quit":
            QtWidgets.QApplication.quit()
        tell({"done": line, "active": QtWidgets.QApplication.activeWindow() is not None})


def main() -> None:
    app = QtWidgets.QApplication(["real_keys"])
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        watch = QtCore.QSocketNotifier(sys.stdin.fileno(), QtCore.QSocketNotifier.Type.Read)
        watch.activated.connect(lambda: stage.heard(sys.stdin.readline().strip() or "quit"))
        app.exec()
        stage.window.close()


if __name__ == "__main__":
    main()
