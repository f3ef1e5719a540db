import asyncio
import json
import time
from contextlib import suppress

import msgspec
import numpy as np

from exchanges import ASSETS, CALENDAR, EXACT, at
from tradeplat.core.market import SECOND, Quote
from tradeplat.venue.accounts import AccountTerms
from tradeplat.venue.assets import Universe
from tradeplat.venue.order_request import read_order
from tradeplat.venue.trading import TradingSide, TradingTerms


class Running:
    """A clock that runs a thousand times too fast."""

    def __init__(self):
        self.start = time.monotonic()

    def now(self):
        return at("10:00") + int((time.monotonic() - self.start) * 1000 * SECOND)

    def seconds_until(self, ts):
        return (ts - self.now()) / SECOND / 1000


def side(**given):
    terms = {
        "universe": Universe(ASSETS),
        "calendar": CALENDAR,
        "clock": Running(),
        "rng": np.random.default_rng(1),
        "profile": msgspec.structs.replace(EXACT, latency=SECOND, update_latency=SECOND),
        "accounts": (AccountTerms(key="one"), AccountTerms(key="two")),
    }
    return TradingSide(TradingTerms(**(terms | given)))


async def test_delayed_things_happen_without_a_market_event():
    here = side()
    account = here.account("one")
    told = []
    account.feed.listen(lambda update: told.append(update["event"]))
    running = asyncio.ensure_future(here.run())
    now = here.exchange.now()
    here.exchange.on_event(Quote("AAA", now, 4.99, 100, 5.0, 100, "builtin"))
    await asyncio.sleep(0)
    request = read_order({"symbol": "AAA", "qty": 1, "side": "buy"})
    here.exchange.submit(account, request)
    async with asyncio.timeout(5):
        while len(told) < 3:
            await asyncio.sleep(0.001)
    assert told == ["pending_new", "new", "fill"]
    assert here.counts("one") == (3, 0)
    assert here.counts("two") == here.counts("nobody") == (0, 0)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def test_accounts_are_apart_and_fresh():
    here = side()
    first, second = here.accounts
    assert first.id != second.id
    assert (first.number, second.number) == ("PA0000000001", "PA0000000002")
    assert here.account("two") is second
    assert here.account("three") is None


def test_the_log_may_be_a_file(tmp_path):
    here = side(log=tmp_path / "orders.jsonl")
    here.exchange.submit(here.accounts[0], read_order({"symbol": "AAA", "qty": 1, "side": "buy"}))
    here.close()
    (line,) = (tmp_path / "orders.jsonl").read_text().splitlines()
    assert json.loads(line)["kind"] == "pending_new"
