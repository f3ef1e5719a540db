from decimal import Decimal
from math import nan

import pytest
from msgspec.structs import replace

from tradeplat.core.calendar import Phase
from tradeplat.core.instrument import Instrument
from tradeplat.core.market import SECOND
from tradeplat.core.orders import OrderType, Purpose, TimeInForce
from tradeplat.risk.checks import Proposal
from tradeplat.risk.drafts import entry, extended, leaving, levels

LIMIT = Proposal("A", "s", Purpose.ENTRY, 3, Decimal(1), Decimal(10), 10.0, None, Phase.PRE, 5)
MARKET = Proposal("A", "s", Purpose.EXIT, 3, Decimal(-7), None, 10.0, None, Phase.REGULAR, 5)


def test_an_entry_is_drafted_as_it_was_approved() -> None:
    stop, target = Decimal(9), Decimal(12)
    order = entry("id", LIMIT, Decimal(4), (stop, target), 60)
    assert (order.quantity, order.type, order.limit) == (4, OrderType.LIMIT, 10)
    assert (order.stop_loss, order.take_profit, order.extended) == (stop, target, True)
    assert (order.cause, order.created, order.expires) == (3, 5, 5 + 60 * SECOND)
    assert entry("id", LIMIT, Decimal(4), (stop, target), 0).expires == 0


@pytest.mark.parametrize(
    ("phase", "limit", "tif"),
    [
        (Phase.REGULAR, Decimal(10), TimeInForce.IOC),
        (Phase.PRE, Decimal(10), TimeInForce.DAY),
        (Phase.REGULAR, None, TimeInForce.DAY),
    ],
)
def test_an_entry_at_once_is_so_in_regular_hours_alone(
    phase: Phase, limit: Decimal | None, tif: TimeInForce
) -> None:
    proposal = replace(LIMIT, phase=phase, limit=limit)
    order = entry("id", proposal, Decimal(4), (Decimal(9), None), 60, at_once=True)
    assert (order.tif, order.legged) == (tif, phase is Phase.REGULAR and limit is None)


def test_an_exit_takes_the_quantity_of_its_proposal() -> None:
    order = leaving("id", MARKET, 15)
    assert (order.quantity, order.type, order.purpose) == (-7, OrderType.MARKET, Purpose.EXIT)
    assert (order.expires, order.extended) == (0, False)
    assert leaving("id", LIMIT, 15).expires == 5 + 15 * SECOND


@pytest.mark.parametrize(("side", "stop", "target"), [(1, "9.99", "12.01"), (-1, "10.00", "12.00")])
def test_levels_are_rounded_away_from_the_market(side: int, stop: str, target: str) -> None:
    assert levels(Instrument("A"), side, 9.995, 12.005) == (Decimal(stop), Decimal(target))
    assert levels(Instrument("A"), side, nan, nan) == (None, None)


def test_the_hours_around_the_session_are_extended() -> None:
    assert [extended(phase) for phase in Phase] == [False, True, False, True]
