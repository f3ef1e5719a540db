"""A session's figures are right at any time and add up to the account."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from replays import CASH, Setting, chunked, research
from test_parity import RULES, restless, walk
from tradeplat.analytics.tally import Tally
from tradeplat.core.journal import Correction, Holding
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Fill, Order, OrderState, OrderType, Purpose
from tradeplat.core.ports import Recorder
from tradeplat.core.position import Position
from tradeplat.core.record import CORRECTED, RECOVERED, Restored, tell_all
from tradeplat.journal.events import EventLog
from tradeplat.journal.reader import Record

MICRO = Decimal("1e-6")


def test_it_is_a_recorder():
    recorder: Recorder = Tally(Decimal(0))
    recorder.report(1, None)
    recorder.moved(1, "id", OrderState.SENDING, "")


def test_a_session_is_counted_and_valued(session):
    tally = Tally(Decimal(100_000))
    session(tally)
    tally.settle()
    assert (tally.bars, tally.quotes, tally.orders, tally.fills) == (91, 1, 2, 2)
    assert (tally.decisions, tally.faults, dict(tally.refusals)) == (3, 1, {"MAX_POS": 1})
    assert tally.tickers == {"ABC"}
    assert tally.outcomes.count == 1
    (first,) = tally.campaigns.closed
    assert first.net == 100 * (Decimal("10.40") - Decimal("10.01")) - Decimal("0.75")
    (still,) = tally.ongoing
    assert still.net == -50 * (Decimal("10.3") - Decimal("10.40")) - Decimal("0.20")
    assert tally.equity == 100_000 + first.net + still.net
    assert tally.curve.last == pytest.approx(float(tally.equity))
    assert tally.costs == Decimal("0.95")


def test_an_instant_is_marked_once_when_all_of_it_is_in(make):
    tally = Tally(Decimal(1000))
    for symbol in ("A", "B"):
        fill = make.fill(0, 10 if symbol == "A" else -10, "10", symbol=symbol)
        tally.change(make.now(0), make.order(0, symbol=symbol), fill)
    for second, price in ((1, 20.0), (2, 30.0)):
        tally.fact(make.now(second), make.bar(second, price, symbol="A"))
        tally.fact(make.now(second), make.bar(second, price, symbol="B"))
    tally.settle()
    assert tally.curve.drawdown.deepest == 0.0
    assert {point.high for point in tally.curve.points} == {1000.0}


def test_amended_bars_change_no_mark(make):
    tally = Tally(Decimal(1000))
    tally.change(make.now(0), make.order(0), make.fill(0, 10, "10"))
    tally.fact(make.now(1), make.bar(1, 11.0))
    tally.fact(make.now(2), make.bar(1, 99.0, revision=1))
    assert tally.equity == 1010
    assert tally.bars == 2


def test_nothing_at_all_is_the_start(make):
    tally = Tally(Decimal(1000))
    tally.settle()
    assert tally.equity == 1000
    assert tally.curve.points == ()


moves = st.lists(
    st.tuples(
        st.sampled_from(["fill", "bar"]),
        st.sampled_from(["X", "Y"]),
        st.integers(-50, 50).filter(bool),
        st.integers(100, 5000),
    ),
    max_size=60,
)


@given(moves)
def test_final_equity_is_the_start_plus_campaigns_plus_open(make, moves):
    tally = Tally(Decimal(100_000))
    cash, held, marks = Decimal(100_000), {}, {}
    for number, (what, symbol, size, cents) in enumerate(moves):
        price = Decimal(cents) / 100
        if what == "bar":
            marks[symbol] = price
            tally.fact(make.now(number), make.bar(number, float(price), symbol=symbol))
            continue
        name = str(number)
        fill = Fill(name, symbol, "s", number, Decimal(size), price, Decimal("0.01"))
        kind, why = OrderType.MARKET, Purpose.ENTRY
        order = Order(name, symbol, "s", fill.quantity, kind, why, 0, 0, state=OrderState.FILLED)
        tally.change(make.now(number), order, fill)
        cash -= fill.quantity * price + fill.fee
        held[symbol] = held.get(symbol, 0) + size
        marks.setdefault(symbol, price)
    equity = cash + sum(size * marks[symbol] for symbol, size in held.items())
    closed = sum((c.net for c in tally.campaigns.closed), Decimal(0))
    still = sum((c.net for c in tally.ongoing), Decimal(0))
    tally.settle()
    assert abs(100_000 + closed + still - equity) < Decimal("1e-6")
    assert abs(tally.equity - equity) < Decimal("1e-6")
    assert abs(tally.curve.last - float(equity)) < 1e-6


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES.keys())
def test_a_real_replay_comes_to_the_same_as_its_own_score(tmp_path, rules):
    events = [e for n, s in enumerate("ABC") for e in walk(s, n, 300, quotes=n == 1)]
    path = tmp_path / "events.jsonl.zst"
    setting = Setting(restless, [(0, ["A", "B"]), (100 * SECOND, ["B", "C"])], rules, warmup=9)
    with EventLog(path, flush_every=0) as log:
        played = research(chunked(events), setting._replace(recorder=log))
    tally = Tally(CASH)
    tell_all(Record(path), tally)
    tally.settle()
    score = played.score
    assert tally.fills == played.digest.filled > 20
    assert tally.orders == played.digest.orders
    assert tally.outcomes.count == score.campaigns
    assert dict(tally.refusals) == played.house.refused
    assert tally.equity == pytest.approx(played.tracker.equity(), abs=MICRO)
    assert tally.curve.drawdown.deepest == pytest.approx(score.deepest, rel=1e-9)
    assert tally.curve.drawdown.deepest_money == pytest.approx(score.deepest_money, rel=1e-9)
    nets = [c.net for c in (*tally.campaigns.closed, *tally.ongoing)]
    assert CASH + sum(nets) == pytest.approx(tally.equity, abs=MICRO)


def test_a_session_that_goes_on_begins_with_what_was_held_at_its_entry_price() -> None:
    tally = Tally(Decimal(100))
    held = Holding("s", "A", Position(Decimal(10), Decimal(5)))
    tally.note(1, RECOVERED, Restored((held,), cash=Decimal(950)).body())
    assert (tally.start, tally.equity, tally.fills) == (1000, 1000, 0)
    out = Fill("x", "A", "s", 2, Decimal(-10), Decimal(6))
    gone = Order("x", "A", "s", Decimal(-10), OrderType.MARKET, Purpose.EXIT, 1, 1)
    tally.change(2, replace(gone, state=OrderState.FILLED), out)
    assert tally.equity == 1010
    (campaign,) = tally.campaigns.closed
    assert (campaign.net, tally.fills) == (10, 1)


def test_a_correction_moves_shares_and_money_without_a_fill() -> None:
    tally = Tally(Decimal(1000))
    split = Correction("A", "s", Decimal(10), Decimal(5), cash=Decimal(-3))
    tally.note(1, CORRECTED, split.body())
    assert (tally.equity, tally.fills) == (1047, 0)
