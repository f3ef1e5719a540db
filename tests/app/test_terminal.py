import asyncio
import io
import os
import subprocess
import termios

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminals import opened, python
from tradeplat.app.terminal import KeyDecoder, keys, restorer, usable

SENT = {
    b"b": ["b"],
    b"X": ["X"],
    b"?": ["?"],
    "é".encode(): ["é"],
    b"\x1b[A": ["up"],
    b"\x1bOB": ["down"],
    b"\x1b[5~": ["pageup"],
    b"\x1b[20~": ["f9"],
    b"\x1bOP": ["f1"],
    b"\r": ["enter"],
    b"\x7f": ["backspace"],
    b" ": ["space"],
    b"\x01": [],
    b"\x1bb": [],
    b"\x1b[1;5A": [],
    b"\x1b[99~": [],
    b"\x1b[200~bbXXq\x1b[201~": [],
}


@pytest.mark.parametrize(("sent", "expected"), SENT.items())
def test_what_a_terminal_sends_is_named(sent: bytes, expected: list[str]) -> None:
    assert KeyDecoder().feed(sent, 0.0) == expected


@given(st.lists(st.sampled_from(list(SENT)), max_size=12), st.lists(st.integers(1, 5)))
def test_keys_are_the_same_however_the_bytes_were_cut(sent: list[bytes], cuts: list[int]) -> None:
    data, decoder, got = b"".join(sent), KeyDecoder(), []
    for size in [*cuts, len(data)]:
        got += decoder.feed(data[:size], 0.0)
        data = data[size:]
    got += decoder.feed(data, 0.0)
    assert got == [key for one in sent for key in SENT[one]]


@given(st.lists(st.tuples(st.binary(max_size=50), st.floats(0, 1)), max_size=20))
def test_no_bytes_break_the_decoder_or_leave_it_stuck(chunks) -> None:
    decoder, at = KeyDecoder(), 0.0
    for data, passed in chunks:
        at += passed
        assert all(isinstance(key, str) and key for key in decoder.feed(data, at))
    decoder.feed(b"\x1b[201~" + b"q" * 40, at + 1)
    assert decoder.feed(b"b", at + 2) == ["b"]


def test_an_escape_nothing_followed_was_the_key() -> None:
    decoder = KeyDecoder()
    assert decoder.feed(b"\x1b", 0.0) == []
    assert decoder.feed(b"b", 1.0) == ["esc", "b"]


def test_a_pipe_is_no_keyboard() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as pipe, os.fdopen(writing, "w"):
        assert not usable(pipe)
        restorer(pipe)()
    assert not usable(pipe)
    assert not usable(io.StringIO())


TYPED = """
import asyncio, sys
from tradeplat.app.terminal import keys, usable

async def main():
    got = asyncio.Queue()
    assert usable(sys.stdin)
    with keys(sys.stdin, sys.stderr, got.put_nowait):
        print("ready", flush=True)
        while (key := await got.get()) != "q":
            print(f"<{key}>", flush=True)
        {ending}

asyncio.run(main())
"""


@pytest.mark.parametrize("ending", ["pass", "raise SystemExit(3)", "1 / 0"])
def test_keys_come_one_by_one_and_the_terminal_is_put_back_however_it_ends(ending: str) -> None:
    ours, theirs = opened()
    before = termios.tcgetattr(theirs)
    code = TYPED.replace("{ending}", ending)
    child = python(theirs, "-c", code, stdout=subprocess.PIPE, stderr=theirs)
    assert child.stdout is not None
    with child:
        assert child.stdout.readline() == "ready\n"
        assert termios.tcgetattr(theirs)[3] & termios.ICANON == 0
        for typed, key in ((b"b", "b"), (b"\x1b[B", "down")):
            os.write(ours, typed)
            assert child.stdout.readline() == f"<{key}>\n"
        os.write(ours, b"q")
        # Where nobody reads a terminal, a child that fails waits to tell why.
        said = os.read(ours, 10_000)
        while b"?2004l" not in said:
            said += os.read(ours, 10_000)
        child.wait(20)
    assert b"?2004h" in said
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)


async def test_a_terminal_that_went_away_is_read_no_more() -> None:
    ours, theirs = opened()
    got: list[str] = []
    with os.fdopen(theirs) as stdin, keys(stdin, io.StringIO(), got.append):
        # Not our controlling terminal: reading it is put off, never done.
        os.write(ours, b"b")
        await asyncio.sleep(0)
        os.close(ours)
        await asyncio.sleep(0)
    assert got == []
