"""Polygon's messages, key by key against recorded ones."""

import gzip
import json
from pathlib import Path
from string import ascii_uppercase, digits

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.market import SECOND
from tradeplat.streams.polygon_conditions import moves as by_numbers
from tradeplat.streams.prints import moves as by_letters
from tradeplat.venue import polygon_wire as wire
from tradeplat.venue.alpaca_wire import Stamp, WireBar, WireQuote, WireStatus, WireTrade
from tradeplat.venue.candles import Candle

TS = 1_381_238_763_876_543_210


def decoded(body) -> dict:
    return json.loads(wire.JSON.encode(body))


@pytest.fixture(scope="module")
def recorded(shared_data: Path) -> dict[str, dict]:
    """One frame of each event, as the vendor writes them."""
    file = next((shared_data / "wire" / "polygon").glob("reencoded*.gz"))
    with gzip.open(file, "rt") as lines:
        return {one["ev"]: one for line in lines for one in json.loads(line)}


def messages() -> dict[str, dict]:
    bar = Candle(TS - TS % SECOND)
    bar.add(TS, 13.84, 800)
    second = wire.aggregate(wire.PolygonAgg, "BAC", bar, None, SECOND)
    second.op = 13.83
    minute = wire.minute(WireBar("BAC", Stamp(TS), 1.0, 2.0, 0.5, 1.5, 100, 4, 1.2), bar)
    return {
        "A": decoded(second),
        "AM": decoded(minute),
        "T": decoded(
            wire.trade(WireTrade("BAC", 7, "V", 13.84, 800, Stamp(TS), ["@", "T"], "A"), 3)
        ),
        "Q": decoded(
            wire.quote(WireQuote("BAC", "V", 1.0, 2, "V", 1.1, 3, Stamp(TS), ["R"], "A"), 4)
        ),
    }


def test_keys_are_the_recorded_ones(recorded: dict[str, dict]) -> None:
    for kind, told in messages().items():
        missing = set(recorded[kind]) - set(told) - {"op"}
        assert not missing, kind


def test_times_are_milliseconds_and_windows_end_where_the_next_begins() -> None:
    told = messages()
    assert told["A"]["s"] == TS // SECOND * 1000
    assert told["A"]["e"] - told["A"]["s"] == 1000
    assert told["AM"]["e"] - told["AM"]["s"] == 60_000
    assert told["T"]["t"] == told["Q"]["t"] == TS // 1_000_000
    assert (told["T"]["i"], told["T"]["z"], told["T"]["c"]) == ("7", 1, [12])


def test_a_halt_is_an_indicator_beside_the_last_bands() -> None:
    status = WireStatus("AAA", Stamp(TS), "H", "Trading Halt", "T1", "", "C")
    told = decoded(wire.halt(status, (5.5, 4.5), 9, trading=False))
    assert told == {
        "ev": "LULD",
        "T": "AAA",
        "h": 5.5,
        "l": 4.5,
        "i": [17],
        "z": 3,
        "t": TS,
        "q": 9,
    }


@pytest.mark.parametrize(
    ("letters", "tape", "numbers"),
    [(["@"], "C", []), (["@", "T"], "C", [12]), (["B"], "C", [4]), (["B"], "A", [2]),
     (["?"], "A", [])],
)  # fmt: skip
def test_conditions_have_numbers(letters: list[str], tape: str, numbers: list[int]) -> None:
    assert wire.conditions(letters, tape) == numbers


@given(st.floats(0, 1e12, allow_nan=False))
def test_decimal_text_keeps_every_share(volume: float) -> None:
    assert float(wire.decimal(volume)) == volume


def test_no_shares_have_no_average() -> None:
    assert wire.average_size(10.0, 0) == 0
    assert msgspec.json.decode(wire.JSON.encode(messages()["A"]))["z"] == 800


@pytest.mark.parametrize("tape", ["A", "B", "C"])
def test_a_print_moves_as_much_by_its_numbers_as_by_its_letters(tape: str) -> None:
    for letter in (*ascii_uppercase, *digits, "@"):
        numbers = wire.conditions([letter], tape)
        assert by_numbers(numbers) == by_letters([letter], tape), letter
