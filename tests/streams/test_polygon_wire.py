"""The wire structs take the vendor's messages and miss each key that is needed."""

import msgspec
import pytest

from tradeplat.streams.polygon_wire import Message

NEEDED = {
    "A": {"sym": "AAA", "v": 1, "o": 1.0, "c": 1.0, "h": 1.0, "l": 1.0, "s": 1000},
    "AM": {"sym": "AAA", "v": 1, "o": 1.0, "c": 1.0, "h": 1.0, "l": 1.0, "s": 60_000},
    "T": {"sym": "AAA", "p": 1.0, "s": 1, "t": 1},
    "Q": {"sym": "AAA", "t": 1},
    "LULD": {"T": "AAA", "t": 1},
    "status": {"status": "connected"},
}


@pytest.mark.parametrize("event", NEEDED)
def test_each_needed_key_is_missed(event):
    row = {"ev": event, **NEEDED[event]}
    msgspec.convert(row, Message)
    for key in NEEDED[event]:
        with pytest.raises(msgspec.ValidationError, match=key):
            msgspec.convert({k: v for k, v in row.items() if k != key}, Message)
