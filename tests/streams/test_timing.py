"""A connection that lasted counts for fewer failures in a row when it is lost."""

from tradeplat.streams.timing import PATIENCE, Timing


def test_what_lived_long_starts_over_and_what_hardly_lived_does_not() -> None:
    timing = Timing(delays=(0.0, 1.0, 2.0, 4.0), proven=5.0, settled=60.0)
    assert timing.failures(None) == 4
    assert timing.failures(4.9) == 4
    assert timing.failures(5.0) == 1
    assert timing.failures(60.0) == 0
    assert Timing(proven=5.0, settled=1.0).failures(1.0) == 0
    assert PATIENCE.failures(None) == len(PATIENCE.delays)
