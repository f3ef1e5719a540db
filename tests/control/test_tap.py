import asyncio
from math import isnan, nan
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planes import EPOCH, Daemon, Plane
from tradeplat.control.link import MOST_UNSENT
from tradeplat.control.messages import Hello, PositionRow, Want
from tradeplat.control.protocol import Frame, FrameType, Login, Role, pack, packed
from tradeplat.control.records import FORMING, SLICE, LineKind, LineState
from tradeplat.control.scene import Scene
from tradeplat.control.server import ControlServer
from tradeplat.control.source import Line
from tradeplat.control.tap import BEAT, FLUSH, Tap
from tradeplat.control.watcher import FULL
from tradeplat.control.wire import SOCKET
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import Plot
from tradeplat.core.market import MINUTE, Bar, Quote
from tradeplat.core.record import PLOT
from tradeplat.runtime.supervisor import Supervisor
from watching import Engine, Window, encoded

AT = 1_767_364_200_000_000_000
AT -= AT % MINUTE


def bar(n: int, symbol: str = "A", close: float = 10.0, revision: int = 0) -> Bar:
    ts = AT + n * MINUTE
    return Bar(symbol, ts, 10.0, 11.0, 9.0, close, 100.0, 60, "x", revision=revision)


def quote(ts: int, price: float, symbol: str = "A") -> Quote:
    return Quote(symbol, ts, price - 0.01, 100.0, price + 0.01, 200.0, "x")


class Bench:
    """A tap over an engine that is told what it is."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.engine = Engine()
        self.tap = Tap(self.scene, self.engine)
        self.at = 0.0

    def window(self, *, reads: bool = True) -> Window:
        made = Window(reads=reads)
        self.tap.came(made.link)
        return made

    async def tick(self, times: int = 1, step: float = FLUSH) -> None:
        for _ in range(times):
            self.at += step
            await self.tap.tick(self.at)


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_a_late_comer_is_told_all_that_was(bench: Bench) -> None:
    bench.scene.declare(
        "orb", [Plot("mean", colour="#ffcc4d"), Plot("up", style="band", other="down")]
    )
    bench.scene.desk_opened(1, "A")
    for n in range(1, 4):
        bench.scene.fact(1, bar(n))
    bench.scene.note(
        1, PLOT, {"symbol": "A", "strategy": "orb", "values": {"mean": 9.5, "down": None}}
    )
    bench.scene.note(1, "alarm", {"code": "LOUD", "line": "a line"})
    window = bench.window()
    await bench.tick()
    window.read()
    a = window.id("A", 60)
    assert [row["close"] for row in window.bars[a]] == [10.0] * 3
    by_name = {study.name: study for study in window.table().studies}
    assert by_name["mean"].colour == "#ffcc4d"
    assert by_name["up"].partner == 3
    points = window.points[a]
    assert [(p["study"], p["seat"], p["ts"]) for p in points] == [
        (1, 1, AT + 3 * MINUTE),
        (3, 1, AT + 3 * MINUTE),
    ]
    assert points["value"][0] == 9.5
    assert isnan(points["value"][1])
    assert [row.code for row in window.log] == ["DESK", "LOUD"]
    assert {FrameType.POSITIONS, FrameType.STATISTICS, FrameType.TRADING} <= set(window.last)
    assert window.beats == 1
    assert len(window.curve) == 1


async def test_a_large_snapshot_goes_out_in_slices_with_rests(bench: Bench) -> None:
    for n in range(1, 2 * SLICE + 10):
        bench.scene.fact(1, bar(n))
    window = bench.window()
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        beating = group.create_task(beat())
        await bench.tick()
        beating.cancel()
    window.read()
    assert beats >= 2  # between the slices
    assert window.counts[FrameType.SNAPSHOT] == 1
    assert window.counts[FrameType.APPEND] == 2
    assert window.pipe.most == 0
    assert len(window.bars[1]) == 2 * SLICE + 9


async def test_what_happens_between_two_flushes_is_one_frame(bench: Bench) -> None:
    bench.scene.fact(1, bar(1))
    window = bench.window()
    await bench.tick()
    for n in range(100):
        bench.scene.fact(1, quote(AT + MINUTE + n, 10.0 + n / 100))
    await bench.tick()
    window.read()
    assert window.counts[FrameType.QUOTE] == 1
    assert window.counts[FrameType.APPEND] == 1
    tail = window.bars[1][-1]
    assert tail["revision"] == FORMING
    assert (tail["ts"], tail["open"], tail["close"]) == (
        AT + 2 * MINUTE,
        10.0,
        pytest.approx(10.99),
    )
    assert window.quotes[1]["ask"] == pytest.approx(11.0)
    bench.scene.fact(1, bar(2))
    bench.scene.fact(1, bar(3))
    await bench.tick()
    window.read()
    assert [row["revision"] for row in window.bars[1]] == [0, 0, 0]


async def test_nothing_is_drawn_or_kept_up_while_nobody_watches(bench: Bench) -> None:
    bench.scene.fact(1, bar(1))
    bench.scene.fact(1, quote(AT + MINUTE + 1, 10.0))
    assert bench.engine.asked == 0
    assert bench.scene.sheet("A").quote == b""
    window = bench.window()
    assert bench.engine.on
    bench.scene.fact(1, quote(AT + MINUTE + 1, 10.0))
    await bench.tick()
    bench.tap.left(window.link)
    assert not bench.engine.on
    assert not bench.scene.watched
    assert bench.engine.gone == [window.link]
    asked = bench.engine.asked
    await bench.tick(20)
    assert bench.engine.asked <= asked + 20
    assert bench.scene.sheet("A").quote == b""


async def test_who_reads_nothing_gets_no_more_market_data_and_costs_nobody_else(
    bench: Bench,
) -> None:
    stuck, reader = bench.window(reads=False), bench.window()
    for n in range(1, 20_000):
        bench.scene.fact(1, bar(n))
        if n % 2_000 == 0:
            await bench.tick()
    await bench.tick(5)
    reader.read()
    assert len(reader.bars[1]) == 19_999
    assert stuck.pipe.most < FULL + SLICE * 56 + 2_000 < 256_000
    assert not stuck.link.gone
    stuck.read()
    stuck.pipe.reads = True
    await bench.tick(3)
    stuck.read()
    assert stuck.bars[1].tobytes() == reader.bars[1].tobytes()


async def test_who_does_not_even_read_orders_is_dropped_and_begins_anew(bench: Bench) -> None:
    stuck, reader = bench.window(reads=False), bench.window()
    n = 0
    while not stuck.link.gone:
        n += 1
        bench.scene.say(n, "info", "X", "y" * 2_000)
        await bench.tick()
        reader.read()
        assert n < 2_000
    assert stuck.pipe.most <= MOST_UNSENT
    assert [row.id for row in reader.log[-n:]] == list(range(1, n + 1))
    bench.tap.left(stuck.link)
    again = bench.window()
    await bench.tick()
    again.read()
    assert again.log[-1].id == n


async def test_lines_are_told_when_they_change_and_removed_by_name(bench: Bench) -> None:
    bench.scene.fact(1, bar(1))
    stop = Line(7, 9.5, -100.0, 10.0, LineKind.STOP, LineState.WORKING, "orb")
    bench.engine.lined["A"] = [stop, stop._replace(key=8, kind=LineKind.ENTRY, reference=nan)]
    window = bench.window()
    await bench.tick()
    window.read()
    assert {key: row["price"] for key, row in window.lines[1].items()} == {7: 9.5, 8: 9.5}
    bench.engine.lined["A"] = [stop._replace(price=9.75, state=LineState.REPLACING)]
    await bench.tick(10, BEAT)
    window.read()
    assert list(window.lines[1]) == [7]
    assert (window.lines[1][7]["price"], window.lines[1][7]["state"]) == (9.75, 2)
    told = window.counts[FrameType.PRICE_LINE]
    await bench.tick(10, BEAT)
    window.read()
    assert window.counts[FrameType.PRICE_LINE] == told == 2


async def test_pictures_go_out_when_they_change(bench: Bench) -> None:
    window = bench.window()
    await bench.tick(4, BEAT)
    window.read()
    assert window.counts[FrameType.POSITIONS] == 1
    bench.engine.now += 1
    await bench.tick(4, BEAT)
    window.read()
    assert window.counts[FrameType.POSITIONS] == 1
    bench.engine.rows = (
        PositionRow("A", "orb", 1.0, 2.0, 3.0, None, None, 1.0, 0.0, protected=False),
    )
    await bench.tick(4, BEAT)
    window.read()
    assert window.counts[FrameType.POSITIONS] == 2
    assert window.beats == 12


async def test_a_client_may_begin_anew_or_watch_less(bench: Bench) -> None:
    bench.scene.fact(1, bar(1, "A"))
    bench.scene.fact(1, bar(1, "B"))
    window = bench.window()
    await bench.tick()
    window.read()
    for ask, count in (
        (Frame(FrameType.SNAPSHOT, b"", 2), 1),
        (Frame(FrameType.SNAPSHOT), 2),
        (Frame(FrameType.WANT, encoded(Want(("B", "NONE")))), 1),
        (Frame(FrameType.WANT, encoded(Want(()))), 2),
    ):
        before = window.counts[FrameType.SNAPSHOT]
        bench.tap.asked(ask, window.link)
        await bench.tick()
        window.read()
        assert window.counts[FrameType.SNAPSHOT] == before + count
    bench.tap.asked(Frame(FrameType.WANT, encoded(Want(None, ("A",)))), window.link)
    bench.scene.fact(1, bar(2, "A"))
    bench.scene.fact(1, bar(2, "B"))
    await bench.tick()
    window.read()
    assert (len(window.bars[1]), len(window.bars[2])) == (2, 1)
    for wrong in (
        Frame(FrameType.SNAPSHOT, b"x"),
        Frame(FrameType.SNAPSHOT, b"", 99),
        Frame(FrameType.WANT, b'{"all":1}'),
    ):
        with pytest.raises(BadInput):
            bench.tap.asked(wrong, window.link)


async def test_after_a_reset_a_window_shows_only_what_came_since(bench: Bench) -> None:
    for n in range(1, 5):
        bench.scene.fact(1, bar(n))
    window = bench.window()
    await bench.tick()
    bench.scene.forget()
    bench.tap.reset("seek", AT)
    bench.scene.fact(1, bar(1))
    await bench.tick()
    window.read()
    assert window.last[FrameType.RESET].cursor == AT
    assert sum(map(len, window.bars.values())) == 1
    assert [entry.name for entry in window.table().symbols] == ["A"]


async def test_on_the_way_to_a_cursor_only_the_heart_is_heard(bench: Bench) -> None:
    window = bench.window()
    bench.scene.fact(1, bar(1))
    await bench.tick()
    window.read()
    before = dict(window.counts)
    bench.tap.hold()
    bench.scene.forget()
    bench.tap.reset("seek", AT)
    bench.scene.fact(1, bar(1))
    bench.scene.fact(1, bar(2))
    await bench.tick(3, BEAT)
    window.read()
    more = {kind: n - before.get(kind, 0) for kind, n in window.counts.items()}
    assert {kind for kind, n in more.items() if n} == {FrameType.HEARTBEAT}
    assert len(window.bars[1]) == 1
    bench.tap.let_go()
    await bench.tick()
    window.read()
    assert window.last[FrameType.RESET].cursor == AT
    assert len(window.bars[1]) == 2
    bench.tap.hold()
    bench.scene.fact(1, bar(3))
    for n in range(300):
        bench.scene.say(1, "info", "X", str(n))
    bench.tap.let_go()
    await bench.tick()
    window.read()
    assert window.counts[FrameType.RESET] == 1
    assert len(window.bars[1]) == 3
    assert [row.text for row in window.log] == [str(n) for n in range(300)]


async def test_whoever_only_stops_or_asks_is_told_nothing(bench: Bench) -> None:
    killer = Window(Role.KILL)
    asker = Window()
    asker.link.watching = False
    for one in (killer, asker):
        bench.tap.came(one.link)
    await bench.tick(3, BEAT)
    assert bench.tap.clients == 0
    assert killer.pipe.sent == asker.pipe.sent == b""


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("bar"), st.integers(1, 12), st.integers(1, 3)),
            st.tuples(st.just("quote"), st.integers(0, 12 * 60), st.integers(1, 9)),
            st.tuples(st.just("tick"), st.just(0), st.just(0)),
            st.tuples(st.just("stall"), st.just(0), st.just(0)),
        ),
        max_size=60,
    )
)
@settings(max_examples=60, deadline=None)
def test_a_window_ends_up_with_what_the_engine_has_whatever_came_when(events: list) -> None:
    async def played() -> None:
        bench = Bench()
        window = bench.window()
        for kind, at, value in events:
            if kind == "bar":
                bench.scene.fact(1, bar(at, close=10.0 + value / 10, revision=value - 1))
            elif kind == "quote":
                bench.scene.fact(1, quote(AT + at * MINUTE // 60, 10.0 + value / 10))
            elif kind == "stall":
                window.pipe.unsent = FULL + 1
            else:
                await bench.tick()
                window.read()
        window.pipe.unsent = 0
        await bench.tick(3)
        window.read()
        for sheet in bench.scene.sheets.values():
            for series in sheet.series:
                held = window.bars[series.id].tobytes()
                assert held == bytes(series.rows) + series.tail
                assert np.all(np.diff(window.bars[series.id]["ts"]) > 0)

    asyncio.run(played())


async def test_clients_that_stall_or_die_on_the_wire_change_nothing_for_others(
    tmp_path: Path,
) -> None:
    """One reads nothing, one reads a little, one dies in the middle of a frame it sends."""
    bench = Bench()
    daemon = Daemon()
    async with Supervisor(np.random.default_rng(1)) as supervisor:
        engine = msgspec.structs.replace(
            daemon.engine(supervisor),
            audience=bench.tap,
            hello=lambda: Hello(1, EPOCH, "run-1", "PAPER"),
        )
        async with ControlServer(engine, tmp_path) as server:
            supervisor.start("tap", bench.tap.run)
            plane = Plane(daemon, server, tmp_path)
            login = packed(FrameType.LOGIN, Login(plane.token(Role.VIEWER), Role.VIEWER))
            streams = [await asyncio.open_unix_connection(tmp_path / SOCKET) for _ in range(4)]
            for _, writer in streams:
                writer.write(login)
            (stuck, _), (slow, _), (_, dying), (fast, _) = streams
            stuck._transport.pause_reading()
            window = Window()
            for n in range(1, 12_000):
                bench.scene.fact(1, bar(n))
                if n % 500 == 0:
                    await asyncio.sleep(0.001)
            dying.write(pack(Frame(FrameType.WANT, b"x" * 60))[:30])
            await dying.drain()
            dying.transport.abort()
            async with asyncio.timeout(30):
                while len(window.bars[1]) < 11_999:
                    window.read(await fast.read(65_536))
                beats = window.beats
                while window.beats < beats + 3:
                    window.read(await fast.read(65_536))
                    await slow.read(512)
                while bench.tap.clients > 3:
                    await asyncio.sleep(0.01)
            unsent = [link.unsent for link in server.reception.links]
            assert max(unsent) < 256_000
            assert len(unsent) == 3
            assert supervisor.quarantined == {}
            for _, writer in streams:
                writer.transport.abort()
            async with asyncio.timeout(30):
                while bench.tap.clients:
                    await asyncio.sleep(0.01)
            assert not bench.scene.watched
