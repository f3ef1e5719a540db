from decimal import Decimal

from tradeplat.core.market import Bar, Quote, Trade
from tradeplat.venue.order_request import Side
from tradeplat.venue.prices import NO_PRICES, PriceBoard


def quote(bid, ask):
    return Quote("AAA", 1, bid, 100, ask, 100, "builtin")


def test_taking_prefers_the_far_quote_and_falls_back_to_the_last_price():
    board = PriceBoard()
    board.on_trade(Trade("AAA", 1, 5.0, 10, "builtin"))
    assert board.of("AAA").taking(Side.BUY) == 5
    board.on_quote(quote(4.99, 5.01))
    assert board.of("AAA").taking(Side.BUY) == Decimal("5.01")
    assert board.of("AAA").taking(Side.SELL) == Decimal("4.99")
    assert NO_PRICES.taking(Side.BUY) is None


def test_the_mark_is_the_last_print_then_the_middle_then_the_close():
    board = PriceBoard({"AAA": 4.0})
    assert board.mark("AAA") == 4
    board.on_quote(quote(4.98, 5.02))
    assert board.mark("AAA") == 5
    board.on_bar(Bar("AAA", 2, 5, 6, 5, 5.5, 100, 60, "builtin"))
    assert board.mark("AAA") == Decimal("5.5")
    assert board.mark("BBB") is None


def test_a_one_sided_quote_has_no_middle_and_the_day_rolls():
    board = PriceBoard()
    board.on_quote(quote(0.0, 5.02))
    assert board.of("AAA").bid is None
    assert board.mark("AAA") is None
    board.on_trade(Trade("AAA", 1, 5.0, 10, "builtin"))
    board.roll_day()
    assert board.of("AAA").last_day == 5
