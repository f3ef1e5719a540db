import asyncio
import json
import time
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from tradeplat.app import rehearsal, replaying, rerunning
from tradeplat.app.control_commands import Where
from tradeplat.app.handling import CONTROL
from tradeplat.app.order_commands import Wish, order
from tradeplat.app.run_folder import EVENTS, RunFolder
from tradeplat.control.actions import Call
from tradeplat.control.client import connected
from tradeplat.control.orders import Enter, Seen
from tradeplat.control.protocol import FrameType, Nothing, Role, pack
from tradeplat.journal.reader import Record
from watching import Window

SAMPLE = Path(__file__).parents[2] / "backtest_data"


def request(out: Path | None = None) -> replaying.Request:
    quick = ("fast_span=2", "slow_span=4", "atr_span=2", "span=60")
    return replaying.Request((SAMPLE / "MIRQ",), ("ema_cross",), quick, out=out, quiet=True)


class Seat:
    """A window at a served replay."""

    def __init__(self, client, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.window = Window()
        self.window.sequence = 1
        self.outcomes: dict[int, dict] = {}

    async def hear(self) -> None:
        async for frame in self.client.frames():
            self.window.read(pack(frame))
            if frame.type == FrameType.OUTCOME:
                body = json.loads(frame.payload)
                self.outcomes[body["n"]] = body

    async def does(self, do: str, body: object = None) -> dict:
        number = await self.client.send(do, *(() if body is None else (body,)))
        async with asyncio.timeout(60):
            while number not in self.outcomes:
                await asyncio.sleep(0.005)
        return self.outcomes[number]

    async def shown(self, ready) -> None:
        async with asyncio.timeout(60):
            while not ready():
                await asyncio.sleep(0.02)


@asynccontextmanager
async def served(tmp_path: Path):
    out = tmp_path / "served"
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    running = asyncio.create_task(
        asyncio.to_thread(
            rehearsal.run,
            request(out),
            None,
            [],
            lambda *_: loop.call_soon_threadsafe(told.set),
        )
    )
    async with asyncio.timeout(60):
        await told.wait()
    async with connected(out, Role.TRADER, "gui-1", time.time_ns, watching=True) as client:
        seat = Seat(client, out)
        hearing = asyncio.create_task(seat.hear())
        try:
            yield seat
        finally:
            await client.send("close")
            async with asyncio.timeout(60):
                seat.outcome = await running
            hearing.cancel()


@pytest.fixture(autouse=True)
def no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a main thread hears signals."""
    monkeypatch.setattr(rehearsal.Interruption, "listen", lambda self: None)


async def test_a_replay_in_a_window_decides_what_a_replay_without_one_does(tmp_path: Path) -> None:
    alone = await asyncio.to_thread(replaying.run, request(), None, [])
    async with served(tmp_path) as seat:
        assert seat.client.hello["mode"] == "REPLAY"
        ended = await seat.does("end")
        assert ended["detail"]["state"] == "done"
        first = seat.folder
        told = seat.window.last
        await seat.shown(lambda: told[FrameType.STATISTICS].figures.get("bars") == 1137)
        figures = told[FrameType.STATISTICS].figures
    numbers = seat.outcome.numbers
    for name in ("decisions_sha256", "fills_sha256", "orders", "fills", "net", "bars"):
        assert numbers[name] == alone.numbers[name], name
    written = json.loads((first / "metrics.json").read_text())
    assert {name: written[name] for name in figures} == figures
    assert figures["summary"]["net"] == alone.numbers["net"]


async def test_going_back_shows_what_a_fresh_run_to_there_shows(tmp_path: Path) -> None:
    async with served(tmp_path) as seat:
        window = seat.window

        async def settled() -> None:
            """Every picture was drawn anew since."""
            beats = window.beats
            await seat.shown(lambda: window.beats >= beats + 3)

        def picture() -> tuple:
            bars = {one.name: window.bars[one.id].tobytes() for one in window.table().symbols}
            figures = window.last[FrameType.STATISTICS].figures
            held = window.last[FrameType.POSITIONS].rows
            fills = [(one.ts, one.quantity, one.price) for one in window.fills]
            states = [(row.intent, row.values) for row in window.last[FrameType.STRATEGIES].rows]
            return bars, figures, held, fills, states, window.curve.tobytes()

        await seat.does("step", {"bars": 30})
        await settled()
        assert window.last[FrameType.REPLAY].bar == 30
        fresh = picture()
        await seat.does("end")
        await settled()
        assert picture() != fresh
        await seat.does("step", {"bars": 30 - window.last[FrameType.REPLAY].bars})
        await settled()
        assert window.last[FrameType.REPLAY].bar == 30
        assert picture() == fresh
        assert window.counts[FrameType.RESET] == 1
        assert window.last[FrameType.REPLAY].behind > 0


async def test_a_person_trades_by_hand_inside_a_replay(tmp_path: Path) -> None:
    async with served(tmp_path) as seat:
        await seat.does("step", {"bars": 12})
        await seat.shown(
            lambda: seat.window.last.get(FrameType.SYMBOLS) and seat.window.table().symbols
        )
        symbol = seat.window.table().symbols[0].name
        assert (await seat.does("arm"))["done"]
        bought = await seat.does(
            "enter", {"symbol": symbol, "side": "buy", "shares": 5, "stop": 0.01}
        )
        assert bought["done"], bought["text"]
        await seat.does("step", {"bars": 3})
        await seat.shown(lambda: any(fill.strategy == "manual" for fill in seat.window.fills))
        assert (await seat.does("flatten", {}))["done"]
        await seat.does("step", {"bars": 3})
        wish = Wish(what="buy", symbol=symbol, shares=1.0)
        refused = await asyncio.to_thread(order, Where(run=seat.folder), wish)
        assert refused.numbers["code"] == "DISARMED"
        await seat.shown(lambda: len([f for f in seat.window.fills if f.strategy == "manual"]) == 2)
        told = await seat.does("inspect", {"symbol": symbol, "strategy": "ema_cross"})
        assert told["detail"]["state"]
        await seat.does("step", {"bars": -4})
        await seat.does("end")
    again = rerunning.run(seat.folder)
    assert again.numbers["same"], again.text
    assert again.numbers["decisions_sha256"] == seat.outcome.numbers["decisions_sha256"]
    notes = [one for one in Record(seat.folder / EVENTS) if getattr(one, "topic", "") == CONTROL]
    assert {one.body["do"] for one in notes if "lost_at" in one.body} >= {"arm", "enter", "flatten"}
    assert seat.outcome.numbers["report"] == str(seat.folder / "report.html")


class Bench:
    """A replay without a socket, and a window that is shown all of it."""

    def __init__(self, tmp_path: Path) -> None:
        asked = request(tmp_path)
        data = replaying.opened(asked)
        settings = replaying.configured(asked, data, None, [])
        self.rehearsal = rehearsal.Rehearsal(settings, data, RunFolder(tmp_path))
        self.player = self.rehearsal.player
        self.window = Window()
        self.rehearsal.tap.came(self.window.link)
        self.at = 0.0
        self.inspect = self.rehearsal.hands.deeds()["inspect"]

    async def picture(self) -> dict[str, object]:
        """Everything that a window shows, and all that strategies remember."""
        for _ in range(3):
            self.at += 1.0
            await self.rehearsal.tap.tick(self.at)
        window = self.window
        window.read()
        names = {one.id: (one.name, one.span) for one in window.table().symbols}
        told = {
            kind: {names[at]: rows.tobytes() for at, rows in kept.items()}
            for kind, kept in (("bars", window.bars), ("points", window.points))
        }
        told["markers"] = {names[at]: rows.tobytes() for at, rows in window.markers.items()}
        told["lines"] = {
            names[at]: sorted(row.tobytes() for row in rows.values())
            for at, rows in window.lines.items()
            if rows
        }
        for kind in (FrameType.POSITIONS, FrameType.STATISTICS, FrameType.STRATEGIES):
            told[kind.name] = structs.replace(window.last[kind], ts=0)
        told["trading"] = window.last[FrameType.TRADING]
        told["orders"], told["fills"] = dict(window.orders), list(window.fills)
        told["log"], told["curve"] = list(window.log), window.curve.tobytes()
        symbols = {name for name, _ in names.values()}
        for symbol in self.rehearsal.stage.account.desks.floor.desks.keys() & symbols:
            body = Seen(symbol, "ema_cross")
            told[symbol] = (await self.inspect.do(body, Call("", 0, 0))).detail
        return told


async def test_every_bar_shows_what_a_run_that_never_went_back_shows(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    bars = sorted({int(bar) for bar in random.integers(0, 700, 5)})
    bench = Bench(tmp_path)
    shown = {}
    for bar in bars:
        await bench.player.seek_bar(bar)
        shown[bar] = await bench.picture()
    await bench.player.seek_bar(750)
    end = await bench.picture()
    for bar in random.permutation(bars).tolist():
        await bench.player.seek_bar(bar)
        assert await bench.picture() == shown[bar], (bar, bars)
    bench.player.branch()
    bench.player.pause()
    await bench.player.seek_bar(750)
    assert await bench.picture() == end, bars


async def test_orders_by_hand_come_again_at_their_place(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.player.seek_bar(300)
    before = await bench.picture()
    hands = bench.rehearsal.hands
    call = Call("gui-1", 1, time.time_ns())
    assert (await hands.deeds()["arm"].do(Nothing(), call)).done
    told = await hands.deeds()["enter"].do(Enter("MIRQ", "buy", shares=5.0, stop=0.01), call)
    assert told.done, told.text
    await bench.player.end()
    first = await bench.picture()
    assert any(row.strategy == "manual" for row in first["fills"])
    await bench.player.seek_bar(300)
    assert (await bench.picture())["fills"] == before["fills"]
    await bench.player.end()
    assert await bench.picture() == first
    await bench.player.seek_bar(300)
    bench.player.branch()
    await bench.player.end()
    assert not any(row.strategy == "manual" for row in (await bench.picture())["fills"])
