"""What the gate is told from outside the market, recorded so that a rerun is told the same."""

from tradeplat.core.instrument import Instrument
from tradeplat.core.note import Note

PREMISES = "premises"
"""Kind of the note that tells premises; its body is a Premises."""

OVERRIDE = "override"
"""Kind of the note that tells an override; its body is an Override."""

OVERRIDE_SECONDS = 900
"""The longest an override may last."""


class Premises(Note, frozen=True):
    """`instruments` are the trading terms of symbols as their broker tells them."""

    instruments: tuple[Instrument, ...] = ()


class Override(Note, frozen=True):
    """A person lets orders of `scope` pass the check `code` until `until` (UTC ns), and says why.

    `scope` is that of a condition: the account, a symbol or "@" and a strategy's name. An `until`
    that is not ahead takes back what was given before.
    """

    code: str
    scope: str
    who: str
    why: str
    until: int
