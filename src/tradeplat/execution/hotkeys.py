"""Keys become commands, and commands become intents: pure, and told the time by the caller.

Times here are nanoseconds of any clock that runs with the person, not with the market.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from math import isfinite, nan

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import SECOND
from tradeplat.core.tape import Tape

TWICE = 3 * SECOND // 2
"""A key that must be pressed twice must be so within this long."""
HELD = SECOND // 4
"""The same order key again within this long is a key held down, not a wish."""
SAME = 2 * SECOND
"""The same order again within this long has to be pressed once more to be meant."""
ARMED = 900 * SECOND
"""Keys disarm themselves this long after the last order."""

NAMED = (
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete"),
    *("enter", "tab", "space", "backspace", "esc"),
    *(f"f{n}" for n in range(1, 13)),
    "ctrl+shift+f12",
)
"""Keys that are called by a name; every other key is the character it types."""


class Act(StrEnum):
    """What a key can do."""

    BUY = "buy"
    SELL = "sell"
    CLOSE = "close"
    FLATTEN_ALL = "flatten_all"
    KILL = "kill"
    CANCEL_ALL = "cancel_all"
    NEXT = "next"
    PREVIOUS = "previous"
    ARM = "arm"
    HELP = "help"
    QUIT = "quit"


NONE = "none"
"""In a file of bindings: this key does nothing."""

SIDES = {Act.BUY: 1, Act.SELL: -1}

DOES = {
    Act.PREVIOUS: "up",
    Act.NEXT: "down",
    Act.BUY: "buy (covers a short of yours)",
    Act.SELL: "sell (closes a long of yours, else short)",
    Act.CLOSE: "close the ticker, whoever holds it",
    Act.CANCEL_ALL: "cancel all working entries",
    Act.FLATTEN_ALL: "twice: flatten all",
    Act.KILL: "twice: kill, flatten everything",
    Act.ARM: "arm, disarm",
    Act.HELP: "these keys",
    Act.QUIT: "twice: quit",
}
"""In the words of the line that shows the keys."""


class Bindings(msgspec.Struct, frozen=True):
    """Which key does what."""

    acts: Mapping[str, Act]

    def keys(self, act: Act) -> str:
        """Every key that does `act`, as a person would read it."""
        return "/".join(key for key, bound in self.acts.items() if bound is act)

    def lines(self) -> tuple[str, ...]:
        """One entry for each thing a key does."""
        return tuple(f"{self.keys(act)} {DOES[act]}" for act in DOES if self.keys(act))


DEFAULTS = Bindings(
    {
        "k": Act.PREVIOUS,
        "up": Act.PREVIOUS,
        "j": Act.NEXT,
        "down": Act.NEXT,
        "b": Act.BUY,
        "s": Act.SELL,
        "c": Act.CLOSE,
        "C": Act.CANCEL_ALL,
        "X": Act.FLATTEN_ALL,
        "K": Act.KILL,
        "ctrl+shift+f12": Act.KILL,
        "a": Act.ARM,
        "?": Act.HELP,
        "q": Act.QUIT,
    }
)


def bindings(table: Mapping[str, object], where: str) -> Bindings:
    """The defaults overlaid with `table` (key -> act, or "none"), as `where` names it in errors.

    BadInput names the key, and the nearest name where one is misspelt.
    """
    acts = dict(DEFAULTS.acts)
    for key, name in table.items():
        _check_key(key, where)
        if name == NONE:
            acts.pop(key, None)
        else:
            acts[key] = _act(key, name, where)
    for act in (Act.FLATTEN_ALL, Act.KILL, Act.QUIT):
        if act not in acts.values():
            raise BadInput(f"{where}: no key does {act}; bind one")
    return Bindings(acts)


class Command(msgspec.Struct, frozen=True):
    """What a person wants done; `symbol` is empty where it concerns no single ticker."""

    act: Act
    symbol: str = ""
    again: bool = False
    """True for an order pressed once more because it is meant twice."""


class Said(msgspec.Struct, frozen=True):
    """An answer to a key that, so far, does nothing."""

    text: str


class Selected(msgspec.Struct, frozen=True):
    """The ticker the keys act on, and what is held of it by hand (signed shares)."""

    symbol: str = ""
    held: float = 0.0


class Keypad:
    """Turns presses into commands under the rules of safety.

    What opens a position needs the keys to be armed (where `arming` is asked for), is done once
    for a key held down, and is done twice within two seconds only when pressed once more. What
    closes one is never in the way of anything. Flattening all, killing and quitting take two
    presses.
    """

    def __init__(self, bound: Bindings, *, arming: bool) -> None:
        self.bindings = bound
        self.arming = arming
        self._armed_until = 0
        self._begun: tuple[Act, int] | None = None
        self._pressed: dict[Command, int] = {}
        self._sent: dict[Command, int] = {}
        self._warned: set[Command] = set()

    def armed(self, at: int) -> bool:
        """True when a key pressed at `at` may open a position."""
        return not self.arming or at < self._armed_until

    def disarm(self) -> None:
        """Open nothing more until armed again."""
        self._armed_until = 0

    def press(self, key: str, at: int, selected: Selected) -> Command | Said | None:
        """What the key pressed at `at` asks for; None when it asks for nothing."""
        begun, self._begun = self._begun, None
        if begun is not None and at - begun[1] > TWICE:
            begun = None
        act = self.bindings.acts.get(key)
        if key == "y" and begun is not None and begun[0] is Act.QUIT:
            return Command(Act.QUIT)
        match act:
            case None:
                return None
            case Act.FLATTEN_ALL | Act.KILL | Act.QUIT:
                return self._twice(act, key, at, begun)
            case Act.ARM:
                return self._arm(at)
            case Act.BUY | Act.SELL | Act.CLOSE:
                return self._order(Command(act, selected.symbol), at, selected.held)
            case _:
                return Command(act)

    def _twice(self, act: Act, key: str, at: int, begun: tuple[Act, int] | None) -> Command | Said:
        if begun is not None and begun[0] is act:
            return Command(act)
        self._begun = (act, at)
        also = ", or y," if act is Act.QUIT else ""
        return Said(f"press {key} again{also} to {act.replace('_', ' ')}")

    def _arm(self, at: int) -> Said:
        if not self.arming:
            return Said("keys are always armed here: no real money is traded")
        if self.armed(at):
            self.disarm()
            return Said("keys disarmed")
        self._armed_until = at + ARMED
        return Said("keys ARMED: buy and sell trade real money")

    def _order(self, command: Command, at: int, held: float) -> Command | Said | None:
        if not command.symbol:
            return Said("no ticker is selected")
        before = self._pressed.get(command)
        self._pressed[command] = at
        if before is not None and at - before < HELD:
            return None
        if not opens(command, held):
            # A key that closed and is held on, or tapped again in haste, must not open the reverse.
            self._sent[command] = at
            self._warned.discard(command)
            return command
        if not self.armed(at):
            return Said(f"keys are disarmed: {self.bindings.keys(Act.ARM) or 'nothing'} arms them")
        sent = self._sent.get(command)
        if sent is not None and at - sent < SAME and command not in self._warned:
            self._warned.add(command)
            return Said(f"the same order again: press once more to {command.act} {command.symbol}")
        again = command in self._warned
        self._warned.discard(command)
        self._sent[command] = at
        if self.arming:
            self._armed_until = at + ARMED
        return Command(command.act, command.symbol, again) if again else command


class Terms(msgspec.Struct, frozen=True):
    """How an order by hand is priced.

    Its limit goes `offset` (money) beyond the market, at most `offset_part` of the price; its
    protective stop lies `stop` (a fraction of the limit) behind it, none at 0.
    """

    offset: float = 0.05
    offset_part: float = 0.01
    stop: float = 0.02


def opens(command: Command, held: float) -> bool:
    """True when `command` would open or add to a position by hand of `held` signed shares."""
    return command.act in SIDES and held * SIDES[command.act] >= 0.0


def wish(command: Command, tape: Tape, held: float, terms: Terms) -> Intent:
    """The intent of a BUY or SELL. Against a position by hand it closes that one and no more."""
    side = SIDES[command.act]
    if not opens(command, held):
        return Intent(Action.EXIT, 1.0, nan, nan, nan)
    price = market(tape, side)
    if price <= 0.0:
        return Intent(Action.ENTER, float(side), nan, nan, nan)
    limit = price + side * min(terms.offset, price * terms.offset_part)
    stop = limit * (1.0 - side * terms.stop) if terms.stop else nan
    return Intent(Action.ENTER, float(side), limit, stop, nan)


def moved(symbols: list[str], selected: str, act: Act) -> str:
    """The ticker selected after NEXT or PREVIOUS among `symbols` as shown; the ends hold."""
    if not symbols:
        return ""
    if selected not in symbols:
        return symbols[0]
    at = symbols.index(selected) + (1 if act is Act.NEXT else -1)
    return symbols[min(max(at, 0), len(symbols) - 1)]


def market(tape: Tape, side: int) -> float:
    """The side of the newest quote an order would meet, else the last price (0.0: none)."""
    quote = tape.quote
    if quote is not None and quote.ts >= tape.last_ts:
        met = quote.ask if side > 0 else quote.bid
        if met > 0.0 and isfinite(met):
            return met
    return tape.last if isfinite(tape.last) else 0.0


def _check_key(key: str, where: str) -> None:
    if key in NAMED or (len(key) == 1 and key.isprintable() and not key.isspace()):
        return
    near = get_close_matches(key.lower(), NAMED, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"a character, or one of: {', '.join(NAMED)}"
    raise BadInput(f"{where}: {key!r} is no key; {hint}")


def _act(key: str, name: object, where: str) -> Act:
    known = [act.value for act in Act]
    if isinstance(name, str) and name in known:
        return Act(name)
    near = get_close_matches(str(name), [*known, NONE], n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join([*known, NONE])}"
    raise BadInput(f"{where}: {key} = {name!r} is no command; {hint}")
