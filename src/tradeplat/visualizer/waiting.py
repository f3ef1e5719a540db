"""Orders that were sent and not answered: a row and a line each, drawn as sent and as no more."""

from collections.abc import Callable

import msgspec

from tradeplat.visualizer.link import LineKind, LineState, OrderRow
from tradeplat.visualizer.mirror import Mirror
from tradeplat.visualizer.model import Level

FIRST_KEY = 1 << 63
"""Keys of lines from here on are no engine's."""


class Waiting:
    """What waits for an answer; `changed` is called when something does, or does no more."""

    def __init__(self, mirror: Mirror, changed: Callable[[], object]) -> None:
        self._mirror = mirror
        self._changed = changed
        self._rows: dict[int, OrderRow] = {}
        self._number = 0

    def rows(self) -> list[OrderRow]:
        """The orders, the newest first."""
        return list(self._rows.values())[::-1]

    def begin(self, row: OrderRow) -> int:
        """An order was sent; the number by which `end` knows it."""
        self._number += 1
        number = self._number
        self._rows[number] = msgspec.structs.replace(row, id=f"sent {number}")
        if row.limit is not None:
            level = Level(
                FIRST_KEY + number, row.limit, row.quantity, float("nan"),
                LineKind.WORKING, LineState.SENT,
            )  # fmt: skip
            self._draw(row.symbol, level.key, level)
        self._changed()
        return number

    def end(self, number: int) -> None:
        """The answer came: what the engine tells stands from now on."""
        row = self._rows.pop(number, None)
        if row is not None:
            self._draw(row.symbol, FIRST_KEY + number, None)
            self._changed()

    def _draw(self, symbol: str, key: int, level: Level | None) -> None:
        for model in self._mirror.series(symbol).values():
            model.draft(key, level)
