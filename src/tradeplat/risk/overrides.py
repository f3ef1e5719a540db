"""What a person lets pass for a while, and why."""

from msgspec.structs import replace

from tradeplat.core.conditions import ACCOUNT, strategy_scope
from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND
from tradeplat.core.premises import OVERRIDE_SECONDS, Override
from tradeplat.risk.codes import overridable


class Overrides:
    """Overrides by code and scope; each ends by itself, after 15 minutes at the latest."""

    __slots__ = ("_given",)

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], Override] = {}

    def add(self, override: Override, now: int) -> None:
        """Let orders pass from `now` on; BadInput says what no person may override.

        One that ends at `now` or before takes back what was given for its code and scope; any
        other never shortens it.
        """
        if not overridable(override.code):
            raise BadInput(f"{override.code}: no person can override this check")
        if not override.who.strip() or not override.why.strip():
            raise BadInput(f"{override.code}: an override names who asks for it, and why")
        self._given = {key: one for key, one in self._given.items() if one.until > now}
        key = (override.code, override.scope)
        if override.until <= now:
            self._given.pop(key, None)
            return
        until = min(override.until, now + OVERRIDE_SECONDS * SECOND)
        before = self._given.get(key)
        if before is None or before.until < until:
            self._given[key] = replace(override, until=until)

    def standing(self, now: int) -> list[Override]:
        """Those that have not ended at `now`, in the order they were given."""
        return [one for one in self._given.values() if one.until > now]

    def cover(self, code: str, symbol: str, strategy: str, now: int) -> bool:
        """True while orders of `strategy` in `symbol` are let pass the check `code`."""
        if not self._given:
            return False
        scopes = (ACCOUNT, symbol, strategy_scope(strategy))
        found = (self._given.get((code, scope)) for scope in scopes)
        return any(one is not None and one.until > now for one in found)
