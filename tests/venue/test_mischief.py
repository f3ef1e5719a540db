import json
from decimal import Decimal

import aiohttp
import pytest

from exchanges import TradingDay
from loopback_venue import loopback
from tradeplat.core.errors import BadInput
from tradeplat.venue.mischief import Mischief

EXITS = {"take_profit": {"limit_price": "6"}, "stop_loss": {"stop_price": "4"}}


def day(**wishes):
    made = TradingDay().quote(4.99, 5.00)
    made.exchange.mischief.take(json.dumps(wishes).encode())
    return made


def test_updates_are_lost_by_number_or_by_event():
    here = day(lose_updates=1, lose_event="fill")
    here.post()
    here.post()
    assert here.events() == ["pending_new", "new", "pending_new", "new", "fill"]
    assert here.account.feed.sent == 5
    assert here.account.feed.happened == 6
    assert here.held == 20


def test_updates_are_sent_twice_with_one_execution_id():
    here = day(repeat_updates=3)
    here.post()
    assert here.events() == ["pending_new"] * 2 + ["new"] * 2 + ["fill"] * 2
    assert len({update["execution_id"] for update in here.told}) == 3


def test_an_order_may_be_rejected_after_it_was_accepted():
    here = day(reject_orders=1)
    refused = here.post(order_class="bracket", **EXITS)
    assert here.status_of(refused["id"]) == "rejected"
    assert {here.status_of(leg["id"]) for leg in refused["legs"]} == {"canceled"}
    assert here.status_of(here.post()["id"]) == "filled"


@pytest.mark.parametrize("native", [True, False])
def test_both_exits_may_fill(native):
    here = day(both_exits=1)
    stop = {"stop_price": "4"} if native else {"stop_price": "4", "limit_price": "3.9"}
    placed = here.post(order_class="bracket", **EXITS | {"stop_loss": stop})
    here.wait(1).trade(6.01)
    assert {here.status_of(leg["id"]) for leg in placed["legs"]} == {"filled"}
    assert here.held == -10
    here.check()


def test_latency_may_be_changed_while_it_runs():
    here = day(latency=2.0)
    order = here.post(type="limit", limit_price="5.10")
    here.wait(1).quote(4.99, 5.00)
    assert here.status_of(order["id"]) == "pending_new"
    here.wait(1.5)
    assert here.status_of(order["id"]) == "filled"
    here.exchange.mischief.take(b"")
    assert here.exchange.mischief == Mischief()


@pytest.mark.parametrize("body", [b"[]", b'{"lose":1}', b'{"latency":-1}', b"\xff"])
def test_a_wish_that_cannot_be_read_changes_nothing(body):
    mischief = Mischief(reject_orders=2)
    with pytest.raises(BadInput, match="mischief"):
        mischief.take(body)
    assert mischief.reject_orders == 2


async def test_wishes_come_through_the_control_api():
    async with loopback() as venue, aiohttp.ClientSession() as session:
        url = f"{venue.url}/control/trading"
        assert (await session.post(url, json={"reject_orders": 1})).status == 200
        assert venue.side.exchange.mischief.reject_orders == 1
        answer = await session.post(url, json={"nonsense": 1})
        assert answer.status == 400
        assert "nonsense" in (await answer.json())["message"]
        assert venue.account.ledger.cash == Decimal(100_000)
