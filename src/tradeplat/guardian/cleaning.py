"""What a guardian does to an account whose daemon is dead."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from tradeplat.core.calendar import Calendar, Phase
from tradeplat.core.closing import Flattened, Means, Pace
from tradeplat.core.errors import TradeplatError, Transient
from tradeplat.core.flattening import Flattening
from tradeplat.core.ids import flatten_id
from tradeplat.core.market import SECOND
from tradeplat.core.ports import Held
from tradeplat.guardian.account import Account, Wire, each, guards, in_turn
from tradeplat.guardian.charge import Charge

Tell = Callable[[str, str], None]
"""Reaches a person: a code and one line."""

AGAIN = 1.0
"""Seconds before a request that failed is made again."""


class Cleaning:
    """Withdraws what would open positions, keeps what protects them, and with `on_death` =
    "flatten" closes positions that no stop at the broker protects. Closes everything, stops or
    not, where a person had asked the dead daemon for it by its file.
    """

    def __init__(self, charge: Charge, account: Account, tell: Tell) -> None:
        self._charge = charge
        self._account = account
        self._tell = tell
        self._calendar = Calendar(charge.sessions)
        self._offset = 0
        self._numbers: dict[str, int] = {}
        self._waiting = False

    async def run(self) -> bool:
        """True when all that was to be done is done; ends within the charge's patience."""
        try:
            async with asyncio.timeout(self._charge.patience):
                while True:
                    try:
                        return await self._clean()
                    except Transient as error:
                        self._waits(str(error))
                        await asyncio.sleep(AGAIN)
        except TimeoutError:
            self._tell("GUARDIAN_GAVE_UP", f"not done after {self._charge.patience:g} s")
        except TradeplatError as error:
            self._tell("GUARDIAN_REFUSED", str(error))
        return False

    def _waits(self, why: str) -> None:
        """Tell once why nothing can be done yet: it is asked for again each second."""
        if not self._waiting:
            self._waiting = True
            self._tell("GUARDIAN_WAITS", why)

    async def _clean(self) -> bool:
        loop = asyncio.get_running_loop()
        self._offset = await self._account.now() - int(loop.time() * SECOND)
        withdrawn = await self._withdraw()
        positions = [held for held in await self._account.held() if held.quantity]
        bare = [held for held in positions if not await self._guarded(held)]
        words = ", ".join(f"{held.symbol} {held.quantity:+f}" for held in bare) or "none"
        self._tell("GUARDIAN_CLEANED", f"{withdrawn} entries withdrawn; without a stop: {words}")
        closing = bare if self._charge.on_death == "flatten" else []
        if self._asked():
            self._tell("FLATTEN_ASKED", f"{self._charge.flatten_file} is there")
            closing = positions
        if not closing:
            return True
        ended = await self._flatten(frozenset(held.symbol for held in closing))
        self._tell("FLAT" if ended.flat else "NOT_FLAT", ended.words())
        return ended.flat

    def _asked(self) -> bool:
        """True when a person left the file that asks for everything to be closed."""
        return bool(self._charge.flatten_file) and Path(self._charge.flatten_file).exists()

    async def _withdraw(self) -> int:
        """Withdraw every order that does not shrink a position, until none is open."""
        asked: set[str] = set()
        while True:
            held = {row.symbol: row.quantity for row in await self._account.held()}
            entries = [
                wire
                for wire in await self._account.orders()
                if wire.open and _opens(wire, held.get(wire.symbol or "", Decimal(0)))
            ]
            if not entries:
                return len(asked)
            asked |= {wire.id for wire in entries}
            await self._account.cancel(wire.id for wire in entries)
            await asyncio.sleep(AGAIN / 4)

    async def _guarded(self, held: Held) -> bool:
        """True when stops at the broker would close all of a position."""
        listed = each(await self._account.orders())
        stops = {w.id: w for w in listed if w.symbol == held.symbol and guards(w, held)}
        if sum(wire.left for wire in stops.values()) < abs(held.quantity):
            legs = await self._account.legs(held.symbol)
            stops.update((wire.id, wire) for wire in legs if guards(wire, held))
        return sum(wire.left for wire in stops.values()) >= abs(held.quantity)

    async def _flatten(self, symbols: frozenset[str]) -> Flattened:
        means = Means(
            asyncio.get_running_loop().time,
            asyncio.sleep,
            in_turn,
            self._now,
            self._phase,
            self._number,
            lambda _, quantity: [("guardian", quantity)],
            lambda _: False,
            self._tell,
        )
        pace = Pace(bound=self._charge.patience)
        return await Flattening(self._account, means, symbols.__contains__, pace).run()

    def _now(self) -> int:
        return self._offset + int(asyncio.get_running_loop().time() * SECOND)

    def _phase(self) -> Phase:
        return self._calendar.phase(self._now()) if self._charge.sessions else Phase.REGULAR

    def _number(self, symbol: str) -> str:
        number = self._numbers[symbol] = self._numbers.get(symbol, 0) + 1
        return flatten_id(f"{self._charge.epoch}g{self._charge.pid}", symbol, number)


def _opens(wire: Wire, held: Decimal) -> bool:
    """True unless filling it could only shrink the position."""
    return wire.sign * held >= 0
