"""How a running daemon stands: one picture of it, for machines as it is and for people a table."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec
from rich.console import Console
from rich.table import Table

from tradeplat.app.display import clock_text, told, width
from tradeplat.control.protocol import VERSION
from tradeplat.core.conditions import Condition
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order, OrderState, Purpose
from tradeplat.core.ports import Clock
from tradeplat.core.spoken import time_of_day
from tradeplat.desk.floor import Floor

Numbers = Mapping[str, Any]


class Feed(Protocol):
    """The account's own stream."""

    @property
    def live(self) -> bool:
        """True while nothing of it can be missing."""
        ...


class Stands(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture of a daemon is made from.

    `numbers` is everything it measured; `stages` the market stream's state by ticker; `wall` the
    machine's UTC in ns, `started` that of the start; `guarded` says whether a symbol's position
    has protection that the venue does not hold, `journal` why nothing can be journaled any more.
    """

    run: str
    mode: str
    place: str
    account: str
    floor: Floor
    feed: Feed
    clock: Clock
    stages: Callable[[], Mapping[str, str]]
    numbers: Callable[[], Numbers]
    epoch: Callable[[], int]
    wall: Callable[[], int]
    started: int
    guarded: Callable[[str], bool] = lambda _: False
    journal: Callable[[], str] = lambda: ""


def status(stands: Stands) -> dict[str, object]:
    """The picture, as plain values: one JSON object; money and quantities are texts."""
    house = stands.floor.house
    book, now = house.book, stands.clock.now()
    orders = [_order(order, now) for order in book.open_orders.values()]
    numbers = stands.numbers()
    latency = numbers.get("latency_us", {})
    stages = stands.stages()
    return {
        "run": stands.run,
        "mode": stands.mode,
        "place": stands.place,
        "account": stands.account,
        "epoch": stands.epoch(),
        "uptime_s": round((stands.wall() - stands.started) / SECOND, 1),
        "clock": dt.datetime.fromtimestamp(now / SECOND, dt.UTC).isoformat(timespec="seconds"),
        "account_mode": str(house.conditions.mode(now=now)),
        "conditions": [one.body() for one in house.conditions.all(now)],
        "overrides": [one.body() for one in house.gate.overridden(now)],
        "equity": f"{book.equity():f}",
        "cash": f"{book.cash:f}",
        "positions": _positions(stands),
        "orders": orders,
        "unknown": [order["id"] for order in orders if order["state"] == OrderState.UNKNOWN],
        "streams": {
            "account": "LIVE" if stands.feed.live else "DOWN",
            "market": dict(Counter(str(stage) for stage in stages.values())),
            "symbols": {symbol: str(stage) for symbol, stage in sorted(stages.items())},
            "feeds": list(numbers.get("feeds", {}).get("told", ())),
        },
        "journal": {"dead": stands.journal(), "commit_us": latency.get("journal_commit", {})},
        "loop_lag_us": latency.get("loop_lag", {}),
        "refused": dict(house.refused),
        "quarantined": numbers.get("quarantined", {}),
        "desks": len(stands.floor.desks),
        "broker": list(numbers.get("broker", {}).get("told", ())),
        "scanner": list(numbers.get("scanner", {}).get("told", ())),
    }


def hello(stands: Stands, epoch: int) -> dict[str, object]:
    """What a client is told first (ui-guide.md 3: protocol, epoch, modes, clock)."""
    now = stands.clock.now()
    return {
        "protocol": VERSION,
        "epoch": epoch,
        "run": stands.run,
        "mode": stands.mode.upper(),
        "place": stands.place,
        "account": stands.account,
        "account_mode": str(stands.floor.house.conditions.mode(now=now)),
        "clock": now,
        "wall": stands.wall(),
    }


def _positions(stands: Stands) -> list[dict[str, object]]:
    book = stands.floor.house.book
    stops = {
        order.symbol: order.stop
        for order in book.open_orders.values()
        if order.purpose is Purpose.STOP
    }
    found: list[dict[str, object]] = []
    for symbol in sorted(book.positions):
        position = book.positions[symbol]
        if not position.quantity:
            continue
        stop = stops.get(symbol)
        found.append(
            {
                "symbol": symbol,
                "quantity": f"{position.quantity:f}",
                "average": f"{position.average:f}",
                "last": f"{book.mark(symbol):f}",
                "stop": None if stop is None else f"{stop:f}",
                "protected": symbol in stops or stands.guarded(symbol),
            }
        )
    return found


def _order(order: Order, now: int) -> dict[str, object]:
    price = order.limit if order.limit is not None else order.stop
    return {
        "id": order.id,
        "symbol": order.symbol,
        "strategy": order.strategy,
        "quantity": f"{order.quantity:f}",
        "filled": f"{order.filled:f}",
        "type": str(order.type),
        "price": None if price is None else f"{price:f}",
        "purpose": str(order.purpose),
        "state": str(order.state),
        "age_s": round((now - order.created) / SECOND, 1),
    }


def text(found: Mapping[str, Any]) -> str:
    """The picture for people."""
    console = Console(width=width(), highlight=False, no_color=True)
    with console.capture() as capture:
        console.print(_head(found), markup=False)
        for condition in found["conditions"]:
            line = f"  {told(Condition.of(condition))}"
            console.print(line, markup=False, soft_wrap=True)
        for override in found["overrides"]:
            console.print(override_line(override), markup=False)
        if found["positions"]:
            console.print(_position_table(found["positions"]))
        if found["orders"]:
            console.print(_order_table(found["orders"]))
        console.print(_foot(found), markup=False, soft_wrap=True)
    return capture.get().rstrip("\n")


def _head(found: Mapping[str, Any]) -> str:
    when = dt.datetime.fromisoformat(found["clock"])
    up = dt.timedelta(seconds=int(found["uptime_s"]))
    return (
        f"{found['mode']} on {found['place']}, account {found['account']}: "
        f"{found['account_mode'].upper()}\n"
        f"{clock_text(int(when.timestamp()) * SECOND)} New York   equity {found['equity']}"
        f"   cash {found['cash']}   epoch {found['epoch']}   up {up}"
    )


def override_line(override: Mapping[str, Any]) -> str:
    """One override for people."""
    scope, until = override["scope"] or "account", time_of_day(override["until"])
    who = f"{override['who']}: {override['why']}"
    return f"  OVERRIDDEN  {scope}  {override['code']} until {until} by {who}"


def _position_table(positions: list[Mapping[str, Any]]) -> Table:
    table = Table(title="positions", title_justify="left", box=None)
    for name in ("ticker", "quantity", "average", "last", "stop"):
        table.add_column(name, justify="left" if name == "ticker" else "right")
    for row in positions:
        stop = row["stop"] or ("armed here" if row["protected"] else "NO STOP")
        table.add_row(row["symbol"], row["quantity"], row["average"], row["last"], stop)
    return table


def _order_table(orders: list[Mapping[str, Any]]) -> Table:
    table = Table(title="open orders", title_justify="left", box=None)
    for name in ("ticker", "quantity", "filled", "type", "price", "purpose", "state", "id"):
        table.add_column(name)
    for row in orders:
        cells = ("symbol", "quantity", "filled", "type", "price", "purpose", "state", "id")
        table.add_row(*(str(row[cell] if row[cell] is not None else "") for cell in cells))
    return table


def _feed(feed: Mapping[str, Any]) -> str:
    """How one feed of market data stands, for people."""
    what = f" ({feed['brings']})" if "brings" in feed else ""
    vendor = feed.get("vendor", feed["feed"])
    return "\n".join(
        [_pace(feed, what), *(f"  {vendor}{what}: {line}" for line in feed.get("told", ()))]
    )


def _pace(feed: Mapping[str, Any], what: str) -> str:
    if feed["lag_ms"] is None:
        return f"feed {feed['feed']}{what}: {feed['state']}, nothing came yet"
    lag, worst = feed["lag_ms"] / 1e3, feed["worst_ms"] / 1e3
    up_to = clock_text(feed["newest"])
    return (
        f"feed {feed['feed']}{what}: {feed['state']}, up to {up_to}, lag {lag:.2f} s"
        f" (worst {worst:.2f} s)"
    )


def _foot(found: Mapping[str, Any]) -> str:
    streams = found["streams"]
    market = ", ".join(f"{n} {stage}" for stage, n in streams["market"].items()) or "no ticker"
    lag, commit = found["loop_lag_us"], found["journal"]["commit_us"]
    journal = f"{commit['p99'] / 1e3:.1f} ms p99" if commit else "nothing committed"
    if found["journal"]["dead"]:
        journal = f"DEAD: {found['journal']['dead']}"
    unknown = f"   UNKNOWN {len(found['unknown'])}" if found["unknown"] else ""
    lines = [
        f"streams: account {streams['account']}, market {market}",
        *map(_feed, streams["feeds"]),
        f"journal: {journal}   loop lag: {lag.get('p99', 0) / 1e3:.1f} ms p99",
        f"desks {found['desks']}   positions {len(found['positions'])}"
        f"   open orders {len(found['orders'])}{unknown}",
    ]
    if found["quarantined"]:
        lines.extend(
            f"stopped by a fault: {name}: {why}" for name, why in found["quarantined"].items()
        )
    lines.extend(f"broker: {line}" for line in found["broker"])
    lines.extend(f"scanner: {line}" for line in found["scanner"])
    return "\n".join(lines)
