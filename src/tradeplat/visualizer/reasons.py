"""Why a strategy holds nothing: what the engine tells of it, in words. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from tradeplat.visualizer.link import StrategyRow, Trading
from tradeplat.visualizer.numerals import NONE, quantity_text
from tradeplat.visualizer.ticks import clock_text

READY = frozenset({"", "ready", "open"})
"""States of a desk in which its strategies are asked."""

STOPPED = "stopped"
"""What is told in place of it while a person lets the strategy enter nothing."""

Branch = list[tuple[str, "str | Branch"]]
"""What is known of something: names with a text, or with more below."""


def why(row: StrategyRow, trading: Trading) -> str:
    """One sentence: what a strategy is in, or what keeps it out."""
    if row.quantity:
        return f"in a position of {quantity_text(row.quantity)}"
    if row.working:
        return f"{row.working} order{'s' if row.working > 1 else ''} of it still open"
    if row.desk == STOPPED:
        return "no entry: a person stopped it"
    if row.desk.lower() not in READY:
        return f"no entry: the desk is {row.desk.lower()}, nothing is asked of the strategy"
    refused = row.refusal and row.refusal_ts >= row.intent_ts
    if refused:
        return f"no entry: the gate refused at {clock_text(row.refusal_ts)}: {row.refusal}"
    if trading.conditions:
        return f"no entry: {'; '.join(trading.conditions)}"
    if not row.intent:
        return "no entry: the strategy never wished for one"
    return f"no entry: it wished for none since {_wish(row)}"


def branches(row: StrategyRow, detail: Mapping[str, Any] | None) -> Branch:
    """All that is known of a strategy at a ticker; `detail` is what the engine answered."""
    known: Branch = [
        ("Desk", row.desk or NONE),
        ("Last wish", _wish(row) if row.intent else NONE),
        ("Last refusal", _refusal(row)),
    ]
    holding = (detail or {}).get("holding") or {"quantity": row.quantity, "working": row.working}
    known.append(("Holds", _below(holding)))
    if row.values:
        known.append(("Shows", _below(row.values)))
    if detail and detail.get("unsaved"):
        known.append(("Remembers", str(detail["unsaved"])))
    elif detail and detail.get("state"):
        known.append(("Remembers", _below(detail["state"])))
    return known


def _wish(row: StrategyRow) -> str:
    return f"{row.intent} at {clock_text(row.intent_ts)}"


def _refusal(row: StrategyRow) -> str:
    return f"{clock_text(row.refusal_ts)} {row.refusal}" if row.refusal else NONE


def _below(told: Mapping[str, Any] | Iterable[Any]) -> Branch:
    pairs = told.items() if isinstance(told, Mapping) else enumerate(told)
    return [(str(name), _value(value)) for name, value in pairs]


def _value(value: object) -> "str | Branch":
    if isinstance(value, Mapping):
        inner = value.get("fields")
        return _below(inner if set(value) == {"class", "fields"} and inner else value)
    if isinstance(value, list | tuple):
        plain = all(not isinstance(one, Mapping | list | tuple) for one in value)
        if plain and len(value) <= SHORT:
            return ", ".join(text(one) for one in value) or NONE
        return _below(value[-SHORT:] if plain else value)
    return text(value)


SHORT = 24
"""Numbers of a list that are written out; of a longer one the last ones are."""


def text(value: object) -> str:
    """A value that a strategy remembers."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.2f}"
    if isinstance(value, int) and value > 10**17:  # ns since 1973
        return f"{value} ({clock_text(value)})"
    return str(value)
