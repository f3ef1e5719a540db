"""A venue and a book of ours that have grown apart, from a seed, and the way back together."""

from decimal import Decimal
from random import Random

from msgspec.structs import replace

from tradeplat.core.orders import OPEN_STATES, Order, OrderState, OrderType, Purpose, Report
from tradeplat.core.ports import Account, Activity, ActivityKind
from tradeplat.core.position import Position
from tradeplat.core.tape import Tapes
from tradeplat.execution import reconcile
from tradeplat.execution.tracker import PositionTracker

S = OrderState
ZERO, TEN = Decimal(0), Decimal(10)
SYMBOLS = ("A", "B", "C", "D", "E", "F")
START = Decimal(1_000_000)


class Venue:
    """What exists: orders with their fills, moves of shares without any order, a history."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.orders: dict[str, Report] = {}
        self.forgotten: set[str] = set()
        self.opening: dict[str, Decimal] = {}
        self.activities: list[Activity] = []
        self.moved: dict[str, Decimal] = {}

    def add(self, order: Order, filled: Decimal, state: OrderState, *, described: bool) -> None:
        known = replace(order, filled=ZERO, average=None, state=S.INTENT)
        self.orders[order.id] = Report(
            order.id,
            order.symbol,
            state,
            5,
            filled,
            TEN if filled else None,
            venue_id=f"v-{order.id}",
            order=known if described else None,
        )
        if filled:
            grown = filled if order.quantity > 0 else -filled
            self.activity(ActivityKind.FILL, order.symbol, grown, f"v-{order.id}", filled)

    def activity(
        self,
        kind: ActivityKind,
        symbol: str,
        quantity: Decimal,
        venue_id: str,
        cumulative: Decimal | None = None,
    ) -> None:
        made = Activity(f"a{len(self.activities)}", kind, 5, symbol, venue_id=venue_id)
        made = replace(made, quantity=quantity, price=TEN, cumulative=cumulative)
        self.activities.append(made)

    def position(self, symbol: str) -> Decimal:
        total = self.opening.get(symbol, ZERO) + self.moved.get(symbol, ZERO)
        for order_id, report in self.orders.items():
            if report.symbol == symbol:
                total += report.filled if SIDES[order_id] > 0 else -report.filled
        return total

    def account(self) -> Account:
        held = ((symbol, self.position(symbol), TEN) for symbol in SYMBOLS)
        return Account("T", ZERO, ZERO, None, 5, tuple(row for row in held if row[1]))

    def listed(self) -> list[Report]:
        return [
            report
            for order_id, report in self.orders.items()
            if report.state in OPEN_STATES and order_id not in self.forgotten
        ]

    def find(self, order_id: str) -> list[Report] | None:
        report = self.orders.get(order_id)
        return None if report is None or order_id in self.forgotten else [report]


SIDES: dict[str, int] = {}


class World:
    """One divergence: `venue` as it is, `book` as it was when we last heard of it."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = Random(seed)
        self.venue = Venue(rng)
        self.book = PositionTracker(START, Tapes())
        self.unexplained: list[reconcile.Difference] = []
        self.corrections = 0
        self.booked: set[str] = set()
        self.shrunk: dict[str, Decimal] = {}
        known: list[Order] = []
        held: dict[tuple[str, str], Position] = {}
        for symbol in SYMBOLS:
            if rng.random() < 0.5:
                size = Decimal(rng.randrange(-300, 300))
                self.venue.opening[symbol] = size
                ours = size
                if seed % 2 and rng.random() < 0.3:
                    # Nobody wrote down what moved these.
                    ours += rng.randrange(-50, 50)
                if ours:
                    held[rng.choice("st"), symbol] = Position(ours, TEN)
            if rng.random() < 0.2:
                moved = Decimal(rng.randrange(1, 100))
                self.venue.moved[symbol] = moved
                kind = rng.choice((ActivityKind.CORPORATE, ActivityKind.TRANSFER))
                self.venue.activity(kind, symbol, moved, "")
        for n in range(rng.randrange(0, 30)):
            self._order(n, known, held)
        self.book.restore(known, held, START)

    def _order(self, n: int, known: list[Order], held: dict[tuple[str, str], Position]) -> None:
        rng = self.rng
        kind = rng.choice(("ours", "ours", "ours", "never", "stranger", "forgotten", "bust"))
        order_id = f"hand-{n}" if kind == "stranger" else f"tp1-260105-{n:014d}-0"
        size = Decimal(rng.randrange(1, 200))
        order = Order(
            order_id,
            rng.choice(SYMBOLS),
            "external" if kind == "stranger" else rng.choice("st"),
            size * rng.choice((1, -1)),
            OrderType.LIMIT,
            Purpose.ENTRY,
            n,
            n,
            limit=TEN,
        )
        SIDES[order_id] = order.side
        theirs = Decimal(rng.randrange(0, int(size) + 1))
        state = rng.choice((S.WORKING, S.CANCELED, S.EXPIRED))
        if theirs:
            state = rng.choice((S.PARTIAL, S.CANCELED, S.CANCEL_PENDING))
        if theirs == size:
            state = S.FILLED
        heard = Decimal(rng.randrange(0, int(theirs) + 1))
        if kind == "bust":
            # What a venue takes back does not come to life again.
            heard, state = min(size, theirs + rng.randrange(0, 20)), S.CANCELED
        if kind != "never":
            self.venue.add(order, theirs, state, described=kind == "stranger")
        if kind == "stranger" and rng.random() < 0.8:
            return
        if kind == "never":
            heard = ZERO
        was = rng.choice((S.UNKNOWN, S.WORKING, S.CANCEL_PENDING, S.CANCELED, S.NOT_PLACED))
        if was is S.CANCELED and state in OPEN_STATES:
            was = S.WORKING
        if heard and was in (S.WORKING, S.NOT_PLACED):
            was = S.PARTIAL
        if heard == size:
            was = S.FILLED
        if kind == "forgotten":
            self.venue.forgotten.add(order_id)
            heard = theirs
            was = S.FILLED if heard == size else S.WORKING
        venue_id = f"v-{order_id}" if heard or was is S.CANCELED else ""
        average = TEN if heard else None
        known.append(replace(order, state=was, filled=heard, average=average, venue_id=venue_id))
        if heard:
            key = (order.strategy, order.symbol)
            grown = heard if order.quantity > 0 else -heard
            position = held.get(key, Position()).after(grown, TEN)
            held[key] = position

    @property
    def known(self) -> dict[str, Order]:
        book = self.book
        return {**book._closed, **book._open}

    def settle(self) -> int:
        """Do what reconciling asks for until it asks for nothing; how many things were done."""
        done = self._orders()
        self.shrunk.clear()
        before = self.venue.account()
        ours = {symbol: position.quantity for symbol, position in self.book.positions.items()}
        found = reconcile.differences(ours, before, self.venue.account())
        assert found is not None
        for difference in found:
            done += self._position(difference)
        return done

    def _orders(self) -> int:
        done = 0
        found: dict[str, list[Report] | None] = {}
        for _ in range(6):
            before = done
            findings = reconcile.orders(self.known, self.venue.listed(), found)
            fresh = 0
            for finding in findings:
                match finding:
                    case reconcile.Ask(order_id):
                        found[order_id] = self.venue.find(order_id)
                        fresh += 1
                    case reconcile.Apply(report) | reconcile.Met(report, _):
                        done += self.book.apply(report) is not None
                    case reconcile.Shrunk(order_id, filled, report):
                        fresh += order_id not in self.shrunk
                        if self.shrunk.get(order_id) == filled:
                            taken = replace(report, corrects=True)
                            done += self.book.apply(taken) is not None
                        self.shrunk[order_id] = filled
            if not fresh and done == before:
                break
        return done

    def _position(self, difference: reconcile.Difference) -> int:
        book, venue = self.book, self.venue
        known = {order.venue_id: order for order in self.known.values() if order.venue_id}
        why = reconcile.explain(difference, venue.activities, self.booked, known, book.holdings)
        if why is None:
            self.unexplained.append(difference)
            corrections = reconcile.adopt(difference, book.holdings, 5, "unexplained")
        else:
            corrections = list(why.corrections)
            self.booked |= {a.id for a in venue.activities if a.symbol == difference.symbol}
            for venue_id in why.orders:
                report = venue.orders[venue_id.removeprefix("v-")]
                order = self.known.get(report.order_id)
                if order is not None and report.filled < order.filled:
                    report = replace(report, corrects=True)
                book.apply(report)
        for correction in corrections:
            book.correct(correction)
        return 1
