"""The wire structs read the documented messages and refuse what lacks a needed key."""

import json
from pathlib import Path

import msgspec
import pytest

from tradeplat.streams.alpaca_wire import JsonMessage, PackedMessage

FRAMES = Path(__file__).parents[1] / "frames" / "alpaca"
ROWS = json.loads((FRAMES / "data.json").read_text())
NEEDED = {
    "b": "Stohlcv",
    "u": "Stohlcv",
    "t": "Stps",
    "q": ["S", "t", "bp", "bs", "ap", "as"],
    "s": ["S", "t", "sc"],
    "c": ["S", "t", "op", "os", "cp", "cs"],
    "x": "Stps",
}


def test_both_encodings_read_every_documented_message():
    text = msgspec.json.decode((FRAMES / "data.json").read_bytes(), type=list[JsonMessage])
    packed = msgspec.msgpack.decode(
        (FRAMES / "data.msgpack").read_bytes(), type=list[PackedMessage]
    )
    assert [type(m) for m in text] == [type(m) for m in packed]
    assert len(text) == len(ROWS)


@pytest.mark.parametrize("row", [r for r in ROWS if r["T"] in NEEDED], ids=lambda r: r["T"])
def test_each_needed_key_is_missed(row):
    for key in NEEDED[row["T"]]:
        less = {k: v for k, v in row.items() if k != key}
        with pytest.raises(msgspec.ValidationError, match=key):
            msgspec.convert(less, JsonMessage)
