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


FREE = Plan(
    name="free",
    feeds=frozenset({"iex", "delayed_sip", "test"}),
    best="iex",
    symbols=30,
    requests=200,
    recent_sip=False,
)
"""One exchange live, the consolidated tape 15 minutes late, 30 symbols."""

PLUS = Plan(name="plus", feeds=frozenset({"iex", "sip", "delayed_sip", "test"}), best="sip")
"""Everything, live."""

PLANS = {plan.name: plan for plan in (FREE, PLUS)}
"""Plans by name."""


def read_plan(name: str) -> Plan:
    """The plan of that name; BadInput names those there are."""
    if name not in PLANS:
        raise BadInput(f"venue plan {name!r}: expected one of {', '.join(sorted(PLANS))}")
    return PLANS[name]
