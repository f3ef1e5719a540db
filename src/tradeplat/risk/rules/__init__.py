"""What a broker allows an account, rule by rule and each with its dates: pluggable by name."""

from typing import NamedTuple, Protocol


class Allowance(NamedTuple):
    """At most `trips` round trips within `days` trading days, today among them."""

    trips: int
    days: int


class BrokerRules(Protocol):
    """The rules of one kind of broker. They ask for nothing but what the platform counts itself:
    a field that an account lacks is never an error.
    """

    def round_trips(self, day: int, equity: float) -> Allowance | None:
        """What is allowed on `day` (yyyymmdd at the exchange) to an account worth `equity`; None
        where nothing is limited.
        """
        ...
