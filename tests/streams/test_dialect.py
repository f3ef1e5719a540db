"""Control messages are plain values, and Alpaca's codec speaks the dialect."""

from tradeplat.streams.alpaca_codec import AlpacaCodec
from tradeplat.streams.dialect import Dialect, Subscribed, VenueError, Verdict


def test_control_messages_are_compared_by_value():
    assert VenueError(405, "x") == VenueError(405, "x")
    assert Subscribed(frozenset({("bars", "A")})) == Subscribed(frozenset({("bars", "A")}))


def test_alpacas_codec_is_a_dialect():
    dialect: Dialect = AlpacaCodec("iex")
    assert dialect.verdict(402) is Verdict.FATAL
