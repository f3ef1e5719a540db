"""What a flatten says of itself."""

from decimal import Decimal

from tradeplat.core.closing import Flattened, Pace


def test_flat_is_said_in_one_line() -> None:
    ended = Flattened(orders=2, seconds=1.25)
    assert ended.flat
    assert ended.words() == "flat after 1.2 s and 2 closing orders"


def test_what_is_left_is_named_with_the_reason() -> None:
    ended = Flattened((("AAA", Decimal(-5)),), ("AAA",), 1, 3.0, "AAA is halted")
    assert not ended.flat
    assert ended.words() == "NOT flat after 3.0 s: AAA -5 (AAA is halted)"


def test_each_attempt_goes_further_up_to_the_wide_collar() -> None:
    through = Pace().through
    assert list(through) == sorted(through)
    assert through[0] == Decimal("0.02")
    assert through[-1] == Decimal("0.10")
