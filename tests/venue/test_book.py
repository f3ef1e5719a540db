from markets import OPEN, SECOND, bar, quote, trade
from tradeplat.core.market import MINUTE
from tradeplat.venue.book import Book
from tradeplat.venue.days import day_start

DAY = 86_400 * SECOND


def test_tapes_go_by_where_a_stock_is_listed():
    assert [Book("A", name).tape for name in ("NASDAQ", "NYSE", "ARCA")] == ["C", "A", "B"]


def test_only_the_finest_data_of_a_stretch_of_time_counts():
    book = Book("AAA")
    assert book.is_finest(bar(OPEN, span=60))
    book.see(1, OPEN - 59 * SECOND)
    assert not book.is_finest(bar(OPEN, span=60))
    assert book.is_finest(bar(OPEN, span=1))
    assert book.is_finest(bar(OPEN + 60 * SECOND, span=60))
    book.see(0, OPEN - SECOND)
    assert not book.is_finest(bar(OPEN, span=1))
    assert book.is_finest(bar(OPEN + SECOND, span=1))


def test_a_print_moves_its_minute_its_day_and_the_last_price():
    book = Book("AAA")
    _, minute = book.print(trade(OPEN + SECOND, 5.0), ("@",))
    book.print(trade(OPEN + 2 * SECOND, 6.0), ("@",))
    late, _ = book.print(trade(OPEN, 4.0), ("@",))
    assert (minute.open, minute.close, minute.low, minute.count) == (4.0, 6.0, 4.0, 3)
    assert book.day(OPEN).volume == 300
    assert (book.last.price, late.id) == (6.0, 3)


def test_an_odd_lot_counts_by_volume_alone():
    book = Book("AAA")
    book.print(trade(OPEN, 5.0), ("@",))
    _, minute = book.print(trade(OPEN + 1, 9.0, 7.0), ("@", "I"))
    assert (minute.high, minute.close, minute.volume) == (5.0, 5.0, 107.0)


def test_what_is_taken_back_leaves_minute_and_day():
    book = Book("AAA")
    first, _ = book.print(trade(OPEN, 5.0), ("@",))
    second, _ = book.print(trade(OPEN + SECOND, 9.0), ("@",))
    book.prints.remove(second.id)
    minute = book.remake(second.ts)
    assert (minute.high, minute.volume, book.day(OPEN).high, book.last) == (5.0, 100.0, 5.0, first)
    book.prints.remove(first.id)
    assert book.remake(first.ts) is None
    assert (book.minutes.at(OPEN), book.day(OPEN), book.last) == (None, None, None)


def test_recorded_minutes_make_the_day_and_the_last_price():
    book = Book("AAA")
    book.minute_bar(bar(OPEN + MINUTE, (5, 6, 4, 5.5), span=60))
    book.minute_bar(bar(OPEN + 2 * MINUTE, (5.5, 7, 5, 6.5), span=60))
    day = book.day(OPEN + MINUTE)
    assert (day.open, day.high, day.low, day.close, day.volume) == (5, 7, 4, 6.5, 2000)
    assert book.last.price == 6.5
    assert book.last.ts < OPEN + 2 * MINUTE


def test_the_day_before_is_the_newest_that_is_known():
    book = Book("AAA")
    assert book.previous_day(OPEN) is None
    book.day_close(day_start(OPEN - DAY), 4.0)
    book.coarse_bar(bar(OPEN - 3 * DAY, span=86_400))
    book.daily_bar(bar(OPEN - 3 * DAY, (1, 1, 1, 1), span=86_400))
    book.print(trade(OPEN, 5.0), ("@",))
    assert book.previous_day(OPEN).close == 4.0
    assert book.previous_day(OPEN - DAY).close == 5.1
    book.quote(quote(OPEN))
    assert len(book.quotes) == 1
