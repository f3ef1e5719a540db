"""The end of a session in order: no entries, entries withdrawn, flat if asked, a reckoning."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from decimal import Decimal

import msgspec
import structlog

from tradeplat.core.closing import Flattened
from tradeplat.core.orders import LEGS, Order, OrderState, Purpose
from tradeplat.core.ports import Clock
from tradeplat.desk.desk import DeskState
from tradeplat.desk.floor import Floor
from tradeplat.execution.executor import OrderExecutor
from tradeplat.execution.tracker import PositionTracker

log = structlog.get_logger()

PATIENCE = 10.0
"""Seconds of the wall that confirmations are waited for."""
FLATTEN_PATIENCE = 13.0
"""The same while everything is being closed: within the bound on the whole end."""
HEARING = 1.0
"""Seconds in which our book has to agree that all is flat, before the broker is asked anew."""


class Remains(msgspec.Struct, frozen=True):
    """What a session left behind."""

    positions: tuple[tuple[str, Decimal], ...]
    orders: tuple[Order, ...]

    @property
    def unknown(self) -> tuple[Order, ...]:
        """Orders of which nobody knows how they stand."""
        return tuple(order for order in self.orders if order.state is OrderState.UNKNOWN)

    @property
    def nothing(self) -> bool:
        """True when the account is flat and quiet."""
        return not self.positions and not self.orders

    def lines(self) -> Sequence[str]:
        """One line for each thing left, for the exit summary."""
        guarded = {order.symbol for order in self.orders if order.purpose is Purpose.STOP}
        held = [
            f"position {symbol} {quantity:+f}" + ("" if symbol in guarded else ", no stop at venue")
            for symbol, quantity in self.positions
        ]
        return [*held, *(f"order {o.symbol} {o.purpose} {o.state} {o.id}" for o in self.orders)]


Flatten = Callable[[], Awaitable[Flattened]]
"""Closes every position for certain (execution/flatten.py)."""


class Closing:
    """Ends the trading of one floor; `flatten` closes its positions where that is asked for."""

    def __init__(
        self,
        floor: Floor,
        tracker: PositionTracker,
        executor: OrderExecutor,
        clock: Clock,
        flatten: Flatten,
    ) -> None:
        self._floor = floor
        self._tracker = tracker
        self._executor = executor
        self._clock = clock
        self._flatten = flatten

    async def close(self, on_exit: str) -> Remains:
        """`cancel` withdraws entries and leaves protective orders, `flatten` closes everything,
        `leave` touches nothing; all take no new entries. Waits a bounded time.
        """
        now = self._clock.now()
        for desk in self._floor.desks.values():
            desk.turn(DeskState.CLOSING, now)
        if on_exit != "leave":
            self._executor.cancel_all(protective=False)
            began = asyncio.get_running_loop().time()
            if on_exit == "flatten":
                with suppress(TimeoutError):  # what it leaves is told below, with the rest
                    async with asyncio.timeout(FLATTEN_PATIENCE):
                        await self._flat(began + PATIENCE)
            await self._settle(began + PATIENCE, flatten=on_exit == "flatten")
        remains = self.remains()
        log.info("session_closed", on_exit=on_exit, left=list(remains.lines()))
        return remains

    async def _flat(self, deadline: float) -> None:
        """Close everything, and again for as long as the broker held nothing and our book does: a
        fill that was taken back, heard of or not, opens anew what was closed. What only time
        closes, such as a halt, is told and left.
        """
        time = asyncio.get_running_loop().time
        while (await self._flatten()).flat and time() < deadline:
            await self._settle(min(time() + HEARING, deadline), flatten=True)
            if self._settled(flatten=True):
                return

    def remains(self) -> Remains:
        """What is held and what is open right now."""
        held = self._tracker.positions.items()
        return Remains(
            tuple((symbol, position.quantity) for symbol, position in held if position.quantity),
            tuple(self._tracker.open_orders.values()),
        )

    async def _settle(self, deadline: float, *, flatten: bool) -> None:
        while asyncio.get_running_loop().time() < deadline:
            if self._settled(flatten=flatten):
                return
            await asyncio.sleep(0.02)

    def _settled(self, *, flatten: bool) -> bool:
        remains = self.remains()
        if flatten:
            return remains.nothing
        return all(order.purpose in LEGS for order in remains.orders) and self._executor.idle
