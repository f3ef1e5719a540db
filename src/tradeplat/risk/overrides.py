"""What a person lets pass for a while, and why."""

from tradeplat.core.conditions import ACCOUNT, strategy_scope
from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND
from tradeplat.core.premises import OVERRIDE_SECONDS, Override
from tradeplat.risk.codes import overridable


class Overrides:
    """Overrides by code and scope; each ends by itself, after 15 minutes at the latest."""

    __slots__ = ("_until",)

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], int] = {}

    def add(self, override: Override, now: int) -> None:
        """Let orders pass from `now` on; BadInput says what no person may override."""
        if not overridable(override.code):
            raise BadInput(f"{override.code}: no person can override this check")
        if not override.who.strip() or not override.why.strip():
            raise BadInput(f"{override.code}: an override names who asks for it, and why")
        longest = now + OVERRIDE_SECONDS * SECOND
        self._until[override.code, override.scope] = min(override.until, longest)

    def cover(self, code: str, symbol: str, strategy: str, now: int) -> bool:
        """True while orders of `strategy` in `symbol` are let pass the check `code`."""
        until = self._until
        return bool(until) and any(
            until.get((code, scope), 0) > now
            for scope in (ACCOUNT, symbol, strategy_scope(strategy))
        )
