"""Every refusal code of reliability.md 6: what it is marked with, and what may be overridden."""

import msgspec


class Code(msgspec.Struct, frozen=True):
    """One row of the table: `hard` ones no person can override, `flatten` ones hold for an order
    that flattens too.
    """

    name: str
    hard: bool = True
    flatten: bool = False
    reserved: bool = False
    """Never overridden though it is not hard: what it keeps back is there to flatten with."""

    @property
    def overridable(self) -> bool:
        """True when a person with a reason may let an order pass it."""
        return not self.hard and not self.reserved


CODES: dict[str, Code] = {
    code.name: code
    for code in (
        Code("ENV_MISMATCH", flatten=True),
        Code("NO_LEASE", flatten=True),
        Code("KILLED"),
        Code("MODE"),
        Code("NOT_RECONCILED"),
        Code("STREAM_DOWN"),
        Code("STALE_QUOTE"),
        Code("STALE_SIGNAL"),
        Code("DUP_INTENT"),
        Code("DUP_SHAPE", hard=False),
        Code("BAD_NUMBER", flatten=True),
        Code("SYMBOL_DENIED"),
        Code("MARKET_CLOSED", flatten=True),
        Code("EXT_HOURS", flatten=True),
        Code("HALTED"),
        Code("PRICE_COLLAR", flatten=True),
        Code("MAX_QTY"),
        Code("MAX_NOTIONAL"),
        Code("MAX_POSITION"),
        Code("GROSS_EXPOSURE"),
        Code("BUYING_POWER"),
        Code("MAX_OPEN_ORDERS"),
        Code("MAX_OPEN_TRADES"),
        Code("ORDER_RATE"),
        Code("CHURN", hard=False),
        Code("REJECT_LOOP", hard=False),
        Code("DAILY_LOSS"),
        Code("MAX_DRAWDOWN"),
        Code("LOSS_STREAK", hard=False),
        Code("SHORT"),
        Code("REDUCE_ONLY_QTY", flatten=True),
        Code("SELF_CROSS", hard=False),
        Code("ROUND_TRIPS", hard=False),
        Code("API_BUDGET", hard=False, flatten=True, reserved=True),
    )
}
"""By name, in the order of the table."""


def overridable(code: str) -> bool:
    """True when a person with a reason may let an order pass the check `code`."""
    known = CODES.get(code)
    return known is not None and known.overridable
