"""A strategy's whole memory as plain JSON-safe data, and back: the rest of the day goes on as if
nothing had happened.

What is kept are the attributes that the class annotates: numbers, strings, booleans, enums, lists
and tuples of these, and objects of such attributes. A float that JSON cannot carry becomes `None`
(nan) or `"inf"`, `"-inf"`.
"""

import inspect
from enum import Enum
from math import inf, isinf, isnan, nan
from typing import ClassVar, get_args, get_origin, get_type_hints

from tradeplat.core.errors import BadInput

Saved = dict[str, object]
"""`{"class": name, "fields": {attribute: plain value}}`."""

INFINITE = {"inf": inf, "-inf": -inf}


def save(strategy: object) -> Saved:
    """The state of `strategy`, sharing nothing with it.

    Raises BadInput when an attribute is unannotated, unset, or not what its annotation says.
    """
    name = type(strategy).__name__
    hints = _annotated(strategy)
    for attribute in getattr(strategy, "__dict__", {}):
        if attribute not in hints:
            raise BadInput(f"{name}.{attribute}: a saved attribute has to be annotated, it is not")
    fields: Saved = {}
    for attribute, hint in hints.items():
        if not hasattr(strategy, attribute):
            raise BadInput(f"{name}.{attribute}: annotated, but never set")
        place = f"{name}.{attribute}"
        fields[attribute] = _plain(place, getattr(strategy, attribute), hint)
    return {"class": name, "fields": fields}


def restore(strategy: object, state: object) -> None:
    """Give `strategy` the memory that `save` took from another of its class.

    Everything is read before anything is changed. Raises BadInput naming the attribute when the
    state is of another class, lacks or adds an attribute, or holds a value of the wrong kind.
    """
    for owner, attribute, value in _read(type(strategy).__name__, strategy, state):
        setattr(owner, attribute, value)


def _annotated(thing: object) -> dict[str, object]:
    hints: dict[str, object] = get_type_hints(type(thing))
    return {name: hint for name, hint in hints.items() if get_origin(hint) is not ClassVar}


def _number(value: object) -> float | None:
    """A float or an int as a float; None for all else, bools and classes of their own included."""
    if isinstance(value, float | int) and type(value) in (float, int):
        return float(value)
    return None


def _plain(place: str, value: object, hint: object) -> object:
    if hint is float and (number := _number(value)) is not None:
        if isnan(number):
            return None
        return repr(number) if isinf(number) else number
    if hint in (int, bool, str):
        if type(value) is hint:
            return value
    elif get_origin(hint) in (list, tuple):
        if isinstance(value, list | tuple):
            inner = _inner(place, hint)
            return [_plain(f"{place}[{at}]", item, inner) for at, item in enumerate(value)]
    elif inspect.isclass(hint) and isinstance(value, hint):
        return value.name if isinstance(value, Enum) else save(value)
    raise BadInput(f"{place}: found {value!r}, expected {_said(hint)}")


def _read(place: str, owner: object, state: object) -> list[tuple[object, str, object]]:
    """What to set on which object, in a flat list."""
    name = type(owner).__name__
    if not isinstance(state, dict) or set(state) != {"class", "fields"}:
        raise BadInput(f"{place}: expected a saved state with the keys class and fields")
    if state["class"] != name:
        raise BadInput(f"{place}: expected the state of a {name}, found {state['class']!r}")
    fields, hints = state["fields"], _annotated(owner)
    if not isinstance(fields, dict):
        raise BadInput(f"{place}: expected fields by name, found {type(fields).__name__}")
    for attribute in fields:
        if attribute not in hints:
            raise BadInput(f"{place}.{attribute}: unknown field; {name} has no such attribute")
    found: list[tuple[object, str, object]] = []
    for attribute, hint in hints.items():
        where = f"{place}.{attribute}"
        if attribute not in fields:
            raise BadInput(f"{where}: missing in the saved state")
        if _nested(hint):
            found += _read(where, getattr(owner, attribute), fields[attribute])
        else:
            found.append((owner, attribute, _value(where, fields[attribute], hint)))
    return found


def _value(place: str, value: object, hint: object) -> object:
    if hint is float:
        if value is None:
            return nan
        if isinstance(value, str) and value in INFINITE:
            return INFINITE[value]
        if (number := _number(value)) is not None:
            return number
    elif hint in (int, bool, str):
        if type(value) is hint:
            return value
    elif get_origin(hint) in (list, tuple):
        if isinstance(value, list):
            inner = _inner(place, hint)
            items = [_value(f"{place}[{at}]", item, inner) for at, item in enumerate(value)]
            return items if get_origin(hint) is list else tuple(items)
    elif inspect.isclass(hint) and issubclass(hint, Enum):
        members = hint.__members__
        if isinstance(value, str) and value in members:
            return members[value]
    raise BadInput(f"{place}: found {value!r}, expected {_said(hint)}")


def _nested(hint: object) -> bool:
    """True for an object with annotated attributes of its own."""
    return (
        inspect.isclass(hint)
        and get_origin(hint) is None
        and hint not in (int, float, bool, str)
        and not issubclass(hint, Enum)
    )


def _inner(place: str, hint: object) -> object:
    """The one type of a list's or a tuple's items."""
    inner = [item for item in get_args(hint) if item is not Ellipsis]
    if len(inner) != 1 or _nested(inner[0]):
        raise BadInput(f"{place}: a list of {_said(hint)} cannot be saved, only of plain values")
    return inner[0]


def _said(hint: object) -> str:
    return hint.__name__ if inspect.isclass(hint) and not get_args(hint) else str(hint)
