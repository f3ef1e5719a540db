from decimal import Decimal

import msgspec
import pytest

from tradeplat.app import bounds
from tradeplat.app.settings import Settings, load
from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND
from tradeplat.risk.limits import Limits


def test_a_replay_is_held_to_what_bounds_one_order() -> None:
    settings = load(None, (), {"risk": bounds.REPLAYED})
    assert bounds.limits(settings.risk) == Limits()


def test_a_session_is_held_to_the_whole_table() -> None:
    limits = bounds.limits(Settings().risk)
    table = {
        "stale_quote_regular": 2 * SECOND,
        "stale_quote_extended": 10 * SECOND,
        "stale_signal": 2 * SECOND,
        "same_order": 2 * SECOND,
        "orders_second": 5,
        "orders_minute": 60,
        "orders_minute_symbol": 10,
        "replaces_minute": 10,
        "equal_rejections": 3,
        "losing_trades": 5,
        "losing_pause": 1_800 * SECOND,
        "daily_loss": Decimal("0.02"),
        "daily_loss_kill": Decimal("0.03"),
        "max_drawdown": Decimal("0.06"),
    }
    assert {name: getattr(limits, name) for name in table} == table
    rest = {name: getattr(Limits(), name) for name in Limits.__struct_fields__ if name not in table}
    assert {name: getattr(limits, name) for name in rest} == rest


@pytest.mark.parametrize("name", list(Limits.__struct_fields__))
def test_every_limit_can_be_set_or_is_said_not_to_be(name: str) -> None:
    fixed = {"buying_power_margin", "extended_exit_through", "exit_seconds",
             "quote_age_regular", "quote_age_extended"}  # fmt: skip
    told = {
        "stale_quote_regular": "stale_quote_seconds",
        "stale_quote_extended": "stale_quote_extended_seconds",
        "stale_signal": "stale_signal_seconds",
        "same_order": "same_order_seconds",
        "rejection_pause": "rejection_pause_seconds",
        "resumption": "resumption_seconds",
        "losing_pause": "losing_pause_seconds",
    }
    assert (name in fixed) != (told.get(name, name) in type(Settings().risk).model_fields)


def test_an_accelerated_venue_stretches_ages_and_nothing_else() -> None:
    settings = bounds.suited(Settings(), 90.0, lockstep=False)
    fast, slow = bounds.limits(settings.risk), bounds.limits(Settings().risk)
    ages = {"stale_quote_regular", "stale_quote_extended", "stale_signal"}
    for name in Limits.__struct_fields__:
        factor = 90 if name in ages else 1
        assert getattr(fast, name) == (
            getattr(slow, name) * factor if name in ages else getattr(slow, name)
        )
    assert bounds.suited(Settings(), 0.5, lockstep=False) == Settings()
    assert msgspec.json.decode(msgspec.json.encode(settings.model_dump(mode="json")))


def test_rules_are_a_plug_in() -> None:
    assert bounds.rules(Settings().risk) is None
    made = bounds.rules(load(None, ["risk.rules.use=us_equities"]).risk)
    assert made is not None
    assert made.round_trips(20200102, 1_000.0) is not None
    with pytest.raises(BadInput, match="did you mean us_equities"):
        bounds.rules(load(None, ["risk.rules.use=us_equites"]).risk)


def test_lockstep_is_held_to_what_a_replay_is_unless_told_otherwise() -> None:
    replayed = load(None, ["risk.losing_trades=2"], {"risk": bounds.REPLAYED})
    suited = bounds.suited(load(None, ["risk.losing_trades=2"]), 1.0, lockstep=True)
    assert bounds.limits(suited.risk) == bounds.limits(replayed.risk)
    assert suited.risk.losing_trades == 2
