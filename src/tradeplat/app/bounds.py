"""From the settings' words to the gate's limits."""

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


def limits(risk: RiskSettings) -> Limits:
    """The gate's limits as set."""

    def aged(seconds: float) -> int:
        return _ns(seconds * risk.age_scale)

    return Limits(
        max_open_trades=risk.max_open_trades,
        max_position=risk.max_position,
        max_notional=risk.max_notional,
        max_quantity=risk.max_quantity,
        max_volume_part=risk.max_volume_part,
        max_gross=risk.max_gross,
        leverage=risk.leverage,
        price_collar=risk.price_collar,
        flatten_collar=risk.flatten_collar,
        max_spread=risk.max_spread,
        max_open_orders=risk.max_open_orders,
        max_open_orders_symbol=risk.max_open_orders_symbol,
        hours=risk.hours,
        allow_short=risk.allow_short,
        allowed=risk.allowed,
        denied=risk.denied,
        entry_seconds=risk.entry_seconds,
        stale_quote_regular=aged(risk.stale_quote_seconds),
        stale_quote_extended=aged(risk.stale_quote_extended_seconds),
        stale_signal=aged(risk.stale_signal_seconds),
        same_order=_ns(risk.same_order_seconds),
        orders_second=risk.orders_second,
        orders_minute=risk.orders_minute,
        orders_minute_symbol=risk.orders_minute_symbol,
        replaces_minute=risk.replaces_minute,
        equal_rejections=risk.equal_rejections,
        rejection_pause=_ns(risk.rejection_pause_seconds),
        losing_trades=risk.losing_trades,
        losing_pause=_ns(risk.losing_pause_seconds),
        daily_loss=risk.daily_loss,
        daily_loss_kill=risk.daily_loss_kill,
        max_drawdown=risk.max_drawdown,
        flatten_at_drawdown=risk.flatten_at_drawdown,
        round_trips=risk.round_trips,
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
