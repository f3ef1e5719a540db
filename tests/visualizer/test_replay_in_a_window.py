"""A real replay in a real window: clicked, pressed, rewound, traded in."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PyQt6.QtTest import QTest

from tradeplat.app.replay_process import Asked, started
from tradeplat.visualizer.client import Clocks
from tradeplat.visualizer.program import Wish, run
from tradeplat.visualizer.qt import Qt
from tradeplat.visualizer.window import MainWindow

ROOT = Path(__file__).parents[2]
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Sitting:
    """A person at a window with a replay."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.mirror = window.engine.mirror
        self.transport = window.playback.transport

    async def until(self, ready: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not ready():
                await asyncio.sleep(0.02)

    def state(self) -> str:
        return self.mirror.replay.state if self.mirror.replay else ""

    def bar(self) -> int:
        return self.mirror.replay.bar if self.mirror.replay else -1

    def press(self, key: Qt.Key, how=NONE) -> None:
        QTest.keyClick(self.window.chart, key, how)

    async def at(self, bar: int) -> None:
        await self.until(lambda: (self.state(), self.bar()) == ("paused", bar))
        await self.until(self.transport.buttons["play"].isEnabled)  # shown five times a second

    async def ended(self) -> dict[str, object]:
        """What came of it in the end."""
        await self.until(lambda: self.state() == "done")

        def figures() -> dict:
            return self.mirror.statistics.figures if self.mirror.statistics else {}

        await self.until(lambda: figures().get("bars") == 1137)
        keys = ("decisions_sha256", "fills_sha256", "net", "summary")
        return {key: figures()[key] for key in keys}


async def restarted_and_rewound(one: Sitting) -> None:
    """What the transport promises."""
    transport, window = one.transport, one.window
    await one.until(lambda: one.state() == "paused")
    window.docks["Equity"].hide()
    await one.until(transport.isVisible)
    transport.buttons["end"].click()
    first = await one.ended()
    transport.buttons["restart"].click()
    await one.at(0)
    transport.speed.setValue(3)
    await one.until(lambda: one.mirror.replay and one.mirror.replay.speed == 8.0)
    transport.buttons["play"].click()
    await one.until(lambda: one.state() == "running")
    transport.speed.setValue(transport.speed.maximum())
    assert await one.ended() == first
    window.docks["Equity"].show()
    window.chart.setFocus()
    one.press(Qt.Key.Key_Left, SHIFT)
    await one.at(one.mirror.replay.bars - 10)
    await one.until(lambda: transport.badge.text() == "behind by 10 bars")
    assert len(one.mirror.equity) > 30
    transport.scrub.let_go.emit(300)
    await one.at(300)


async def traded(one: Sitting) -> None:
    """The hot keys of a session, in the past."""
    window = one.window

    def held() -> float:
        return one.mirror.position("MIRQ")

    def mine() -> list:
        return [row for row in one.mirror.orders.values() if row.strategy == "manual"]

    before = held()
    window.activateWindow()
    await one.until(window.isActiveWindow)
    window.chart.setFocus()
    one.press(Qt.Key.Key_1, CTRL)
    assert "disarmed" in window.foot.currentMessage().lower()
    one.press(Qt.Key.Key_A, CTRL | SHIFT)
    await one.until(lambda: one.mirror.trading.armed)
    await asyncio.sleep(0.35)
    one.press(Qt.Key.Key_1, CTRL)
    await one.until(mine)
    one.press(Qt.Key.Key_Right)
    await one.until(lambda: held() > before)
    one.press(Qt.Key.Key_0, CTRL)
    await one.until(lambda: len(mine()) > 1)
    one.press(Qt.Key.Key_Right)
    await one.until(lambda: held() == 0)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))


def test_a_replay_is_held_rewound_and_traded_in(qapp, tmp_path, found):
    done = []

    async def story(window):
        one = Sitting(window)
        await restarted_and_rewound(one)
        await traded(one)
        done.append(True)

    asked = Asked((ROOT / "backtest_data" / "MIRQ",), ("ema_cross",), ("span=60",))
    with started(asked, tmp_path) as served:
        clocks = Clocks(time.time_ns, time.monotonic_ns)
        run(Wish(served.find, "gui-1", clocks, tmp_path / "kept", size=(1280, 720), story=story))
    assert done
