from decimal import Decimal

from exchanges import EXACT, TradingDay
from tradeplat.venue.lifecycle import Execution
from tradeplat.venue.order_book import Status

LIMIT = {"type": "limit", "limit_price": "4.50"}


def resting():
    day = TradingDay(profile=EXACT).quote(4.99, 5.00)
    order = day.order(day.post(**LIMIT)["id"])
    day.told.clear()
    return day, order, day.exchange._life


def test_each_move_stamps_its_own_time():
    for status, stamp in (
        (Status.CANCELED, "canceled_at"),
        (Status.EXPIRED, "expired_at"),
        (Status.REJECTED, "failed_at"),
        (Status.REPLACED, "replaced_at"),
    ):
        day, order, life = resting()
        life.move(day.account, order, status, day.now + 5)
        assert getattr(order, stamp) == day.now + 5
        assert day.told[-1]["event"] == status.value
        assert day.told[-1]["order"][stamp] == day.told[-1]["timestamp"]


def test_fills_average_and_close_the_order():
    day, order, life = resting()
    life.fill(day.account, order, Execution(Decimal(4), Decimal("4.40")), day.now)
    assert order.status is Status.PARTIALLY_FILLED
    life.fill(day.account, order, Execution(Decimal(6), Decimal("4.50"), Decimal(1)), day.now)
    assert (order.status, order.average) == (Status.FILLED, Decimal("4.46"))
    assert day.events() == ["partial_fill", "fill"]
    assert [update["position_qty"] for update in day.told] == ["4", "10"]
    assert day.account.ledger.cash == Decimal(100_000) - Decimal("44.6") - 1
    assert [fill.leaves for fill in day.account.fills] == [6, 0]


def test_a_partial_fill_leaves_a_pending_cancel_pending():
    day, order, life = resting()
    order.status = Status.PENDING_CANCEL
    life.fill(day.account, order, Execution(Decimal(4), Decimal("4.40")), day.now)
    assert order.status is Status.PENDING_CANCEL
    life.fill(day.account, order, Execution(Decimal(6), Decimal("4.40")), day.now)
    assert order.status is Status.FILLED


def test_every_update_has_an_execution_id_of_its_own():
    day, _, _ = resting()
    day.post()
    assert len({update["execution_id"] for update in day.told}) == 3
