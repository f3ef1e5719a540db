"""F25: bars repeated or out of order after a reconnect or at warm-up."""

from hypothesis import given, settings
from hypothesis import strategies as st

from faultsim.running import run_sim
from fed import Fed, fed
from tradeplat.core.market import MINUTE, SECOND, Bar
from tradeplat.streams.ordering import Ordering

SPANS = (1, 60)


def bar(span: int, number: int, value: float) -> Bar:
    ts = number * span * SECOND
    return Bar("A", ts, value, value, value, value, 1.0, span, "t")


BARS = st.builds(
    bar, st.sampled_from(SPANS), st.integers(1, 240), st.sampled_from([1.0, 1.0, 1.0, 2.0])
)
ONE_MINUTE = [bar(60, n, 1.0) for n in range(1, 5)] + [bar(1, n, 1.0) for n in range(1, 241)]
STEPS = st.lists(
    st.one_of(BARS.map(lambda b: ("live", [b])), st.lists(BARS).map(lambda b: ("history", b))),
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_f25_over_all_merges_the_keys_of_each_span_strictly_increase(
    steps: list[tuple[str, list[Bar]]],
) -> None:
    ordering = Ordering(SPANS)
    last = dict.fromkeys(SPANS, 0)
    for kind, bars in steps:
        if kind == "live":
            out = [b for b in ordering.admit(bars[0]) if isinstance(b, Bar)]
        else:
            out, amended = ordering.absorb(bars)
            assert all(b.revision for b in amended)
        for delivered in out:
            if delivered.revision:
                assert delivered.ts <= max(last.values())
                continue
            # After all of its own span, and of the coarser one that it is a part of.
            assert delivered.ts > max(at for span, at in last.items() if span >= delivered.span)
            last[delivered.span] = delivered.ts


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 3), st.randoms(use_true_random=False))
def test_f25_history_shuffled_and_repeated_leaves_no_bar_out(kept: int, shuffle) -> None:
    ordering = Ordering(SPANS)
    first = [b for b in ONE_MINUTE if b.ts <= kept * MINUTE]
    seen = list(ordering.absorb(first)[0])
    again = ONE_MINUTE * 2
    shuffle.shuffle(again)
    new, amended = ordering.absorb(again)
    assert amended == []
    keys = sorted((b.span, b.ts) for b in (*seen, *new))
    assert keys == sorted((b.span, b.ts) for b in ONE_MINUTE)


def test_f25_a_replaying_disordered_stream_shows_each_bar_once_in_order() -> None:
    async def scene(f: Fed) -> None:
        await f.live()
        f.harm("stream_replay", probability=0.2, socket="data")
        f.harm("stream_duplicate", probability=0.2, socket="data")
        f.harm("stream_reorder", probability=0.1, socket="data")
        await f.until(lambda: len(f.bars()) >= 6, 1200.0)
        f.cut()
        await f.until(lambda: len(f.bars()) >= 9, 600.0)
        for symbol in f.shown:
            times = [b.ts for b in f.bars(symbol)]
            assert times == sorted(set(times))
            quotes = [q.ts for q in f.quotes(symbol)]
            assert quotes == sorted(quotes)

    async def play() -> None:
        async with fed(minutes=14) as f:
            await scene(f)

    run_sim(play, 1)
