from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.orders import Fill
from tradeplat.core.position import Position
from tradeplat.journal.digest import RunDigest
from tradeplat.sim.score import Score, nets


def fill(ts: int, quantity: int, price: float, symbol: str = "A", fee: int = 0) -> Fill:
    return Fill("o", symbol, "s", ts, Decimal(quantity), Decimal(str(price)), Decimal(fee))


def score() -> Score:
    return Score(Decimal(1_000), RunDigest())


def test_drawdown_is_measured_between_whole_instants() -> None:
    made = score()
    made.on_fill(fill(1, 10, 10.0))
    made.mark(1, "A", 5.0)
    made.mark(1, "A", 12.0)
    made.advance(2)
    made.mark(2, "A", 7.0)
    made.on_fill(fill(2, -10, 7.0))
    made.finish()
    assert made.deepest_money == 50.0
    assert made.deepest == 50.0 / 1_020.0


def test_a_first_loss_is_measured_from_the_start() -> None:
    made = score()
    made.on_fill(fill(1, 10, 10.0, fee=1))
    made.mark(1, "A", 9.0)
    made.finish()
    assert (made.deepest_money, made.deepest) == (11.0, 0.011)


def test_campaigns_end_flat_or_by_turning_round() -> None:
    made = score()
    for number, quantity in enumerate((5, 5, -10, -3, 7, -4)):
        made.on_fill(fill(number, quantity, 10.0))
    assert made.campaigns == 3
    assert not made.held


@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.integers(-5, 5), st.integers(1, 50)), max_size=30)
)
def test_equity_is_cash_plus_what_is_held_at_its_marks(steps: list[tuple[str, int, int]]) -> None:
    made = score()
    cash, held, mark = 1_000.0, {"A": 0, "B": 0}, {"A": 0.0, "B": 0.0}
    lowest = peak = 1_000.0
    deepest = 0.0
    for ts, (symbol, quantity, price) in enumerate(steps, 1):
        made.advance(ts)
        if symbol in made.held:
            made.mark(ts, symbol, float(price))
        if quantity:
            made.on_fill(fill(ts, quantity, float(price), symbol))
            cash -= quantity * price
            held[symbol] += quantity
        mark[symbol] = float(price)
        equity = cash + sum(held[s] * mark[s] for s in held)
        peak = max(peak, equity)
        lowest = min(lowest, equity)
        deepest = max(deepest, peak - equity)
    made.finish()
    assert abs(made.deepest_money - deepest) < 1e-6


@given(st.lists(st.tuples(st.integers(-6, 6), st.integers(90, 110)), min_size=1, max_size=60))
def test_marks_that_teach_nothing_may_be_skipped(steps: list[tuple[int, int]]) -> None:
    whole, quick = score(), score()
    for ts, (quantity, price) in enumerate(steps, 1):
        if "A" in quick.held:
            whole.mark(ts, "A", float(price))
            if quick.low < price < quick.high:
                quick.marks["A"] = float(price)
            else:
                quick.mark(ts, "A", float(price))
        if quantity > 3 or quantity < -3:
            for made in (whole, quick):
                made.tapes["A"].last = float(price)
                made.on_fill(fill(ts, quantity, price + 0.5))
    for made in (whole, quick):
        made.finish()
    assert (whole.deepest, whole.deepest_money) == (quick.deepest, quick.deepest_money)


def test_nets_add_up_by_symbol_and_strategy() -> None:
    held = {
        ("s", "A"): Position(Decimal(0), Decimal(0), Decimal(20), Decimal(1)),
        ("t", "A"): Position(Decimal(10), Decimal(5), Decimal(0), Decimal(1)),
        ("t", "B"): Position(Decimal(0), Decimal(0), Decimal(-7), Decimal(0)),
    }
    by_symbol, by_strategy = nets(held, {"A": Decimal(6)})
    assert by_symbol == {"A": 28, "B": -7}
    assert by_strategy == {"s": 19, "t": 2}
