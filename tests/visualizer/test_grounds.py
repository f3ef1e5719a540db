"""What orders are worked out from, read off a mirror."""

from itertools import pairwise
from math import isnan

import msgspec
import pytest

from desks import Desk
from tradeplat.control.messages import OrderRow, Orders
from tradeplat.control.protocol import FrameType
from tradeplat.core.orders import OrderState
from tradeplat.visualizer.grounds import OVER, Grounds
from tradeplat.visualizer.ticket import Level, Written


@pytest.fixture
def desk():
    return Desk()


def test_market_and_stock_are_what_the_engine_told(desk):
    grounds = Grounds(desk.mirror)
    market = grounds.market("AAPL")
    assert (market.bid, market.ask, market.tick) == (98.07, 98.09, 0.01)
    assert 0.05 < market.atr < 1.0
    assert grounds.market("AAPL").atr == market.atr
    assert isnan(grounds.market("NONE").last)
    assert not grounds.market("NONE").symbol
    stock = grounds.stock("AAPL")
    assert (stock.by_hand, stock.net, stock.buying) == (200.0, 200.0, 0.0)
    assert grounds.stock("TSLA")[:2] == (0.0, -15.0)


def test_entries_on_their_way_count_and_what_is_over_does_not(desk):
    working = OrderRow("w", "F", "orb", 300.0, 100.0, "limit", "entry", "partial", 1, limit=11.3)
    rows = [
        working,
        *(
            msgspec.structs.replace(working, id=state, state=str(state))
            for state in OrderState
            if str(state) in OVER
        ),
    ]
    desk.told.json(FrameType.ORDERS, Orders(2, False, tuple(rows)))
    desk.take()
    assert Grounds(desk.mirror).stock("F").buying == 200.0


def test_the_average_true_range_is_that_of_the_bars(desk):
    model = desk.mirror.model("F")
    rows = [model.bars.candle(at) for at in range(len(model.bars))]
    moves = [
        max(row.high, before.close) - min(row.low, before.close) for before, row in pairwise(rows)
    ]
    mean = sum(moves[:14]) / 14
    for move in moves[14:]:
        mean += (move - mean) / 14
    assert Grounds(desk.mirror).market("F").atr == pytest.approx(mean)


def test_a_body_says_what_the_fields_would(desk):
    grounds = Grounds(desk.mirror)
    body = {"symbol": "AAPL", "side": "buy", "part": 0.5, "stop": 97.5}
    assert grounds.written("AAPL", body) == Written(100.0, stop=Level(97.5))
    join = {"symbol": "AAPL", "side": "sell", "join": True}
    assert grounds.written("AAPL", join).limit == 98.09


def test_a_command_is_drawn_as_the_order_it_would_become(desk):
    grounds = Grounds(desk.mirror)
    entry = grounds.draft("enter", {"symbol": "F", "side": "sell"}, 7)
    assert (entry.quantity, entry.state, entry.purpose, entry.created) == (
        -200.0, "sent", "entry", 7,
    )  # fmt: skip
    half = grounds.draft("leave", {"symbol": "AAPL", "part": 0.5}, 7)
    assert (half.quantity, half.purpose) == (-100.0, "exit")
    assert grounds.draft("protect", {"symbol": "AAPL"}, 7) is None
    assert grounds.draft("leave", {"symbol": "F", "part": 1.0}, 7) is None  # nothing is held
    assert grounds.draft("enter", {"symbol": "NONE", "side": "buy"}, 7).limit is None
