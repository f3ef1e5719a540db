"""The JSON frames of the link that tell a window how things stand: pictures, not books.

Money, prices and quantities are numbers here, for eyes; None is unknown or not there. Times are
UTC nanoseconds of the market's clock unless they say wall. Lists with `full` replace everything
told before; without it each row replaces the one of the same id, or is new.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from tradeplat.control.protocol import FrameType


class SymbolEntry(msgspec.Struct, frozen=True):
    """One series of bars: `id` is the header's `symbol`, `span` the bars' length in seconds.

    Where a ticker has several series, its markers, lines, studies and quotes go with the lowest
    id. `reference` is the close of the day before.
    """

    id: int
    name: str
    span: int
    tick: float
    lot: float
    decimals: int
    feed: str = ""
    reference: float | None = None


class SeatEntry(msgspec.Struct, frozen=True):
    """A strategy, or `manual`, by the number that records carry; number 0 is nobody."""

    id: int
    strategy: str


class StudyEntry(msgspec.Struct, frozen=True):
    """What a strategy declares worth drawing.

    `kind` is line, step, dots, band, box, marker or histogram; `pane` 0 the price pane; `colour`
    "#rrggbb", empty where the window chooses. A band or box lies between the points of `id` and
    those of `partner`, which has no entry of its own (0: none).
    """

    id: int
    name: str
    kind: str
    pane: int
    colour: str
    strategy: str
    label: str
    partner: int = 0


class SymbolTable(msgspec.Struct, frozen=True):
    """Every number that records carry; sent whole whenever something is added."""

    symbols: tuple[SymbolEntry, ...] = ()
    seats: tuple[SeatEntry, ...] = ()
    studies: tuple[StudyEntry, ...] = ()


class Hello(msgspec.Struct, frozen=True):
    """What a client is told first; `mode` is LIVE, PAPER or REPLAY, `wall` the machine's UTC."""

    protocol: int
    epoch: int
    run: str
    mode: str
    place: str = ""
    account: str = ""
    account_mode: str = ""
    clock: int = 0
    wall: int = 0
    limits: Mapping[str, float | None] = msgspec.field(default_factory=dict)


class Reset(msgspec.Struct, frozen=True):
    """Forget everything: symbol table and snapshots follow, as of `cursor`."""

    why: str
    cursor: int = 0


class PositionRow(msgspec.Struct, frozen=True):
    """What one strategy holds of one symbol; `r` is the open profit in units of first risk."""

    symbol: str
    strategy: str
    quantity: float
    average: float
    last: float | None
    stop: float | None
    target: float | None
    open: float
    realised: float
    protected: bool
    r: float | None = None


class Positions(msgspec.Struct, frozen=True):
    """Everything that is held, flat rows of today left in with what they made; always whole."""

    ts: int
    rows: tuple[PositionRow, ...] = ()


class OrderRow(msgspec.Struct, frozen=True):
    """One order; `quantity` is signed, `state` one of reliability.md 2.2."""

    id: str
    symbol: str
    strategy: str
    quantity: float
    filled: float
    type: str
    purpose: str
    state: str
    created: int
    tif: str = "day"
    limit: float | None = None
    stop: float | None = None
    average: float | None = None
    parent: str = ""
    extended: bool = False
    reason: str = ""


class Orders(msgspec.Struct, frozen=True):
    """Orders, the newest last."""

    ts: int
    full: bool
    rows: tuple[OrderRow, ...] = ()


class FillRow(msgspec.Struct, frozen=True):
    """One fill; `quantity` is signed, `id` that of its marker."""

    id: int
    ts: int
    order_id: str
    symbol: str
    strategy: str
    quantity: float
    price: float
    fee: float
    purpose: str


class Fills(msgspec.Struct, frozen=True):
    """Fills, the newest last."""

    ts: int
    full: bool
    rows: tuple[FillRow, ...] = ()


class Statistics(msgspec.Struct, frozen=True):
    """The account's figures; `loss_limit` is how much may be lost today, `latency` in ms.

    `key_to_wire` is the histogram of the ways from a key to the wire: milliseconds that a bucket
    reaches up to, and how many orders fell into it.
    """

    ts: int
    equity: float
    start_equity: float
    cash: float
    realised: float
    open: float
    loss_limit: float | None = None
    exposure: float = 0.0
    open_orders: int = 0
    fills: int = 0
    refused: Mapping[str, int] = msgspec.field(default_factory=dict)
    latency: Mapping[str, float | None] = msgspec.field(default_factory=dict)
    figures: Mapping[str, Any] = msgspec.field(default_factory=dict)
    key_to_wire: tuple[tuple[float, int], ...] = ()


class LogRow(msgspec.Struct, frozen=True):
    """One line; `level` is info, warning or alarm, `code` what kind."""

    id: int
    ts: int
    level: str
    code: str
    text: str
    symbol: str = ""
    strategy: str = ""


class Log(msgspec.Struct, frozen=True):
    """Lines, the newest last."""

    full: bool
    rows: tuple[LogRow, ...] = ()


class StrategyRow(msgspec.Struct, frozen=True):
    """One strategy at one ticker: its desk's state (`stopped` by a person), what it shows, and its
    last word.

    `values` are the attributes it declares worth drawing, `state` everything it remembers (told
    only when a window asks for it). `refusal` is the gate's last no to it.
    """

    symbol: str
    strategy: str
    desk: str
    quantity: float
    working: int
    values: Mapping[str, float | None] = msgspec.field(default_factory=dict)
    intent: str = ""
    intent_ts: int = 0
    refusal: str = ""
    refusal_ts: int = 0
    state: Mapping[str, Any] | None = None


class Strategies(msgspec.Struct, frozen=True):
    """Every strategy at every desk; always whole."""

    ts: int
    rows: tuple[StrategyRow, ...] = ()


class ScannerRow(msgspec.Struct, frozen=True):
    """A ticker on the scanner's list, in or out, and why (core.ports.Candidate)."""

    symbol: str
    active: bool
    reason: str
    ts: int
    feed: str
    price: float | None = None
    change: float | None = None
    volume: float | None = None
    rule: str = ""
    by: float | None = None
    incomplete: bool = False


class Scanner(msgspec.Struct, frozen=True):
    """The scanner's list; always whole."""

    ts: int
    rows: tuple[ScannerRow, ...] = ()


class Trading(msgspec.Struct, frozen=True):
    """What a person may do now. `armed` holds for the client that armed; `until` is wall time.

    `disarmed` is why it is not, `blocked` why nothing may be opened at all (empty: it may).
    """

    armed: bool
    armed_by: str = ""
    until: int = 0
    disarmed: str = ""
    blocked: str = ""
    account_mode: str = "normal"
    conditions: tuple[str, ...] = ()
    account_stream: str = ""
    market_streams: Mapping[str, str] = msgspec.field(default_factory=dict)
    terms: Mapping[str, float | None] = msgspec.field(default_factory=dict)
    """Defaults of orders by hand: size (shares), dollars, risk (money), offset, stop (fraction)."""


class Replay(msgspec.Struct, frozen=True):
    """How a replay stands: `state` is paused, running, done or busy (simulating to a cursor).

    `cursor` is what the view shows and `head` how far it was simulated; `behind` counts the bars
    between. `speed` is market seconds a second, 0 for as fast as it goes.
    """

    state: str
    cursor: int
    head: int
    start: int
    end: int
    speed: float
    behind: int = 0
    bar: int = 0
    bars: int = 0
    text: str = ""


class Want(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From a client: begin anew with the bars of these tickers (empty: of all), or, with `watch`,
    send market data of these alone from now on (null: of all).
    """

    snapshot: tuple[str, ...] | None = None
    watch: tuple[str, ...] | msgspec.UnsetType | None = msgspec.UNSET


KINDS: Mapping[FrameType, type[msgspec.Struct]] = {
    FrameType.HELLO: Hello,
    FrameType.SYMBOLS: SymbolTable,
    FrameType.RESET: Reset,
    FrameType.POSITIONS: Positions,
    FrameType.ORDERS: Orders,
    FrameType.STATISTICS: Statistics,
    FrameType.LOG: Log,
    FrameType.FILLS: Fills,
    FrameType.STRATEGIES: Strategies,
    FrameType.SCANNER: Scanner,
    FrameType.TRADING: Trading,
    FrameType.REPLAY: Replay,
    FrameType.WANT: Want,
}
"""What the payload of each of these frames is."""
