"""Data plans: what an account may ask of the market-data side."""

import msgspec

from tradeplat.core.errors import BadInput


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Terms of one data plan. `symbols` limits trades and quotes together, None is no limit."""

    name: str
    feeds: frozenset[str]
    best: str
    """The feed a request without one gets."""
    symbols: int | None = None
    requests: int = 10_000
    """Data requests a minute."""
    recent_sip: bool = True
    """Whether the last 15 minutes of the consolidated tape may be asked for."""
    data_v2: bool = True
    polygon: frozenset[str] = frozenset({"A", "AM", "T", "Q", "LULD"})
    """Channels of Polygon's socket."""
    polygon_requests: int = 10_000
    """Requests a minute to Polygon's REST."""
    fmp_requests: int = 250_000
    """Requests a day to FMP."""


FREE = Plan(
    name="free",
    feeds=frozenset({"iex", "delayed_sip", "test", "news"}),
    best="iex",
    symbols=30,
    requests=200,
    recent_sip=False,
    polygon=frozenset(),
    polygon_requests=5,
    fmp_requests=250,
)
"""One exchange live, the consolidated tape 15 minutes late, 30 symbols; of Polygon the reference
data and what is older than a day, of FMP 250 requests a day.
"""

PLUS = Plan(name="plus", feeds=frozenset({"iex", "sip", "delayed_sip", "test", "news"}), best="sip")
"""Everything, live."""

PLANS = {plan.name: plan for plan in (FREE, PLUS)}
"""Plans by name."""


def read_plan(name: str) -> Plan:
    """The plan of that name; BadInput names those there are."""
    if name not in PLANS:
        raise BadInput(f"venue plan {name!r}: expected one of {', '.join(sorted(PLANS))}")
    return PLANS[name]
