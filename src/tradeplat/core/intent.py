"""What a strategy may be told and may say: flat tuples of numbers that also compile."""

from enum import IntEnum
from math import isnan, nan
from typing import NamedTuple


class Action(IntEnum):
    """What a strategy wants done."""

    HOLD = 0
    """Nothing."""
    ENTER = 1
    """Open a position on the side of `conviction`; `limit` unset means at market."""
    EXIT = 2
    """Close all that is held; `limit` unset means at market."""
    PROTECT = 3
    """Move the protective stop and target of the open position to `stop` and `target`."""
    CANCEL = 4
    """Withdraw every working entry order of this strategy on this symbol."""


class Intent(NamedTuple):
    """A wish. `conviction` in [-1, 1] carries side and strength; nan means unset."""

    action: Action
    conviction: float
    limit: float
    stop: float
    target: float


class Holding(NamedTuple):
    """What a strategy holds on its symbol right now, as the venue last confirmed it.

    `quantity` is signed shares, `price` the entry VWAP (nan when flat), `working` the number of
    its open entry and exit orders, `stop` and `target` the protective levels working at the venue
    (nan when there are none).
    """

    quantity: float
    price: float
    working: int
    stop: float
    target: float


HOLD = Intent(Action.HOLD, 0.0, nan, nan, nan)
"""The intent to do nothing; compare with `is` on hot paths."""

FLAT = Holding(0.0, nan, 0, nan, nan)
"""Nothing held, nothing working."""


class Plot(NamedTuple):
    """Declares that a strategy's attribute of this name is worth drawing.

    `pane` 0 is the price pane, higher panes lie below it; `style` is one of STYLES; `label`
    defaults to the attribute's name, and a window chooses where no `colour` ("#rrggbb") is given.
    A band or box lies between the attribute and the `other` one.
    """

    attribute: str
    pane: int = 0
    style: str = "line"
    label: str = ""
    colour: str = ""
    other: str = ""


STYLES = frozenset({"line", "step", "dots", "histogram", "band", "box", "marker"})
"""How a declared attribute may be drawn: a marker wherever it is not nan."""

EDGED = frozenset({"band", "box"})
"""Styles that take two attributes."""


def given(value: float) -> float | None:
    """`value`, or None when it is the unset nan: JSON and Decimal carry no nan."""
    return None if isnan(value) else value
