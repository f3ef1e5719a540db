"""Any streams merge into one, in order, each bar once, no instant split."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.core.market import Bar, MarketEvent, Quote, Status, Stretch
from tradeplat.history import merge
from tradeplat.history.merge import CHUNK, Rows, Stream, merged


def blocks(times: list[int], width: int, sizes: list[int], mark: float) -> Iterator[Rows]:
    """`times` cut into blocks of `sizes` rows, over and over; column 0 is `mark`."""
    at = turn = 0
    while at < len(times):
        part = times[at : at + sizes[turn % len(sizes)]]
        columns = [np.full(len(part), mark if n == 0 else float(n)) for n in range(width)]
        yield Rows(np.array(part, "i8"), columns)
        at += len(part)
        turn += 1


stream_parts = st.tuples(
    st.sampled_from("AB"),
    st.sampled_from([0, 1, 2]),
    st.sampled_from([1, 60]),
    st.lists(st.integers(0, 40), max_size=30),
    st.lists(st.integers(1, 7), min_size=1, max_size=3),
)


def built(parts) -> tuple[list[Stream], list[tuple[tuple[int, str, int, int, int], float]]]:
    """Streams, and every row of theirs as (order, mark)."""
    streams, rows = [], []
    for number, (symbol, rank, span, times, sizes) in enumerate(parts):
        ascending = sorted(set(times)) if rank == 2 else sorted(times)
        width = {0: 1, 1: 4, 2: 5}[rank]
        mark = 0.0 if rank == 0 else float(number)
        length = span if rank == 2 else 0
        first = ascending[0] - number % 3 if ascending else 0
        stream = Stream(symbol, rank, length, first, blocks(ascending, width, sizes, mark))
        if rank == 0:
            stream.statuses = [Status(symbol, 0, True, str(number), "csv")]
        streams.append(stream)
        rows += [((ts, symbol, rank, length, number), mark) for ts in ascending]
    return streams, rows


def told(event: MarketEvent) -> tuple[int, str, int, int, float]:
    match event:
        case Bar():
            return event.ts, event.symbol, 2, event.span, event.open
        case Quote():
            return event.ts, event.symbol, 1, 0, event.bid
    raise AssertionError(event)


@settings(max_examples=150, deadline=None)
@given(
    parts=st.lists(stream_parts.filter(lambda part: part[1] > 0), max_size=6),
    window=st.sampled_from([1, 300, 65_536]),
)
def test_the_merger_is_the_sort_of_all_rows_without_repeats(parts, window: int):
    streams, rows = built(parts)
    expected, seen = [], set()
    for (ts, symbol, rank, span, _), mark in sorted(rows):
        if rank == 2 and (ts, symbol, span) in seen:
            continue
        seen.add((ts, symbol, span) if rank == 2 else None)
        expected.append((ts, symbol, rank, span, mark))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merge, "_WINDOW", window)
        chunks = list(merged(streams))
    assert [told(event) for chunk in chunks for event in chunk] == expected
    assert all(chunks)
    assert all(one[-1].ts < two[0].ts for one, two in pairwise(chunks))
    for chunk in chunks:
        kinds = {(event.symbol, type(event), getattr(event, "span", 0)) for event in chunk}
        lone = len(kinds) == 1 and all(one.ts < two.ts for one, two in pairwise(chunk))
        assert isinstance(chunk, Stretch) == (lone and type(chunk[0]) is Bar)
    assert sum(stream.delivered for stream in streams) == len(expected)
    assert sum(stream.repeats for stream in streams) == len(rows) - len(expected)


def test_statuses_come_first_at_their_instant():
    halts = [Status("A", ts, False, "T1", "csv") for ts in (5, 9)]
    status = Stream("A", 0, 0, 5, iter([Rows(np.array([5, 9], "i8"), [np.array([0.0, 1.0])])]))
    status.statuses = halts
    quote = Stream("A", 1, 0, 5, blocks([5, 7, 9], 4, [2], 1.0))
    bar = Stream("A", 2, 1, 5, blocks([5, 9], 5, [2], 1.0))
    found = [event for chunk in merged([bar, quote, status]) for event in chunk]
    assert [(event.ts, type(event)) for event in found] == [
        (5, Status), (5, Quote), (5, Bar), (7, Quote), (9, Status), (9, Quote), (9, Bar),
    ]  # fmt: skip
    assert [event for event in found if isinstance(event, Status)] == halts


def test_chunks_are_bounded_but_hold_an_instant_whole():
    many = Stream("A", 1, 0, 0, blocks([*range(5000), *[6000] * 9000, 7000], 4, [1000], 1.0))
    sizes = [len(chunk) for chunk in merged([many])]
    assert sum(sizes) == 14_001
    assert [size for size in sizes if size > CHUNK] == [9000]


def test_a_stream_is_opened_only_when_it_is_due():
    opened: list[str] = []

    def late(name: str, times: list[int]) -> Iterator[Rows]:
        opened.append(name)
        yield from blocks(times, 5, [10], 1.0)

    streams = [
        Stream("A", 2, 1, day * 100, late(str(day), list(range(day * 100, day * 100 + 50))))
        for day in range(5)
    ]
    chunks = merged(streams)
    next(chunks)
    assert opened == ["0"]
    assert sum(len(chunk) for chunk in chunks) == 5 * 50 - 10 + 1
    assert opened == ["0", "1", "2", "3", "4"]


def test_no_streams_give_no_chunks():
    assert list(merged([])) == []
