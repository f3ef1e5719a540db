"""The morning's drill: kill and flatten on the paper account, before real money is traded."""

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from functools import partial
from math import nan
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from tradeplat.app import place, run_folder, running, session
from tradeplat.app.drills import Drilled, keep, today
from tradeplat.app.exits import DONE, FAILED
from tradeplat.app.live import Live
from tradeplat.app.logging import logs_to
from tradeplat.app.outcome import Outcome
from tradeplat.app.run_folder import RunFolder
from tradeplat.app.settings import Plug, Settings, load
from tradeplat.core.errors import BadInput, TradeplatError
from tradeplat.core.intent import Action, Intent
from tradeplat.core.orders import Order, OrderState, Purpose, Refused

USUAL = "SPY"
"""Traded in the drill at the vendor's, where nothing else is asked for."""

PATIENCE = 30.0
"""Wall seconds that each step may take."""

DEED = 30.0
"""The same for kill and for flatten."""

CHOICE = 90.0
"""The same for a ticker to be found."""

TRIES = 3
"""Orders that may fill before one rests."""

THROUGH, BELOW = 1.005, 0.98
"""Limits of the order that is to fill, against the ask, and of the one that is to rest."""

_PLACED = frozenset({OrderState.WORKING, OrderState.PARTIAL, OrderState.FILLED})
_SPEED = 30.0
_PICK = 0.05


def run(symbol: str, config: Path | None, sets: Iterable[str]) -> Outcome:
    """Kill and flatten on the paper account; exit code 1 when one of them does not do its work."""
    settings = configured(symbol.upper(), config, tuple(sets))
    folder = run_folder.create(settings.run.logs, settings.run.mode, dt.datetime.now(dt.UTC))
    folder.write_settings(settings)
    came = running.run(drilled(settings, folder), uvloop.new_event_loop)
    keep(settings.run.logs, came)
    said = "passed" if came.passed else "FAILED: --mode live is blocked until one passes"
    text = "\n".join([*came.lines, f"drill {said}"])
    numbers = {**msgspec.to_builtins(came), "run": str(folder.path)}
    return Outcome(numbers, text, DONE if came.passed else FAILED)


def configured(symbol: str, config: Path | None, sets: tuple[str, ...]) -> Settings:
    """The settings of a paper session that trades one share, and only when told to."""
    told = load(config, sets, {"strategy": [{"use": "coin_flip"}]})
    if told.run.mode != "paper":
        raise BadInput("a drill is for the paper account: give it the settings of paper trading")
    typed: dict[str, Any] = {}
    symbol = symbol or (USUAL if told.run.venue == "alpaca" else "")
    if symbol:
        typed["scanner"] = {"use": "constant", "tickers": [symbol]}
    if told.run.venue == "builtin" and not told.venue.url:
        typed["venue"] = {"speed": _SPEED}
    request = session.Request(typed=typed, strategies=("coin_flip",), params=("chance=0",))
    settings = session.configured(request, config, sets)
    share = Plug.model_validate({"use": "fixed_quantity", "quantity": 1})
    # Whatever was set: one share, and nobody but the kill withdraws what rests.
    risk = settings.risk.model_copy(update={"sizing": share, "entry_seconds": 0})
    return settings.model_copy(update={"risk": risk})


async def drilled(settings: Settings, folder: RunFolder) -> Drilled:
    """Drill on the account that `settings` name; whatever goes wrong is told in what it came to."""
    lines: list[str] = []
    account, passed = "", False
    try:
        async with AsyncExitStack() as stack:
            stack.enter_context(logs_to(folder.path, terminal=False))
            where = await stack.enter_async_context(place.continued(settings, folder))
            live = await stack.enter_async_context(Live(settings, folder, where, quiet=True))
            account = live.account_id
            try:
                await Drill(live, lines.append).run()
                passed = True
            finally:
                live.manager.stop()
                left = (await live.close("cancel")).lines()
                lines += left
                passed = passed and not left
    except TradeplatError as error:
        lines.append(str(error))
        passed = False
    return Drilled(today(time.time_ns()), settings.run.venue, account, passed, tuple(lines))


class Drill:
    """Holds a share, lets another order rest, kills, flattens, and lets trading go on.

    Each step raises TradeplatError when it does not come to its end in time; `tell` hears of each
    that did.
    """

    def __init__(self, live: Live, tell: Callable[[str], None]) -> None:
        self._live = live
        self._tell = tell
        self._book = live.desks.tracker
        self._killer = live.stops.killer

    async def run(self) -> None:
        """Every step."""
        symbol = await self._chosen()
        bought = await self._ordered(symbol, lambda ask: ask * THROUGH)
        await self._until(lambda: self._filled(bought), f"{symbol}: the order to buy did not fill")
        self._tell(f"bought {self._book.net(symbol)} of {symbol}")
        await self._rested(symbol)
        await self._kill(symbol)
        await self._flatten()
        self._tell(await self._in_time(self._killer.resume("drill", "it is over"), "resume"))

    async def _chosen(self) -> str:
        """A ticker with quotes, as soon as there is one."""
        floor, market = self._live.desks.floor, self._live.desks.market
        found: list[str] = []

        def quoted() -> bool:
            found[:] = [symbol for symbol in floor.desks if market.tapes[symbol].quote is not None]
            return bool(found)

        await self._until(quoted, "no ticker has a quote", CHOICE)
        return found[0]

    async def _ordered(self, symbol: str, limit: Callable[[float], float]) -> str:
        """An order that passed the gate as any other does, as soon as it lets one pass."""
        found: list[Order] = []
        said = [""]

        def ordered() -> bool:
            quote = self._live.desks.market.tapes[symbol].quote
            assert quote is not None
            wish = Intent(Action.ENTER, 1.0, limit(quote.ask), nan, nan)
            desk = self._live.desks.floor.desks[symbol]
            verdict = desk.command(wish, self._live.clock.now())
            if isinstance(verdict, Order):
                found.append(verdict)
            elif isinstance(verdict, Refused):
                said[0] = f"no order passes the gate: {verdict.message}"
            return bool(found)

        await self._until(ordered, lambda: said[0] or "no order passes the gate")
        return found[0].id

    async def _rested(self, symbol: str) -> None:
        """Let an order rest; one that fills after all is held as well, and another is tried."""
        for _ in range(TRIES):
            placed = partial(self._placed, await self._ordered(symbol, lambda ask: ask * BELOW))
            await self._until(placed, f"{symbol}: the order that is to rest does not work")
            if self._entries():
                return
        raise BadInput(f"{symbol}: none of {TRIES} orders far from the market rested")

    async def _kill(self, symbol: str) -> None:
        began = time.monotonic()
        await self._in_time(self._killer.kill("drill", "the morning's drill"), "kill")
        await self._until(lambda: not self._entries(), "kill: an entry was not withdrawn", DEED)
        working = [one for one in await self._live.broker.open_orders() if one.state.open]
        closing = {order.id for order in self._book.open_orders.values()}
        if left := [one.order_id for one in working if one.order_id not in closing]:
            raise BadInput(f"kill: the broker still has {', '.join(left)}")
        wish = Intent(Action.ENTER, 1.0, nan, nan, nan)
        verdict = self._live.desks.floor.desks[symbol].command(wish, self._live.clock.now())
        if not isinstance(verdict, Refused):
            raise BadInput("kill: an entry passed the gate all the same")
        self._tell(f"killed in {time.monotonic() - began:.1f} s: nothing works, nothing enters")

    async def _flatten(self) -> None:
        began = time.monotonic()
        flatten = self._killer.flatten(None, "drill", "the morning's drill")
        ended = await self._in_time(flatten, "flatten")
        held = [one.symbol for one in await self._live.broker.positions() if one.quantity]
        if not ended.flat or held:
            raise BadInput(
                f"flatten: {ended.words()}; the broker has {', '.join(held) or 'nothing'}"
            )
        self._tell(f"flat in {time.monotonic() - began:.1f} s")

    def _entries(self) -> list[Order]:
        return [o for o in self._book.open_orders.values() if o.purpose is Purpose.ENTRY]

    def _state(self, order_id: str) -> OrderState | None:
        order = self._book.order(order_id)
        return None if order is None else order.state

    def _placed(self, order_id: str) -> bool:
        return self._state(order_id) in _PLACED

    def _filled(self, order_id: str) -> bool:
        return self._state(order_id) is OrderState.FILLED

    async def _in_time(self, deed: Awaitable[Any], what: str) -> Any:
        try:
            return await asyncio.wait_for(deed, DEED)
        except TimeoutError:
            raise BadInput(f"{what}: not done within {DEED:g} s") from None

    async def _until(
        self,
        claim: Callable[[], bool],
        failed: str | Callable[[], str],
        patience: float | None = None,
    ) -> None:
        """Return once `claim` holds; raises the session's own fault, or BadInput in the end."""
        loop = asyncio.get_running_loop()
        patience = PATIENCE if patience is None else patience
        deadline = loop.time() + patience
        while not claim():
            if self._live.supervisor.fatal is not None:
                raise BadInput(f"the session ends: {self._live.supervisor.fatal!r}")
            if loop.time() > deadline:
                why = failed if isinstance(failed, str) else failed()
                raise BadInput(f"{why} within {patience:g} s")
            await asyncio.sleep(_PICK)
