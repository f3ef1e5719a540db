from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from journal.orders_at_work import (
    ABOUT,
    S,
    all_well,
    begin,
    killed,
    life,
    meant,
    said,
    stamped,
)
from tradeplat.core.conditions import Mode
from tradeplat.core.errors import Corrupt
from tradeplat.core.journal import SeatState
from tradeplat.journal.batch import Batch
from tradeplat.journal.entries import Imposed, Intended, Moved, Noted, Reported, Seated
from tradeplat.journal.kept import Kept


def kinds(*entries: object) -> list[str]:
    batch = Batch(Kept(), lambda _: False)
    for entry in stamped(*entries):
        batch.take(entry)
    return [str(record[4]) for record in batch.records]


def test_each_entry_becomes_the_record_of_its_kind() -> None:
    order = meant(1)
    assert kinds(
        Intended(order),
        Moved(order.id, S.SENDING, ""),
        Reported(said(order, S.WORKING)),
        Moved(order.id, S.REPLACE_PENDING, ""),
        Moved(order.id, S.CANCEL_PENDING, ""),
        Reported(said(order, S.CANCELED, 3)),
        Imposed(killed()),
        Noted("RECON", {"orders": 1}),
    ) == ["INTENT", "STATE", "ACK", "REPLACE", "CANCEL_REQ", "FILL", "MODE", "RECON"]


def test_what_says_nothing_new_leaves_no_record() -> None:
    order = meant(1)
    heard = Reported(said(order, S.PARTIAL, 3))
    assert kinds(Intended(order), heard, heard, Reported(said(meant(2), S.WORKING))) == [
        "INTENT",
        "FILL",
    ]
    assert kinds(Intended(order), Moved(order.id, S.INTENT, ""), Moved("?", S.SENDING, "")) == [
        "INTENT"
    ]


def test_an_entry_that_cannot_be_fails_alone() -> None:
    kept = Kept()
    batch = Batch(kept, lambda _: False)
    order = meant(1)
    faults = [
        batch.take(entry)
        for entry in stamped(
            Intended(order),
            Intended(order),
            Reported(said(order, S.FILLED, 11)),
            Noted("SNAPSHOT", {"ts": "then"}),
            Reported(said(order, S.FILLED, 10)),
        )
    ]
    assert [fault is not None for fault in faults] == [False, True, True, True, False]
    assert "journaled before" in str(faults[1])
    assert [str(record[4]) for record in batch.records] == ["INTENT", *["ALERT"] * 3, "FILL"]
    assert kept.orders[order.id].state is S.FILLED


def test_an_execution_id_seen_before_is_told_and_the_growth_still_booked(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    order = meant(1)
    first = stamped(Intended(order), Reported(said(order, S.PARTIAL, 3, exec_id="x")))
    assert all_well(store.commit(first))
    assert all_well(store.commit(stamped(Reported(said(order, S.PARTIAL, 5, exec_id="x")))))
    rows = store.connection().execute("SELECT cum_qty, exec_id FROM fills").fetchall()
    assert rows == [(b"3", b"x"), (b"5", None)]
    assert store.kept.holdings["ema", "AAA"].quantity == 5
    alerts = "SELECT count(*) FROM journal WHERE kind='ALERT'"
    assert store.connection().execute(alerts).fetchone() == (1,)
    store.close()


def test_tables_follow_the_records(tmp_path: Path) -> None:
    store, _ = begin(tmp_path, ABOUT)
    seat = SeatState("ema", "AAA", 5, {"fields": {"fast": 1.5}})
    entries = stamped(*life(1), Imposed(killed()), Seated(seat))
    assert all_well(store.commit(entries))
    assert all_well(store.commit(stamped(Imposed(killed(mode=Mode.NORMAL)))))
    read = store.connection().execute
    assert read("SELECT coid, state, filled FROM orders").fetchall() == [
        (meant(1).id.encode(), b"filled", b"10")
    ]
    assert read("SELECT quantity, average FROM positions").fetchall() == [(b"10", b"6")]
    assert read("SELECT count(*) FROM fills").fetchone() == (2,)
    assert read("SELECT count(*) FROM modes").fetchone() == (0,)
    assert read("SELECT symbol, ts FROM seats").fetchall() == [(b"AAA", 5)]
    store.close()


def test_a_snapshot_replaces_what_it_tells(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    store.commit(stamped(*life(1), Imposed(killed())))
    held = {"strategy": "external", "symbol": "BBB", "position": {"quantity": "4", "average": "2"}}
    body = {"ts": 1, "cash": "50", "holdings": [held], "conditions": []}
    assert all_well(store.commit(stamped(Noted("SNAPSHOT", body))))
    assert store.kept.cash == Decimal(50)
    told = store.connection().execute("SELECT symbol, quantity FROM positions").fetchall()
    assert {row for row in told if row[1] != b"0"} == {(b"BBB", b"4")}
    assert store.connection().execute("SELECT count(*) FROM modes").fetchone() == (0,)
    store.close()


def test_a_clash_with_the_tables_is_fatal(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    store.commit(stamped(Intended(meant(1))))
    store.kept.orders.clear()
    with pytest.raises(Corrupt, match="cannot be written"):
        store.commit(stamped(Intended(meant(1))))
    with pytest.raises(Corrupt):
        store.commit(stamped(Intended(meant(2))))
    store.close()


@pytest.mark.parametrize("at_once", [True, False])
def test_a_quantity_that_was_taken_back_may_be_reached_again(
    tmp_path: Path, *, at_once: bool
) -> None:
    store, _ = begin(tmp_path)
    order = meant(1)
    back = replace(said(order, S.PARTIAL, 3), corrects=True)
    steps = [
        Intended(order),
        Reported(said(order, S.PARTIAL, 3)),
        Reported(said(order, S.PARTIAL, 6)),
        Reported(back),
        Reported(said(order, S.PARTIAL, 6)),
    ]
    for part in [steps] if at_once else [[step] for step in steps]:
        assert all_well(store.commit(stamped(*part)))
    rows = store.connection().execute("SELECT quantity FROM fills ORDER BY seq").fetchall()
    assert [int(quantity) for (quantity,) in rows] == [3, 3, -3, 3]
    store.close()
    again, told = begin(tmp_path)
    assert told.lost == ""
    assert told.holdings["ema", "AAA"].quantity == 6
    again.close()
