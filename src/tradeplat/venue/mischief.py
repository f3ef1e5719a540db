"""What goes wrong with orders and updates on demand: each wish is used up as it is granted."""

import msgspec

from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND


class Mischief(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How often each thing still goes wrong.

    The next `lose_updates` updates are never sent, or only those of the event `lose_event`; the
    next `repeat_updates` are sent twice. The next `reject_orders` orders are rejected after they
    were accepted. With `both_exits` the next filled exit's sibling fills as well, as in a fast
    market. `latency` in seconds takes the place of the profile's for orders, cancels and replaces.
    """

    lose_updates: int = 0
    lose_event: str = ""
    repeat_updates: int = 0
    reject_orders: int = 0
    both_exits: int = 0
    latency: float | None = None

    def copies(self, event: str) -> int:
        """How often an update of `event` is sent."""
        if self.lose_updates > 0 and self.lose_event in {"", event}:
            self.lose_updates -= 1
            return 0
        if self.repeat_updates > 0:
            self.repeat_updates -= 1
            return 2
        return 1

    def rejects(self) -> bool:
        """True when the order at hand is to be rejected."""
        if self.reject_orders <= 0:
            return False
        self.reject_orders -= 1
        return True

    def fills_both(self) -> bool:
        """True when the other exit is to fill as well."""
        if self.both_exits <= 0:
            return False
        self.both_exits -= 1
        return True

    def delay(self, usual: int) -> int:
        """The latency in force in nanoseconds, where `usual` is the profile's."""
        return usual if self.latency is None else int(self.latency * SECOND)

    def take(self, body: bytes) -> None:
        """Wish for what the JSON object `body` names, and for nothing else. Raises BadInput."""
        try:
            wished = msgspec.json.decode(body or b"{}", type=Mischief)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise BadInput(f"mischief: {error}") from None
        if wished.latency is not None and not 0 <= wished.latency < 86_400:
            raise BadInput(f"mischief: latency {wished.latency}, expected seconds of one day")
        for name in self.__struct_fields__:
            setattr(self, name, getattr(wished, name))
