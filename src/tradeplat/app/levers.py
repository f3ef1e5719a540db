"""The kill switch of a session by hand: what the control plane pulls."""

import asyncio
from collections.abc import Collection
from decimal import Decimal

import msgspec

from tradeplat.core.conditions import ACCOUNT, Condition, Mode
from tradeplat.core.orders import Purpose
from tradeplat.core.ports import Clock
from tradeplat.desk.floor import Floor
from tradeplat.execution.executor import OrderExecutor
from tradeplat.execution.tracker import PositionTracker

OPERATOR = "operator"
PATIENCE = 20.0


class Left(msgspec.Struct, frozen=True):
    """What a flatten left."""

    held: tuple[tuple[str, Decimal], ...] = ()

    @property
    def flat(self) -> bool:
        """True when nothing is held."""
        return not self.held

    def words(self) -> str:
        """The same for a person."""
        if self.flat:
            return "flat"
        return "still held: " + ", ".join(f"{symbol} {held:+f}" for symbol, held in self.held)


class Levers:
    """Kill, flatten and resume one floor."""

    def __init__(
        self, floor: Floor, tracker: PositionTracker, executor: OrderExecutor, clock: Clock
    ) -> None:
        self._floor = floor
        self._tracker = tracker
        self._executor = executor
        self._clock = clock

    async def kill(self, who: str, why: str) -> str:
        """Block, and withdraw every order."""
        now = self._clock.now()
        killed = Condition(OPERATOR, ACCOUNT, Mode.KILLED, "KILLED", why, who, now)
        self._floor.on_condition(killed, now)
        self._executor.cancel_all()
        return f"killed by {who}: {why}"

    async def flatten(self, symbols: Collection[str] | None, who: str, why: str) -> Left:
        """Close until nothing is held or patience ends."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while (left := self._held(symbols)) and asyncio.get_running_loop().time() < deadline:
            orders = self._tracker.open_orders.values()
            open_ = {o.symbol for o in orders if o.purpose in (Purpose.EXIT, Purpose.FLATTEN)}
            for symbol, _ in left:
                desk = self._floor.desks.get(symbol)
                if desk is not None and symbol not in open_:
                    desk.flatten(self._clock.now())
            await asyncio.sleep(0.05)
        return Left(tuple(left))

    async def resume(self, who: str, why: str) -> str:
        """Lift what a person imposed."""
        now = self._clock.now()
        lift = Condition(OPERATOR, ACCOUNT, Mode.NORMAL, who=who, why=why, ts=now)
        lifted = self._floor.on_condition(lift, now)
        return f"resumed by {who}" if lifted else "nothing was stopped"

    def _held(self, symbols: Collection[str] | None) -> list[tuple[str, Decimal]]:
        held = self._tracker.positions.items()
        return [
            (symbol, position.quantity)
            for symbol, position in held
            if position.quantity and (symbols is None or symbol in symbols)
        ]
