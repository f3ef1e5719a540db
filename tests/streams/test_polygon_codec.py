"""Polygon's wire to facts: nothing lost beside a bad message, halts told, no error but ours."""

import gzip
import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradeplat.core.market import MINUTE, SECOND, Bar, Quote, Status, Trade
from tradeplat.streams.dialect import (
    Acknowledged,
    Authenticated,
    Connected,
    VenueError,
    Verdict,
)
from tradeplat.streams.halts import Band
from tradeplat.streams.polygon_codec import PolygonCodec
from tradeplat.streams.prints import VOLUME, ConditionalTrade

OPEN_MS = 1_767_623_460_000  # 2026-01-05T14:31:00Z
OPEN = OPEN_MS * 1_000_000
SEEN = OPEN + 70 * SECOND

SECOND_BAR = {
    "ev": "A", "sym": "AAA", "v": 200, "av": 8642007, "op": 25.66, "vw": 25.39, "o": 25.3,
    "c": 25.4, "h": 25.5, "l": 25.2, "a": 25.37, "z": 50, "s": OPEN_MS, "e": OPEN_MS + 1000,
}  # fmt: skip
MINUTE_BAR = {**SECOND_BAR, "ev": "AM", "e": OPEN_MS + 60_000}
TRADE = {
    "ev": "T", "sym": "AAA", "x": 4, "i": "12345", "z": 3, "p": 5.25, "s": 100, "c": [0, 14],
    "t": OPEN_MS + 7, "q": 3681328,
}  # fmt: skip
QUOTE = {
    "ev": "Q", "sym": "AAA", "bx": 4, "bp": 5.1, "bs": 100, "ax": 7, "ap": 5.2, "as": 160,
    "c": 0, "i": [604], "t": OPEN_MS + 8, "q": 5, "z": 3,
}  # fmt: skip
LULD = {
    "ev": "LULD", "T": "AAA", "h": 5.61, "l": 4.59, "i": [21], "z": 3,
    "t": OPEN_MS * 1000 + 9, "q": 290317,
}  # fmt: skip
ROWS = [SECOND_BAR, MINUTE_BAR, TRADE, QUOTE, LULD]
FACTS = [
    Bar("AAA", OPEN + SECOND, 25.3, 25.5, 25.2, 25.4, 200.0, 1, "sip", SEEN),
    Bar("AAA", OPEN + MINUTE, 25.3, 25.5, 25.2, 25.4, 200.0, 60, "sip", SEEN),
    Trade("AAA", OPEN + 7_000_000, 5.25, 100.0, "sip", 12345, SEEN),
    Quote("AAA", OPEN + 8_000_000, 5.1, 100.0, 5.2, 160.0, "sip", SEEN),
    Band("AAA", OPEN + 9_000, 4.59, 5.61, SEEN),
]


def decode(codec, *rows):
    return codec.decode(json.dumps(rows), SEEN)


def status(name, message=""):
    return {"ev": "status", "status": name, "message": message}


def test_half_a_character_spoils_only_its_own_message():
    codec = PolygonCodec("sip")
    rows = [QUOTE, {**QUOTE, "sym": "\ud800"}, "\ud800", {**QUOTE, "sym": "BBB"}]
    facts, _ = decode(codec, *rows)
    assert [fact.symbol for fact in facts] == ["AAA", "BBB"]
    assert codec.errors == 2
    codec.last_error.encode()


@pytest.mark.parametrize("kind", [str, bytes])
def test_documented_messages_become_literal_facts(kind):
    codec = PolygonCodec("sip")
    text = json.dumps(ROWS)
    facts, controls = codec.decode(text if kind is str else text.encode(), SEEN)
    assert facts == FACTS
    assert (list(controls), codec.errors) == ([], 0)


def test_order_of_keys_new_keys_and_missing_optional_ones_change_nothing():
    codec = PolygonCodec("sip")
    optional = {"av", "op", "vw", "a", "z", "e", "x", "i", "q", "bx", "ax"}
    rows = [
        {
            "ev": row["ev"],
            **{
                k: v
                for k, v in reversed(row.items())
                if k not in optional and v not in (0, [0, 14])
            },
            "new": {},
        }
        for row in ROWS
    ]
    facts, _ = decode(codec, *rows)
    assert facts[:2] == FACTS[:2]
    assert facts[2] == Trade("AAA", OPEN + 7_000_000, 5.25, 100.0, "sip", 0, SEEN)
    assert facts[3:] == FACTS[3:]


def test_an_empty_side_of_the_book_is_nothing_and_a_fraction_of_volume_is_kept():
    codec = PolygonCodec("sip")
    bare = {k: v for k, v in QUOTE.items() if k not in ("bp", "bs")}
    facts, _ = decode(codec, bare, {**SECOND_BAR, "dv": "200.25"}, {**TRADE, "ds": "0.5"})
    assert facts[0] == Quote("AAA", OPEN + 8_000_000, 0.0, 0.0, 5.2, 160.0, "sip", SEEN)
    assert facts[1].volume == 200.25
    assert facts[2].size == 0.5


@pytest.mark.parametrize("end", [OPEN_MS, OPEN_MS - 1000, OPEN_MS + 1001, OPEN_MS * 1000, "x"])
def test_a_bar_that_ends_before_it_began_or_elsewhere_is_refused(end):
    codec = PolygonCodec("sip")
    facts, _ = decode(codec, {**SECOND_BAR, "e": end}, SECOND_BAR)
    assert facts == [FACTS[0]]
    assert codec.errors == 1
    facts, _ = decode(codec, {**MINUTE_BAR, "e": OPEN_MS + 60_001}, MINUTE_BAR)
    assert facts == [FACTS[1]]


def test_optional_fields_that_are_nothing_cost_no_halt_and_no_answer():
    codec = PolygonCodec("sip")
    gone = {"h": None, "l": None}
    rows = [
        {**LULD, **gone},
        {**LULD, **gone, "i": [17]},
        {**status("auth_success"), "message": None},
    ]
    facts, controls = decode(codec, *rows)
    assert (codec.errors, controls) == (0, [Authenticated()])
    assert facts[0] == Band("AAA", OPEN + 9_000, 0.0, 0.0, SEEN)
    assert isinstance(facts[1], Status)
    assert not facts[1].trading


def test_what_is_told_of_a_bad_message_is_one_short_line_whatever_its_ticker():
    codec = PolygonCodec("sip")
    decode(codec, {**SECOND_BAR, "sym": "A\nB\x1b[2J" + "C" * 100_000, "o": 99})
    assert codec.errors == 1
    assert codec.last_error.isprintable()
    assert len(codec.last_error) < 400


BAD = [
    ({**SECOND_BAR, "l": 25.45}, "low and high"),
    ({**SECOND_BAR, "o": 26}, "low and high"),
    ({**SECOND_BAR, "s": OPEN_MS + 1}, "multiple of 1 s"),
    ({**MINUTE_BAR, "s": OPEN_MS + 1000}, "multiple of 60 s"),
    ({**SECOND_BAR, "s": 10**17}, "ms since 1970"),
    ({**SECOND_BAR, "v": -1}, "v"),
    ({**SECOND_BAR, "dv": "1.x"}, "1.x"),
    ({**TRADE, "ds": "many"}, "many"),
    ({k: v for k, v in SECOND_BAR.items() if k != "v"}, "v"),
    ({**TRADE, "p": 0}, "p"),
    ({**TRADE, "t": -5}, "time stamp"),
    ({**QUOTE, "sym": ""}, "sym"),
    ({**QUOTE, "t": 10**19}, "time stamp|Integer|out of range"),
    ({"ev": "NOI", "T": "AAA", "t": 1}, "NOI"),
    ({"sym": "AAA"}, "ev"),
    (17, "object"),
]


@pytest.mark.parametrize(("bad", "told"), BAD)
def test_a_bad_or_unknown_message_is_counted_and_told_and_its_neighbours_delivered(bad, told):
    codec = PolygonCodec("sip")
    facts, _ = decode(codec, SECOND_BAR, bad, QUOTE)
    assert facts == [FACTS[0], FACTS[3]]
    assert codec.errors == 1
    assert any(word in codec.last_error for word in told.split("|"))


def test_a_price_that_is_not_a_number_spoils_only_its_own_message():
    codec = PolygonCodec("sip")
    spoilt = json.dumps([{**SECOND_BAR, "o": float("nan")}, QUOTE, {**TRADE, "p": float("inf")}])
    assert codec.decode(spoilt, SEEN)[0] == [FACTS[3]]
    assert codec.errors == 2


def test_control_messages_say_what_happened():
    codec = PolygonCodec("sip")
    _, controls = decode(
        codec,
        status("connected", "Connected Successfully"),
        status("auth_success", "authenticated"),
        status("success", "subscribed to: AM.AAA"),
        status("success", "subscribed to: A.BRK.B, Q.AAA"),
        status("success", "unsubscribed to: T.AAA"),
        status("success"),
        status("slow_consumer", "too slow"),
        status("new_one"),
    )
    assert list(controls) == [
        Connected(),
        Authenticated(),
        Acknowledged(frozenset({("AM", "AAA"), ("A", "BRK.B"), ("Q", "AAA")})),
        Acknowledged(frozenset({("T", "AAA")}), adds=False),
        Acknowledged(frozenset()),
        VenueError("slow_consumer", "too slow"),
        VenueError("new_one", ""),
    ]
    assert codec.errors == 0


def test_a_refusal_names_its_topics_where_the_vendor_does():
    codec = PolygonCodec("sip")
    decode(codec, status("connected"), status("auth_success"))
    _, (one, other) = decode(
        codec,
        status("not_authorized", "not authorized to subscribe to: Q.AAA."),
        status("error", "you are asking for too much"),
    )
    assert one.topics == {("Q", "AAA")}
    assert codec.verdict(one.code) is Verdict.REFUSED
    assert (codec.verdict(other.code), other.topics) == (Verdict.REFUSED, frozenset())


def test_who_is_not_let_in_must_be_helped_by_a_person():
    codec = PolygonCodec("sip")
    _, (_, refused) = decode(codec, status("connected"), status("not_authorized", "your plan"))
    assert codec.verdict(refused.code) is Verdict.FATAL
    verdicts = {
        "auth_failed": Verdict.FATAL,
        "auth_timeout": Verdict.RECONNECT,
        "max_connections": Verdict.SLOT,
        "slow_consumer": Verdict.RECONNECT,
        "force_disconnect": Verdict.RECONNECT,
        "anything": Verdict.NOTE,
    }
    assert {code: codec.verdict(code) for code in verdicts} == verdicts


def test_requests_name_topics_with_commas():
    codec = PolygonCodec("sip")
    topics = [("AM", "AAA"), ("Q", "BRK.B")]
    assert json.loads(codec.login("KEY", "")) == {"action": "auth", "params": "KEY"}
    asked = {"action": "subscribe", "params": "AM.AAA,Q.BRK.B"}
    assert json.loads(codec.subscribe(topics)) == asked
    assert json.loads(codec.unsubscribe(topics)) == {**asked, "action": "unsubscribe"}
    assert codec.headers == {}


def halted(ts, trading, code):
    return Status("AAA", ts, trading, code, "sip", SEEN)


def test_a_pause_at_the_band_ends_by_its_word_and_each_word_is_handed_on():
    codec = PolygonCodec("sip")
    pause = {**LULD, "i": [17], "t": OPEN}
    facts, _ = decode(codec, pause, pause, {**LULD, "i": [18], "t": OPEN_MS + 300_000})
    assert facts == [
        halted(OPEN, False, "HALTED"),
        halted(OPEN, False, "HALTED"),
        halted(OPEN + 300 * SECOND, True, "RESUMED"),
        Band("AAA", OPEN + 300 * SECOND, 4.59, 5.61, SEEN),
    ]


@pytest.mark.parametrize("condition", [27, [1, 27]])
def test_a_halt_by_a_quotes_condition_ends_with_the_first_print_after_it(condition):
    codec = PolygonCodec("sip")
    quote = {**QUOTE, "c": condition, "t": OPEN_MS + 500}
    facts, _ = decode(codec, quote, quote, SECOND_BAR, {**TRADE, "t": OPEN_MS + 499})
    assert [type(f) for f in facts] == [Status, Quote, Status, Quote, Bar, Trade]
    assert facts[0] == facts[2] == halted(OPEN + SECOND // 2, False, "NEWS_PENDING")
    # For a minute what traded before it may be reported.
    late = {**TRADE, "t": OPEN_MS + 60_499}
    assert [type(f) for f in decode(codec, late)[0]] == [Trade]
    later = {**SECOND_BAR, "s": OPEN_MS + 61_000, "e": OPEN_MS + 62_000}
    facts, _ = decode(codec, {**later, "sym": "BBB"}, later, later)
    assert [type(f) for f in facts] == [Bar, Status, Bar, Bar]
    assert facts[1] == halted(OPEN + 61 * SECOND, True, "RESUMED")


def test_a_resume_in_a_quote_ends_a_halt_and_a_new_connection_knows_of_none():
    codec = PolygonCodec("sip")
    pause = {**QUOTE, "c": 43}
    facts, _ = decode(codec, pause, {**QUOTE, "c": 16}, {**QUOTE, "c": 16})
    assert [type(f) for f in facts] == [Status, Quote, Status, Quote, Status, Quote]
    decode(codec, pause, status("connected"))
    assert decode(codec, {**TRADE, "t": OPEN_MS + 50})[0][0].ts == OPEN + 50_000_000
    assert len(decode(codec, pause)[0]) == 2


def test_a_print_that_moves_less_says_so_and_a_strange_name_is_a_number():
    codec = PolygonCodec("sip")
    facts, _ = decode(codec, {**TRADE, "c": [14, 37]}, {**TRADE, "i": "ab-c"}, {**TRADE, "i": 7})
    assert facts[0] == ConditionalTrade("AAA", FACTS[2], VOLUME)
    assert facts[1].trade_id > 0
    assert facts[2].trade_id == 7


@pytest.mark.parametrize(
    "frame", ["", b"\xff\xfe", "[", "{}", "null", "[[]]", b"\x93\x01", "[" * 5000]
)
def test_garbage_frames_are_counted(frame):
    codec = PolygonCodec("sip")
    assert codec.decode(frame, SEEN) == ([], [])
    assert codec.errors == 1
    assert codec.last_error


def test_twenty_thousand_mutated_frames_raise_nothing_and_each_is_read_or_counted():
    rng = random.Random(4)
    codec = PolygonCodec("sip")
    rows = [*ROWS, status("success", "subscribed to: AM.AAA"), status("error", "Q.AAA")]
    frames = [json.dumps(rng.sample(rows, rng.randint(1, 3))).encode() for _ in range(50)]
    for _ in range(20_000):
        frame = bytearray(rng.choice(frames))
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(frame))
            match rng.randrange(3):
                case 0:
                    frame[at] = rng.randrange(256)
                case 1:
                    del frame[at : at + rng.randint(1, 9)]
                    frame = frame or bytearray(b"[")
                case _:
                    frame[at:at] = rng.choice([b"9" * 30, b'"', b"null", b"-", b"[", b"1e999"])
        before = codec.errors
        facts, controls = codec.decode(bytes(frame), SEEN)
        assert facts or controls or codec.errors > before or bytes(frame).strip() == b"[]"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(ROWS),
            st.dictionaries(
                st.sampled_from(sorted({key for row in ROWS for key in row})), JSON, max_size=2
            ),
        ),
        max_size=5,
    )
)
def test_every_message_of_a_fuzzed_frame_is_a_fact_a_control_or_an_error(changes):
    codec = PolygonCodec("sip")
    rows = [{**row, **changed} for row, changed in changes]
    facts, controls = codec.decode(json.dumps(rows), SEEN)
    assert len(facts) - codec.further + len(controls) + codec.errors == len(rows)


def test_of_a_message_that_says_two_things_only_one_counts():
    codec = PolygonCodec("sip")
    rows = [
        {**LULD, "i": [17]},
        {**LULD, "i": [18]},
        {**QUOTE, "c": 43},
        {**QUOTE, "c": 16},
        {**LULD, "i": [17]},
        {**SECOND_BAR, "s": OPEN_MS + 61_000, "e": OPEN_MS + 62_000},
    ]
    facts, _ = decode(codec, *rows)
    assert (len(facts), codec.further) == (10, 4)


def test_real_ticks_in_the_vendors_format_decode_without_a_single_error(shared_data):
    path = shared_data / "wire" / "polygon" / "reencoded_BAC_IBM_20131008_0925_10min.jsonl.gz"
    codec = PolygonCodec("sip")
    kinds = {}
    with gzip.open(path, "rt") as lines:
        for line in lines:
            facts, _ = codec.decode(line, SEEN)
            for fact in facts:
                kinds[type(fact)] = kinds.get(type(fact), 0) + 1
    assert (codec.errors, kinds[Bar], kinds[Quote]) == (0, 415, 3513)
    assert kinds[Trade] + kinds.get(ConditionalTrade, 0) == 2698


def test_every_recorded_frame_decodes_or_is_refused_with_a_reason(shared_data):
    folder = shared_data / "wire" / "polygon"
    session = json.loads((folder / "ws_session_messages.json").read_text())
    codec = PolygonCodec("sip")
    told = [codec.decode(json.dumps(frame), SEEN) for frame in session]
    assert codec.errors == 0
    assert [len(facts) + len(controls) for facts, controls in told] == [1, 1, 1, 2]
    for example in json.loads((folder / "ws_spec_examples.json").read_text()):
        codec = PolygonCodec("sip")
        facts, _ = decode(codec, example["message"])
        if example["channel"].startswith(("/indices", "/business")) or "/NOI" in example["channel"]:
            assert (facts, codec.errors) == ([], 1)
            assert codec.last_error
        else:
            assert len(facts) + codec.errors == 1
    for path in sorted((shared_data / "wire").rglob("*.json")):
        codec = PolygonCodec("sip")
        facts, controls = codec.decode(path.read_bytes(), SEEN)
        assert facts or controls or codec.last_error
