"""Twenty thousand broken inputs for anything that reads bytes from outside, in a few seconds."""

import gc
import os
import re
import resource
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from tradeplat.core.errors import TradeplatError

INPUTS = int(os.environ.get("FUZZ_INPUTS", "20000"))
"""Inputs a parser is shown; a nightly run asks for a million."""
MOST_SECONDS = 1.0
"""One input that takes more of the processor counts as a hang."""
MOST_GROWTH = 50 << 20
"""Bytes by which the process may grow over all inputs."""

TOKENS = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b'""',
    b"-1",
    b"0",
    b"1e999",
    b"-1e999",
    b"NaN",
    b"nan",
    b"inf",
    b"-Infinity",
    b"9" * 400,
    b"0." + b"0" * 400 + b"1",
    b"99999999999999999999",
    b"1e-999999",
    b"1E+1000000",
    b'"\\ud800"',
    b"[" * 5_000,
    b'{"a":' * 2_000,
    b"2024-02-30T25:61:61Z",
    b"9999-12-31T23:59:59.999999999Z",
    b"0001-01-01T00:00:00Z",
    b"../../../etc/passwd",
    b"\r\n",
    b"\n",
    b",",
    b'"',
    b"\xc2\xa0",
    "\uff11\uff12\uff13".encode(),
    b"=" * 3,
    b"A" * 70_000,
)


class _Dice:
    """Many small random numbers, drawn at once: drawing them one by one takes longer than most
    parsers do.
    """

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._drawn: list[int] = []

    def __call__(self, below: int) -> int:
        if not self._drawn:
            self._drawn = self._rng.integers(0, 1 << 40, 4_096).tolist()
        return self._drawn.pop() % below


def mutated(seeds: Sequence[bytes], count: int, seed: int = 1) -> Iterable[bytes]:
    """`count` inputs: seeds as they are, then broken in one to four places each."""
    dice = _Dice(seed)
    for n in range(count):
        found = bytearray(seeds[n % len(seeds)])
        if n < len(seeds):
            yield bytes(found)
            continue
        for _ in range(1 + dice(4)):
            _break(found, dice, seeds)
        yield bytes(found)


def _break(data: bytearray, dice: _Dice, seeds: Sequence[bytes]) -> None:
    """Harm `data` in one place."""
    at = dice(len(data) + 1)
    span = 1 + dice(8)
    kind = dice(8)
    if kind == 0 and data:
        data[min(at, len(data) - 1)] ^= 1 << dice(8)
    elif kind == 1:
        del data[at : at + span]
    elif kind == 2:
        data[at:at] = bytes(dice(256) for _ in range(span))
    elif kind == 3:
        del data[at:]
    elif kind == 4:
        # Long tokens are rare, or time goes into copying them.
        token = TOKENS[dice(len(TOKENS))]
        if len(token) < 1_000 or dice(40) == 0:
            data[at : at + span] = token
    elif kind == 5:
        data[at:at] = data[at : at + span * 4]
    elif kind == 6:
        other = seeds[dice(len(seeds))]
        start = dice(len(other) + 1)
        data[at : at + span] = other[start : start + span * 8]
    else:
        _swap_word(data, dice)


_MARKS, _ENDS = re.compile(rb"[:,\n]"), re.compile(rb"[,}\]\n]")
_WORDS = (b"0", b"-1", b"1e400", b"null", b"true", b'""', b'"x"', b"[]", b"{}", b"nan", b"1.5")


def _swap_word(data: bytearray, dice: _Dice) -> None:
    """Put another value where one stands: between a colon or comma and the next separator."""
    marks = [found.end() for found in _MARKS.finditer(data, 0, 4_096)]
    if not marks:
        return
    start = marks[dice(len(marks))]
    end = _ENDS.search(data, start)
    data[start : end.start() if end else len(data)] = _WORDS[dice(len(_WORDS))]


def _resident() -> int:
    """Bytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


class Tally:
    """How a run of inputs went."""

    def __init__(self) -> None:
        self.read = 0
        self.refused = 0
        self.slowest = 0.0


class _Shown:
    """Tells the input with whatever its block raises, and holds nothing back."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None:
            error.add_note(f"read: {self._data[:400]!r}")


def fuzz(
    reads: Callable[[bytes], object],
    seeds: Sequence[bytes],
    count: int = INPUTS,
    errors: tuple[type[Exception], ...] = (TradeplatError,),
) -> Tally:
    """Show `reads` the inputs: only `errors` may come out, none may hang, nothing may pile up.

    Both kinds of answer have to happen: a reader that refuses all, or nothing, was not tested.
    """
    tally = Tally()
    gc.collect()
    before = 0
    for n, data in enumerate(mutated(seeds, count)):
        if n == count // 4:
            # What is kept for good, compiled patterns and pools of memory, is there by now.
            before = _resident()
        began = time.process_time()
        with _Shown(data):
            try:
                reads(data)
            except errors:
                tally.refused += 1
            else:
                tally.read += 1
        tally.slowest = max(tally.slowest, time.process_time() - began)
    gc.collect()
    grown = _resident() - before
    assert tally.slowest < MOST_SECONDS, f"an input took {tally.slowest:.1f} s"
    assert grown < MOST_GROWTH, f"grew by {grown >> 20} MiB"
    assert tally.read, "every input was refused"
    assert tally.refused, "no input was refused"
    return tally
