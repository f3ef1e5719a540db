"""What a test does to an account that no order does: shares and money that come and go."""

from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.venue.accounts import Account
from tradeplat.venue.activities import OtherActivity

KINDS = ("SPLIT", "SPIN", "REORG", "JNLS", "JNLC", "CSD", "CSW", "DIV", "FEE", "INT")
"""The vendor's words that are known here: the issuer's doing, transfers, and money."""


class ActivityBody(msgspec.Struct, forbid_unknown_fields=True):
    """An activity of now; an empty `key` means every account, `qty` is signed."""

    kind: str
    symbol: str = ""
    qty: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    words: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadInput(f"kind: found {self.kind!r}, expected one of {', '.join(KINDS)}")
        if bool(self.symbol) != bool(self.qty):
            raise BadInput("symbol and qty: expected both or none")


def receiving(accounts: Iterable[Account], now: Callable[[], int]) -> Callable[[ActivityBody], int]:
    """What lets an activity happen now; it answers how many accounts it touched."""

    def receive(body: ActivityBody) -> int:
        found = [one for one in accounts if body.key in {"", one.terms.key}]
        for account in found:
            account.receive(
                OtherActivity(
                    number=len(account.others) + 1,
                    ts=now(),
                    kind=body.kind,
                    symbol=body.symbol,
                    qty=body.qty,
                    price=body.price,
                    amount=body.amount,
                    words=body.words,
                )
            )
        return len(found)

    return receive
