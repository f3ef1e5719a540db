"""Volume against the session and against the same time of earlier days."""

from math import nan

from tradeplat.core.kernel import kernel


@kernel
def typical(high: float, low: float, close: float) -> float:
    """Mean of high, low and close, taken around the close: exact when all three are equal."""
    return close + ((high - close) + (low - close)) / 3.0


@kernel
def vwap(previous: float, price: float, volume: float, before: float) -> float:
    """Volume-weighted mean price once `volume` more traded at `price`.

    `before` is the volume of the session so far: 0 restarts it. Without any volume it stays what
    it was, nan at the start of a session (TA-Lib's running VWAP, one a session).
    """
    if before <= 0.0:
        return price if volume > 0.0 else nan
    return previous + (price - previous) * (volume / (before + volume))


@kernel
def time_slot(ts: int, opened: int, width: int) -> int:
    """Number of the slot, `width` nanoseconds each, in which a bar closing at `ts` belongs.

    Slots count from the session's start at `opened`; a bar that closes at a slot's end belongs to
    that slot. Negative before the session.
    """
    return (ts - opened - 1) // width


@kernel
def note_volume(
    curves: list[float], slots: int, session: int, slot: int, reached: int, total: float
) -> None:
    """Write the `session`'s cumulative volume, `total` up to `slot`, into its curve.

    `curves` holds one curve of `slots` values a session, one row for the current session and one
    for each earlier session that counts; `session` numbers sessions from 0. `reached` is the last
    slot written before (-1: none): the slots between keep its value, nothing traded in them.
    """
    row = session % (len(curves) // slots) * slots
    carried = curves[row + reached] if reached >= 0 else 0.0
    for index in range(reached + 1, slot):
        curves[row + index] = carried
    curves[row + slot] = total


@kernel
def relative_volume(curves: list[float], slots: int, session: int, slot: int) -> float:
    """Volume of the session up to `slot` over the mean of the earlier ones up to the same slot.

    The earlier sessions are as many as `curves` has rows for, or as there were; each must have
    been noted up to its last slot. nan without any, or where none of them had traded yet.
    """
    rows = len(curves) // slots
    earlier = min(session, rows - 1)
    total = 0.0
    for back in range(1, earlier + 1):
        total += curves[(session - back) % rows * slots + slot]
    if total <= 0.0:
        return nan
    return curves[session % rows * slots + slot] / (total / earlier)
