"""How halts and resumptions look on each tape."""

from tradeplat.core.market import Status
from tradeplat.venue.alpaca_wire import Stamp, WireStatus

_PAUSES = frozenset({"LUDP", "LUDS", "M"})
"""Reasons for which tape C says P, a pause, instead of H."""

_RESUMING = {
    "": "Trading Resumption",
    "T3": "News and Resumption Times",
    "C11": "Trade Halt Concluded By Other Regulatory Authority; Quotes/Trades Resume",
    "R4": "Qualifications Issues Reviewed/Resolved; Quotations/Trading to Resume",
    "MWCQ": "Market-Wide Circuit Breaker Resumption",
}

_REASONS = {
    "LUDP": "Volatility Trading Pause",
    "LUDS": "Volatility Trading Pause - Straddle Condition",
    "T1": "Halt News Pending",
    "T2": "Halt News Dissemination",
    "T12": "Trading Halted; For information requested by the listing market",
    "M": "Volatility Trading Pause",
    "MWC1": "Market-Wide Circuit Breaker Halt - Level 1",
    "MWC2": "Market-Wide Circuit Breaker Halt - Level 2",
    "MWC3": "Market-Wide Circuit Breaker Halt - Level 3",
    "H10": "SEC Trading Suspension",
}


def status_wire(status: Status, tape: str) -> WireStatus:
    """`status` in the codes of `tape`; its reason passes through, with its words if known."""
    code, words = _state(status, tape)
    reason = (_RESUMING if status.trading else _REASONS).get(status.code, "")
    return WireStatus(status.symbol, Stamp(status.ts), code, words, status.code, reason, tape)


def _state(status: Status, tape: str) -> tuple[str, str]:
    if tape != "C":
        return ("3", "Resume") if status.trading else ("2", "Trading Halt")
    if status.trading:
        return "T", "Trading Resumption"
    if status.code in _PAUSES:
        return "P", "Volatility Trading Pause"
    return "H", "Trading Halt"
