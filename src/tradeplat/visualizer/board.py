"""Many charts at once: one clock, one crosshair, one set of paints for all."""

from collections.abc import Sequence

from tradeplat.visualizer.chart import BoardChart, Inks
from tradeplat.visualizer.head import Cross
from tradeplat.visualizer.model import ChartModel
from tradeplat.visualizer.palette import DEFAULT, Palette
from tradeplat.visualizer.qt import QtCore, QtGui, QtWidgets, Signal

COLUMNS = {1: 1, 4: 2, 9: 3, 20: 5, 40: 8}
"""Charts of a board, and how many stand side by side."""

FRAME_MS = 33


class Board(QtWidgets.QWidget):
    """A grid of charts. `picked` names the symbol of a chart that was chosen."""

    picked = Signal(str)

    def __init__(
        self,
        count: int = 4,
        palette: Palette = DEFAULT,
        parent: QtWidgets.QWidget | None = None,
        *,
        font: QtGui.QFont | None = None,
    ) -> None:
        super().__init__(parent)
        self.charts: list[BoardChart] = []
        self.shows_volume = True
        self._models: list[ChartModel] = []
        self._hidden: dict[str, frozenset[int]] = {}
        self._inks = Inks(palette, font)
        self.setAutoFillBackground(True)
        self._lay_ground(palette)
        self._grid = QtWidgets.QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.refresh)
        self.set_count(count)

    def set_count(self, count: int) -> None:
        """Show so many charts: 1, 4, 9, 20 or 40."""
        columns = COLUMNS[count]
        for chart in self.charts[count:]:
            self._grid.removeWidget(chart)
            chart.deleteLater()
        del self.charts[count:]
        while len(self.charts) < count:
            chart = BoardChart(self._inks, parent=self, daily=True)
            chart.crossed.connect(self._cross)
            chart.picked.connect(self.picked)
            self.charts.append(chart)
        for at, chart in enumerate(self.charts):
            self._grid.addWidget(chart, at // columns, at % columns)
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 1 if row * columns < count else 0)
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        self._fill()

    def show_models(self, models: Sequence[ChartModel]) -> None:
        """Show these, in order; those beyond the board's charts wait for a larger board."""
        self._models = list(models)
        self._fill()

    def set_hidden(self, symbol: str, studies: frozenset[int]) -> None:
        """Switch studies of a symbol off; all its others are on."""
        self._hidden[symbol] = studies
        for chart in self.charts:
            if chart.model is not None and chart.model.symbol == symbol:
                chart.set_hidden(studies)

    def set_palette(self, palette: Palette, font: QtGui.QFont | None = None) -> None:
        """Use other colours, or other letters."""
        self._inks.dip(palette, font)
        self._lay_ground(palette)
        for chart in self.charts:
            chart.update()

    def refresh(self) -> None:
        """Have those charts painted that changed and are seen; the clock calls it 30 times a
        second while the board is visible.
        """
        for chart in self.charts:
            chart.refresh()

    def showEvent(self, event: QtGui.QShowEvent | None) -> None:
        """Run the clock while somebody can see it."""
        self._timer.start()

    def hideEvent(self, event: QtGui.QHideEvent | None) -> None:
        """Stop the clock: what is hidden repaints nothing."""
        self._timer.stop()

    def _lay_ground(self, palette: Palette) -> None:
        """What is seen between the charts."""
        colours = self.palette()
        colours.setColor(QtGui.QPalette.ColorRole.Window, QtGui.QColor(palette.grid))
        self.setPalette(colours)

    def _fill(self) -> None:
        for at, chart in enumerate(self.charts):
            model = self._models[at] if at < len(self._models) else None
            chart.shows_volume = self.shows_volume
            if model is not chart.model:
                chart.show_model(model)
            chart.set_hidden(self._hidden.get(model.symbol, frozenset()) if model else frozenset())

    def _cross(self, cross: Cross | None) -> None:
        own = self.sender()
        for chart in self.charts:
            chart.set_cross(cross if chart is own or cross is None else Cross(cross.ts))
