"""A person's hand in a running session: keys select, trade, withdraw, close and quit."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

import msgspec

from tradeplat.app.killing import Trip
from tradeplat.core.errors import TradeplatError
from tradeplat.core.orders import EXITS, EXTERNAL, Order, Purpose, Refused
from tradeplat.core.ports import Clock, Verdict
from tradeplat.core.premises import Override
from tradeplat.desk.desk import Desk
from tradeplat.desk.floor import Floor
from tradeplat.desk.manual import MANUAL
from tradeplat.execution.hotkeys import (
    Act,
    Command,
    Keypad,
    Selected,
    Terms,
    moved,
    opens,
    wish,
)

KEY = "key"
"""Kind of the note that tells of a key: `key`, `act`, `symbol`, `said`."""
AGAIN = 0.5
"""Seconds between looks whether what was to be closed is closed."""
PATIENCE = 10.0
"""Seconds for which closing is asked for again."""


class View(msgspec.Struct, frozen=True):
    """What a picture of the session shows of the keys."""

    selected: str
    state: str
    said: tuple[str, ...]
    help: tuple[str, ...]


class Keyboard:
    """Carries out what keys ask for, and remembers what it answered.

    `ranking` gives the tickers in the order a person sees them; `linked` says whether the account
    can be heard: while it can not, keys that need arming are disarmed. The first ticker seen is
    selected; one that loses its desk leaves nothing selected, so that no order ever goes to a
    ticker the person did not choose. `quit` is set when the session is to end, and `changed`
    whenever there is something new to see.
    """

    def __init__(
        self,
        floor: Floor,
        clock: Clock,
        keypad: Keypad,
        terms: Terms,
        ranking: Callable[[], list[str]],
        linked: Callable[[], bool] = lambda: True,
    ) -> None:
        self._floor = floor
        self._clock = clock
        self._keypad = keypad
        self._terms = terms
        self._ranking = ranking
        self._linked = linked
        self._selected = ""
        self._chosen = False
        self._said: deque[str] = deque(maxlen=3)
        self._help = False
        self._leaving: dict[str, float] = {}
        self._wake = asyncio.Event()
        self.trip: Trip | None = None
        """The kill switch (execution/flatten.py); without one its key only flattens."""
        self.quit = asyncio.Event()
        self.changed = asyncio.Event()

    @property
    def selected(self) -> str:
        """The ticker that keys act on, empty while there is none."""
        if not self._chosen and self._floor.desks:
            self._selected, self._chosen = self._ranking()[0], True
        if self._selected not in self._floor.desks:
            self._selected = ""
        return self._selected

    def view(self) -> View:
        """How the keys stand."""
        keypad = self._keypad
        armed = "keys ARMED" if keypad.armed(time.monotonic_ns()) else "keys disarmed"
        state = armed if keypad.arming else "keys ready"
        shown = keypad.bindings.lines() if self._help else ()
        hint = keypad.bindings.keys(Act.HELP)
        return View(
            self.selected,
            f"{state}   {hint} shows them" if hint else state,
            tuple(self._said),
            shown,
        )

    def press(self, key: str) -> None:
        """Do what `key` asks for, at once."""
        at = time.monotonic_ns()
        if not self._linked():
            self._keypad.disarm()
        symbol = self.selected
        asked = self._keypad.press(key, at, Selected(symbol, self._held(symbol)))
        if asked is None:
            return
        act = asked.act if isinstance(asked, Command) else None
        try:
            said = self._do(asked) if isinstance(asked, Command) else asked.text
        except TradeplatError as error:
            said = f"{act}: {error}"
        if said:
            self._said.append(said)
            self._note(key, act, symbol, said)
        self.changed.set()

    async def run(self) -> None:
        """Ask again for what was to be closed and could not be at once, for ever."""
        while True:
            if not self._leaving:
                self._wake.clear()
                await self._wake.wait()
            await asyncio.sleep(AGAIN)
            self._ask_again(asyncio.get_running_loop().time())

    def _do(self, command: Command) -> str:
        match command.act:
            case Act.BUY | Act.SELL:
                return self._trade(command)
            case Act.CLOSE:
                self._close(self._floor.desks[command.symbol])
                return f"closing {command.symbol}"
            case Act.FLATTEN_ALL:
                return self._flatten_all()
            case Act.KILL:
                return self._kill()
            case Act.CANCEL_ALL:
                return self._cancel_all()
            case Act.NEXT | Act.PREVIOUS:
                self._selected = moved(self._ranking(), self.selected, command.act)
                self._chosen = bool(self._selected)
                return ""
            case Act.HELP:
                self._help = not self._help
                return ""
            case _:
                self.quit.set()
                return "quitting"

    def _trade(self, command: Command) -> str:
        symbol = command.symbol
        held = self._held(symbol)
        tape = self._floor.house.market.tapes[symbol]
        intent = wish(command, tape, held, self._terms)
        now = self._clock.now()
        if command.again:
            meant = Override("DUP_SHAPE", symbol, "keys", "the key was pressed once more", now + 1)
            self._floor.on_override(meant, now)
        verdict = self._floor.desks[symbol].command(intent, now)
        doing = str(command.act) if opens(command, held) else "close"
        return f"{doing} {symbol}: {_told(verdict)}"

    def _close(self, desk: Desk) -> None:
        """Close what is held of a ticker by anybody here, and see that it gets closed."""
        desk.flatten(self._clock.now())
        self._leaving[desk.symbol] = asyncio.get_running_loop().time() + PATIENCE
        self._wake.set()

    def _flatten_all(self) -> str:
        failed = []
        desks = [desk for desk in self._floor.desks.values() if not desk.done]
        for desk in desks:
            try:
                self._close(desk)
            except TradeplatError as error:
                # One desk that cannot must not keep the others from closing.
                failed.append(f"{desk.symbol}: {error}")
        return "; ".join([f"flattening {len(desks)} of {len(self._floor.desks)} tickers", *failed])

    def _kill(self) -> str:
        if self.trip is None:
            return self._flatten_all()
        self.trip("the keyboard", "pressed twice", flatten=True)
        return "KILLED: closing everything; only resume lets trading go on"

    def _cancel_all(self) -> str:
        house = self._floor.house
        entries = [
            order.id
            for order in house.book.open_orders.values()
            if order.purpose is Purpose.ENTRY and order.strategy != EXTERNAL
        ]
        for order_id in entries:
            house.executor.cancel(order_id)
        return f"cancelling {len(entries)} working entries"

    def _ask_again(self, at: float) -> None:
        closing = {
            order.symbol
            for order in self._floor.house.book.open_orders.values()
            if order.purpose in EXITS
        }
        for symbol, until in list(self._leaving.items()):
            desk = self._floor.desks.get(symbol)
            if desk is None or desk.done:
                del self._leaving[symbol]
            elif at > until:
                del self._leaving[symbol]
                self._said.append(f"{symbol} is not flat yet: close it again")
                self.changed.set()
            elif symbol not in closing:
                desk.flatten(self._clock.now())

    def _held(self, symbol: str) -> float:
        return self._floor.house.book.holding(MANUAL, symbol).quantity if symbol else 0.0

    def _note(self, key: str, act: Act | None, symbol: str, said: str) -> None:
        recorder = self._floor.house.recorder
        if recorder is not None:
            body = {"key": key, "act": act, "symbol": symbol, "said": said}
            recorder.note(self._clock.now(), KEY, body)


def _told(verdict: Verdict) -> str:
    if isinstance(verdict, Order):
        price = f" at {verdict.limit}" if verdict.limit is not None else ""
        return f"{verdict.quantity:+f}{price}"
    return verdict.message if isinstance(verdict, Refused) else "nothing to do"
