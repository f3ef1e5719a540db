from decimal import Decimal
from math import nan

from simmarkets import GTC, order
from tradeplat.core.instrument import Instrument
from tradeplat.core.orders import OrderState, Report
from tradeplat.sim.options import FREE
from tradeplat.sim.orderbook import OrderBook
from tradeplat.sim.working import Bracket, Work


def test_the_earlier_of_deadline_and_day_end_ends_an_order() -> None:
    book = OrderBook(lambda _: None, Instrument, FREE, lambda made, now: now + 100)
    assert book.until(order(1), 5) == 105
    assert book.until(order(1, expires=50), 5) == 50
    assert book.until(order(1, expires=50, tif=GTC), 5) == 50
    assert book.until(order(1, tif=GTC), 5) == 0


def test_lapsing_says_why() -> None:
    reports: list[Report] = []
    book = OrderBook(reports.append, Instrument, FREE, lambda made, now: 20)
    for made in (order(1, id="a", expires=10), order(1, id="b")):
        book.add(Work(made, 0, book.until(made, 0)))
    book.lapse(book.books["A"], 30)
    assert [(r.order_id, r.state, r.ts) for r in reports] == [
        ("a", OrderState.CANCELED, 10),
        ("b", OrderState.EXPIRED, 20),
    ]
    book.sweep("A")
    assert not book.books
    assert not book.works


def test_a_bracket_is_forgotten_with_its_last_leg() -> None:
    reports: list[Report] = []
    book = OrderBook(reports.append, Instrument, FREE)
    work = Work(order(10, stop_loss=95, take_profit=105), 0)
    work.group = Bracket(work)
    book.add(work)
    book.fill(work, Decimal(4), Decimal(100), 1, nan)
    assert set(book.brackets) == {"o"}
    assert [o.quantity for o in book.listed("A")] == [10, -4, -4]
    book.fill(book.works["o-tp"], Decimal(4), Decimal(105), 2, nan)
    book.sweep("A")
    assert not book.brackets
    assert {r.order_id: r.state for r in reports} == {
        "o": OrderState.CANCELED,
        "o-sl": OrderState.CANCELED,
        "o-tp": OrderState.FILLED,
    }
