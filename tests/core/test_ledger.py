from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.ledger import Ledger
from tradeplat.core.orders import Fill

FILLS = st.lists(
    st.builds(
        Fill,
        order_id=st.just("x"),
        symbol=st.sampled_from(["A", "B", "C"]),
        strategy=st.just("s"),
        ts=st.integers(0, 9),
        quantity=st.integers(-300, 300).filter(bool).map(Decimal),
        price=st.integers(1, 50_000).map(lambda cents: Decimal(cents) / 100),
        fee=st.integers(0, 300).map(lambda cents: Decimal(cents) / 100),
    ),
    max_size=40,
)
MARKS = {"A": Decimal(7), "B": Decimal("12.34"), "C": Decimal(250)}


@given(FILLS)
def test_cash_plus_positions_is_equity_after_any_fills(fills: list[Fill]) -> None:
    ledger = Ledger(Decimal(100_000))
    for fill in fills:
        ledger = ledger.after(fill)
    paid = sum(f.quantity * f.price + f.fee for f in fills)
    held = sum(f.quantity * MARKS[f.symbol] for f in fills)
    assert ledger.cash == 100_000 - paid
    assert ledger.equity(MARKS.__getitem__) == 100_000 - paid + held
    booked = sum(
        p.realised - p.fees + p.quantity * (MARKS[s] - p.average)
        for s, p in ledger.positions.items()
    )
    assert abs(ledger.equity(MARKS.__getitem__) - 100_000 - booked) < Decimal("1e-6")


@given(FILLS)
def test_exposure_is_gross(fills: list[Fill]) -> None:
    ledger = Ledger(Decimal(0))
    for fill in fills:
        ledger = ledger.after(fill)
    gross = sum(abs(ledger.position(s).quantity) * MARKS[s] for s in MARKS)
    assert ledger.exposure(MARKS.__getitem__) == gross


def test_a_ledger_is_never_changed_in_place() -> None:
    before = Ledger(Decimal(10))
    before.after(Fill("x", "A", "s", 0, Decimal(1), Decimal(3)))
    assert before.cash == 10
    assert not before.positions
