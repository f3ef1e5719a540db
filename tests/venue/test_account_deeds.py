import pytest

from execution.loopback import TestClock
from markets import KEY, OPEN, SECRET, control, quote, venue
from tradeplat.core.ports import ActivityKind
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from tradeplat.venue.account_deeds import KINDS
from tradeplat.venue.server import Venue

MARKET = {"symbol": "AAA", "qty": "10", "side": "buy", "type": "market", "time_in_force": "day"}


async def told(served: Venue) -> list[tuple[ActivityKind, str, float, float]]:
    async with AlpacaBroker(served.url, KEY, SECRET, TestClock(OPEN)) as broker:
        found = await broker.activities(0)
        fills = await broker.fills(0)
    assert all(one.kind is not ActivityKind.FILL for one in found) == (not fills)
    return [(a.kind, a.symbol, float(a.quantity), float(a.cash)) for a in found]


async def test_shares_and_money_that_no_order_moved_are_activities_of_their_kind():
    async with venue([quote(OPEN)], speed=1) as served:
        account = served.accounts[0]
        for body in (
            {"kind": "JNLS", "symbol": "AAA", "qty": "10", "price": "4"},
            {"kind": "SPLIT", "symbol": "AAA", "qty": "10", "words": "2 for 1"},
            {"kind": "DIV", "amount": "1.50"},
            {"kind": "CSW", "amount": "-100"},
        ):
            assert (await control(served, "activity", **body)) == {"status": 200, "done": 1}
        held = account.held("AAA")
        assert (held.quantity, held.average) == (20, 2)
        assert float(account.ledger.cash) == 100_000 + 1.5 - 100
        assert await told(served) == [
            (ActivityKind.TRANSFER, "AAA", 10.0, 0.0),
            (ActivityKind.CORPORATE, "AAA", 10.0, 0.0),
            (ActivityKind.CASH, "", 0.0, 1.5),
            (ActivityKind.TRANSFER, "", 0.0, -100.0),
        ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "GIFT"}, "kind: found 'GIFT', expected one of SPLIT"),
        ({"kind": "JNLS", "symbol": "AAA"}, "expected both or none"),
        ({"kind": "JNLS", "qty": "1"}, "expected both or none"),
        ({}, "missing required field `kind`"),
    ],
)
async def test_an_activity_that_makes_no_sense_is_one_clear_line(body, words):
    async with venue(speed=1) as served:
        answer = await control(served, "activity", **body)
        assert answer["status"] == 400
        assert words in answer["message"]
        assert served.accounts[0].others == []


async def test_only_the_account_of_the_key_is_touched():
    async with venue(speed=1) as served:
        answer = await control(served, "activity", kind="DIV", amount="1", key="nobody")
        assert answer == {"status": 200, "done": 0}


def test_every_word_is_one_our_broker_knows():
    assert len(set(KINDS)) == len(KINDS)
