"""Twenty thousand broken inputs for anything that reads bytes from outside, in a few seconds."""

import gc
import os
import resource
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from tradeplat.core.errors import TradeplatError

INPUTS = int(os.environ.get("FUZZ_INPUTS", "20000"))
"""Inputs a parser is shown; a nightly run asks for a million."""
MOST_SECONDS = 1.0
"""One input that takes longer counts as a hang."""
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


def mutated(seeds: Sequence[bytes], count: int, seed: int = 1) -> Iterable[bytes]:
    """`count` inputs: seeds as they are, then broken in one to four places each."""
    rng = np.random.default_rng(seed)
    for n in range(count):
        found = bytearray(seeds[n % len(seeds)])
        if n < len(seeds):
            yield bytes(found)
            continue
        for _ in range(int(rng.integers(1, 5))):
            _break(found, rng, seeds)
        yield bytes(found)


def _break(data: bytearray, rng: np.random.Generator, seeds: Sequence[bytes]) -> None:
    """Harm `data` in one place."""
    at = int(rng.integers(0, len(data) + 1))
    span = int(rng.integers(1, 9))
    kind = int(rng.integers(0, 8))
    if kind == 0 and data:
        data[min(at, len(data) - 1)] ^= 1 << int(rng.integers(0, 8))
    elif kind == 1:
        del data[at : at + span]
    elif kind == 2:
        data[at:at] = rng.integers(0, 256, span, dtype=np.uint8).tobytes()
    elif kind == 3:
        del data[at:]
    elif kind == 4:
        # Long tokens are rare, or time goes into copying them.
        token = TOKENS[int(rng.integers(0, len(TOKENS)))]
        if len(token) < 1_000 or rng.integers(0, 40) == 0:
            data[at : at + span] = token
    elif kind == 5:
        data[at:at] = data[at : at + span * 4]
    elif kind == 6:
        other = seeds[int(rng.integers(0, len(seeds)))]
        start = int(rng.integers(0, len(other) + 1))
        data[at : at + span] = other[start : start + span * 8]
    else:
        _swap_word(data, rng)


_WORDS = (b"0", b"-1", b"1e400", b"null", b"true", b'""', b'"x"', b"[]", b"{}", b"nan", b"1.5")


def _swap_word(data: bytearray, rng: np.random.Generator) -> None:
    """Put another value where one stands: between a colon or comma and the next separator."""
    marks = [n for n, byte in enumerate(data[:4_096]) if byte in b":,\n"]
    if not marks:
        return
    start = marks[int(rng.integers(0, len(marks)))] + 1
    end = start
    while end < len(data) and data[end] not in b",}]\n":
        end += 1
    data[start:end] = _WORDS[int(rng.integers(0, len(_WORDS)))]


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
        began = time.perf_counter()
        try:
            reads(data)
        except errors:
            tally.refused += 1
        except Exception as error:
            raise AssertionError(f"{type(error).__name__}: {error}: {data[:400]!r}") from error
        else:
            tally.read += 1
        tally.slowest = max(tally.slowest, time.perf_counter() - began)
    gc.collect()
    grown = _resident() - before
    assert tally.slowest < MOST_SECONDS, f"an input took {tally.slowest:.1f} s"
    assert grown < MOST_GROWTH, f"grew by {grown >> 20} MiB"
    assert tally.read, "every input was refused"
    assert tally.refused, "no input was refused"
    return tally
