"""`tradeplat order ...`: what the hot keys do, from the command line, for scripts."""

import asyncio
import os
import secrets
import time
from typing import Any

import msgspec

from tradeplat.app.control_commands import PATIENCE, Where, needed
from tradeplat.app.exits import DONE, FAILED
from tradeplat.app.outcome import Outcome
from tradeplat.control.client import connected
from tradeplat.control.orders import Enter, Leave, Out, Protect, Whom, Withdraw
from tradeplat.control.protocol import Outcome as Came
from tradeplat.control.protocol import Role, Shape
from tradeplat.core.errors import BadInput, Denied

WHAT = (
    *("buy", "sell", "close", "breakeven", "swing", "protect"),
    *("cancel", "out", "stop", "start", "disarm"),
)
"""What can be ordered."""

_SCOPED = frozenset({"cancel", "stop", "start"})
"""These need no ticker."""
_OPENING = frozenset({"buy", "sell"})
_SHAPES: dict[str, tuple[str, type[msgspec.Struct]]] = {
    "buy": ("enter", Enter),
    "sell": ("enter", Enter),
    "close": ("leave", Leave),
    "breakeven": ("protect", Protect),
    "swing": ("protect", Protect),
    "protect": ("protect", Protect),
    "cancel": ("withdraw", Withdraw),
    "out": ("out", Out),
    "stop": ("stop", Whom),
    "start": ("start", Whom),
}


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed; None and empty are what was not. `part` is in percent."""

    what: str
    symbol: str = ""
    shares: float | None = None
    dollars: float | None = None
    risk: float | None = None
    part: float | None = None
    limit: float | None = None
    offset: float | None = None
    stop: float | None = None
    target: float | None = None
    strategy: str = ""
    join: bool = False
    arm: bool = False


def order(where: Where, wish: Wish) -> Outcome:
    """Have the running daemon do it, and say what came of it; exit code 1 when it is refused.

    BadInput says what cannot be ordered, or that no daemon runs.
    """
    do, body = asked(wish)
    try:
        came = asyncio.run(_sent(where, wish, do, body))
    except Denied as error:
        return Outcome({"done": False, "text": str(error)}, str(error), FAILED)
    numbers = {"done": came.done, "text": came.text, **came.detail}
    return Outcome(numbers, came.text, DONE if came.done else FAILED)


def asked(wish: Wish) -> tuple[str, object]:
    """The command that `wish` is, and its body; BadInput where it is none."""
    if wish.what not in WHAT:
        raise BadInput(f"order {wish.what}: expected one of: {', '.join(WHAT)}")
    if wish.what == "disarm":
        return "disarm", msgspec.UNSET
    if not wish.symbol and wish.what not in _SCOPED:
        raise BadInput(f"order {wish.what}: expected a ticker")
    do, kind = _SHAPES[wish.what]
    body = _body(wish, kind)
    return do, Shape(kind).read(msgspec.json.encode(body))


def _body(wish: Wish, kind: type[msgspec.Struct]) -> dict[str, Any]:
    """What was typed, by the names of `kind`; BadInput names what does not belong to it."""
    typed = {
        name: getattr(wish, name) for name in _OPTIONS if getattr(wish, name) not in {None, ""}
    }
    symbol = wish.symbol.upper()
    body: dict[str, Any] = {"symbol": symbol}
    if kind is Withdraw:
        body = {"symbols": [symbol] if symbol else []}
    elif kind is Whom:
        body = {"symbol": symbol, "who": "script"}
    elif kind is Enter:
        body["side"] = wish.what
        if wish.join:
            body["join"] = True
    elif wish.what in {"breakeven", "swing"}:
        body["to"] = wish.what
    for name, value in typed.items():
        if name not in kind.__struct_fields__:
            raise BadInput(f"order {wish.what}: takes no --{name}")
        body[name] = value / 100.0 if name == "part" else value
    return body


_OPTIONS = (
    *("shares", "dollars", "risk", "part", "limit"),
    *("offset", "stop", "target", "strategy"),
)


async def _sent(where: Where, wish: Wish, do: str, body: object) -> Came:
    name = f"order-{os.getpid()}-{secrets.token_hex(4)}"
    folder = needed(where).folder
    async with connected(folder, Role.TRADER, name, time.time_ns) as client:
        if wish.arm and wish.what in _OPENING:
            armed = await client.do("arm", seconds=PATIENCE)
            if not armed.done:
                return armed
        return await client.do(do, body, PATIENCE)
