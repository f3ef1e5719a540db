"""What a window has of a replay: its transport under the chart, and the keys of it."""

from collections.abc import Callable

from tradeplat.visualizer.chartpane import ChartPane
from tradeplat.visualizer.client import Engine
from tradeplat.visualizer.inspector import Inspector
from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.panels import Panel
from tradeplat.visualizer.qt import Qt, QtCore, QtGui, QtWidgets, Signal
from tradeplat.visualizer.statistics import StatisticsDialog
from tradeplat.visualizer.transport import Transport

TAKERS = (
    QtWidgets.QAbstractButton,
    QtWidgets.QComboBox,
    QtWidgets.QLineEdit,
    QtWidgets.QAbstractSlider,
    QtWidgets.QAbstractSpinBox,
)
"""What has a use of its own for Space and the arrows."""


class Playback(QtCore.QObject):
    """The replay of `window`. Its keys are meant for the chart: they do nothing anywhere else."""

    said = Signal(str)

    def __init__(
        self,
        window: QtWidgets.QMainWindow,
        chart: ChartPane,
        engine: Engine,
        palette: Palette,
        steady: Callable[[], int],
    ) -> None:
        super().__init__(window)
        self.transport = Transport(engine, palette, steady)
        self.transport.said.connect(self.said)
        self.inspector = Inspector(engine, palette)
        self.dialog = StatisticsDialog(engine.mirror, palette, window)
        self._chart = chart
        chart.add_foot(self.transport)
        chart.installEventFilter(self)
        chart.symbol_changed.connect(self.inspector.show_symbol)
        self.transport.statistics.connect(self.show_statistics)
        self.transport.inspector.connect(self.show_inspector)

    def panel(self) -> Panel:
        """The inspector as a panel, behind the positions at first."""
        side = Qt.DockWidgetArea.RightDockWidgetArea
        return Panel("Inspector", side, lambda _: self.inspector, over="Positions")

    def offer(self, menu: QtWidgets.QMenu) -> None:
        """Have the statistics in a menu."""
        entry = menu.addAction("Statistics…")
        if entry is not None:
            entry.triggered.connect(self.show_statistics)

    def show_inspector(self) -> None:
        """Open the inspector, or bring it to the front."""
        dock = self.inspector.parent()
        if isinstance(dock, QtWidgets.QDockWidget):
            dock.show()
            dock.raise_()

    def show_statistics(self) -> None:
        """Open the statistics, or bring them to the front."""
        self.dialog.show()
        self.dialog.raise_()

    def refresh(self) -> None:
        """Show what has come."""
        self.transport.refresh()

    def eventFilter(self, watched: QtCore.QObject | None, event: QtCore.QEvent | None) -> bool:
        """Keys that nothing in the chart had a use for."""
        return (
            isinstance(event, QtGui.QKeyEvent)
            and event.type() == QtCore.QEvent.Type.KeyPress
            and not isinstance(QtWidgets.QApplication.focusWidget(), TAKERS)
            and self.transport.press(event)
        )
