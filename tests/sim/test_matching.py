from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simmarkets import FOK, GTC, IOC, STEP, Market, bar, order, quote, status, trade
from tradeplat.core.errors import Corrupt
from tradeplat.core.market import LIMIT_STATE, NIGHT, SECOND, SUSPECTED, Status
from tradeplat.core.orders import OPEN_STATES, OrderState, Purpose
from tradeplat.sim.options import Costs, MatchOptions
from tradeplat.sim.rules import TieBreak

FLAT_BAR = (100.0, 100.0, 100.0, 100.0)


def long_at_100(market: Market, **legs: float) -> Market:
    market.place(order(10, **legs))
    market.bars(bar(1, *FLAT_BAR))
    return market


@pytest.mark.parametrize(
    ("prices", "legs", "exit_price"),
    [
        ((90, 91, 89, 90), {"stop_loss": 95}, 90),
        ((98, 99, 94, 96), {"stop_loss": 95}, 95),
        ((110, 111, 109, 110), {"take_profit": 105}, 110),
        ((100, 106, 94, 100), {"stop_loss": 95, "take_profit": 105}, 95),
    ],
)
def test_anchor_a5_long(prices: tuple, legs: dict, exit_price: float) -> None:
    market = long_at_100(Market(), **legs)
    market.bars(bar(2, *prices))
    assert market.fills[0] == ("o", 10, 100.0, 0)
    assert [price for _, _, price, _ in market.fills[1:]] == [exit_price]


def test_anchor_a5_short_mirror() -> None:
    market = Market()
    market.place(order(-10, stop_loss=105, take_profit=95))
    market.bars(bar(1, *FLAT_BAR), bar(2, 100, 106, 94, 100))
    assert market.fills[1][2] == 105


def test_anchor_a5_stop_on_the_entry_bar() -> None:
    market = Market()
    market.place(order(10, stop_loss=95))
    market.bars(bar(1, 100, 101, 94, 98))
    assert [(f[0], f[2]) for f in market.fills] == [("o", 100), ("o-sl", 95)]


def test_a_market_order_waits_for_a_bar_that_opens_after_it_and_is_dated_to_that_open() -> None:
    market = Market()
    market.place(order(10), now=STEP // 2)
    market.bars(bar(1, *FLAT_BAR), bar(2, 101, 102, 100, 101))
    assert market.fills == [("o", 10, 101.0, STEP)]


def test_a_fresh_quote_fills_a_market_order_at_once_at_the_opposite_side() -> None:
    market = Market(Costs(slippage_ticks=1))
    market.engine.on_quote(quote(0, 99.98, 100.02), 0)
    market.place(order(10), now=10 * SECOND)
    market.place(order(-10, id="sell"), now=10 * SECOND)
    assert [f[2] for f in market.fills] == [100.03, 99.97]
    assert not market.engine.books


def test_a_stale_quote_does_not_fill_and_the_next_one_does() -> None:
    market = Market()
    market.engine.on_quote(quote(0, 99.98, 100.02), 0)
    market.place(order(10), now=10 * SECOND + 1)
    assert not market.fills
    market.engine.on_quote(quote(11 * SECOND, 100.0, 100.05), 11 * SECOND)
    assert market.fills == [("o", 10, 100.05, 11 * SECOND)]


def test_latency_keeps_an_order_from_what_was_there_before_it_arrived() -> None:
    market = Market(options=MatchOptions(latency=SECOND))
    market.engine.on_quote(quote(0, 99.0, 100.0), 0)
    market.place(order(10), now=0)
    market.engine.on_quote(quote(SECOND - 1, 99.0, 100.0), SECOND - 1)
    assert not market.fills
    market.engine.on_quote(quote(SECOND, 99.5, 100.5), SECOND)
    assert market.fills == [("o", 10, 100.5, SECOND)]


def test_limits_take_the_better_open_and_otherwise_their_level() -> None:
    market = Market()
    market.place(order(10, id="gap", limit=99))
    market.bars(bar(1, 98, 100, 97, 99))
    market.place(order(10, id="touch", limit=98), now=STEP)
    market.bars(bar(2, 99, 99, 98, 99))
    assert market.fills == [("gap", 10, 98, 0), ("touch", 10, 98, 2 * STEP)]


def test_a_limit_fills_when_the_opposite_quote_touches_it_and_no_worse() -> None:
    market = Market()
    market.place(order(10, limit=99))
    market.engine.on_quote(quote(1, 98.99, 99.01), 1)
    assert not market.fills
    market.engine.on_quote(quote(2, 98.9, 98.95), 2)
    assert market.fills == [("o", 10, 98.95, 2)]


def test_a_buy_stop_triggers_on_a_print_and_pays_the_ask() -> None:
    market = Market()
    market.place(order(10, stop=101))
    market.engine.on_quote(quote(1, 101.5, 101.6), 1)
    assert not market.fills
    market.engine.on_trade(trade(2, 101.0), 2)
    assert market.fills == [("o", 10, 101.6, 2)]


def test_a_stop_without_quotes_fills_at_the_print() -> None:
    market = Market(Costs(slippage_ticks=2))
    market.place(order(-10, stop=99))
    market.engine.on_trade(trade(2, 98.5), 2)
    assert market.fills == [("o", 10, 98.48, 2)]


def test_a_stop_limit_that_gapped_beyond_its_limit_rests() -> None:
    market = Market()
    market.place(order(10, stop=101, limit=102))
    market.bars(bar(1, 103, 104, 102.5, 103))
    assert not market.fills
    market.bars(bar(2, 103, 104, 101.5, 103))
    assert market.fills == [("o", 10, 102.0, 2 * STEP)]


def test_a_stop_limit_reached_inside_the_bar_fills_at_its_stop() -> None:
    market = Market()
    market.place(order(10, stop=101, limit=102))
    market.bars(bar(1, 100, 103, 99, 100))
    assert market.fills == [("o", 10, 101.0, STEP)]


def test_a_trailing_stop_follows_and_never_retreats() -> None:
    market = Market()
    market.place(order(-10, trail=2))
    market.bars(
        bar(1, 100, 105, 99, 104), bar(2, 104, 104, 103.5, 104), bar(3, 103.5, 103.5, 102, 103)
    )
    assert market.fills == [("o", 10, 103.0, 3 * STEP)]


def test_a_trailing_stop_starts_from_the_quote_it_was_placed_at() -> None:
    market = Market()
    market.engine.on_quote(quote(0, 100.0, 100.1), 0)
    market.place(order(-10, trail=1))
    market.engine.on_trade(trade(1, 99.0), 1)
    assert market.fills == [("o", 10, 100.0, 1)]


def test_a_coarse_bar_is_ignored_where_a_finer_one_told_the_story() -> None:
    market = Market()
    market.place(order(10, limit=95))
    fine = [bar(1, *FLAT_BAR, span=1)]
    market.bars(*fine, bar(1, 100, 100, 90, 100))
    assert not market.fills
    market.bars(bar(2, 100, 100, 90, 100))
    assert market.fills == [("o", 10, 95.0, 2 * STEP)]


def test_a_halted_symbol_fills_nothing_until_it_trades_again() -> None:
    market = Market()
    market.engine.on_quote(quote(0, 99, 100), 0)
    market.engine.on_status(status(0, trading=False), 0)
    market.place(order(10))
    market.engine.on_quote(quote(1, 99, 100), 1)
    market.bars(bar(1, *FLAT_BAR))
    assert not market.fills
    market.engine.on_status(status(STEP, trading=True), STEP)
    market.engine.on_trade(trade(STEP + 1, 100.0), STEP + 1)
    assert len(market.fills) == 1


def test_a_bar_that_reaches_back_into_a_halt_fills_what_waited_when_that_was_over() -> None:
    market = Market()
    market.engine.on_status(status(STEP // 4, trading=False), STEP // 4)
    market.place(order(10), now=STEP // 3)
    over = STEP + STEP // 2
    market.bars(bar(1, *FLAT_BAR))
    market.engine.on_status(status(over, trading=True), over)
    market.bars(bar(2, 105, 106, 104, 105))
    assert market.fills == [("o", 10, 105.0, over)]


def test_a_bar_that_ends_with_the_halt_fills_nothing() -> None:
    market = Market()
    market.engine.on_status(status(0, trading=False), 0)
    market.place(order(10))
    market.engine.on_status(status(STEP, trading=True), STEP)
    market.bars(bar(1, *FLAT_BAR))
    assert not market.fills
    market.bars(bar(2, 101, 101, 101, 101))
    assert market.fills == [("o", 10, 101.0, STEP)]


def test_what_waited_in_a_halt_is_not_filled_at_the_open_of_a_bar_from_before_it() -> None:
    market = Market()
    market.engine.on_status(status(STEP // 4, trading=False), STEP // 4)
    market.place(order(10), now=STEP // 3)
    market.engine.on_status(status(STEP // 2, trading=True), STEP // 2)
    market.bars(bar(1, *FLAT_BAR))
    assert not market.fills
    market.bars(bar(2, 105, 106, 104, 105))
    assert market.fills == [("o", 10, 105.0, STEP)]


def test_a_halt_that_nobody_lifted_is_over_when_the_symbol_trades_the_next_day() -> None:
    market = Market()
    market.engine.on_status(status(0, trading=False), 0)
    market.place(order(10))
    market.place(order(10, id="p"))
    night = NIGHT // STEP
    market.engine.on_quote(quote(NIGHT, 98, 99), NIGHT)
    assert not market.fills
    market.bars(bar(night + 1, *FLAT_BAR))
    assert [fill[0] for fill in market.fills] == ["o", "p"]


def test_a_quote_from_inside_a_halt_fills_nothing_after_it() -> None:
    market = Market()
    market.engine.on_status(status(0, trading=False), 0)
    market.engine.on_quote(quote(5, 99, 100), 5)
    market.engine.on_status(status(6, trading=True), 6)
    market.place(order(10), now=7)
    assert not market.fills
    market.engine.on_quote(quote(8, 109, 110), 8)
    assert market.fills == [("o", 10, 110.0, 8)]


@pytest.mark.parametrize("code", [LIMIT_STATE, SUSPECTED])
def test_a_symbol_that_trades_at_its_limit_still_fills(code: str) -> None:
    market = Market()
    market.engine.on_status(Status("A", 0, False, code, "t"), 0)
    market.place(order(-10))
    market.bars(bar(1, *FLAT_BAR))
    assert market.fills == [("o", 10, 100.0, 0)]


def test_the_volume_cap_fills_in_parts_and_scales_both_legs() -> None:
    market = Market(options=MatchOptions(volume_cap=0.1))
    market.place(order(100, stop_loss=95, take_profit=105))
    market.bars(bar(1, *FLAT_BAR, volume=300))
    assert market.state() is OrderState.PARTIAL
    legs = {o.id: o.quantity for o in market.engine.working("A") if o.parent}
    assert legs == {"o-sl": -30, "o-tp": -30}
    market.bars(bar(2, *FLAT_BAR, volume=700))
    legs = {o.id: o.quantity for o in market.engine.working("A")}
    assert legs == {"o-sl": -100, "o-tp": -100}
    market.bars(bar(3, 101, 106, 101, 101, volume=400))
    assert market.state("o-tp") is OrderState.PARTIAL
    assert {o.id: o.quantity for o in market.engine.working("A")} == {"o-sl": -60, "o-tp": -100}
    market.bars(bar(4, 90, 90, 90, 90, volume=1e6))
    assert market.fills[-1] == ("o-sl", 60, 90.0, 3 * STEP)
    assert market.state("o-tp") is OrderState.CANCELED
    assert not market.engine.books


def test_a_leg_that_is_hit_ends_its_unfilled_entry() -> None:
    market = Market(options=MatchOptions(volume_cap=0.1))
    market.place(order(100, limit=100, stop_loss=95))
    market.bars(bar(1, *FLAT_BAR, volume=300), bar(2, 94, 94, 94, 94, volume=1e6))
    assert market.state() in {OrderState.CANCELED, OrderState.FILLED}
    net = sum(q if i == "o" else -q for i, q, _, _ in market.fills)
    assert net == 0


def test_legs_are_described_once_they_exist_and_one_cancels_the_other() -> None:
    market = long_at_100(Market(), stop_loss=95, take_profit=105)
    described = {r.order_id: r.order for r in market.reports if r.order is not None}
    assert described["o-sl"].purpose is Purpose.STOP
    assert described["o-tp"].purpose is Purpose.TARGET
    assert {o.parent for o in described.values()} == {"o"}
    market.bars(bar(2, 104, 106, 104, 105))
    assert market.state("o-tp") is OrderState.FILLED
    assert market.state("o-sl") is OrderState.CANCELED


def test_an_entry_filled_inside_the_bar_meets_its_stop_there_and_never_its_target() -> None:
    market = Market()
    market.place(order(10, stop=101, stop_loss=99, take_profit=103))
    market.bars(bar(1, 98, 104, 97, 103))
    assert [(f[0], f[2]) for f in market.fills] == [("o", 101.0), ("o-sl", 99.0)]
    market = Market()
    market.place(order(10, stop=101, stop_loss=96, take_profit=103))
    market.bars(bar(1, 98, 104, 97, 103))
    assert [f[0] for f in market.fills] == ["o"]
    market.bars(bar(2, 104, 105, 103, 104))
    assert market.fills[-1][:3] == ("o-tp", 10, 104.0)


def test_other_policies_follow_the_path_after_the_entry() -> None:
    market = Market(options=MatchOptions(tie_break=TieBreak.NEAREST_OPEN))
    market.place(order(10, stop=101, stop_loss=97.5, take_profit=103))
    market.bars(bar(1, 98, 104, 97, 103))
    assert [(f[0], f[2]) for f in market.fills] == [("o", 101.0), ("o-tp", 103.0)]


@pytest.mark.parametrize(
    ("policy", "price"),
    [(TieBreak.OPTIMISTIC, 105), (TieBreak.FINER, 95), (TieBreak.NEAREST_OPEN, 105)],
)
def test_ties_between_the_legs_follow_the_policy(policy: TieBreak, price: float) -> None:
    market = long_at_100(
        Market(options=MatchOptions(tie_break=policy)), stop_loss=95, take_profit=105
    )
    market.bars(bar(2, 101, 106, 94, 100))
    assert market.fills[-1][2] == price


def test_the_random_tie_is_a_function_of_seed_symbol_and_time() -> None:
    def winner(seed: int, step: int) -> str:
        options = MatchOptions(tie_break=TieBreak.RANDOM, seed=seed)
        market = long_at_100(Market(options=options), stop_loss=95, take_profit=105)
        market.bars(bar(step, 100, 106, 94, 100))
        return market.fills[-1][0]

    first = [winner(1, step) for step in range(2, 30)]
    assert first == [winner(1, step) for step in range(2, 30)]
    assert set(first) == {"o-sl", "o-tp"}


def test_a_deadline_cancels_after_the_bar_that_ends_at_it() -> None:
    market = Market()
    market.place(order(10, id="reached", limit=99, expires=STEP))
    market.place(order(10, id="missed", limit=95, expires=STEP))
    market.bars(bar(1, 100, 100, 99, 100))
    assert market.state("reached") is OrderState.FILLED
    assert market.state("missed") is OrderState.CANCELED
    assert market.last("missed").reason == "deadline"


def test_a_bar_that_outlives_the_deadline_counts_with_its_open_only() -> None:
    market = Market()
    market.place(order(10, limit=99, expires=STEP // 2))
    market.bars(bar(1, 100, 100, 98, 100))
    assert market.state() is OrderState.CANCELED
    assert not market.fills


def test_day_orders_end_with_their_day_and_others_stay() -> None:
    market = Market()
    market.place(order(10, id="day", limit=90))
    market.place(order(10, id="gtc", limit=90, tif=GTC))
    market.engine.expire_day(STEP)
    assert market.state("day") is OrderState.EXPIRED
    assert [o.id for o in market.engine.working("A")] == ["gtc"]
    market = Market(day_end=lambda made, now: STEP)
    market.place(order(10, limit=99.5))
    market.bars(bar(2, 99, 99, 99, 99))
    assert market.state() is OrderState.EXPIRED


def test_immediate_orders_take_what_is_there_and_leave() -> None:
    market = Market(options=MatchOptions(quote_cap=1.0))
    market.engine.on_quote(quote(0, 99, 100, size=30), 0)
    market.place(order(100, id="ioc", limit=100, tif=IOC))
    market.place(order(100, id="fok", limit=100, tif=FOK))
    market.place(order(30, id="fit", limit=100, tif=FOK))
    assert market.fills == [("ioc", 30, 100.0, 0), ("fit", 30, 100.0, 0)]
    assert market.state("ioc") is OrderState.CANCELED
    assert market.last("ioc").filled == 30
    assert market.state("fok") is OrderState.CANCELED


def test_moving_the_legs_shows_in_their_description() -> None:
    market = long_at_100(Market(), stop_loss=95)
    assert market.engine.protect("o", STEP, Decimal(99), Decimal(101))
    described = {o.id: (o.stop, o.limit) for o in market.engine.working("A")}
    assert described == {"o-sl": (99, None), "o-tp": (None, 101)}
    market.bars(bar(2, 100, 100, 98.5, 99))
    assert market.fills[-1][:3] == ("o-sl", 10, 99.0)
    assert not market.engine.protect("o", 2 * STEP, Decimal(98), None)


def test_a_level_moved_inside_a_bar_does_not_judge_what_was_before() -> None:
    market = long_at_100(Market(), stop_loss=95)
    market.engine.protect("o", STEP + STEP // 2, Decimal(98), None)
    market.bars(bar(2, 100, 100, 97, 99))
    assert len(market.fills) == 1
    market.bars(bar(3, 99, 99, 97, 98))
    assert market.fills[-1][:3] == ("o-sl", 10, 98.0)


def test_cancelling_a_leg_takes_its_sibling_and_an_entry_leaves_its_legs() -> None:
    market = long_at_100(Market(), stop_loss=95, take_profit=105)
    assert market.engine.cancel("o-tp", STEP, "because")
    assert market.state("o-sl") is OrderState.CANCELED
    assert not market.engine.cancel("o-sl", STEP)
    market = Market(options=MatchOptions(volume_cap=0.1))
    market.place(order(100, stop_loss=95))
    market.bars(bar(1, *FLAT_BAR, volume=300))
    assert market.engine.cancel("o", STEP)
    assert market.last().filled == 30
    assert [o.id for o in market.engine.working("A")] == ["o-sl"]


def test_replacing_keeps_fills_under_the_same_id_and_moves_on_under_a_new_one() -> None:
    market = Market()
    market.place(order(10, limit=90))
    assert market.engine.replace("o", STEP, limit=Decimal(99))
    market.bars(bar(1, 98, 98, 98, 98))
    assert not market.fills
    assert market.engine.replace("o", STEP, new_id="n", quantity=Decimal(20))
    assert market.state("o") is OrderState.REPLACED
    market.bars(bar(2, 98, 98, 98, 98))
    assert market.fills == [("n", 20, 98.0, STEP)]
    assert not market.engine.replace("o", STEP, limit=Decimal(1))


def test_a_replaced_bracket_entry_still_protects_all_it_fills() -> None:
    market = Market(options=MatchOptions(volume_cap=0.1))
    market.place(order(100, limit=100, stop_loss=95))
    market.bars(bar(1, *FLAT_BAR, volume=300))
    market.engine.replace("o", STEP, new_id="n", limit=Decimal(101))
    market.bars(bar(2, *FLAT_BAR, volume=1e6))
    (leg,) = market.engine.working("A")
    assert (leg.id, leg.quantity) == ("o-sl", -100)


def test_orders_that_make_no_sense_are_rejected_with_a_reason() -> None:
    market = Market()
    market.place(order(0, id="none"))
    assert (market.state("none"), market.last("none").reason) == (
        OrderState.REJECTED,
        "quantity is zero",
    )
    market.place(order(1, limit=90))
    with pytest.raises(Corrupt, match="twice"):
        market.place(order(1, limit=90))


def test_fees_are_cumulative_over_the_parts_of_an_order() -> None:
    market = Market(Costs(commission=0.01, fee_per_trade=1.0), MatchOptions(volume_cap=0.1))
    market.place(order(50))
    market.bars(bar(1, *FLAT_BAR, volume=300), bar(2, *FLAT_BAR, volume=300))
    assert [r.fee for r in market.reports if r.last_price] == [Decimal("1.3"), Decimal("2.5")]


prices = st.integers(9_000, 11_000).map(lambda n: n / 100)


@st.composite
def orders(draw: st.DrawFn, number: int) -> object:
    side = draw(st.sampled_from((1, -1)))
    kind = draw(st.sampled_from(("market", "limit", "stop", "stop_limit", "trail")))
    given: dict[str, object] = {
        "id": f"o{number}",
        "tif": draw(st.sampled_from((GTC, GTC, IOC, FOK))),
    }
    if kind in ("limit", "stop_limit"):
        given["limit"] = draw(prices)
    if kind in ("stop", "stop_limit"):
        given["stop"] = draw(prices)
    if kind == "trail":
        given["trail"] = draw(st.integers(1, 300)) / 100
    if draw(st.booleans()):
        low, high = draw(prices), draw(prices)
        given["stop_loss"], given["take_profit"] = (low, high) if side > 0 else (high, low)
    return order(side * draw(st.integers(1, 200)), **given)


@st.composite
def any_bar(draw: st.DrawFn, step: int) -> object:
    low, high = sorted((draw(prices), draw(prices)))
    inside = st.integers(round(low * 100), round(high * 100)).map(lambda n: n / 100)
    return bar(step, draw(inside), high, low, draw(inside), volume=draw(st.integers(0, 3_000)))


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(list(TieBreak)), st.sampled_from((None, 0.1)))
def test_whatever_happens_the_books_stay_straight(
    data: st.DataObject, policy: TieBreak, cap: float | None
) -> None:
    market = Market(options=MatchOptions(tie_break=policy, volume_cap=cap))
    for step in range(1, 8):
        if data.draw(st.booleans()):
            market.place(data.draw(orders(step)), (step - 1) * STEP)
        now = data.draw(any_bar(step))
        before = len(market.fills)
        market.bars(now)
        for _, _, price, ts in market.fills[before:]:
            assert now.low - 1e-9 <= price <= now.high + 1e-9
            assert ts in ((step - 1) * STEP, step * STEP)
        if data.draw(st.integers(0, 5)) == 0:
            for made in market.engine.working("A")[:1]:
                market.engine.cancel(made.id, step * STEP)
        check(market)


def check(market: Market) -> None:
    seen: dict[str, Decimal] = {}
    ended: set[str] = set()
    held: dict[str, Decimal] = {}
    for report in market.reports:
        assert report.order_id not in ended
        assert report.filled >= seen.get(report.order_id, 0)
        grown = report.filled - seen.get(report.order_id, Decimal(0))
        seen[report.order_id] = report.filled
        parent, _, leg = report.order_id.partition("-")
        held[parent] = held.get(parent, Decimal(0)) + (-grown if leg else grown)
        if report.state not in OPEN_STATES:
            ended.add(report.order_id)
    assert all(quantity >= 0 for quantity in held.values())
    for made in market.engine.working("A"):
        work = market.engine.orders.works[made.id]
        assert work.left > 0
        if made.parent:
            assert work.left == held[made.parent]


def test_a_venue_that_keeps_silent_until_something_happens_fills_the_same() -> None:
    markets = [Market(options=MatchOptions(acknowledge=word)) for word in (True, False)]
    for market in markets:
        market.place(order(10, limit=99, stop_loss=95))
        market.bars(bar(1, 100, 100, 98, 99), bar(2, 96, 96, 94, 95))
    spoken, silent = markets
    assert spoken.fills == silent.fills
    assert len(spoken.reports) == len(silent.reports) + 1
