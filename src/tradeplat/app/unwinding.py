"""Prices and sizes of orders by hand, and how positions are closed by them, whole or in part."""

from decimal import Decimal
from math import nan

from tradeplat.app.levelling import Ground
from tradeplat.control.orders import Enter, Leave
from tradeplat.core.exact import nearest
from tradeplat.core.intent import Action, Intent
from tradeplat.core.orders import EXTERNAL, MANUAL, Asked
from tradeplat.core.ports import Verdict
from tradeplat.desk.desk import Desk
from tradeplat.execution import hand
from tradeplat.execution.hand import No
from tradeplat.risk.caps import being_closed


def priced(ground: Ground, body: Enter) -> float | No:
    """The limit that is given, the near side where it joins, else one through the market."""
    tape, grid = ground.tape(body.symbol), ground.grid(body.symbol)
    if body.limit is not None:
        return body.limit
    if body.join:
        return hand.near_limit(body.sign, tape, grid)
    return hand.far_limit(body.sign, tape, grid, ground.rules, body.offset)


def sized(ground: Ground, body: Enter, limit: float, stop: float) -> float:
    """Shares that are asked for, at this limit and with this stop."""
    each = nearest(ground.grid(body.symbol).multiplier)
    if body.shares is not None:
        return body.shares
    if body.dollars is not None:
        return body.dollars / (limit * each) if limit * each else 0.0
    if body.risk is not None:
        return hand.at_risk(body.risk, limit, stop, each)
    return ground.rules.size * body.part


def against(ground: Ground, body: Enter, desk: Desk) -> Verdict | No:
    """Close of what is held by hand what is asked for, at the price asked for, and no more.

    A size that cannot be known, since nothing is seen of the market or no stop is set to count
    risk by, is all of it: that is the way out.
    """
    held = abs(_free(ground, MANUAL, body.symbol)) or abs(_held(ground, MANUAL, body.symbol))
    limit = priced(ground, body)
    price = nan if isinstance(limit, No) else limit
    stop = hand.behind(body.sign, price, body.stop, ground.rules)
    wanted = sized(ground, body, price, nan if isinstance(stop, No) else stop)
    if not wanted > 0.0:
        wanted = nearest(held)
    shares = hand.lots(wanted, ground.grid(body.symbol))
    if isinstance(shares, No):
        # What is left of a lot is closed whole; anything else that small is a slip.
        if wanted < nearest(held):
            return shares
        shares = held
    return closed(ground, desk, Asked(MANUAL, min(held, shares)), limit)


def left(ground: Ground, body: Leave, desk: Desk) -> list[Verdict]:
    """Close a part of what each strategy and each person holds of a ticker; of what is on its way
    out already nothing is counted twice.
    """
    grid, tape, verdicts = ground.grid(body.symbol), ground.tape(body.symbol), []
    for (strategy, symbol), position in list(ground.floor.house.book.holdings.items()):
        if symbol != body.symbol or not position.quantity or strategy == EXTERNAL:
            continue
        side = -1 if position.quantity > 0 else 1
        limit = hand.far_limit(side, tape, grid, ground.rules, body.offset)
        quantity = abs(_free(ground, strategy, symbol)) or abs(position.quantity)
        if body.part < 1.0:
            quantity = max(grid.lots(nearest(quantity) * body.part), min(grid.lot, quantity))
        verdicts.append(closed(ground, desk, Asked(strategy, quantity), limit))
    return verdicts


def closed(ground: Ground, desk: Desk, asked: Asked, limit: float | No | None = None) -> Verdict:
    """Close so much of what a strategy holds; at market where no price is given or known."""
    price = nan if limit is None or isinstance(limit, No) else limit
    intent = Intent(Action.EXIT, 1.0, price, nan, nan)
    return desk.command(intent, ground.clock.now(), asked)


def _held(ground: Ground, strategy: str, symbol: str) -> Decimal:
    return ground.floor.house.book.held(strategy, symbol).quantity


def _free(ground: Ground, strategy: str, symbol: str) -> Decimal:
    """What is held and not on its way out yet."""
    book = ground.floor.house.book
    return _held(ground, strategy, symbol) + being_closed(strategy, symbol, book)
