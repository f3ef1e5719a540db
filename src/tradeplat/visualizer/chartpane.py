"""The middle of the window: one ticker in full, or a board of many."""

from collections.abc import Mapping
from math import isfinite

from tradeplat.visualizer import tips
from tradeplat.visualizer.board import Board
from tradeplat.visualizer.detail import DetailChart
from tradeplat.visualizer.frames import SPANS, Frames
from tradeplat.visualizer.head import span_text
from tradeplat.visualizer.indicators import Indicators
from tradeplat.visualizer.link import LineKind
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.model import ChartModel
from tradeplat.visualizer.palette import Palette
from tradeplat.visualizer.qt import Qt, QtCore, QtWidgets, Signal

BOARDS = (4, 9, 20)

COMPUTE_MS = 15
"""Between two steps of computing indicators over a long history."""


class ChartPane(QtWidgets.QWidget):
    """`symbol_changed` tells which ticker is shown; `moved` wants a level of it elsewhere: kind of
    the line, its price, its key, and the strategy that it belongs to. `indicators` are those of
    every window that shows the same mirror.
    """

    symbol_changed = Signal(str)
    moved = Signal(object, float, object, str)
    said = Signal(str)

    def __init__(
        self,
        mirror: Mirror,
        palette: Palette,
        parent: QtWidgets.QWidget | None = None,
        *,
        indicators: Indicators | None = None,
    ) -> None:
        super().__init__(parent)
        self._indicators = indicators or Indicators()
        self._computing = QtCore.QTimer(self)
        self.setObjectName("plain")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._mirror = mirror
        self._frames = Frames(mirror)
        self.symbol = ""
        self.span = 0
        self._framed = ("", 0)
        """Which ticker and time frame the person zooms in."""
        self._wished = ""
        """The ticker that a person chose: shown again when an engine told everything anew."""
        self._known: tuple[str, ...] = ()
        self._there: tuple[int, ...] = ()
        self._hidden: dict[str, frozenset[int]] = {}
        self.detail = DetailChart(palette)
        self.board = Board(9, palette)
        self.symbols = QtWidgets.QComboBox()
        self.spans: dict[int, QtWidgets.QPushButton] = {}
        self.views: dict[int, QtWidgets.QPushButton] = {}
        self._stack = QtWidgets.QStackedWidget()
        self._stack.addWidget(self.detail)
        self._stack.addWidget(self.board)
        self.nothing = QtWidgets.QLabel("No tickers yet: charts come with the first bars.")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setStyleSheet(f"color: {palette.faint};")
        self._stack.addWidget(self.nothing)
        self._wired()
        self.set_view(0)
        self._ticked()

    def _wired(self) -> None:
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._header())
        layout.addWidget(self._stack, 1)
        self.detail.replace_asked.connect(self._asked)
        self.detail.refused.connect(self.said)
        self.board.picked.connect(self._picked)
        self._computing.setSingleShot(True)
        self._computing.setInterval(COMPUTE_MS)
        self._computing.timeout.connect(self._compute)

    def add_foot(self, widget: QtWidgets.QWidget) -> None:
        """Have something under the charts."""
        layout = self.layout()
        if layout is not None:
            layout.addWidget(widget)

    def _header(self) -> QtWidgets.QHBoxLayout:
        row = QtWidgets.QHBoxLayout()
        row.setContentsMargins(6, 4, 6, 4)
        row.setSpacing(3)
        self.symbols.setMinimumWidth(96)
        self.symbols.setAccessibleName("Symbol")
        tips.give(self.symbols, "Symbol ({symbol})")
        self.symbols.textActivated.connect(self.show_symbol)
        row.addWidget(self.symbols)
        row.addSpacing(8)
        for span in SPANS:
            button = _choice(span_text(span), f"Time frame ({{span_{span}}})")
            button.clicked.connect(lambda _, span=span: self.show_span(span))
            self.spans[span] = button
            row.addWidget(button)
        row.addStretch(1)
        shown = QtWidgets.QButtonGroup(self)
        for count in (0, *BOARDS):
            text = f"Board {count}" if count == BOARDS[0] else str(count) if count else "Detail"
            button = _choice(text, "One chart ({view})" if not count else f"{count} charts")
            button.clicked.connect(lambda _, count=count: self.set_view(count))
            shown.addButton(button)
            self.views[count] = button
            row.addWidget(button)
        self._head = row
        return row

    def add_head(self, widget: QtWidgets.QWidget) -> None:
        """Have something more above the charts, at the right."""
        self._head.addWidget(widget)

    @property
    def mirror(self) -> Mirror:
        """Whose charts these are."""
        return self._mirror

    @property
    def hidden(self) -> Mapping[str, frozenset[int]]:
        """Studies that are switched off, by ticker."""
        return self._hidden

    def wish(self, symbol: str, span: int) -> None:
        """Show this ticker's bars of so many seconds, as soon as there are any."""
        self._wished, self.span = symbol, span
        self.show_symbol(symbol)

    @property
    def view(self) -> int:
        """Charts of the board; 0 for the one in full."""
        return next(count for count, button in self.views.items() if button.isChecked())

    def set_view(self, count: int) -> None:
        """Show the one chart in full (0), or a board of so many."""
        self.views[count].setChecked(True)
        if count:
            self.board.set_count(count)
            self._on_board()
        self._stack.setCurrentIndex(2 if not self._mirror.charts else 1 if count else 0)

    def other_view(self) -> None:
        """From the board to the one chart, or back."""
        self.set_view(0 if self.view else 9)

    def show_symbol(self, symbol: str) -> None:
        """Show this ticker from now on."""
        if symbol not in self._mirror.symbols:
            return
        changed = symbol != self.symbol
        self.symbol = self._wished = symbol
        self.symbols.setCurrentText(symbol)
        self._show()
        if changed:
            self.symbol_changed.emit(symbol)

    def show_span(self, span: int) -> None:
        """Show the ticker's bars of so many seconds, where it has them or shorter ones."""
        if self._frames.model(self.symbol, span) is not None:
            self.span = span
            self._show()
        else:
            self._ticked()

    def step(self, by: int) -> None:
        """Go to the next ticker, or the one before."""
        names = self._mirror.symbols
        if names:
            at = names.index(self.symbol) if self.symbol in names else 0
            self.show_symbol(names[(at + by) % len(names)])

    def set_hidden(self, symbol: str, studies: frozenset[int]) -> None:
        """Switch studies of a ticker off; all its others are on."""
        self._hidden[symbol] = studies
        self.board.set_hidden(symbol, studies)
        if symbol == self.symbol:
            self.detail.set_hidden(studies)

    def shown(self) -> list[ChartModel]:
        """The models that are drawn now."""
        charts = self.board.charts if self.view else [self.detail]
        return [chart.model for chart in charts if chart.model is not None]

    def refresh(self) -> None:
        """Follow the engine's table of symbols."""
        self._follow()
        if not self._computing.isActive():
            self._compute()

    def _compute(self) -> None:
        if self.isVisible() and not self._indicators.advance(self.shown()):
            self._computing.start()

    def _follow(self) -> None:
        names = tuple(self._mirror.symbols)
        if (self._stack.currentIndex() == 2) == bool(names):
            self.set_view(self.view)
            self._ticked()
        series = self._mirror.series(self.symbol) if self.symbol in names else {}
        model = self._frames.model(self.symbol, self.span) if series else None
        rests = model is None or model is self.detail.model
        if names == self._known and tuple(series) == self._there and rests:
            return
        self._there = tuple(series)
        if names != self._known:
            self._known = names
            self.symbols.clear()
            self.symbols.addItems(names)
            self._on_board()
        if not names:
            self.symbol = ""
            self.detail.show_model(None)
            return
        wished = self._wished
        self.show_symbol(wished if wished in names else names[0])
        self._wished = wished or names[0]

    def _show(self) -> None:
        model = self._frames.model(self.symbol, self.span) if self.span else None
        if model is None:  # of span 0: told before its first bar
            series = self._mirror.series(self.symbol)
            self.span = SPANS[0] if SPANS[0] in series else next(iter(series), 0)
            model = series.get(self.span)
        if model is not self.detail.model:
            viewport = self.detail.sheet.viewport
            self.detail.show_model(model)
            self.detail.set_hidden(self._hidden.get(self.symbol, frozenset()))
            if self._framed == (self.symbol, self.span) and not viewport.daily:
                self.detail.fit(viewport.bars)  # the engine told everything anew
            else:
                self.detail.fit_day()
            self._framed = (self.symbol, self.span)
        self._ticked()

    def _ticked(self) -> None:
        there = self._frames.spans(self.symbol)
        for span, button in self.spans.items():
            button.setEnabled(span in there)
            button.setChecked(span == self.span)

    def _on_board(self) -> None:
        models = [self._mirror.model(name) for name in self._mirror.symbols]
        self.board.show_models([model for model in models if model is not None])

    def _picked(self, symbol: str) -> None:
        self.show_symbol(symbol)
        self.set_view(0)

    def _asked(self, key: int, price: float) -> None:
        model = self.detail.model
        level = model.levels.get(key) if model is not None else None
        if level is None or not isfinite(price):
            self.detail.drop_ghost(key)
            return
        self.moved.emit(LineKind(level.kind), price, key, self._mirror.strategy(level.seat))


def _choice(text: str, tip: str) -> QtWidgets.QPushButton:
    button = QtWidgets.QPushButton(text)
    button.setCheckable(True)
    tips.give(button, tip)
    button.setAccessibleName(button.toolTip())
    return button
