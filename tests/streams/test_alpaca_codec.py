"""Alpaca's wire to facts: exact stamps, nothing lost beside a bad message, no other error."""

import gzip
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.market import MINUTE, SECOND, Bar, Quote, Status, Trade
from tradeplat.streams.alpaca_codec import AlpacaCodec
from tradeplat.streams.dialect import (
    Authenticated,
    Connected,
    Subscribed,
    VenueError,
    Verdict,
)
from tradeplat.streams.halts import Band
from tradeplat.streams.prints import VOLUME, Cancel, ConditionalTrade, Correction
from tradeplat.streams.stamps import write_ext

FRAMES = Path(__file__).parents[1] / "frames" / "alpaca"
OPEN = 1_767_623_460 * SECOND  # 2026-01-05T14:31:00Z
SEEN = OPEN + 70 * SECOND
QUOTE = {"T": "q", "S": "AAA", "t": "2026-01-05T14:31:07Z", "bp": 5, "bs": 3, "ap": 6, "as": 2}
BAR = {"T": "b", "S": "A", "t": "2026-01-05T14:31:00Z", "o": 1, "h": 1, "l": 1, "c": 1, "v": 1}

FACTS = [
    Bar("AAA", OPEN + MINUTE, 5.0, 5.2, 4.9, 5.1, 18250.0, 60, "iex", SEEN),
    Bar("AAA", OPEN + MINUTE, 5.0, 5.25, 4.9, 5.1, 18450.0, 60, "iex", SEEN, 1),
    Trade("AAA", OPEN + 7_123_456_789, 5.11, 200.0, "iex", 52983525029461, SEEN),
    ConditionalTrade(
        "AAA",
        Trade("AAA", OPEN + 8_200_000_000, 5.12, 3.0, "iex", 52983525029462, SEEN),
        VOLUME,
    ),
    Quote("AAA", OPEN + 7_000_000_001, 5.1, 3.0, 5.12, 2.0, "iex", SEEN),
    Status("AAA", OPEN + MINUTE, False, "LUDP", "iex", SEEN),
    Band("AAA", OPEN + 9 * SECOND, 4.59, 5.61, SEEN),
    Correction(
        "AAA",
        OPEN + 2 * MINUTE,
        7,
        5.11,
        200.0,
        Trade("AAA", OPEN + 2 * MINUTE, 5.10, 200.0, "iex", 8, SEEN),
    ),
    Cancel("AAA", OPEN + 3 * MINUTE, 8, 5.10, 200.0, SEEN),
]


@pytest.mark.parametrize("frame", ["data.json", "data.msgpack"])
def test_documented_messages_become_literal_facts_in_both_encodings(frame):
    codec = AlpacaCodec("iex")
    data = (FRAMES / frame).read_bytes()
    facts, controls = codec.decode(data if "pack" in frame else data.decode(), SEEN)
    assert facts == FACTS
    assert not controls
    assert codec.errors == 0
    assert codec.ignored == 1  # the running daily bar


def test_control_messages_say_what_happened():
    codec = AlpacaCodec("iex")
    said = []
    for frame in json.loads((FRAMES / "control.json").read_text()):
        facts, controls = codec.decode(json.dumps(frame), SEEN)
        assert not facts
        said += controls
    assert said == [
        Connected(),
        Authenticated(),
        Subscribed(
            frozenset(
                {
                    ("trades", "AAA"),
                    ("quotes", "AAA"),
                    ("bars", "AAA"),
                    ("bars", "BBB"),
                    ("updatedBars", "AAA"),
                    ("statuses", "*"),
                }
            )
        ),
        VenueError(405, "symbol limit exceeded"),
    ]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({**QUOTE, "T": "zz"}, "zz"),
        ({**QUOTE, "T": 5}, "T"),
        ({**QUOTE, "bp": "five"}, "float"),
        ({**QUOTE, "bp": -1}, ">= 0"),
        ({**QUOTE, "S": ""}, "length"),
        ({**QUOTE, "t": "noon"}, "time stamp"),
        ({**QUOTE, "t": 5}, "t"),
        ({k: v for k, v in QUOTE.items() if k != "ap"}, "ap"),
        (5, "object"),
        (None, "object"),
        ({"T": "success", "msg": "hello"}, "unknown"),
        ({"T": "s", "S": "A", "t": "2026-01-05T14:31:07Z", "sc": "H", "z": "A"}, "unknown on tape"),
        ({"T": "b", "S": "A", "t": QUOTE["t"], "o": 1, "h": 1, "l": 2, "c": 1, "v": 1}, "within"),
        ({**BAR, "o": 9.0}, "within low and high"),
        ({**BAR, "c": 0.1}, "within low and high"),
        ({**BAR, "t": "2026-01-05T14:31:07Z"}, "beginning of a minute"),
    ],
)
def test_a_bad_message_is_counted_and_told_and_the_rest_delivered(bad, told):
    good = [QUOTE, bad, {**QUOTE, "S": "BBB"}]
    for frame in (json.dumps(good), msgspec.msgpack.encode(good)):
        codec = AlpacaCodec("iex")
        facts, _ = codec.decode(frame, SEEN)
        assert [fact.symbol for fact in facts] == ["AAA", "BBB"]
        assert codec.errors == 1
        assert told in codec.last_error


def test_a_packed_frame_with_a_bad_message_keeps_the_nanoseconds_of_the_others():
    codec = AlpacaCodec("iex")
    rows = [{**QUOTE, "t": write_ext(OPEN + 1)}, {"T": "?"}]
    facts, _ = codec.decode(msgspec.msgpack.encode(rows), SEEN)
    assert facts[0].ts == OPEN + 1


def test_a_price_that_is_not_a_number_spoils_only_its_own_message():
    codec = AlpacaCodec("iex")
    text = json.dumps([QUOTE, {**QUOTE, "bp": float("nan")}, {**QUOTE, "bp": float("inf")}, QUOTE])
    facts, _ = codec.decode(text, SEEN)
    assert len(facts) == 2
    assert codec.errors == 2
    packed = msgspec.msgpack.encode([{**QUOTE, "bp": float("nan")}, QUOTE])
    assert len(codec.decode(packed, SEEN)[0]) == 1
    assert codec.errors == 3


def test_half_a_character_spoils_only_its_own_message():
    codec = AlpacaCodec("iex")
    text = json.dumps([QUOTE, {**QUOTE, "S": "\ud800"}, "\ud800", {**QUOTE, "S": "BBB"}])
    facts, _ = codec.decode(text, SEEN)
    assert [fact.symbol for fact in facts] == ["AAA", "BBB"]
    assert codec.errors == 2
    codec.last_error.encode()


@pytest.mark.parametrize(
    "frame", ["", b"", "{}", "nonsense", b"\xc1", b"\x93\x01", "[" * 10_000, b"[\xff]", "[1"]
)
def test_garbage_frames_are_counted(frame):
    codec = AlpacaCodec("iex")
    assert codec.decode(frame, SEEN) == ([], [])
    assert codec.errors == 1


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_fuzzed_frames_raise_nothing(frame):
    AlpacaCodec("iex").decode(frame, SEEN)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["T", "S", "t", "bp", "as", "p", "s", "o", "h", "i", "z"]), JUNK
        ).map(lambda extra: {**QUOTE, **extra}),
        max_size=4,
    )
)
def test_every_message_of_a_fuzzed_array_is_a_fact_or_an_error(rows):
    for frame in (json.dumps(rows), msgspec.msgpack.encode(rows)):
        codec = AlpacaCodec("iex")
        facts, controls = codec.decode(frame, SEEN)
        assert len(facts) + len(controls) + codec.errors + codec.ignored == len(rows)


@pytest.mark.parametrize(
    ("tape", "code", "trading"),
    [
        ("C", "H", False),
        ("C", "P", False),
        ("C", "Q", False),
        ("C", "T", True),
        ("A", "2", False),
        ("B", "3", True),
        ("O", "H", False),
    ],
)
def test_status_codes_are_read_by_tape(tape, code, trading):
    row = {"T": "s", "S": "A", "t": QUOTE["t"], "sc": code, "rc": "", "z": tape}
    facts, _ = AlpacaCodec("iex").decode(json.dumps([row]), SEEN)
    assert facts == [Status("A", OPEN + 7 * SECOND, trading, code, "iex", SEEN)]


@pytest.mark.parametrize("code", list("56789ACDEF"))
def test_indications_do_not_change_whether_a_symbol_trades(code):
    row = {"T": "s", "S": "A", "t": QUOTE["t"], "sc": code, "rc": "", "z": "A"}
    codec = AlpacaCodec("iex")
    assert codec.decode(json.dumps([row]), SEEN) == ([], [])
    assert (codec.errors, codec.ignored) == (0, 1)


@pytest.mark.parametrize(
    ("told", "low", "high"),
    [
        ({"u": 5.61, "d": 4.59, "i": "B"}, 4.59, 5.61),
        ({"u": 5.61, "d": 4.59, "i": "E"}, 4.59, 5.61),
        ({"u": 5.61, "d": 4.59}, 4.59, 5.61),
        ({"u": 5.61, "d": 4.59, "i": "D"}, 0.0, 0.0),
        ({"u": 5.61, "d": 4.59, "i": "F"}, 0.0, 0.0),
        ({}, 0.0, 0.0),
    ],
)
def test_limit_messages_say_between_which_prices_a_symbol_trades(told, low, high):
    row = {"T": "l", "S": "A", "t": QUOTE["t"], "z": "C", **told}
    facts, _ = AlpacaCodec("iex").decode(json.dumps([row]), SEEN)
    assert facts == [Band("A", OPEN + 7 * SECOND, low, high, SEEN)]


@pytest.mark.parametrize("packed", [True, False])
def test_requests_are_written_in_the_chosen_encoding(packed):
    codec = AlpacaCodec("iex", packed=packed)
    read = msgspec.msgpack.decode if packed else msgspec.json.decode
    assert ("msgpack" in codec.headers["Content-Type"]) is packed
    assert read(codec.login("K", "S")) == {"action": "auth", "key": "K", "secret": "S"}
    topics = [("bars", "A"), ("quotes", "A"), ("bars", "B")]
    assert read(codec.subscribe(topics)) == {
        "action": "subscribe",
        "bars": ["A", "B"],
        "quotes": ["A"],
    }
    assert read(codec.unsubscribe([("bars", "A")])) == {"action": "unsubscribe", "bars": ["A"]}


def test_an_error_nobody_documented_is_only_noted():
    assert AlpacaCodec("iex").verdict(499) is Verdict.NOTE


def test_real_ticks_in_alpacas_format_decode_without_a_single_error(shared_data):
    codec = AlpacaCodec("sip")
    path = shared_data / "wire" / "alpaca" / "reencoded_BAC_IBM_20131008_0925_10min.jsonl.gz"
    with gzip.open(path, "rt") as lines:
        rows = [line for line in lines if line.strip()]
    facts = [fact for line in rows for fact in codec.decode(line, 1)[0]]
    assert codec.errors == 0
    assert len(facts) == sum(len(json.loads(line)) for line in rows)
    assert {fact.symbol for fact in facts} == {"BAC", "IBM"}


def test_documented_payloads_of_the_vendor_decode_or_are_told(shared_data):
    codec = AlpacaCodec("sip")
    docs = json.loads((shared_data / "wire/alpaca/ws_market_data_docs.json").read_text())
    server = [d["message"] for d in docs if "action" not in d["message"]]
    for message in server:
        frame = message if isinstance(message, list) else [message]
        codec.decode(json.dumps(frame), 1)
    assert codec.errors == 0


@pytest.mark.parametrize("packed", [False, True])
def test_optional_fields_that_are_missing_or_nothing_cost_no_halt_and_no_answer(packed):
    at = write_ext(OPEN) if packed else "2026-01-05T14:31:00Z"
    halt = {"T": "s", "S": "AAA", "t": at, "sc": "H"}
    band = {"T": "l", "S": "AAA", "t": at}
    rows = [
        halt,
        {**halt, "z": None, "rc": None},
        {**band, "u": None, "d": None, "i": None},
        {**band, "u": 1.0, "d": 5.0},
        {"T": "t", "S": "AAA", "t": at, "p": 5, "s": 1, "c": None, "z": None},
        {"T": "subscription", "trades": None, "bars": ["AAA"], "orderbooks": ["AAA"]},
        {"T": "error", "code": 406, "msg": None},
    ]
    codec = AlpacaCodec("iex")
    frame = msgspec.msgpack.encode(rows) if packed else json.dumps(rows)
    facts, controls = codec.decode(frame, SEEN)
    assert (codec.errors, codec.last_error) == (0, "")
    assert facts[:2] == [Status("AAA", OPEN, False, "H", "iex", SEEN)] * 2
    assert facts[2:4] == [Band("AAA", OPEN, 0.0, 0.0, SEEN)] * 2
    assert facts[4] == Trade("AAA", OPEN, 5.0, 1.0, "iex", 0, SEEN)
    assert controls == [Subscribed(frozenset({("bars", "AAA")})), VenueError(406, "")]


def test_text_in_a_binary_frame_is_read_whatever_blank_it_begins_with():
    codec = AlpacaCodec("iex")
    facts, _ = codec.decode(b" \r\n" + json.dumps([QUOTE]).encode(), SEEN)
    assert [fact.symbol for fact in facts] == ["AAA"]
    assert codec.decode(json.dumps(QUOTE).encode(), SEEN) == ([], [])
    assert "expected `array`" in codec.last_error.lower()


def test_what_is_told_of_a_bad_message_is_one_short_line_whatever_its_symbol():
    codec = AlpacaCodec("iex")
    codec.decode(json.dumps([{**BAR, "S": "A\nB\x1b[2J" + "C" * 100_000, "o": 9}]), SEEN)
    assert codec.errors == 1
    assert codec.last_error.isprintable()
    assert len(codec.last_error) < 400
