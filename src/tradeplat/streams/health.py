"""How far the market data of each symbol is, and what follows for its orders."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from tradeplat.core.conditions import Condition, Mode

SOURCE = "stream"
"""Who asks, in every condition of market data; of a second feed with a colon and what it brings."""

QUOTES = "quotes"
"""What a second feed brings."""


class Health(StrEnum):
    """How far one symbol's data on one channel is (reliability.md 4.1)."""

    DOWN = "down"
    CONNECTING = "connecting"
    AUTH = "auth"
    SUBSCRIBED = "subscribed"
    BACKFILLING = "backfilling"
    LIVE = "live"
    GAP = "gap"
    """History did not come: what was missed is unknown."""
    MUTE = "mute"
    """Nothing comes of it any more, though much did."""


class Reading(NamedTuple):
    """What is known of one symbol's stream; `why` is the reason where it is not LIVE."""

    symbol: str
    stage: str
    refused: bool = False
    why: str = ""


def channel_health(connection: str, reading: Reading, *, granted: bool) -> Health:
    """How far one channel of a symbol is, the connection being where it is."""
    if connection not in ("subscribed", "live"):
        return Health(connection)
    if not granted:
        return Health.DOWN if reading.refused else Health.SUBSCRIBED
    if reading.stage == "subscribing":
        return Health.SUBSCRIBED
    return Health(reading.stage)


def conditions(connection: str, lost: str, readings: Iterable[Reading], ts: int) -> list[Condition]:
    """What a stream that stands thus asks at `ts` (UTC ns): entries need all of it LIVE.

    A connection that is not LIVE speaks for all of its symbols.
    """
    if connection != "live":
        why = f"market data is {connection}" + (f" ({lost})" if lost else "")
        return [_asked("", "STREAM_DOWN", why, ts)]
    found = []
    for reading in readings:
        if reading.stage == Health.GAP:
            found.append(_asked(reading.symbol, "MODE", reading.why or "its history has a gap", ts))
        elif reading.stage != Health.LIVE:
            why = f"{reading.symbol} is {reading.stage}"
            if reading.why:
                why += f" ({reading.why})"
            found.append(_asked(reading.symbol, "STREAM_DOWN", why, ts))
    return found


def _asked(scope: str, code: str, why: str, ts: int) -> Condition:
    return Condition(SOURCE, scope, Mode.REDUCE_ONLY, code, why, "the stream", ts)
