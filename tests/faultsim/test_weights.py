"""How full the containers of a process are."""

from faultsim.weights import heaviest
from tradeplat.core.calendar import Calendar
from tradeplat.core.tape import Market


def test_each_container_is_counted_where_it_hangs() -> None:
    market = Market(Calendar(()))
    for symbol in ("AAA", "BBB", "CCC"):
        assert market.instrument(symbol).symbol == symbol
    assert market.tapes["AAA"].quote is None
    found = heaviest(market)
    assert found["Market._instruments"] == 3
    assert found["Market.tapes"] == 1


def test_what_refers_to_itself_is_counted_once() -> None:
    market = Market(Calendar(()))
    vars(market)["again"] = [market]
    assert heaviest(market)["Market.again"] == 1
