from decimal import Decimal

from tradeplat.app import wiring
from tradeplat.app.headers import Begun, header
from tradeplat.app.settings import load
from tradeplat.core.record import RunHeader
from tradeplat.core.schema import market_schema


def test_a_header_says_what_the_run_is_and_comes_back_from_its_note() -> None:
    settings = wiring.with_strategies(load(None), ["ema_cross", "coin_flip"], [])
    begun = Begun("2026-01-05_093000_paper_1", "paper", "builtin", "A1", Decimal(5_000), 77)
    made = header(settings, begun, {"run": 1, "venue": 7})
    assert (made.name, made.mode, made.feed, made.account) == begun[:4]
    assert (made.start_cash, made.started) == begun[4:]
    assert made.seeds == {"run": 1, "venue": 7}
    assert made.strategies == ("ema_cross", "coin_flip")
    assert [curve[0] for curve in made.plots["ema_cross"]] == ["fast", "slow", "stop"]
    assert made.settings["run"]["mode"] == "paper"
    assert made.schema == market_schema()
    assert RunHeader.of(made.body()) == made
