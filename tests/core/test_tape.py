from tradeplat.core.calendar import Calendar
from tradeplat.core.market import NIGHT, SECOND, Bar, Quote, Status
from tradeplat.core.tape import Market, Tape, Tapes


def test_a_tape_keeps_the_newest_of_each_kind() -> None:
    tape = Tape()
    tape.on_bar(Bar("A", 5, 1.0, 2.0, 1.0, 1.5, 10.0, 1, "csv"))
    tape.on_status(Status("A", 6, trading=False, code="LUDP", feed="csv"))
    assert (tape.last, tape.last_ts) == (1.5, 5)
    assert (tape.halted, tape.halt_code) == (True, "LUDP")
    tape.on_status(Status("A", 7, trading=True, code="T", feed="csv"))
    assert not tape.halted
    assert (tape.resumed, tape.awaited) == (7, 2)


def test_a_bar_of_another_day_ends_a_halt_that_nobody_lifted() -> None:
    tape = Tape()
    tape.on_status(Status("A", 6, trading=False, code="T1", feed="csv"))
    for ts, halted in ((5 + NIGHT, True), (6 + NIGHT, False)):
        tape.on_bar(Bar("A", ts, 1.0, 2.0, 1.0, 1.5, 10.0, 1, "csv"))
        assert (tape.halted, tape.stopped) == (halted, halted)


def test_after_a_halt_two_quotes_from_then_on_are_awaited() -> None:
    tape = Tape()
    for ts, awaited in ((1, 0), (2, 0)):
        tape.on_quote(Quote("A", ts, 1.0, 1.0, 1.1, 1.0, "csv"))
        assert tape.awaited == awaited
    tape.on_status(Status("A", 5, trading=False, code="T1", feed="csv"))
    tape.on_status(Status("A", 9, trading=True, code="T3", feed="csv"))
    for ts, awaited in ((9, 2), (10, 1), (11, 0), (12, 0)):
        tape.on_quote(Quote("A", ts, 1.0, 1.0, 1.1, 1.0, "csv"))
        assert tape.awaited == awaited


def test_a_quote_grows_stale() -> None:
    tape = Tape()
    assert tape.fresh_quote(0, SECOND) is None
    quote = Quote("A", 10, 1.0, 1.0, 1.1, 1.0, "csv")
    tape.on_quote(quote)
    assert tape.fresh_quote(10 + SECOND, SECOND) is quote
    assert tape.fresh_quote(11 + SECOND, SECOND) is None


def test_a_new_symbol_gets_its_own_tape_and_stock_terms() -> None:
    tapes = Tapes()
    assert tapes["A"] is tapes["A"]
    assert tapes["A"] is not tapes["B"]
    market = Market(Calendar([]))
    assert market.instrument("A") is market.instrument("A")
    assert str(market.instrument("A").tick) == "0.01"
