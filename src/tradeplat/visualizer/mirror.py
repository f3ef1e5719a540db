"""What the engine has told, kept as the windows show it. Pure: frames in, models and rows out."""

from collections import Counter
from collections.abc import Callable, Iterable
from math import nan
from typing import Any

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.visualizer.equity import EquityModel
from tradeplat.visualizer.link import (
    KINDS,
    FillRow,
    Fills,
    Frame,
    FrameType,
    Hello,
    Log,
    LogRow,
    OrderRow,
    Orders,
    Positions,
    Replay,
    Reset,
    Scanner,
    Shape,
    Statistics,
    Strategies,
    SymbolTable,
    Trading,
    rows_of,
)
from tradeplat.visualizer.model import ChartModel, Study
from tradeplat.visualizer.store import Rows

MOST_LINES = 5_000
"""Lines of the log that are kept."""


class Pulse(msgspec.Struct, frozen=True):
    """How the engine is; what nobody knows is nan."""

    ts: int = 0
    loop_p99_ms: float = nan
    feed_lag_ms: float = nan
    queue: int = 0
    clients: int = 0


class Mirror:
    """Everything one engine tells. `seen` counts what came of each kind: widgets compare it.

    `lost` is true when frames were missed and everything has to be asked for anew.
    """

    def __init__(self) -> None:
        self.equity = EquityModel()
        self.seen: Counter[FrameType] = Counter()
        self._shapes = {kind: Shape[Any](shape) for kind, shape in KINDS.items()}
        self._rows: dict[FrameType, Callable[[Frame, Rows], None]] = {
            FrameType.SNAPSHOT: self._snapshot,
            FrameType.APPEND: lambda frame, rows: self._bars(frame, rows, "extend"),
            FrameType.REPLACE: lambda frame, rows: self._bars(frame, rows, "replace"),
            FrameType.MARKER: self._marked,
            FrameType.PRICE_LINE: self._lined,
            FrameType.HEARTBEAT: self._beat,
            FrameType.STUDY: self._studied,
            FrameType.QUOTE: self._quoted,
            FrameType.EQUITY: self._worth,
        }
        self.begin()

    def begin(self) -> None:
        """Forget everything: another connection begins."""
        self.hello = Hello(0, 0, "", "")
        self.lost = False
        self._sequence = 0
        self._forget()

    def _forget(self) -> None:
        self.table = SymbolTable()
        self.charts: dict[int, ChartModel] = {}
        self.pulse = Pulse()
        self.positions = Positions(0)
        self.orders: dict[str, OrderRow] = {}
        self.fills: dict[int, FillRow] = {}
        self.log: dict[int, LogRow] = {}
        self.statistics: Statistics | None = None
        self.strategies = Strategies(0)
        self.scanner = Scanner(0)
        self.trading = Trading(armed=False)
        self.replay: Replay | None = None
        self.equity.clear()
        self.equity.revision += 1

    # What can be asked of it

    @property
    def symbols(self) -> list[str]:
        """Tickers in the order in which the engine named them."""
        return list(dict.fromkeys(entry.name for entry in self.table.symbols))

    def series(self, symbol: str) -> dict[int, ChartModel]:
        """The ticker's series by their span in seconds, the shortest first."""
        own = [(e.span, self.charts[e.id]) for e in self.table.symbols if e.name == symbol]
        return dict(sorted(own, key=lambda one: one[0]))

    def model(self, symbol: str) -> ChartModel | None:
        """The series that stands for the ticker: the one its lines and quotes go with."""
        own = [entry.id for entry in self.table.symbols if entry.name == symbol]
        return self.charts[min(own)] if own else None

    def position(self, symbol: str) -> float:
        """Shares held of a ticker by everybody."""
        return sum(row.quantity for row in self.positions.rows if row.symbol == symbol)

    def strategy(self, seat: int) -> str:
        """Whose number this is; empty for nobody's."""
        return next((one.strategy for one in self.table.seats if one.id == seat), "")

    def set_stale(self, *, stale: bool) -> None:
        """Grey every chart, or let them have their colours again."""
        for model in self.charts.values():
            model.set_stale(stale)

    # What is told

    def take(self, frame: Frame) -> None:
        """Take one frame of the engine; BadInput when it is none.

        Types that are not known are passed over: a newer engine may tell more.
        """
        if self._sequence and frame.sequence and frame.sequence != self._sequence + 1:
            self.lost = True
        self._sequence = frame.sequence
        try:
            kind = FrameType(frame.type)
        except ValueError:
            return
        if kind in self._rows:
            self._rows[kind](frame, rows_of(frame))
        elif kind in self._shapes:
            self._told(self._shapes[kind].read(frame.payload))
        self.seen[kind] += 1

    def _told(self, said: object) -> None:
        match said:
            case Hello():
                self.hello = said
                self.equity.clear()
            case Reset():
                self._forget()
            case SymbolTable():
                self._numbered(said)
            case Positions():
                self.positions = said
                for model in self.charts.values():
                    model.position = self.position(model.symbol)
            case Orders() | Fills() | Log():
                self._listed(said)
            case Statistics():
                self.statistics = said
            case Strategies():
                self.strategies = said
            case Scanner():
                self.scanner = said
            case Trading():
                self.trading = said
            case Replay():
                self.replay = said
            case _:
                raise BadInput(f"link: found a {type(said).__name__}, which no engine sends")

    def _listed(self, said: Orders | Fills | Log) -> None:
        kept: dict[Any, Any] = (
            self.orders
            if isinstance(said, Orders)
            else self.fills
            if isinstance(said, Fills)
            else self.log
        )
        if said.full:
            kept.clear()
        for row in said.rows:
            kept[row.id] = row
        while len(self.log) > MOST_LINES:
            del self.log[next(iter(self.log))]

    def _numbered(self, table: SymbolTable) -> None:
        """Have a chart for every series; those that stay keep what they show."""
        charts: dict[int, ChartModel] = {}
        for entry in table.symbols:
            known = self.charts.get(entry.id)
            if known is None or (known.symbol, known.span) != (entry.name, entry.span):
                known = ChartModel(entry.name, entry.span, entry.tick, entry.decimals)
            known.reference = nan if entry.reference is None else entry.reference
            charts[entry.id] = known
        self.charts, self.table = charts, table

    def _chart(self, number: int) -> ChartModel:
        chart = self.charts.get(number)
        if chart is None:
            raise BadInput(f"link: found series {number}, which the symbol table does not name")
        return chart

    def _family(self, number: int) -> Iterable[ChartModel]:
        """Every series of the ticker whose lowest number this is."""
        name = self._chart(number).symbol
        return [chart for chart in self.charts.values() if chart.symbol == name]

    def _snapshot(self, frame: Frame, rows: Rows) -> None:
        """A client forgets with the first series of a ticker what is drawn over all of them: that
        is told anew. Another series, which came later or was amended, has it from the first.
        """
        chart = self._chart(frame.symbol)
        first = self.model(chart.symbol)
        chart.load(rows)
        if first is None or first is chart:
            for one in self._family(frame.symbol):
                one.undraw()
        else:
            chart.undraw()
            chart.redraw(first)
        chart.position = self.position(chart.symbol)

    def _bars(self, frame: Frame, rows: Rows, how: str) -> None:
        chart = self._chart(frame.symbol)
        if how == "replace" and len(chart.bars):
            chart.replace(rows)
        else:
            chart.extend(rows)

    def _marked(self, frame: Frame, rows: Rows) -> None:
        for chart in self._family(frame.symbol):
            chart.mark(rows)

    def _lined(self, frame: Frame, rows: Rows) -> None:
        for chart in self._family(frame.symbol):
            chart.line(rows)

    def _quoted(self, frame: Frame, rows: Rows) -> None:
        bid, ask = float(rows["bid"][-1]), float(rows["ask"][-1])
        for chart in self._family(frame.symbol):
            chart.quote(bid, ask)

    def _studied(self, frame: Frame, rows: Rows) -> None:
        there = set(rows["study"].tolist())
        told = [one for one in self.table.studies if there & {one.id, one.partner}]
        for chart in self._family(frame.symbol):
            for entry in told:
                if entry.id not in chart.studies:
                    chart.declare(Study(*msgspec.structs.astuple(entry)))
            chart.points(rows)

    def _beat(self, frame: Frame, rows: Rows) -> None:
        self.pulse = Pulse(*rows[-1].tolist())

    def _worth(self, frame: Frame, rows: Rows) -> None:
        self.equity.extend(rows)
