"""An Alpaca account: what it is, holds and did, and the two requests that end everything."""

import asyncio
from collections.abc import Mapping

from tradeplat.core.calendar import Session
from tradeplat.core.errors import Ambiguous
from tradeplat.core.instrument import Asset
from tradeplat.core.ports import Account, Activity, Clock, Held
from tradeplat.execution.brokers.alpaca_book import (
    decode_activities,
    decode_asset,
    decode_position,
    decode_positions,
    decode_refused,
)
from tradeplat.execution.brokers.alpaca_codec import (
    VenueClock,
    decode_account,
    decode_calendar,
    decode_clock,
    stamp_text,
)
from tradeplat.execution.brokers.alpaca_names import Names
from tradeplat.execution.brokers.alpaca_rest import Rest, deny
from tradeplat.execution.brokers.budget import Need

PAGE = 100
"""Activities a page, the most the venue gives."""


class AlpacaAccount:
    """Reads one account (core.ports.BrokerBook) and ends all of it at once (Closes).

    Reading raises Transient when there is no answer, Denied when a person must act. `assets` is
    what `asset` has learnt so far: a plain mapping that a gate may look into without waiting.
    """

    def __init__(self, rest: Rest, clock: Clock, names: Names) -> None:
        self._rest = rest
        self._clock = clock
        self.names = names
        self.assets: dict[str, Asset] = {}

    @property
    def told(self) -> list[str]:
        """What is wrong with the broker's REST, since when and what comes next: lines."""
        return self._rest.told

    async def account(self) -> Account:
        """Cash, equity and positions."""
        account = await self._rest.must_read("/v2/account", need=Need.ENTRY)
        positions = await self._rest.must_read("/v2/positions", need=Need.ENTRY)
        return decode_account(account, decode_positions(positions), self._clock.now())

    async def clock(self) -> VenueClock:
        """The venue's time and bells."""
        return decode_clock(await self._rest.must_read("/v2/clock"))

    async def calendar(self, start: str, end: str) -> list[Session]:
        """Trading days from `start` to `end` (yyyy-mm-dd), both included."""
        span = {"start": start, "end": end}
        return decode_calendar(await self._rest.must_read("/v2/calendar", span, Need.ENTRY))

    async def pace(self) -> None:
        """Return once the budget of requests has room for a look that can wait."""
        loop = asyncio.get_running_loop()
        while wait := self._rest.budget.wait(Need.POLL, loop.time()):  # noqa: ASYNC110  # only time frees it
            await asyncio.sleep(wait)

    def rationed(self, now: int) -> int:
        """When entries may be sent again as far as the budget goes (UTC ns), 0 for now."""
        return self._rest.budget.until(now, asyncio.get_running_loop().time())

    async def positions(self) -> tuple[Held, ...]:
        """Every position, with what of it is free to be closed."""
        return decode_positions(await self._rest.must_read("/v2/positions"))

    async def position(self, symbol: str) -> Held | None:
        """The position in `symbol`, None when the venue says there is none."""
        raw = await self._rest.read(f"/v2/positions/{symbol}")
        return None if raw is None else decode_position(raw)

    async def asset(self, symbol: str) -> Asset | None:
        """What is allowed of `symbol`, asked once; None when the venue lists no such symbol."""
        if symbol not in self.assets:
            raw = await self._rest.read(f"/v2/assets/{symbol}", need=Need.ENTRY)
            if raw is None:
                return None
            self.assets[symbol] = decode_asset(raw)
        return self.assets[symbol]

    async def fills(self, since: int) -> list[Activity]:
        """Executions, busts and corrections at or after `since` (UTC ns), oldest first."""
        found = await self._activities("/v2/account/activities/FILL", since)
        return [one for one in found if one.kind.of_order]

    async def activities(self, since: int) -> list[Activity]:
        """All that moved shares or money at or after `since` (UTC ns), oldest first."""
        return await self._activities("/v2/account/activities", since)

    async def cancel_all(self) -> dict[str, str]:
        """Ask for a cancel of every open order; answers what was refused, by venue order id."""
        return await self._end("/v2/orders", {})

    async def close_all(self) -> dict[str, str]:
        """Cancel every order and close every position at the market; answers refusals by symbol."""
        return await self._end("/v2/positions", {"cancel_orders": "true"})

    async def _activities(self, path: str, since: int) -> list[Activity]:
        params = {"direction": "asc", "page_size": str(PAGE)}
        if since > 0:
            # One nanosecond back: the venue's bound leaves out what happened at it.
            params["after"] = stamp_text(since - 1)
        found: dict[str, Activity] = {}
        while True:
            raw = await self._rest.must_read(path, params)
            page = decode_activities(raw, self.names.by_venue_id)
            known = len(found)
            found.update((one.id, one) for one in page)
            if len(page) < PAGE or len(found) == known:
                return list(found.values())
            params["page_token"] = page[-1].id

    async def _end(self, path: str, params: Mapping[str, str]) -> dict[str, str]:
        answer = await self._rest.send("DELETE", path, params=params)
        if answer.ok:
            return decode_refused(answer.body) if answer.body.strip() else {}
        deny(answer)
        raise Ambiguous(f"DELETE {path}: HTTP {answer.status}")
