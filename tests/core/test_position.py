from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.position import NOTHING, Position

FILLS = st.lists(
    st.tuples(
        st.integers(-500, 500).filter(bool).map(Decimal),
        st.integers(1, 100_000).map(lambda cents: Decimal(cents) / 100),
        st.integers(0, 500).map(lambda cents: Decimal(cents) / 100),
    ),
    max_size=40,
)


@given(FILLS)
def test_a_position_is_the_sum_of_its_fills(fills: list[tuple[Decimal, Decimal, Decimal]]) -> None:
    position = NOTHING
    for quantity, price, fee in fills:
        position = position.after(quantity, price, fee)
    assert position.quantity == sum(q for q, _, _ in fills)
    assert position.fees == sum(f for _, _, f in fills)
    spent = sum(q * p for q, p, _ in fills)
    worth = position.realised + position.quantity * (Decimal(1) - position.average)
    assert abs(worth - (position.quantity * Decimal(1) - spent)) < Decimal("1e-9")
    assert position.quantity != 0 or position.average == 0


def test_a_fill_through_zero_closes_one_position_and_opens_the_other() -> None:
    long = NOTHING.after(Decimal(100), Decimal(10))
    short = long.after(Decimal(-150), Decimal(12))
    assert short == Position(Decimal(-50), Decimal(12), Decimal(200), Decimal(0))


def test_scaling_out_keeps_the_entry_price() -> None:
    held = NOTHING.after(Decimal(100), Decimal(10)).after(Decimal(100), Decimal(11))
    assert held.average == Decimal("10.5")
    assert held.after(Decimal(-50), Decimal(9)).average == Decimal("10.5")


def test_a_multiplier_scales_what_is_realised() -> None:
    held = NOTHING.after(Decimal(2), Decimal(100), multiplier=Decimal(50))
    assert held.after(Decimal(-2), Decimal("102.5"), multiplier=Decimal(50)).realised == 250
