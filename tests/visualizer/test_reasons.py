import msgspec
import pytest

from tradeplat.control.messages import StrategyRow, Trading
from tradeplat.visualizer.numerals import NONE
from tradeplat.visualizer.reasons import branches, text, why

TEN = 1_767_366_000_000_000_000
ROW = StrategyRow("AAPL", "orb", "ready", 0.0, 0, {"vwap": 98.125}, "ENTER", TEN)
FREE = Trading(armed=False)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"quantity": -15.0}, "in a position of \N{MINUS SIGN}15"),
        ({"working": 2}, "2 orders of it still open"),
        (
            {"desk": "quarantined"},
            "no entry: the desk is quarantined, nothing is asked of the strategy",
        ),
        (
            {"refusal": "MAX_POSITION: 300 over 200", "refusal_ts": TEN},
            "no entry: the gate refused at 10:00:00: MAX_POSITION: 300 over 200",
        ),
        (
            {"refusal": "old", "refusal_ts": 1},
            "no entry: it wished for none since ENTER at 10:00:00",
        ),
        ({"intent": "", "intent_ts": 0}, "no entry: the strategy never wished for one"),
    ],
)
def test_why_there_is_no_entry(changes, said) -> None:
    assert why(msgspec.structs.replace(ROW, **changes), FREE) == said


def test_what_stops_trading_is_said() -> None:
    assert why(ROW, Trading(armed=False, conditions=("KILLED",))) == "no entry: KILLED"


def test_everything_the_engine_tells_is_in_the_tree() -> None:
    detail = {
        "holding": {"quantity": 0.0, "price": None},
        "state": {
            "bars": 12,
            "low": 97.5,
            "late": True,
            "inner": {"class": "Ema", "fields": {"value": 1.25}},
            "closes": [1.0] * 30,
            "mixed": [{"a": 1}],
        },
    }
    told = dict(branches(ROW, detail))
    assert told["Holds"] == [("quantity", "0"), ("price", NONE)]
    assert told["Shows"] == [("vwap", "98.125")]
    remembered = dict(told["Remembers"])
    assert remembered["bars"] == "12"
    assert (remembered["low"], remembered["late"]) == ("97.5", "yes")
    assert remembered["inner"] == [("value", "1.25")]
    assert len(remembered["closes"]) == 24
    assert remembered["mixed"] == [("0", [("a", "1")])]
    assert dict(branches(ROW, None))["Holds"] == [("quantity", "0"), ("working", "0")]
    assert dict(branches(ROW, {"unsaved": "x: unset"}))["Remembers"] == "x: unset"


def test_values_read_well() -> None:
    assert text(TEN) == f"{TEN} (10:00:00)"
    assert text(1_234_567.891) == "1,234,567.89"
