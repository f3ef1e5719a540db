from decimal import Decimal

import msgspec
import pytest

from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.journal import Correction, Holding, Recovered, Snapshot, key_of
from tradeplat.core.orders import EXTERNAL, Order, OrderState, OrderType, Purpose
from tradeplat.core.position import Position

ORDER = Order("tp1-260105-abc-0", "AAA", "ema", Decimal(10), OrderType.MARKET, Purpose.ENTRY, 7, 8)


def test_one_intent_has_one_key_whatever_becomes_of_its_order() -> None:
    later = msgspec.structs.replace(ORDER, state=OrderState.FILLED, filled=Decimal(10))
    assert key_of(ORDER) == key_of(later)
    assert key_of(ORDER) != key_of(msgspec.structs.replace(ORDER, cause=9))
    assert key_of(ORDER) != key_of(msgspec.structs.replace(ORDER, purpose=Purpose.EXIT))


@pytest.mark.parametrize(
    "changes",
    [{"parent": "tp1-x"}, {"id": "tpF-1-AAA-1"}, {"id": "stranger"}, {"strategy": EXTERNAL}],
)
def test_what_follows_from_another_order_uses_up_no_intent(changes: dict[str, str]) -> None:
    assert key_of(msgspec.structs.replace(ORDER, **changes)) is None


def test_bodies_are_plain_and_come_back() -> None:
    told = Snapshot(
        ts=1,
        cash=Decimal("10.50"),
        holdings=(Holding("ema", "AAA", Position(Decimal(3), Decimal("1.25"))),),
        orders=(ORDER,),
        conditions=(Condition("operator", "", Mode.KILLED),),
    )
    assert msgspec.json.decode(msgspec.json.encode(told.body()), type=Snapshot) == told
    assert "equity" not in told.body()
    busted = Correction("AAA", "ema", Decimal(-2), Decimal(5), why="bust")
    assert msgspec.json.decode(msgspec.json.encode(busted.body()), type=Correction) == busted


def test_a_journal_is_fresh_only_while_nothing_was_ever_in_it() -> None:
    told = Recovered(path="x", mode="paper", account="a", day="2026-01-05", epoch=1)
    assert told.fresh
    assert not msgspec.structs.replace(told, seq=1).fresh
    assert not msgspec.structs.replace(told, lost="all of it").fresh
    assert msgspec.structs.replace(told, orders=(ORDER,)).open_orders == (ORDER,)
