"""How a ticker's stream is kept unless somebody says otherwise."""

from tradeplat.streams.terms import Stage, Terms


def test_seconds_are_folded_unless_the_vendor_makes_them():
    terms = Terms((1, 60), "iex")
    assert terms.folded
    assert terms.lateness == 0


def test_a_stream_is_live_at_last_or_has_a_gap():
    assert [stage.value for stage in Stage] == ["subscribing", "backfilling", "live", "gap"]
