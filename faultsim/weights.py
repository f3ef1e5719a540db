"""What a process keeps in memory: its own containers by where they hang, and how full they are."""

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

_HOUSE = "tradeplat."
_LOOKED_INTO = 64
"""Members of one container that are looked into: they are all alike."""
_DEEPEST = 12


def heaviest(root: object) -> dict[str, int]:
    """How many members each container has that `root` keeps, the fullest of those of one name.

    Only what the house wrote is looked into. A name is the class and the attribute.
    """
    found: dict[str, int] = {}
    seen: set[int] = set()
    todo: list[tuple[str, object, int]] = [("", root, 0)]
    while todo:
        where, one, depth = todo.pop()
        if id(one) in seen or depth > _DEEPEST:
            continue
        seen.add(id(one))
        members = _members(one)
        if members is not None:
            count, some = members
            found[where] = max(found.get(where, 0), count)
            todo += [(where, member, depth + 1) for member in some]
        elif type(one).__module__.startswith(_HOUSE):
            name = type(one).__name__
            todo += [(f"{name}.{attr}", value, depth + 1) for attr, value in _attributes(one)]
    return found


def _members(one: object) -> tuple[int, list[object]] | None:
    """How many members a container has, and some of them; None for what is none."""
    if isinstance(one, Mapping):
        return len(one), list(islice(one.values(), _LOOKED_INTO))
    if isinstance(one, list | deque | set):
        return len(one), list(islice(one, _LOOKED_INTO))
    return None


def _attributes(one: object) -> Iterator[tuple[str, Any]]:
    """What an object of the house holds on to."""
    yield from list(getattr(one, "__dict__", {}).items())
    for kind in type(one).__mro__:
        for name in getattr(kind, "__slots__", ()):
            if hasattr(one, name):
                yield name, getattr(one, name)
