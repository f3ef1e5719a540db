import json

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.streams.stamps import Rfc3339, read_ext
from tradeplat.venue import alpaca_wire as wire

MOMENTS = st.integers(0, 2**33 * 10**9)


@given(MOMENTS)
def test_a_moment_survives_both_encodings_to_the_nanosecond(ts):
    text = json.loads(wire.JSON.encode([wire.Stamp(ts)]))[0]
    assert Rfc3339().read(text) == ts
    assert read_ext(wire.write_ext(ts)) == ts
    assert msgpack.unpackb(wire.PACK.encode(wire.Stamp(ts))).to_unix_nano() == ts


@pytest.mark.parametrize("count", [0, 1, 15, 16, 70_000])
def test_arrays_are_what_the_encoders_would_have_written(count):
    parts = [b"\x01"] * count
    assert msgpack.unpackb(wire.packed_array(parts)) == [1] * count
    assert json.loads(wire.json_array([b"1"] * count)) == [1] * count


def test_each_message_knows_its_channel():
    stamp = wire.Stamp(0)
    bar = ("A", stamp, 1.0, 1.0, 1.0, 1.0, 1, 1, 1.0)
    bodies = [
        wire.WireTrade("A", 1, "V", 1.0, 1, stamp, ["@"], "C"),
        wire.WireQuote("A", "V", 1.0, 1, "V", 1.0, 1, stamp, ["R"], "C"),
        wire.WireBar(*bar),
        wire.WireUpdatedBar(*bar),
        wire.WireDailyBar(*bar),
        wire.WireStatus("A", stamp, "H", "", "T1", "", "C"),
        wire.WireLuld("A", stamp, 2.0, 1.0, "B", "C"),
        wire.WireCorrection("A", stamp, "V", 1, 1.0, 1, [], 2, 1.0, 1, [], "C"),
        wire.WireCancel("A", stamp, "V", 1, 1.0, 1, "C", "C"),
    ]
    assert [wire.message(body).channel for body in bodies] == list(wire.CHANNELS.values())
    kinds = [json.loads(wire.JSON.encode(body))["T"] for body in bodies]
    assert kinds == list(wire.CHANNELS)


def test_whole_numbers_lose_their_fraction_and_only_they():
    assert [repr(wire.whole(number)) for number in (100.0, 0.5, 1e15)] == [
        "100", "0.5", "1000000000000000",
    ]  # fmt: skip


def test_what_is_no_message_is_not_written():
    for encoder in (wire.PACK, wire.JSON):
        with pytest.raises(TypeError, match=r"no field .* of type object"):
            encoder.encode(object())
