import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz import fuzz
from tradeplat.control.protocol import (
    HEADER,
    MAX_BODY,
    Command,
    Frame,
    FrameReader,
    FrameType,
    Login,
    Nothing,
    Permit,
    Reason,
    Role,
    Shape,
    Symbols,
    pack,
    packed,
)
from tradeplat.core.errors import BadInput

COMMANDS = Shape(Command)
KILL = b'{"client":"cli-7","n":3,"epoch":2,"ts":1700000000000000000,"do":"kill","body":{"why":"x"}}'

frames = st.builds(
    Frame,
    st.integers(0, 255),
    st.binary(max_size=200),
    st.integers(0, 65_535),
    st.integers(0, (1 << 64) - 1),
)


@given(st.lists(frames, max_size=8), st.integers(1, 50))
def test_frames_arrive_as_sent_however_the_stream_is_cut(sent: list[Frame], cut: int) -> None:
    stream = b"".join(pack(frame) for frame in sent)
    reader = FrameReader()
    got = [f for n in range(0, len(stream), cut) for f in reader.feed(stream[n : n + cut])]
    assert got == sent
    assert reader.held == 0


def test_the_header_is_sixteen_bytes_as_told() -> None:
    assert HEADER.size == 16
    assert pack(Frame(8, b"ab", 3, 5)) == b"\2\0\0\0\x08\x01\3\0\5\0\0\0\0\0\0\0ab"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ((1, 68, 2, 0, 0), "found version 2, expected 1"),
        ((1, 68, 0, 0, 0), "found version 0"),
        ((MAX_BODY + 1, 68, 1, 0, 0), "expected at most 65536"),
        ((0xFFFFFFFF, 68, 1, 0, 0), "found 4294967295 bytes"),
    ],
)
def test_a_stream_that_lies_ends(header: tuple[int, ...], words: str) -> None:
    reader = FrameReader(MAX_BODY)
    good = pack(Frame(68, b"{}"))
    assert reader.feed(good + HEADER.pack(*header) + b"x" * 90) == [Frame(68, b"{}")]
    for _ in range(2):
        with pytest.raises(BadInput, match=words):
            reader.feed(b"more")
        assert reader.held == 0


def test_a_command_is_read_and_its_body_by_its_own_shape() -> None:
    found = COMMANDS.read(KILL)
    assert (found.client, found.n, found.epoch, found.do) == ("cli-7", 3, 2, "kill")
    assert Shape(Reason).read(found.body) == Reason(why="x")
    bare = COMMANDS.read(KILL.replace(b',"body":{"why":"x"}', b""))
    assert Shape(Nothing).read(bare.body) == Nothing()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        KILL[:-1],
        KILL.replace(b'"n":3', b'"n":0'),
        KILL.replace(b'"n":3', b'"n":-3'),
        KILL.replace(b'"n":3', b'"n":3.5'),
        KILL.replace(b'"n":3', b'"n":"3"'),
        KILL.replace(b'"epoch":2,', b""),
        KILL.replace(b"cli-7", b"../x"),
        KILL.replace(b"cli-7", b"a" * 65),
        KILL.replace(b"cli-7", b""),
        KILL.replace(b'"kill"', b'"rm -rf"'),
        KILL.replace(b'"do"', b'"more":1,"do"'),
        KILL.replace(b"1700000000000000000", b"1e30"),
        b"[" * 60_000,
    ],
)
def test_a_command_of_another_shape_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match="command: "):
        COMMANDS.read(data)


@pytest.mark.parametrize("symbol", ["bac", "", "../x", "A" * 33, "A B", "<img>"])
def test_what_is_no_ticker_is_never_flattened(symbol: str) -> None:
    with pytest.raises(BadInput, match="expected a ticker"):
        Shape(Symbols).read(msgspec.json.encode({"symbols": [symbol]}))


PERMIT = Permit("CHURN", "a storm", "ann", "@ema_cross", 60)


def test_a_permit_is_read_with_its_scope() -> None:
    assert Shape(Permit).read(msgspec.json.encode(PERMIT)) == PERMIT
    for scope in ("", "BRK.B", "@ema_cross"):
        body = msgspec.json.encode({"code": "CHURN", "why": "x", "scope": scope})
        assert Shape(Permit).read(body) == Permit("CHURN", "x", scope=scope)


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "bac"},
        {"scope": "@"},
        {"scope": "@../x"},
        {"scope": "A" * 66},
        {"code": "churn"},
        {"code": ""},
        {"why": " "},
        {"why": "x" * 501},
        {"who": ""},
        {"seconds": 0},
        {"seconds": 901},
        {"seconds": 1.5},
        {"revoke": "yes"},
        {"more": 1},
    ],
)
def test_a_permit_of_another_shape_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="permit: "):
        Shape(Permit).read(msgspec.json.encode({**msgspec.to_builtins(PERMIT), **change}))


def test_a_login_never_shows_its_token() -> None:
    assert "hunter2" not in repr(Login("hunter2", Role.TRADER))


def test_a_frame_of_json_is_packed_with_its_number() -> None:
    (frame,) = FrameReader().feed(packed(FrameType.HELLO, {"epoch": 1}, 7))
    assert frame == Frame(1, b'{"epoch":1}', 0, 7)


def test_twenty_thousand_broken_streams_end_in_frames_or_in_our_error() -> None:
    shapes = {
        FrameType.LOGIN: Shape(Login),
        FrameType.COMMAND: COMMANDS,
        FrameType.ANSWER: Shape(Symbols),
    }

    def reads(data: bytes) -> None:
        reader = FrameReader(MAX_BODY)
        for n in range(0, len(data), 64):
            for frame in reader.feed(data[n : n + 64]):
                shape = shapes.get(frame.type)
                if shape is not None:
                    shape.read(frame.payload)
            assert reader.held <= MAX_BODY + HEADER.size + 64

    login = packed(FrameType.LOGIN, Login("t" * 43, Role.TRADER))
    symbols = packed(FrameType.ANSWER, Symbols(("BAC", "IBM")))
    fuzz(reads, [login, login + pack(Frame(FrameType.COMMAND, KILL)) * 3, symbols, KILL])


def test_twenty_thousand_broken_commands() -> None:
    fuzz(COMMANDS.read, [KILL, KILL.replace(b"kill", b"flatten")])
