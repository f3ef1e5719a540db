"""The places at which a process waits: where each is, and death at any of them."""

import asyncio
from collections import Counter
from pathlib import PurePath
from typing import Any

_HOUSE = "tradeplat"
_MOST = 60

Place = tuple[tuple[str, int], ...]
"""File and line of each of the house's frames that wait, the outermost first."""


class AwaitPoint:
    """Dies at the `count`-th time that a life waits at its `kind`-th place, `before` the task goes
    on from there or `after` it has come there.

    Places are numbered as a life comes to them: a rare one has a number like any other, and the
    first ones belong to every start.
    """

    def __init__(self, kind: int, count: int, phase: str) -> None:
        self._kind = kind
        self._count = count
        self.phase = phase
        self._numbers: dict[Place, int] = {}
        self._seen: Counter[Place] = Counter()

    def reached(self, task: asyncio.Task[Any]) -> str:
        """Where the process dies now, empty when it lives on; to be asked of each step."""
        place = place_of(task)
        if not place:
            return ""
        number = self._numbers.setdefault(place, len(self._numbers))
        if number != self._kind:
            return ""
        self._seen[place] += 1
        return told(place) if self._seen[place] >= self._count else ""


def place_of(task: asyncio.Task[Any]) -> Place:
    """Where a task waits, nothing when that is not known or no place of the house."""
    waits: Any = task.get_coro()
    found: list[tuple[str, int]] = []
    for _ in range(_MOST):
        frame = getattr(waits, "cr_frame", None) or getattr(waits, "gi_frame", None)
        if frame is None:
            break
        path = PurePath(frame.f_code.co_filename)
        if _HOUSE in path.parts:
            found.append((path.name, frame.f_lineno))
        waits = getattr(waits, "cr_await", None) or getattr(waits, "gi_yieldfrom", None)
    return tuple(found)


def told(place: Place) -> str:
    """A place in words: the innermost of its frames, and how it was come by."""
    return " < ".join(f"{name}:{line}" for name, line in reversed(place))
