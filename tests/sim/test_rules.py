from math import isnan, nan

from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.kernel import is_kernel
from tradeplat.sim import rules
from tradeplat.sim.rules import NEITHER, STOP, TARGET, TieBreak

TICK = 0.01
ticks = st.integers(5_000, 15_000)
sides = st.sampled_from((1, -1))


@st.composite
def bars(draw: st.DrawFn) -> tuple[float, float, float, float]:
    low, high = sorted((draw(ticks), draw(ticks)))
    inside = st.integers(low, high)
    return draw(inside) / 100, high / 100, low / 100, draw(inside) / 100


def test_every_price_rule_compiles_as_it_stands() -> None:
    named = [getattr(rules, name) for name in vars(rules) if name[0].islower()]
    mine = [f for f in named if getattr(f, "__module__", "") == rules.__name__]
    assert len(mine) >= 9
    assert all(is_kernel(rule) for rule in mine)


def test_a_stop_gapped_through_fills_at_the_open() -> None:
    assert rules.stop_fill(-1, 95.0, 90.0, 91.0, 89.0) == 90.0
    assert rules.stop_fill(1, 105.0, 110.0, 111.0, 109.0) == 110.0


def test_a_stop_touched_inside_the_bar_fills_at_its_level() -> None:
    assert rules.stop_fill(-1, 95.0, 98.0, 99.0, 94.0) == 95.0
    assert rules.stop_fill(1, 105.0, 100.0, 106.0, 94.0) == 105.0
    assert isnan(rules.stop_fill(-1, 95.0, 98.0, 99.0, 95.01))


def test_a_target_gapped_through_fills_at_the_better_open() -> None:
    assert rules.limit_fill(-1, 105.0, 105.0, 110.0, 112.0, 109.0) == 110.0
    assert rules.limit_fill(1, 95.0, 95.0, 90.0, 91.0, 89.0) == 90.0


def test_trading_through_needs_a_tick_beyond_the_limit() -> None:
    assert rules.limit_fill(1, 95.0, 95.0, 96.0, 97.0, 95.0) == 95.0
    assert isnan(rules.limit_fill(1, 95.0, 94.99, 96.0, 97.0, 95.0))
    assert rules.limit_fill(1, 95.0, 94.99, 96.0, 97.0, 94.99) == 95.0
    assert isnan(rules.limit_fill(1, 95.0, 94.99, 95.0, 95.0, 95.0))


@given(bars(), ticks, sides)
def test_a_stop_never_fills_better_than_its_level_and_never_outside_the_bar(
    bar: tuple[float, float, float, float], level: int, side: int
) -> None:
    open_, high, low, _ = bar
    price = rules.stop_fill(side, level / 100, open_, high, low)
    assert isnan(price) or (side * (price - level / 100) >= 0 and low <= price <= high)


@given(bars(), ticks, sides)
def test_a_limit_never_fills_worse_than_its_level_and_never_outside_the_bar(
    bar: tuple[float, float, float, float], level: int, side: int
) -> None:
    open_, high, low, _ = bar
    price = rules.limit_fill(side, level / 100, level / 100, open_, high, low)
    assert isnan(price) or (side * (price - level / 100) <= 0 and low <= price <= high)


@given(bars(), ticks, sides)
def test_short_rules_mirror_long_ones(
    bar: tuple[float, float, float, float], level: int, side: int
) -> None:
    open_, high, low, _ = bar
    at = level / 100
    price = rules.stop_fill(side, at, open_, high, low)
    mirror = rules.stop_fill(-side, -at, -open_, -low, -high)
    assert price == -mirror or (isnan(price) and isnan(mirror))


@given(st.integers(1, 10_000_000), sides)
def test_a_price_on_the_grid_is_executed_where_it_is(n: int, side: int) -> None:
    assert rules.executed_ticks(n * TICK, side, TICK) == n
    assert rules.executed_ticks(round(n * TICK, 2), side, TICK) == n


@given(st.floats(0.01, 100_000.0), sides)
def test_prices_off_the_grid_round_against_the_trader_by_less_than_a_tick(
    price: float, side: int
) -> None:
    executed = rules.executed_ticks(price, side, TICK) * TICK
    assert -1e-6 <= side * (executed - price) <= TICK + 1e-6


@given(st.floats(1.0, 1_000.0), sides, st.floats(0.0, 5.0), st.floats(0.0, 0.01))
def test_slippage_is_always_adverse(price: float, side: int, count: float, fraction: float) -> None:
    assert side * (rules.slipped(price, side, count, TICK, 0.0) - price) >= 0
    assert side * (rules.slipped(price, side, 0.0, TICK, fraction) - price) >= 0


def test_slippage_is_ticks_or_a_fraction() -> None:
    assert rules.slipped(100.0, 1, 2.0, 0.5, 0.0) == 101.0
    assert rules.slipped(100.0, -1, 0.0, 0.5, 0.01) == 99.0
    assert rules.clamped(101.0, 100.5, 99.0) == 100.5
    assert rules.clamped(98.0, 100.5, 99.0) == 99.0


def test_fees_per_share_stay_within_the_bounds_of_the_order() -> None:
    assert rules.order_fee(100.0, 1, 0.005, 0.0, 1.0, 0.0) == 1.0
    assert rules.order_fee(1000.0, 3, 0.005, 0.0, 1.0, 0.0) == 5.0
    assert rules.order_fee(1000.0, 1, 0.005, 0.0, 1.0, 2.0) == 2.0
    assert rules.order_fee(10.0, 2, 2.0, 1.5, 0.0, 0.0) == 23.0
    assert rules.order_fee(0.0, 0, 0.005, 1.0, 1.0, 0.0) == 0.0


@given(st.floats(0.0, 5_000.0), st.floats(0.01, 1.0), st.floats(0.0, 1e6))
def test_the_volume_cap_is_never_exceeded_and_whole_lots(
    quantity: float, fraction: float, volume: float
) -> None:
    done = rules.capped(quantity, fraction, volume, 1.0)
    assert done <= quantity
    assert done <= fraction * volume + 1e-6


def test_ties_are_broken_by_policy() -> None:
    near_high = (100.0, 106.0, 90.0)
    assert rules.stop_first(TieBreak.PESSIMISTIC, 1, *near_high, 0.9)
    assert not rules.stop_first(TieBreak.OPTIMISTIC, 1, *near_high, 0.1)
    assert not rules.stop_first(TieBreak.NEAREST_OPEN, 1, *near_high, 0.0)
    assert rules.stop_first(TieBreak.NEAREST_OPEN, -1, *near_high, 0.0)
    assert rules.stop_first(TieBreak.NEAREST_OPEN, 1, 100.0, 105.0, 95.0, 0.0)
    assert rules.stop_first(TieBreak.NEAREST_OPEN, -1, 100.0, 105.0, 95.0, 0.0)
    assert rules.stop_first(TieBreak.RANDOM, 1, *near_high, 0.49)
    assert not rules.stop_first(TieBreak.RANDOM, 1, *near_high, 0.5)
    assert rules.stop_first(TieBreak.FINER, 1, *near_high, 0.9)


def test_only_the_path_after_the_entry_counts() -> None:
    path = rules.bar_path(1, 100.0, 103.0, 95.0, 96.0)
    assert path == (100.0, 103.0, 95.0, 96.0)
    # Entered at 102 on the way up, then all the way down: the target at 103 came first.
    assert rules.same_bar_exit(1, 102.0, 97.0, 103.0, path) == TARGET
    assert rules.same_bar_exit(1, 102.0, 97.0, 104.0, path) == STOP
    # Entered at 98 on the way down: the high is history by then.
    assert rules.same_bar_exit(1, 98.0, 90.0, 103.0, path) == NEITHER
    assert rules.same_bar_exit(1, 98.0, nan, nan, path) == NEITHER
    assert rules.bar_path(1, 100.0, 101.0, 99.0, 100.0)[1] == 99.0
    assert rules.bar_path(-1, 100.0, 101.0, 99.0, 100.0)[1] == 101.0


@given(bars(), ticks, sides)
def test_a_trailing_stop_only_tightens(
    bar: tuple[float, float, float, float], trail: int, side: int
) -> None:
    level = nan
    for price in bar:
        after = rules.trailed(side, level, price, trail / 1_000)
        assert isnan(level) or side * (after - level) <= 0
        level = after
