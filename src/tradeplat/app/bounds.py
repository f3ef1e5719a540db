"""From the settings' words to the gate's limits."""

from decimal import Decimal
from typing import Any

from tradeplat.app import plugins
from tradeplat.app.settings import RiskSettings, Settings
from tradeplat.core.market import SECOND
from tradeplat.risk.limits import Limits
from tradeplat.risk.rules import BrokerRules

REPLAYED: dict[str, Any] = {
    "stale_quote_seconds": 0,
    "stale_quote_extended_seconds": 0,
    "stale_signal_seconds": 0,
    "same_order_seconds": 0,
    "orders_second": 0,
    "orders_minute": 0,
    "orders_minute_symbol": 0,
    "replaces_minute": 0,
    "equal_rejections": 0,
    "losing_trades": 0,
    "daily_loss": 0,
    "daily_loss_kill": 0,
    "max_drawdown": 0,
}
"""What a replay is not held to unless it is asked to be: the pace and the losses of one account,
which say nothing of the strategies that are tried on months of data.
"""


def told(risk: RiskSettings) -> dict[str, float]:
    """The limits that are numbers, for windows to show."""
    found = {name: getattr(risk, name) for name in RiskSettings.model_fields}
    return {
        name: float(value)
        for name, value in found.items()
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    }


def limits(risk: RiskSettings) -> Limits:
    """The gate's limits as set: those of the same name, and times turned into nanoseconds."""
    names = [name for name in Limits.__struct_fields__ if name in RiskSettings.model_fields]
    same: dict[str, Any] = {name: getattr(risk, name) for name in names}
    return Limits(
        **same,
        stale_quote_regular=_ns(risk.stale_quote_seconds * risk.age_scale),
        stale_quote_extended=_ns(risk.stale_quote_extended_seconds * risk.age_scale),
        stale_signal=_ns(risk.stale_signal_seconds * risk.age_scale),
        resumption=_ns(risk.resumption_seconds),
        same_order=_ns(risk.same_order_seconds),
        rejection_pause=_ns(risk.rejection_pause_seconds),
        losing_pause=_ns(risk.losing_pause_seconds),
    )


def rules(risk: RiskSettings) -> BrokerRules | None:
    """The broker's rules as set; None where they limit nothing."""
    if risk.rules.use == "none" and not risk.rules.options:
        return None
    made: BrokerRules = plugins.build("rules", risk.rules.use, risk.rules.options)
    return made


def suited(settings: Settings, speed: float, *, lockstep: bool) -> Settings:
    """`settings` for a venue whose clock runs `speed` times as fast as the wall's: what a wire and
    a loop take of wall time is that much more of market time. A session in lockstep is a replay
    over the wire, and held to what a replay is held to.
    """
    risk = settings.risk
    plain = {k: v for k, v in REPLAYED.items() if lockstep and k not in risk.model_fields_set}
    scaled = {"age_scale": risk.age_scale * max(1.0, speed)}
    made = RiskSettings.model_validate({**risk.model_dump(), **plain, **scaled})
    return settings.model_copy(update={"risk": made})


def _ns(seconds: float) -> int:
    return round(seconds * SECOND)
