"""The table of hot keys: what each does, as commands of the link, and how a file changes it. Pure.

A file has lines `action = "key"`, such as `buy = "Ctrl+1"`; what it does not name keeps its
default, and an empty key takes an action off the keyboard.
"""

import tomllib
from collections.abc import Mapping
from math import isfinite
from types import MappingProxyType
from typing import NamedTuple

from tradeplat.core.errors import BadInput

MODIFIERS = ("Ctrl", "Shift", "Alt", "Meta")
FUNCTION = frozenset(f"F{n}" for n in range(1, 25))
OTHERS = frozenset({"Up", "Down", "Left", "Right", "Home", "End", "PgUp", "PgDown", "Space"})


class Action(NamedTuple):
    """One thing a key does. `opens` risk: it needs arming, fresh data and an awake window;
    `reduces` risk: it works under dialogs too. `orders` says that the engine hears of it.
    """

    name: str
    key: str
    said: str
    opens: bool = False
    reduces: bool = False
    orders: bool = False


def _opening(name: str, key: str, said: str) -> Action:
    return Action(name, key, said, opens=True, orders=True)


def _order(name: str, key: str, said: str) -> Action:
    return Action(name, key, said, orders=True)


def _reducing(name: str, key: str, said: str) -> Action:
    return Action(name, key, said, reduces=True, orders=True)


ACTIONS = (
    _opening("buy", "Ctrl+1", "buy default size"),
    _opening("buy_half", "Ctrl+2", "buy half of default size"),
    _opening("buy_risk", "Ctrl+3", "buy by $ risk, stop from the stop cursor"),
    _opening("sell", "Ctrl+Shift+1", "sell short default size"),
    _opening("sell_half", "Ctrl+Shift+2", "sell short half of default size"),
    _opening("sell_risk", "Ctrl+Shift+3", "sell short by $ risk"),
    _opening("join_bid", "Ctrl+4", "join the bid with default size"),
    _opening("join_ask", "Ctrl+Shift+4", "join the ask with default size"),
    _order("close_quarter", "Ctrl+5", "close 25 % of the position"),
    _order("close_half", "Ctrl+6", "close 50 % of the position"),
    _order("close_all", "Ctrl+7", "close the position"),
    _reducing("flatten", "Ctrl+0", "cancel the symbol's orders and close its position"),
    _order("breakeven", "Ctrl+B", "stop to breakeven"),
    _order("swing", "Ctrl+T", "stop to the last swing"),
    _reducing("cancel", "F9", "cancel entry orders of the symbol"),
    _reducing("cancel_all", "Shift+F9", "cancel all entry orders"),
    _reducing("out", "F12", "flatten the symbol and stop its strategies"),
    _reducing("panic", "Ctrl+Shift+F12", "twice: kill and flatten everything"),
    _order("arm", "Ctrl+Shift+A", "arm"),
    _reducing("disarm", "F8", "disarm"),
    *(
        Action(f"span_{span}", f"F{n}", f"bars of {name}")
        for n, span, name in (
            (1, 60, "1m"),
            (2, 300, "5m"),
            (3, 900, "15m"),
            (4, 3600, "1h"),
            (5, 86_400, "a day"),
            (6, 604_800, "a week"),
        )
    ),
    Action("previous", "Ctrl+Up", "previous symbol"),
    Action("next", "Ctrl+Down", "next symbol"),
    Action("symbol", "Ctrl+L", "go to the symbol field"),
    Action("view", "Ctrl+G", "board or detail"),
    Action("panel", "Ctrl+F6", "next panel"),
    Action("panel_back", "Ctrl+Shift+F6", "previous panel"),
    Action("sheet", "F11", "show the hot keys"),
)  # fmt: skip
"""Every action with its default key."""

BY_NAME: Mapping[str, Action] = {one.name: one for one in ACTIONS}


class Aim(NamedTuple):
    """What a key is meant for: the ticker, the stop cursor (nan: none), what a risk may lose.

    The order entry adds the `size` written in it and, by side, the `levels` (stop, target); where
    it says nothing sensible it is `wrong`, which keeps opening keys back and no others.
    """

    symbol: str
    stop: float
    risk: float | None = None
    size: float | None = None
    levels: Mapping[str, Mapping[str, float]] = MappingProxyType({})
    wrong: str = ""


def plain(key: str) -> str:
    """A key as it is written here: modifiers in order, then the key; BadInput for none."""
    parts = [part.strip() for part in key.split("+")]
    *before, last = parts
    found = {part.capitalize() for part in before}
    name = last.upper() if len(last) == 1 or last.upper() in FUNCTION else last.capitalize()
    name = "PgDown" if name == "Pgdown" else "PgUp" if name == "Pgup" else name
    known = len(name) == 1 and name.isalnum() and name.isascii()
    if found - set(MODIFIERS) or len(found) < len(before):
        raise BadInput(f"key {key!r}: expected modifiers of {', '.join(MODIFIERS)}")
    if not (known or name in FUNCTION or name in OTHERS):
        raise BadInput(f"key {key!r}: expected a letter, a digit, F1 to F24, or an arrow")
    return "+".join([*(one for one in MODIFIERS if one in found), name])


def objection(action: Action, key: str) -> str:
    """Why an action may not lie on a key; empty where it may.

    Orders never lie on a key that a text field takes, nor on Alt, which menus take.
    """
    *before, name = key.split("+")
    if "Alt" in before or "Meta" in before:
        return "Alt and Meta belong to menus and to the desktop"
    if action.orders and name not in FUNCTION and ("Ctrl" not in before or name in OTHERS):
        return "orders lie on Ctrl with a letter or digit, or on F keys"
    if not before and name not in FUNCTION and name not in OTHERS:
        return "a letter alone is text"
    return ""


def read(text: str, place: str = "keys.toml") -> dict[str, str]:
    """Keys by action as a file has them over the defaults.

    BadInput names the line's action, the key, and what it is in conflict with.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{place}: {error}") from None
    keys = {one.name: one.key for one in ACTIONS}
    for name, key in told.items():
        if name not in BY_NAME:
            raise BadInput(f"{place}: found action {name!r}, expected one of {', '.join(BY_NAME)}")
        if not isinstance(key, str):
            raise BadInput(f'{place}: {name}: found {key!r}, expected a key such as "Ctrl+1"')
        try:
            keys[name] = plain(key) if key.strip() else ""
        except BadInput as error:
            raise BadInput(f"{place}: {name}: {error}") from None
    wrong = conflicts(keys)
    if wrong:
        raise BadInput(f"{place}: {wrong[0]}")
    return keys


def conflicts(keys: Mapping[str, str]) -> list[str]:
    """Everything wrong with a set of keys, a sentence each: what lies where it may not, and keys
    that two actions have.
    """
    found = []
    taken: dict[str, str] = {}
    for name, key in keys.items():
        if not key:
            continue
        why = objection(BY_NAME[name], key)
        if why:
            found.append(f"{name} on {key}: {why}")
        if key in taken:
            found.append(f"{key}: both {taken[key]} and {name}")
        taken.setdefault(key, name)
    if not keys.get("panic") or not keys.get("disarm"):
        found.append("panic and disarm: expected a key for each")
    return found


def changed(keys: Mapping[str, str]) -> frozenset[str]:
    """Actions that do not lie on their default keys."""
    return frozenset(name for name, key in keys.items() if key != BY_NAME[name].key)


def written(keys: Mapping[str, str]) -> str:
    """The file of a set of keys: every action, what it does behind it."""
    lines = [f'{one.name} = "{keys[one.name]}"  # {one.said}' for one in ACTIONS]
    return "\n".join(lines) + "\n"


def command(name: str, aim: Aim) -> tuple[str, dict[str, object]]:
    """The command of an action and its body; BadInput where the aim lacks what it needs."""
    symbol = aim.symbol
    if name in _ALONE:
        return _ALONE[name]
    if not symbol:
        raise BadInput("no symbol is chosen")
    if name in _PARTS:
        return "leave", {"symbol": symbol, "part": _PARTS[name]}
    if name in {"breakeven", "swing"}:
        return "protect", {"symbol": symbol, "to": name}
    if name == "flatten":
        return "flatten", {"symbols": [symbol]}
    if name == "cancel":
        return "withdraw", {"symbols": [symbol]}
    if name == "out":
        return "out", {"symbol": symbol}
    if name not in _ENTERS:
        raise BadInput(f"{name}: sends nothing")
    if aim.wrong:
        raise BadInput(aim.wrong)
    return "enter", _entered(name, aim)


def _entered(name: str, aim: Aim) -> dict[str, object]:
    side, how = _ENTERS[name]
    body: dict[str, object] = {"symbol": aim.symbol, "side": side}
    levels = aim.levels.get(side, {})
    if how == "risk":
        return {**body, **_risked(aim, levels.get("stop", aim.stop)), **levels}
    if aim.size is not None:
        body["shares"] = aim.size / 2 if how == "half" else aim.size
    elif how == "half":
        body["part"] = 0.5
    if how == "join":
        body["join"] = True
    return {**body, **levels}


def _risked(aim: Aim, stop: float) -> dict[str, object]:
    if not isfinite(stop):
        raise BadInput("no stop: put the stop cursor on the chart (Shift and a click)")
    if not aim.risk:
        raise BadInput("no risk is set: keys.risk says how much money a trade may lose")
    return {"risk": aim.risk, "stop": stop}


_ALONE: Mapping[str, tuple[str, dict[str, object]]] = {
    "arm": ("arm", {}),
    "disarm": ("disarm", {}),
    "cancel_all": ("withdraw", {}),
    "panic": ("panic", {"why": "panic key"}),
}
_PARTS = {"close_quarter": 0.25, "close_half": 0.5, "close_all": 1.0}
_ENTERS = {
    "buy": ("buy", ""),
    "buy_half": ("buy", "half"),
    "buy_risk": ("buy", "risk"),
    "sell": ("sell", ""),
    "sell_half": ("sell", "half"),
    "sell_risk": ("sell", "risk"),
    "join_bid": ("buy", "join"),
    "join_ask": ("sell", "join"),
}
