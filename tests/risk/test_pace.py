from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tradeplat.core.calendar import Phase
from tradeplat.core.ids import flatten_id
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.core.orders import Order, OrderType, Purpose
from tradeplat.risk.checks import Proposal
from tradeplat.risk.limits import Limits
from tradeplat.risk.pace import Pace, Window

TABLE = Limits(
    orders_second=5,
    orders_minute=60,
    orders_minute_symbol=10,
    same_order=2 * SECOND,
    replaces_minute=10,
)


def asks(ts: int, symbol: str = "A", strategy: str = "s", limit: int | None = None) -> Proposal:
    price = None if limit is None else Decimal(limit)
    return Proposal(
        symbol, strategy, Purpose.ENTRY, ts, Decimal(1), price, 10.0, None, Phase.REGULAR, ts
    )


def order(proposal: Proposal, quantity: int) -> Order:
    return Order(
        f"{proposal.symbol}{proposal.cause}", proposal.symbol, proposal.strategy,
        Decimal(quantity), OrderType.MARKET, Purpose.ENTRY, proposal.cause, proposal.now,
        limit=proposal.limit,
    )  # fmt: skip


def tried(pace: Pace, proposal: Proposal, quantity: int = 1) -> str:
    """The code of the first objection, or "" and the order is counted."""
    for code, _ in pace.objections(proposal, Decimal(quantity)):
        return code
    pace.sent(order(proposal, quantity), pace.instant(proposal.cause, proposal.now))
    return ""


@given(st.integers(1, 6), st.integers(1, 40), st.lists(st.integers(0, 30), max_size=60))
def test_a_window_never_lets_more_than_its_limit_pass(limit, span, gaps) -> None:
    window, now, passed = Window(limit, span), 0, []
    for gap in gaps:
        now += gap
        inside = [at for at in passed if now - at < span]
        wait = window.wait(now)
        assert (wait == 0) == (len(inside) < limit)
        if wait:
            assert sum(now + wait - at < span for at in passed) < limit
            assert sum(now + wait - 1 - at < span for at in passed) >= limit
        else:
            window.add(now)
            passed.append(now)


def test_five_orders_a_second_of_the_account_and_no_more() -> None:
    pace = Pace(TABLE)
    codes = [tried(pace, asks(n, f"S{n}")) for n in range(7)]
    assert codes == [""] * 5 + ["ORDER_RATE"] * 2
    assert tried(pace, asks(SECOND - 1, "Z")) == "ORDER_RATE"
    assert tried(pace, asks(SECOND, "Z")) == ""
    assert not pace.accused


def test_ten_a_minute_of_one_symbol_and_sixty_of_the_account() -> None:
    pace = Pace(TABLE)
    codes = [tried(pace, asks(n * 2 * SECOND), n + 1) for n in range(11)]
    assert codes == [""] * 10 + ["ORDER_RATE"]
    assert tried(pace, asks(MINUTE), 1) == ""
    pace = Pace(TABLE)
    codes = [tried(pace, asks(n * SECOND // 4, f"S{n % 8}"), n + 1) for n in range(61)]
    assert codes == [""] * 60 + ["ORDER_RATE"]
    assert not pace.accused


def test_a_strategy_that_floods_one_ticker_is_accused_and_many_tickers_accuse_nobody() -> None:
    pace = Pace(TABLE)
    codes = [tried(pace, asks(n, strategy="mad"), 1 if n % 2 else -1) for n in range(4)]
    assert codes == ["", "", "DUP_SHAPE", "DUP_SHAPE"]
    codes = [tried(pace, asks(9 + n, strategy="mad"), 2 + n) for n in range(4)]
    assert codes == ["", "", "", "ORDER_RATE"]
    assert list(pace.accused) == ["mad"]
    assert "more than 5 orders of A within a second" in pace.accused["mad"]


def test_a_strategy_that_flips_a_ticker_madly_is_held_back_from_leaving_too() -> None:
    pace = Pace(TABLE)
    for n in range(5):
        assert pace.leave("A", "s", n) is None
        pace.sent(order(asks(n), n + 1), n)
    verdict = pace.leave("A", "s", 5)
    assert verdict is not None
    assert verdict[0] == "ORDER_RATE"
    assert pace.leave("A", "t", 5) is None
    assert pace.leave("B", "s", 5) is None
    assert pace.leave("A", "s", SECOND) is None


def test_the_same_order_again_is_refused_for_two_seconds() -> None:
    pace = Pace(TABLE)
    assert tried(pace, asks(0, limit=10)) == ""
    assert tried(pace, asks(0, limit=11)) == ""
    assert tried(pace, asks(0, limit=10), 2) == ""
    assert tried(pace, asks(0, limit=10, strategy="t")) == ""
    assert tried(pace, asks(2 * SECOND - 1, limit=10)) == "DUP_SHAPE"
    assert tried(pace, asks(2 * SECOND, limit=10)) == ""
    (code, said), *_ = pace.objections(asks(2 * SECOND + 300_000_000, limit=10), Decimal(1))
    assert (code, said) == ("DUP_SHAPE", "Refused: identical order 300 ms ago.")


def test_working_orders_are_moved_ten_times_a_minute_and_symbol() -> None:
    pace = Pace(TABLE)
    for n in range(10):
        assert pace.churn("A", n) is None
        pace.moved("A", n)
    verdict = pace.churn("A", MINUTE - 1)
    assert verdict == ("CHURN", "Refused: A replaced 10 times in 1 min.")
    assert pace.churn("B", 10) is None
    assert pace.churn("A", MINUTE) is None
    assert tried(pace, asks(20)) == "CHURN"


@pytest.mark.parametrize(("gap", "accused"), [(4 * SECOND, True), (5 * SECOND, False)])
def test_three_wishes_without_sense_in_ten_seconds_accuse(gap: int, accused: bool) -> None:
    pace = Pace(TABLE)
    for n in range(3):
        assert not pace.accused
        pace.faulty("s", n * gap)
    assert bool(pace.accused) == accused


def test_pace_is_that_of_the_market_though_facts_come_in_bunches() -> None:
    pace = Pace(TABLE)
    late = 100 * SECOND
    for n in range(8):
        cause = n * 2 * SECOND
        proposal = asks(cause)
        bunched = Proposal(*[getattr(proposal, f) for f in proposal.__struct_fields__[:-1]], late)
        assert tried(pace, bunched, n + 1) == ""


def test_a_fact_from_the_future_or_the_past_does_not_turn_time_back() -> None:
    pace = Pace(TABLE)
    assert [pace.instant(5, 9), pace.instant(3, 10), pace.instant(99, 11)] == [5, 5, 11]


def test_what_is_off_costs_and_says_nothing() -> None:
    pace = Pace(Limits())
    assert not pace.on
    assert [tried(pace, asks(0)) for _ in range(100)] == [""] * 100


def test_what_an_earlier_session_sent_counts_for_as_long_as_it_would_have() -> None:
    ts, sent = 60 * MINUTE, []
    whole = Pace(TABLE)
    for n in range(10):
        proposal = asks(ts + n * SECOND, limit=n + 1)
        assert tried(whole, proposal) == ""
        sent.append(order(proposal, 1))
    for after in (10, 40, 59, 60, 61):
        now = ts + after * SECOND
        later = Pace(TABLE)
        later.recall([*reversed(sent)], now)
        wanted = asks(now, limit=99)
        assert tried(later, wanted) == ("ORDER_RATE" if after < 60 else "")
    same = Pace(TABLE)
    same.recall(sent, ts + 10 * SECOND)
    assert tried(same, asks(ts + 10 * SECOND, limit=10)) == "DUP_SHAPE"


def test_legs_strangers_and_what_a_slower_clock_has_not_seen_yet_do_not_count() -> None:
    now = 60 * MINUTE
    made = [order(asks(now - n, limit=n + 1), 1) for n in range(5)]
    others = [
        *(replace(one, parent="p") for one in made),
        *(replace(one, strategy="external") for one in made),
        *(replace(one, id=flatten_id("1", "A", 1)) for one in made),
        *(replace(one, created=now + SECOND) for one in made),
    ]
    later = Pace(TABLE)
    later.recall(others, now)
    assert tried(later, asks(now, limit=99)) == ""
    later.recall(made, now)
    assert tried(later, asks(now, limit=98)) == "ORDER_RATE"
