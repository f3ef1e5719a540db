"""Moves the protective levels of positions by hand: to a price, to break even, behind a swing."""

from collections.abc import Callable, Mapping
from math import isnan, nan
from typing import NamedTuple

import numpy as np

from tradeplat.control.actions import Told
from tradeplat.control.orders import Protect
from tradeplat.control.scene import Scene
from tradeplat.core.exact import nearest
from tradeplat.core.instrument import Instrument
from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import BAR
from tradeplat.core.orders import Asked, Purpose, Refused
from tradeplat.core.ports import Clock
from tradeplat.core.tape import Tape
from tradeplat.desk.desk import Desk
from tradeplat.desk.floor import Floor
from tradeplat.desk.seat import Seat
from tradeplat.execution import hand
from tradeplat.execution.hand import No, Rules

MINUTE_BARS = 60
"""Seconds of the bars in which swings are looked for."""
FAR = 120
"""Bars that are looked at for a swing."""


class Ground(NamedTuple):
    """What trading by hand stands on; `monotonic` counts with the person, `wall` is UTC, both in
    ns; `linked` says whether account and market can be heard, `timed` takes a latency in ns.
    """

    floor: Floor
    clock: Clock
    scene: Scene
    rules: Rules
    linked: Callable[[], bool]
    monotonic: Callable[[], int]
    wall: Callable[[], int]
    timed: Callable[[str, int], None] = lambda name, ns: None
    denied: Callable[[Mapping[str, object]], None] = lambda body: None
    """Takes an order by hand that was refused, for the journal of orders."""

    def tape(self, symbol: str) -> Tape:
        """The last thing seen of a ticker."""
        return self.floor.house.market.tapes[symbol]

    def grid(self, symbol: str) -> Instrument:
        """The trading terms of a ticker."""
        return self.floor.house.market.instrument(symbol)


def moved(ground: Ground, body: Protect, desk: Desk) -> Told:
    """Move the levels of everybody at `desk` who is meant; what came of it."""
    seats = [
        seat for seat in desk.seats if seat.holding.quantity and body.strategy in {"", seat.name}
    ]
    if not seats:
        return refused(No("NOT_HELD", f"Refused: nothing is held of {body.symbol}."))
    said: list[str] = []
    code = ""
    for seat in seats:
        found = _moved(ground, body, desk, seat)
        if isinstance(found, No):
            code = found.code
        said.append(found.text if isinstance(found, No) else found)
    return Told(not code, "; ".join(said), {"code": code} if code else {})


def refused(why: No) -> Told:
    """Nothing is done."""
    return Told(done=False, text=why.text, detail={"code": why.code})


def _moved(ground: Ground, body: Protect, desk: Desk, seat: Seat) -> str | No:
    """Move the levels of one strategy's position; what was done, or why nothing was."""
    held, tape = seat.holding, ground.tape(body.symbol)
    side = 1 if held.quantity > 0.0 else -1
    stop: float | No | None = body.stop
    if body.to == "breakeven":
        stop = held.price + side * _fees(ground.scene, seat.name, body.symbol)
    elif body.to == "swing":
        stop = _behind_swing(ground, body.symbol, side)
    if isinstance(stop, No):
        return stop
    if stop is not None:
        before = None if isnan(held.stop) else held.stop
        objection = hand.past(side, stop, tape)
        if body.to:
            objection = hand.looser(side, stop, before) or objection
        if objection is not None:
            return objection
    levels = (nan if stop is None else stop, nan if body.target is None else body.target)
    intent = Intent(Action.PROTECT, float(side), nan, *levels)
    verdict = desk.command(intent, ground.clock.now(), Asked(seat.name))
    if isinstance(verdict, Refused):
        return No(verdict.code, verdict.message)
    at = [f"stop {stop:g}"] if stop is not None else []
    at += [f"target {body.target:g}"] if body.target is not None else []
    return f"{seat.name} {body.symbol}: {', '.join(at)} asked for"


def _fees(scene: Scene, strategy: str, symbol: str) -> float:
    """What a share of the position costs in fees, in and out, by its newest entry."""
    for order in reversed(scene.orders.values()):
        mine = order.strategy == strategy and order.symbol == symbol
        if mine and order.filled and order.purpose is Purpose.ENTRY:
            return 2.0 * nearest(order.fees / order.filled)
    return 0.0


def _behind_swing(ground: Ground, symbol: str, side: int) -> float | No:
    """A tick behind the last swing of the minute bars, or of the finest that there are."""
    found = {one.span: one for one in ground.scene.sheet(symbol).series if len(one)}
    series = found.get(MINUTE_BARS) or (found[min(found)] if found else None)
    if series is not None:
        rows = np.frombuffer(series.cut(max(0, len(series) - FAR), len(series)), BAR)
        level = hand.swing(rows["low"].tolist(), rows["high"].tolist(), side)
        if level is not None:
            return level - side * nearest(ground.grid(symbol).tick_at(level))
    return No("NO_SWING", f"Refused: the bars of {symbol} show no swing.")
