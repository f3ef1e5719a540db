"""Every Protocol of the house, on one screen."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

import msgspec

from tradeplat.core.calendar import Phase, Session
from tradeplat.core.conditions import Condition, Conditions
from tradeplat.core.intent import Holding, Intent
from tradeplat.core.journal import Correction
from tradeplat.core.market import Backfill, Bar, MarketEvent, Quote
from tradeplat.core.orders import ZERO, Asked, Change, Fill, Order, OrderState, Refused, Report
from tradeplat.core.position import Position
from tradeplat.core.premises import Override, Premises
from tradeplat.core.rounds import Counted

Batch = Iterable[MarketEvent]
"""Events that are due now, in order; consume it whole before asking the feed for the next."""

Verdict = Order | Refused | None
"""What became of an intent; None where the gate has no say (PROTECT, CANCEL)."""

Feed = AbstractAsyncContextManager[AsyncIterator[Batch]]
"""One ticker's events; leaving the context unsubscribes."""


class Candidate(msgspec.Struct, frozen=True, tag="candidate", tag_field="kind"):
    """One scanner row: a ticker, whether it is in, and why.

    `rule` decided, and `by` is how far inside (positive) or outside its limit the ticker lies, as
    a part of the limit. `incomplete` rows wait for facts that could not be asked for yet.
    """

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


class Strategy(Protocol):
    """A state machine over one ticker. No clock, no I/O, no memory of fills.

    `PLOTS`, found by name, declares attributes worth drawing (core.intent.Plot).
    Optional handlers, found by name: `on_open(ts, price, holding) -> Intent` when only a bar's
    open is known, `on_amend(bar) -> None` for a revised bar, `on_session(session) -> None` at the
    first event of a trading day, `on_gap(gap) -> None` after live data was lost.
    """

    def on_bar(self, bar: Bar, holding: Holding) -> Intent: ...
    def on_quote(self, quote: Quote, holding: Holding) -> Intent: ...


class OnSession(Protocol):
    """A strategy that is told of each new trading day before the day's first event."""

    def on_session(self, session: Session) -> None: ...


class OnAmend(Protocol):
    """A strategy that is told of revised bars; an amendment never triggers an intent."""

    def on_amend(self, bar: Bar) -> None: ...


class OnGap(Protocol):
    """A strategy that is told when live data was lost after `gap.since`: with `gap.healed` it has
    just been shown all the bars up to `gap.ts` by `on_bar`, without it they are missing so far.
    """

    def on_gap(self, gap: Backfill) -> None: ...


class StockListManager(Protocol):
    """Which tickers deserve a desk right now.

    Optional, found by name: `quiet_until(now) -> int`, the instant before which the list cannot
    change; a replay then polls no more often than something can happen.
    """

    async def update(self) -> None: ...
    def get_active_stock_list(self) -> list[str]: ...
    def explain(self) -> list[Candidate]: ...


class StreamClient(Protocol):
    """One ticker's normalised events."""

    def open(self, symbol: str) -> Feed: ...


class Broker(Protocol):
    """Takes orders by our id. A repeat is harmless: unless `idempotent_submit`, it reads instead.

    `submit` returns the venue's first report, or raises Ambiguous when it cannot know, Transient
    when the venue certainly did not take the order, Denied when a person must act. A refusal by
    the venue is a Report in state REJECTED. `cancel` is True when the venue took the request and
    False when it says there is nothing to cancel: neither tells how the order ended, `find` does.
    `find` answers None when the venue knows no such id.
    """

    @property
    def idempotent_submit(self) -> bool: ...
    async def submit(self, order: Order) -> list[Report]: ...
    async def cancel(self, order: Order) -> bool: ...
    async def find(self, order_id: str) -> list[Report] | None: ...
    async def open_orders(self) -> list[Report]: ...
    async def account(self) -> "Account": ...
    def updates(self) -> AbstractAsyncContextManager[AsyncIterator[Report]]: ...


class Replaces(Protocol):
    """A broker that can move the price of a working order (protective legs, mostly).

    `replace` may be repeated: it answers with how the order and its replacement (an order of its
    own, with the next id of the chain) stand now; a refusal leaves the order as it was.
    """

    async def replace(
        self, order: Order, limit: Decimal | None, stop: Decimal | None
    ) -> list[Report]: ...


class Account(msgspec.Struct, frozen=True, tag="account", tag_field="kind"):
    """The broker's own view of the account; a field it does not send is None."""

    id: str
    cash: Decimal
    equity: Decimal
    buying_power: Decimal | None
    ts: int
    positions: tuple[tuple[str, Decimal, Decimal], ...] = ()
    """(symbol, signed quantity, entry VWAP)."""


class Held(msgspec.Struct, frozen=True):
    """A position as the broker holds it; signed, `free` is what no open order has a claim on.

    `price` is the broker's last one of the symbol, None where it tells none.
    """

    symbol: str
    quantity: Decimal
    free: Decimal
    average: Decimal
    price: Decimal | None = None


class ActivityKind(StrEnum):
    """What happened to an account, in our words."""

    FILL = "fill"
    BUST = "bust"
    CORRECTION = "correction"
    CORPORATE = "corporate"
    TRANSFER = "transfer"
    CASH = "cash"
    OTHER = "other"

    @property
    def of_order(self) -> bool:
        """True for what happened to an order: a fill, or what takes one back or changes it."""
        return self in (ActivityKind.FILL, ActivityKind.BUST, ActivityKind.CORRECTION)


class Activity(msgspec.Struct, frozen=True):
    """One line of the broker's own history of the account.

    `order_id` is our id where it is known, `venue_id` the broker's. `quantity` is signed: what the
    position in `symbol` grew by, so a bust has the opposite sign of the fill that it takes back;
    of a correction it is the whole execution as it is now. `exec_id` names the execution and
    `corrects` the one that it takes back or takes the place of. `cumulative` is what the order has
    filled after it, None where the broker does not tell; `cash` is money that moved for another
    reason than a fill.
    """

    id: str
    kind: ActivityKind
    ts: int
    symbol: str = ""
    order_id: str = ""
    venue_id: str = ""
    exec_id: str = ""
    corrects: str = ""
    quantity: Decimal = ZERO
    price: Decimal | None = None
    cumulative: Decimal | None = None
    cash: Decimal = ZERO
    words: str = ""


class BrokerBook(Protocol):
    """What the broker has on record: read to explain a difference, never to trade one away.

    `fills` are executions, busts and corrections since an instant, every page of them, oldest
    first; `activities` all that moved shares or money. `position` is None when flat.
    """

    async def positions(self) -> tuple[Held, ...]: ...
    async def position(self, symbol: str) -> Held | None: ...
    async def fills(self, since: int) -> list[Activity]: ...
    async def activities(self, since: int) -> list[Activity]: ...


class Remembers(Protocol):
    """A broker that goes on from an earlier life: it is told of its orders, and asked for others.

    `know` comes before anything else is read. `read_order` takes the venue's own id, of a
    stranger's order too; `closed_orders` answers with every order submitted since and now over.
    """

    def know(self, orders: Iterable[Order]) -> None: ...
    async def read_order(self, venue_id: str) -> list[Report]: ...
    async def closed_orders(self, since: int) -> list[Report]: ...


class Paces(Protocol):
    """A broker with a budget of requests: `pace` returns once a look that can wait may be taken."""

    async def pace(self) -> None: ...


class Closes(Protocol):
    """A broker that can end everything by itself: the last resort of a flatten.

    Both answer with what the broker refused, by venue order id or by symbol; empty is success.
    They may be repeated.
    """

    async def cancel_all(self) -> dict[str, str]: ...
    async def close_all(self) -> dict[str, str]: ...


class Executor(Protocol):
    """Carries out approved orders; calls return at once and results come as reports."""

    def accept(self, order: Order) -> None: ...
    def cancel(self, order_id: str) -> None: ...
    def protect(self, order_id: str, stop: Decimal | None, target: Decimal | None) -> None: ...


class Book(Protocol):
    """What the gate and the desks may know of orders, positions and money."""

    @property
    def open_orders(self) -> Mapping[str, Order]: ...
    @property
    def positions(self) -> Mapping[str, Position]: ...
    @property
    def cash(self) -> Decimal: ...
    def held(self, strategy: str, symbol: str) -> Position: ...
    def net(self, symbol: str) -> Decimal: ...
    def campaigns(self) -> int: ...
    def equity(self) -> Decimal: ...
    def exposure(self) -> Decimal: ...
    def worth(self) -> tuple[float, float]: ...
    def mark(self, symbol: str) -> Decimal: ...
    def holding(self, strategy: str, symbol: str) -> Holding: ...


class Tracker(Book, Protocol):
    """A book that reserves approved orders and folds venue reports (execution/tracker.py).

    `move` is for what we do to an order ourselves: sending it, asking for its cancel, giving up.
    `arm` tells the levels by which a position is protected while no venue holds them.
    `restore` begins where an earlier session left, `correct` books what no order explains.
    """

    @property
    def holdings(self) -> Mapping[tuple[str, str], Position]: ...
    def order(self, order_id: str) -> Order | None: ...
    def register(self, order: Order) -> None: ...
    def apply(self, report: Report) -> Change | None: ...
    def move(self, order_id: str, state: OrderState, reason: str = "") -> Change | None: ...
    def arm(
        self, strategy: str, symbol: str, stop: Decimal | None, target: Decimal | None
    ) -> None: ...
    def correct(self, correction: Correction) -> None: ...
    def restore(
        self, orders: Iterable[Order], held: Mapping[tuple[str, str], Position], cash: Decimal
    ) -> None: ...


Impose = Callable[[Condition, int], bool]
"""Lets a condition stand from an instant on, or end; False when it changes nothing."""


class Gate(Protocol):
    """The one door from intent to order (risk/gate.py).

    `conditions` is what it judges every order by first. `objection` judges an approved order once
    more, right before it is sent, and answers with the reason not to, or an empty text. What an
    earlier session did, which it is told to `recall`, counts as what it judged itself;
    `overridden` is what a person lets pass, `asked` how a person wants what is reviewed right
    now. `heard` is told every change of an order; `moving` and
    `withdrawn` of working orders that are moved or cancelled, where it is `paced`. What it comes
    to ask of modes itself goes to `impose`.
    """

    asked: Asked

    @property
    def paced(self) -> bool: ...
    def install(self, impose: Impose) -> None: ...
    def ration(self, budget: Callable[[int], int]) -> None: ...
    def learn(self, premises: Premises) -> None: ...
    def override(self, override: Override, now: int) -> None: ...
    def overridden(self, now: int) -> list[Override]: ...
    def heard(self, order: Order, fill: Fill | None, now: int) -> None: ...
    def moving(self, symbol: str, strategy: str, cause: int, now: int) -> Refused | None: ...
    def withdrawn(self, symbol: str, now: int) -> None: ...

    @property
    def conditions(self) -> Conditions: ...
    def objection(self, order: Order, now: int) -> str: ...
    def phase(self, now: int) -> Phase: ...
    def recall(self, orders: Sequence[Order], counted: Counted, now: int) -> None: ...
    def review(
        self, symbol: str, strategy: str, intent: Intent, cause: int, now: int
    ) -> Order | Refused: ...
    def flatten(self, symbol: str, strategy: str, cause: int, now: int) -> Order | Refused: ...
    def levels(
        self, symbol: str, side: int, stop: float, target: float
    ) -> tuple[Decimal | None, Decimal | None]: ...


class Digest(Protocol):
    """Folds decisions into one comparable figure (journal/digest.py)."""

    def decision(
        self, symbol: str, strategy: str, cause: int, intent: Intent, verdict: Verdict
    ) -> None: ...


class Recorder(Protocol):
    """Keeps what was shown and what was decided, in the order it happened."""

    def fact(self, now: int, event: MarketEvent) -> None: ...
    def decision(
        self, now: int, symbol: str, strategy: str, cause: int, intent: Intent, verdict: Verdict
    ) -> None: ...
    def report(self, now: int, report: Report) -> None: ...
    def moved(self, now: int, order_id: str, state: OrderState, reason: str) -> None: ...
    def change(self, now: int, order: Order, fill: Fill | None) -> None: ...
    def desk_opened(self, now: int, symbol: str) -> None: ...
    def desk_closed(self, now: int, symbol: str) -> None: ...
    def candidates(self, now: int, rows: Iterable[Candidate]) -> None: ...
    def note(self, now: int, kind: str, body: Mapping[str, object]) -> None: ...


class Clock(Protocol):
    """Time as the platform lives it: the wall's, the venue's or the replay's."""

    def now(self) -> int: ...
    async def sleep_until(self, ts: int) -> None: ...


class History(Protocol):
    """Closed bars of the past, oldest first, with `start` < `ts` <= `end`."""

    async def bars(self, symbol: str, span: int, start: int, end: int) -> list[Bar]: ...


class Alert(Protocol):
    """Tells a person."""

    async def send(self, title: str, body: str) -> bool: ...


class ExitPolicy(Protocol):
    """Where the stop and target of a new position go, and how the stop follows."""

    def initial_levels(self, side: int, price: float) -> tuple[float, float]: ...
    def update_stop(self, holding: Holding, bar: Bar) -> float: ...


class Predictor(Protocol):
    """Any model that turns features into one number."""

    def predict(self, features: Iterable[float]) -> float: ...


Supervise = Callable[[str, Callable[[], Awaitable[None]]], None]
"""Start a named body under supervision: the only way a task begins."""
