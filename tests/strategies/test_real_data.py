"""Every strategy trades real days of real stocks, filled at once, without falling over."""

import importlib
import pkgutil
from collections import Counter

import pytest

import tradeplat.strategies
from tapes import Ideal
from tradeplat.core.intent import Action
from tradeplat.core.market import Bar, Quote
from tradeplat.history.dataset import DataSet
from tradeplat.history.sessions import nyse_calendar

MODULES = sorted(module.name for module in pkgutil.iter_modules(tradeplat.strategies.__path__))
RARE = {"gap_momentum"}
"""What waits for a gap need not find one in a few days of large stocks."""


@pytest.fixture(scope="module")
def days(shared_data):
    """The events of three stocks: seconds and quotes of one, minutes and quotes of the others."""
    folders = {"IBM": shared_data / "second", "BAC": shared_data / "minute"}
    folders["SPY"] = shared_data / "minute"
    return {
        symbol: [event for chunk in DataSet.open([folder]).events(symbol) for event in chunk]
        for symbol, folder in folders.items()
    }


@pytest.mark.parametrize("name", MODULES)
def test_it_trades_both_ways_on_every_stock_and_ends_flat_or_held(name, days):
    module = importlib.import_module(f"tradeplat.strategies.{name}")
    calendar = nyse_calendar()
    for symbol, events in days.items():
        ideal, ends = Ideal(getattr(module, module.__all__[0])()), 0
        on_session = getattr(ideal.strategy, "on_session", None)
        for event in events:
            if event.ts > ends:
                session = calendar.upcoming(event.ts)
                ends = session.post_close
                if on_session is not None:
                    on_session(session)
            if isinstance(event, Bar | Quote):
                ideal.show(event)
        wishes = Counter(action for _, action in ideal.actions)
        if name not in RARE:
            assert wishes[Action.ENTER] >= 2, symbol
        assert wishes[Action.ENTER] - wishes[Action.EXIT] in (0, 1), symbol
