from decimal import Decimal
from math import nan

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tradeplat.core.intent import Action, Intent
from tradeplat.core.orders import Fill, Order, OrderType, Purpose, Refused
from tradeplat.journal.digest import RunDigest

LONG = Intent(Action.ENTER, 1.0, nan, nan, nan)
ORDER = Order("id", "A", "s", Decimal(100), OrderType.MARKET, Purpose.ENTRY, 5, 5)
FILL = Fill("id", "A", "s", 5, Decimal(100), Decimal("10.10"), Decimal(1))


def of(*made: tuple[str, str, int]) -> str:
    digest = RunDigest()
    for symbol, strategy, cause in made:
        digest.decision(symbol, strategy, cause, LONG, None)
    return digest.decisions_sha256


def test_an_empty_run_has_the_empty_digest() -> None:
    assert RunDigest().decisions_sha256 == "0" * 64


@given(st.permutations(["A", "B", "C", "D"]))
def test_the_order_of_desks_does_not_matter(order: list[str]) -> None:
    assert of(*((s, "s", 1) for s in order)) == of(
        ("A", "s", 1), ("B", "s", 1), ("C", "s", 1), ("D", "s", 1)
    )


def test_the_order_inside_a_desk_does() -> None:
    assert of(("A", "s", 1), ("A", "s", 2)) != of(("A", "s", 2), ("A", "s", 1))


def test_what_was_wished_and_what_came_of_it_matter() -> None:
    digests = set()
    for verdict in (
        None,
        ORDER,
        replace(ORDER, quantity=Decimal(99)),
        Refused("A", "s", 5, "HALTED", "m"),
        Refused("A", "s", 5, "CLOSING", "m"),
    ):
        digest = RunDigest()
        digest.decision("A", "s", 5, LONG, verdict)
        digests.add(digest.decisions_sha256)
    assert len(digests) == 5


def test_ids_times_and_spellings_do_not() -> None:
    one, other = RunDigest(), RunDigest()
    one.decision("A", "s", 5, LONG, ORDER)
    other.decision(
        "A", "s", 5, LONG, replace(ORDER, id="x", created=77, quantity=Decimal("100.000"))
    )
    assert one.decisions_sha256 == other.decisions_sha256
    one.fill(FILL)
    other.fill(replace(FILL, order_id="x", exec_id="y", price=Decimal("10.1")))
    assert one.fills_sha256 == other.fills_sha256
    assert (one.decided, one.orders, one.filled) == (1, 1, 1)


def test_fills_are_told_apart() -> None:
    one, other = RunDigest(), RunDigest()
    one.fill(FILL)
    other.fill(replace(FILL, fee=Decimal(2)))
    assert one.fills_sha256 != other.fills_sha256
