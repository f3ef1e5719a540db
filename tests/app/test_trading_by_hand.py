"""A person at a real terminal trades the built-in venue by single keys, and the record replays."""

import fcntl
import json
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from terminals import ENVIRONMENT, opened, python
from tradeplat.core.orders import Order, Purpose
from tradeplat.core.record import Changed, Decided, Noted
from tradeplat.journal.reader import Record

PATIENCE = 60.0


class Person:
    """Types at a terminal of 140 x 50 and reads what is on it."""

    def __init__(self, logs: Path, *options: str) -> None:
        self.screen = ""
        self._ours, self.terminal = opened()
        size = struct.pack("HHHH", 50, 140, 0, 0)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, size)
        self.before = termios.tcgetattr(self.terminal)
        arguments = ("-m", "tradeplat", "run", "--set", f"run.logs={logs}", *options)
        ours = self.terminal
        self.process = python(ours, *arguments, stdout=ours, stderr=ours)

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def sees(self, pattern: str) -> str:
        """Wait until something new on the screen matches."""
        return self._until(lambda: re.search(pattern, self.screen))

    def buys(self) -> None:
        """Press until it is bought: a ticker whose data is not live yet is refused."""
        bought = r"buy [A-Z]+: \+\d+ at "
        while True:
            self.type("b")
            if re.match(bought, self.sees(bought + r"|Refused: [A-Z]+ is [a-z]+")):
                return
            # What is drawn again and again must not count as an answer to the next key.
            end = time.monotonic() + 1.0
            self._until(lambda end=end: time.monotonic() > end)
            self.screen = ""

    def leaves(self) -> int:
        self._until(lambda: self.process.poll() is not None)
        return self.process.returncode

    def _until(self, done) -> str:
        end = time.monotonic() + PATIENCE
        while not (found := done()):
            assert time.monotonic() < end, self.screen[-3_000:]
            if select.select([self._ours], [], [], 0.1)[0]:
                text = os.read(self._ours, 65_536).decode(errors="replace")
                self.screen += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
        if found is True:
            return self.screen
        self.screen = self.screen[found.end() :]
        return found[0]

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self.terminal)


@pytest.fixture
def person(tmp_path: Path):
    # Opens pre-market, where by-hand orders are limits; the strategy is too slow to interfere.
    quiet = ("--strategy", "ema_cross", "--param", "fast_span=400", "--param", "slow_span=500")
    scan = ("--set", "scanner.min_change=0", "--set", "scanner.min_volume=0")
    made = Person(tmp_path / "logs", "--speed", "60", "--on-exit", "flatten", *quiet, *scan)
    yield made
    made.close()


def test_keys_buy_flatten_and_quit_and_the_record_decides_the_same_again(
    person: Person, tmp_path: Path
) -> None:
    person.sees(r" on [A-Z]+ ")
    person.buys()
    person.sees(r"\+\d+ +[-+]\d+\.\d\d .*manual")
    person.type("XX")
    person.sees(r"flattening 1 of \d+ tickers")
    person.type("q")
    person.sees("press q again")
    person.type("q")
    assert person.leaves() == 0
    assert termios.tcgetattr(person.terminal) == person.before

    (run,) = (tmp_path / "logs").glob("2*")
    entries = list(Record(run))
    by_hand = [e.verdict for e in entries if isinstance(e, Decided) and e.strategy == "manual"]
    orders = [verdict for verdict in by_hand if isinstance(verdict, Order)]
    assert [order.purpose for order in orders][:2] == [Purpose.ENTRY, Purpose.FLATTEN]
    fills = [e.fill for e in entries if isinstance(e, Changed) and e.fill is not None]
    assert {fill.strategy for fill in fills} == {"manual"}
    assert sum(fill.quantity for fill in fills) == 0
    pressed = [e.body["key"] for e in entries if isinstance(e, Noted) and e.topic == "key"]
    assert pressed[-5:] == ["b", "X", "X", "q", "q"]
    assert set(pressed[:-5]) <= {"b"}

    again = subprocess.run(
        [sys.executable, "-m", "tradeplat", "replay", str(run), "--json"],
        capture_output=True,
        check=True,
        env=ENVIRONMENT,
    )
    told = json.loads(again.stdout)
    assert told["same"]
    assert told["decisions_sha256"] == told["recorded_decisions_sha256"]
    assert told["decisions"] >= 2


def test_a_second_interrupt_leaves_the_terminal_as_it_was(person: Person) -> None:
    person.sees(r" on [A-Z]+ ")
    person.buys()
    # Ctrl-C as a terminal sends it, and again while the session is closing what it holds.
    person.type("\x03")
    person.type("\x03")
    assert person.leaves() in (0, 4)
    assert termios.tcgetattr(person.terminal) == person.before
