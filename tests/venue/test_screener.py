from markets import OPEN, SECOND, trade
from tradeplat.venue.book import Book
from tradeplat.venue.days import day_start
from tradeplat.venue.screener import Active, Mover, actives, movers

YESTERDAY = OPEN - 86_400 * SECOND


def book(symbol, *prices, close=None) -> Book:
    made = Book(symbol)
    for place, price in enumerate(prices):
        made.print(trade(OPEN + place, price, 10.0, symbol), ("@",))
    if close is not None:
        made.day_close(day_start(YESTERDAY), close)
    return made


def test_change_is_against_the_close_of_the_day_before():
    books = [
        book("DOWN", 9.0, close=10.0), book("UP", 10.0, 12.0, close=10.0),
        book("NEW", 4.0, 5.0), book("QUIET", close=3.0),
    ]  # fmt: skip
    assert movers(books, OPEN + SECOND) == [
        Mover("NEW", 25.0, 1.0, 5.0), Mover("UP", 20.0, 2.0, 12.0), Mover("DOWN", -10.0, -1.0, 9.0),
    ]  # fmt: skip


def test_activity_is_todays():
    books = [book("A", 1.0), book("B", 1.0, 1.0, 1.0), book("C", 1.0, close=2.0)]
    assert [one.symbol for one in actives(books, OPEN, by="volume")] == ["B", "A", "C"]
    assert actives(books, OPEN, by="trades")[0] == Active("B", 30, 3)
    assert actives(books, YESTERDAY, by="volume") == [Active("C", 0, 0)]
