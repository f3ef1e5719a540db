"""Time stamps keep their nine digits in both encodings."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from tradeplat.core.errors import Corrupt
from tradeplat.core.market import SECOND
from tradeplat.streams.stamps import LATEST, Rfc3339, read_ext, write_ext, write_rfc3339

INSTANTS = st.integers(0, LATEST - 3 * 86_400 * SECOND)


@given(INSTANTS)
def test_both_encodings_bring_back_the_very_nanosecond(ts):
    assert read_ext(write_ext(ts)) == ts
    assert Rfc3339().read(write_rfc3339(ts)) == ts


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2021-02-22T19:15:00Z", 0),
        ("2021-02-22T19:15:00.208Z", 208_000_000),
        ("2021-02-22T19:15:00.335689322Z", 335_689_322),
        ("2021-02-22T19:15:00.3356893229Z", 335_689_322),
        ("2021-02-22T14:15:00.5-05:00", 500_000_000),
        ("2021-02-23T00:45:00+05:30", 0),
        ("2021-02-22T19:15:00z", 0),
    ],
)
def test_any_number_of_digits_and_any_zone_is_read(text, ns):
    assert Rfc3339().read(text) == 1_614_021_300 * SECOND + ns


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Timestamp",
        "2021-02-22",
        "2021-02-22T19:15:00",
        "2021-02-22T19:15:00.Z",
        "2021-02-22T19:15:00.1_0Z",
        "2021-02-22T19:15:00.\u0663Z",
        "2021-02-30T19:15:00Z",
        "2021-02-22T19:15:60Z",
        "2021-02-22 19:15:00Z",
        "1969-12-31T23:59:59Z",
        "2300-01-01T00:00:00Z",
        "2021-02-22T19:15:00.1Zx",
    ],
)
def test_other_text_is_refused_even_after_a_good_stamp(text):
    reader = Rfc3339()
    reader.read("2021-02-22T19:15:00Z")
    with pytest.raises(Corrupt, match="time stamp"):
        reader.read(text)


@pytest.mark.parametrize(
    ("data", "ts"),
    [
        ((5).to_bytes(4, "big"), 5 * SECOND),
        ((123456789 << 34 | 5).to_bytes(8, "big"), 5 * SECOND + 123456789),
        ((999).to_bytes(4, "big") + (5).to_bytes(8, "big"), 5 * SECOND + 999),
    ],
)
def test_the_three_sizes_of_an_extension_stamp_are_read(data, ts):
    assert read_ext(Ext(-1, data)) == ts


@pytest.mark.parametrize(
    "ext",
    [
        Ext(-1, b""),
        Ext(-1, b"12345"),
        Ext(5, (5).to_bytes(4, "big")),
        Ext(-1, (SECOND << 34).to_bytes(8, "big")),
        Ext(-1, bytes(4) + (-5).to_bytes(8, "big", signed=True)),
        Ext(-1, bytes(4) + (2**62).to_bytes(8, "big")),
    ],
)
def test_other_extensions_are_refused(ext):
    with pytest.raises(Corrupt, match="time stamp"):
        read_ext(ext)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(Corrupt):  # refused is as good as read
        Rfc3339().read(text)


def test_more_seconds_than_are_remembered_are_still_read_right():
    reader = Rfc3339()
    for second in range(0, 5_000 * 61, 61):
        assert reader.read(write_rfc3339(second * SECOND)) == second * SECOND
