from decimal import Decimal

import msgspec
import pytest
from hypothesis import given

from journal.orders_at_work import START, days, killed, life, meant, stamped
from journal.test_chain import chained
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.cover import Levels
from tradeplat.core.journal import Correction, Kind
from tradeplat.core.orders import Fill, OrderState, Purpose
from tradeplat.core.position import Position
from tradeplat.core.rounds import LEVEL
from tradeplat.journal.batch import Batch
from tradeplat.journal.chain import Broken, Row
from tradeplat.journal.entries import Entry
from tradeplat.journal.kept import Kept, replayed


def written(entries: list[Entry]) -> tuple[Kept, list[Row]]:
    """What is folded while writing, and the records of it."""
    kept = Kept()
    batch = Batch(kept, lambda _: False)
    for entry in stamped(*entries):
        batch.take(entry)
    rows = [
        tuple(value.encode() if isinstance(value, str) else value for value in record)
        for record in batch.records
    ]
    return kept, rows


def told(kept: Kept) -> tuple[object, ...]:
    return (
        kept.orders,
        kept.keys,
        {key: held for key, held in kept.holdings.items() if held.quantity},
        kept.conditions,
        kept.cash,
        kept.high_water,
        kept.rounds.counted(),
        kept.seq,
        kept.hash,
    )


@given(days())
def test_reading_the_records_gives_what_writing_them_folded(day: list[Entry]) -> None:
    kept, rows = written(day)
    assert told(replayed(rows)) == told(kept)


def test_positions_and_cash_are_the_sum_of_fills_and_corrections() -> None:
    kept, _ = written(life(1))
    assert kept.holdings["ema", "AAA"] == Position(Decimal(10), Decimal(6), Decimal("0.0"))
    assert kept.cash is None
    kept.cash = Decimal(100)
    kept.correct(Correction("AAA", "ema", Decimal(-4), Decimal(6), Decimal(24)))
    assert kept.holdings["ema", "AAA"].quantity == 6
    assert kept.cash == 124


def test_a_lifted_condition_stands_no_more() -> None:
    kept = Kept()
    kept.impose(killed())
    kept.impose(Condition("risk:DAILY_LOSS", "", Mode.REDUCE_ONLY))
    kept.impose(killed(mode=Mode.NORMAL))
    assert [c.source for c in kept.conditions.values()] == ["risk:DAILY_LOSS"]


def test_the_next_day_begins_with_what_is_open_and_what_ended_today() -> None:
    kept, _ = written([*life(1), life(2)[0]])
    tomorrow = kept.snapshot(START, "x", closed=False)
    assert [order.id for order in tomorrow.orders or ()] == [meant(1).id, meant(2).id]
    after = Kept()
    after.stand(tomorrow)
    assert [order.id for order in after.snapshot(START, "y", closed=False).orders or ()] == [
        meant(2).id
    ]
    assert len(after.snapshot(START, "y", closed=True).orders or ()) == 2


def test_a_record_that_cannot_be_read_ends_the_reading_there() -> None:
    rows = chained([b"{}", b"{}"])
    broken: Row = (*rows[1][:4], b"INTENT", b"x", b"{not json", rows[1][7])
    kept = Kept()
    with pytest.raises(Broken, match="record 2 cannot be read"):
        replayed([rows[0], broken], kept)
    assert kept.seq == 1


def test_an_order_stands_as_its_last_record_says() -> None:
    kept, rows = written(life(1))
    assert replayed(rows[:3]).orders[meant(1).id].state is OrderState.WORKING
    assert msgspec.structs.asdict(replayed(rows).orders[meant(1).id])["state"] == "filled"
    assert kept.epoch == 0


def test_the_levels_that_protect_a_position_are_kept_until_there_are_none() -> None:
    kept = Kept()
    levels = Levels("AAA", "s", "tp1-x", Decimal("9.50"), Decimal(11))
    kept.noted(Kind.PROTECT, msgspec.json.encode(levels.body()))
    (snapshot,) = (kept.snapshot(1, "", closed=False),)
    assert snapshot.levels == (levels,)
    again = Kept()
    again.noted(Kind.SNAPSHOT, msgspec.json.encode(snapshot.body()))
    assert again.levels == {("s", "AAA"): levels}
    gone = Levels("AAA", "s", "tp1-x")
    again.noted(Kind.PROTECT, msgspec.json.encode(gone.body()))
    assert again.levels == {}


def test_counts_of_trades_go_on_into_the_next_file() -> None:
    kept, _ = written([*life(1)])
    kept.book(fill("ema", -10, 5), START)
    counted = kept.rounds.counted()
    assert counted.losses == {"ema": 1}
    assert len(counted.trips) == 1
    after = Kept()
    snapshot = kept.snapshot(START, "x", closed=False)
    after.stand(msgspec.convert(snapshot.body(), type(snapshot)))
    assert after.rounds.counted() == counted
    after.stand(type(snapshot)(ts=START, cash=Decimal(1)))
    assert after.rounds.counted() == counted


def test_the_next_file_knows_what_the_account_held_of_each_symbol() -> None:
    kept, _ = written([*life(1)])
    after = Kept()
    after.stand(kept.snapshot(START, "x", closed=False))
    after.correct(Correction("AAA", "ema", Decimal(-4), Decimal(6), Decimal(24)))
    after.book(fill("ema", -6, 7), START)
    assert [len(k.rounds.counted().trips) for k in (kept, after)] == [0, 1]


def test_a_strategy_that_is_let_go_on_has_made_nothing_yet() -> None:
    kept, _ = written([*life(1)])
    kept.book(fill("ema", -10, 5), START)
    assert kept.rounds.made["ema"] < 0
    kept.impose(Condition(LEVEL, "@ema", Mode.NORMAL))
    assert kept.rounds.made == {}


def test_a_pause_that_has_ended_is_not_carried_on() -> None:
    kept = Kept()
    for name, until in (("a", START), ("b", START + 1), ("c", 0)):
        kept.impose(Condition("risk:LOSS_STREAK", f"@{name}", Mode.REDUCE_ONLY, until=until))
    left = kept.snapshot(START, "x", closed=True).conditions or ()
    assert [condition.scope for condition in left] == ["@b", "@c"]


def fill(strategy: str, quantity: int, price: int) -> Fill:
    return Fill(
        "o", "AAA", strategy, START, Decimal(quantity), Decimal(price), Decimal(0), Purpose.EXIT
    )
