"""What the gate is told from outside the market, recorded so that a rerun is told the same."""

import msgspec

from tradeplat.core.instrument import Instrument

PREMISES = "premises"
"""Kind of the note that tells premises; its body is a Premises."""

OVERRIDE = "override"
"""Kind of the note that tells an override; its body is an Override."""

OVERRIDE_SECONDS = 900
"""The longest an override may last."""


class Premises(msgspec.Struct, frozen=True):
    """`instruments` are the trading terms of symbols as their broker tells them."""

    instruments: tuple[Instrument, ...] = ()

    def body(self) -> dict[str, object]:
        """The premises as the body of their note: plain values only."""
        plain: dict[str, object] = msgspec.to_builtins(self, enc_hook=str)
        return plain

    @classmethod
    def of(cls, body: object) -> "Premises":
        """The premises back from their note's body; msgspec.ValidationError when it is none."""
        return msgspec.convert(body, cls)


class Override(msgspec.Struct, frozen=True):
    """A person lets orders of `scope` pass the check `code` until `until` (UTC ns), and says why.

    `scope` is that of a condition: the account, a symbol or "@" and a strategy's name. An `until`
    that is not ahead takes back what was given before.
    """

    code: str
    scope: str
    who: str
    why: str
    until: int

    def body(self) -> dict[str, object]:
        """The override as the body of its note: plain values only."""
        plain: dict[str, object] = msgspec.to_builtins(self)
        return plain

    @classmethod
    def of(cls, body: object) -> "Override":
        """The override back from its note's body; msgspec.ValidationError when it is none."""
        return msgspec.convert(body, cls)
