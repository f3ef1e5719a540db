from decimal import Decimal

import pytest
from msgspec.structs import replace

from tradeplat.core.calendar import Phase
from tradeplat.core.market import Status
from tradeplat.core.orders import Order, OrderType, Purpose
from tradeplat.core.tape import Tape
from tradeplat.risk import checks
from tradeplat.risk.checks import Check, Grounds, Proposal
from tradeplat.risk.limits import Hours, Limits
from worlds import World

ENTRY = Proposal("A", "s", Purpose.ENTRY, 1, Decimal(1), None, 100.0, 0.02, Phase.REGULAR)


def judge(check: Check, proposal: Proposal, limits: Limits = Limits(), halted: bool = False) -> str:
    tape = Tape()
    if halted:
        tape.on_status(Status("A", 1, trading=False, code="T1", feed="t"))
    world = World(lambda _: {})
    verdict = check(proposal, Grounds(limits, world.tracker, tape, world.market))
    return "" if verdict is None else verdict[0]


@pytest.mark.parametrize(
    ("phase", "hours", "limit", "purpose", "code"),
    [
        (Phase.REGULAR, Hours.REGULAR, None, Purpose.ENTRY, ""),
        (Phase.CLOSED, Hours.EXTENDED, Decimal(100), Purpose.EXIT, "MARKET_CLOSED"),
        (Phase.PRE, Hours.REGULAR, Decimal(100), Purpose.ENTRY, "MARKET_CLOSED"),
        (Phase.PRE, Hours.REGULAR, Decimal(100), Purpose.EXIT, ""),
        (Phase.PRE, Hours.EXTENDED, Decimal(100), Purpose.ENTRY, ""),
        (Phase.POST, Hours.EXTENDED, None, Purpose.ENTRY, "EXT_HOURS"),
        (Phase.CLOSED, Hours.ANY, None, Purpose.ENTRY, ""),
    ],
)
def test_entries_need_their_hours(
    phase: Phase, hours: Hours, limit: Decimal | None, purpose: Purpose, code: str
) -> None:
    proposal = replace(ENTRY, phase=phase, limit=limit, purpose=purpose)
    assert judge(checks.market_open, proposal, Limits(hours=hours)) == code


@pytest.mark.parametrize(
    ("limit", "purpose", "code"),
    [
        ("103.00", Purpose.ENTRY, ""),
        ("103.01", Purpose.ENTRY, "PRICE_COLLAR"),
        ("96.99", Purpose.ENTRY, "PRICE_COLLAR"),
        ("91.00", Purpose.EXIT, ""),
        ("89.99", Purpose.EXIT, "PRICE_COLLAR"),
    ],
)
def test_limits_stay_within_the_collar(limit: str, purpose: Purpose, code: str) -> None:
    proposal = replace(ENTRY, limit=Decimal(limit), purpose=purpose)
    assert judge(checks.collared, proposal) == code


def test_market_entries_need_a_tight_market_and_exits_do_not() -> None:
    wide = replace(ENTRY, spread=2.01)
    assert judge(checks.collared, wide) == "PRICE_COLLAR"
    assert judge(checks.collared, replace(wide, purpose=Purpose.EXIT)) == ""
    assert judge(checks.collared, replace(ENTRY, spread=None)) == ""


def test_a_halt_stops_entries_and_exits_wait_at_the_venue() -> None:
    assert judge(checks.not_halted, ENTRY, halted=True) == "HALTED"
    assert checks.not_halted not in checks.EXIT_CHECKS


def test_no_price_no_entry() -> None:
    assert judge(checks.priced, replace(ENTRY, reference=0.0)) == "NO_PRICE"


def test_short_sales_can_be_forbidden() -> None:
    short = replace(ENTRY, quantity=Decimal(-1))
    assert judge(checks.may_short, short, Limits(allow_short=False)) == "SHORT"
    assert judge(checks.may_short, short) == ""


@pytest.mark.parametrize(
    ("limit", "resting", "type_", "code"),
    [
        (None, "101", OrderType.LIMIT, "SELF_CROSS"),
        (Decimal(100), "101", OrderType.LIMIT, ""),
        (Decimal(101), "101", OrderType.LIMIT, "SELF_CROSS"),
        (Decimal(100), "90", OrderType.STOP, "SELF_CROSS"),
    ],
)
def test_an_entry_never_meets_an_order_of_our_own(
    limit: Decimal | None, resting: str, type_: OrderType, code: str
) -> None:
    world = World(lambda _: {})
    price = Decimal(resting)
    stop = price if type_ is OrderType.STOP else None
    exit_ = Order("x", "A", "other", Decimal(-5), type_, Purpose.STOP, 1, 1, limit=price, stop=stop)
    world.tracker.register(exit_)
    grounds = Grounds(Limits(), world.tracker, Tape(), world.market)
    verdict = checks.no_self_cross(replace(ENTRY, limit=limit), grounds)
    assert ("" if verdict is None else verdict[0]) == code
    assert checks.no_self_cross(replace(ENTRY, quantity=Decimal(-1)), grounds) is None
    assert checks.no_self_cross(replace(ENTRY, symbol="B"), grounds) is None
