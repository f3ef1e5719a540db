"""What a run decided and what filled, each folded into one figure that two runs can compare."""

from decimal import Decimal
from hashlib import sha256

from tradeplat.core.exact import spelled
from tradeplat.core.intent import Intent
from tradeplat.core.orders import Fill, Order, Refused
from tradeplat.core.ports import Verdict

_MASK = (1 << 256) - 1
_UNSET = (None, None, None)


class RunDigest:
    """Digests of decisions and fills (core.ports.Digest).

    Each is the sum, modulo 2**256, of the SHA-256 of one canonical line per decision or fill. A
    line carries its number within its (symbol, strategy), so the order inside a desk counts while
    the order in which desks spoke does not. Lines hold nothing that depends on the account, on
    ids or on when the answer was given: only what was decided, by which fact, and what it led to.
    """

    def __init__(self) -> None:
        self.decided = 0
        """Decisions so far."""
        self.orders = 0
        """Decisions that became an order."""
        self.filled = 0
        """Fills so far."""
        self._decisions = 0
        self._fills = 0
        self._decision_numbers: dict[tuple[str, str], int] = {}
        self._fill_numbers: dict[tuple[str, str], int] = {}

    @property
    def decisions_sha256(self) -> str:
        """The figure of all decisions, 64 hex digits."""
        return f"{self._decisions & _MASK:064x}"

    @property
    def fills_sha256(self) -> str:
        """The figure of all fills, 64 hex digits."""
        return f"{self._fills & _MASK:064x}"

    def decision(
        self, symbol: str, strategy: str, cause: int, intent: Intent, verdict: Verdict
    ) -> None:
        """Fold one decision: what was wished because of the fact at `cause`, and the verdict."""
        key = (symbol, strategy)
        number = self._decision_numbers[key] = self._decision_numbers.get(key, 0) + 1
        self.decided += 1
        if type(verdict) is Order:
            self.orders += 1
        action, conviction, limit, stop, target = intent
        # Most wishes name no price: spelling three nans would be a third of the work.
        unset = limit != limit and stop != stop and target != target  # noqa: PLR0124  # nan alone is
        levels = "nan|nan|nan" if unset else f"{limit!r}|{stop!r}|{target!r}"
        line = (
            f"{symbol}|{strategy}|{number}|{cause}|{int(action)}|{conviction!r}|{levels}"
            f"|{_told(verdict)}"
        )
        self._decisions += int.from_bytes(sha256(line.encode()).digest(), "big")

    def fill(self, fill: Fill) -> None:
        """Fold one fill."""
        key = (fill.symbol, fill.strategy)
        number = self._fill_numbers[key] = self._fill_numbers.get(key, 0) + 1
        self.filled += 1
        line = (
            f"{fill.symbol}|{fill.strategy}|{number}|{fill.ts}|{spelled(fill.quantity)}"
            f"|{spelled(fill.price)}|{spelled(fill.fee)}|{fill.purpose!s}"
        )
        self._fills += int.from_bytes(sha256(line.encode()).digest(), "big")


def _told(verdict: Verdict) -> str:
    if type(verdict) is Order:
        prices = (verdict.limit, verdict.stop_loss, verdict.take_profit)
        levels = "-|-|-" if prices == _UNSET else "|".join(map(_number, prices))
        return f"{verdict.purpose!s}|{verdict.type!s}|{spelled(verdict.quantity)}|{levels}"
    return f"refused|{verdict.code}" if type(verdict) is Refused else "-"


def _number(value: Decimal | None) -> str:
    return "-" if value is None else spelled(value)
