from pathlib import Path

import pytest

from journal.orders_at_work import begin, killed, life, meant, stamped
from tradeplat.core.journal import SeatState
from tradeplat.journal.chain import Broken
from tradeplat.journal.entries import Imposed, Seated
from tradeplat.journal.kept import Kept
from tradeplat.journal.salvage import compare, salvage, seats


def test_tables_that_say_less_than_the_records_are_found(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    store.commit(stamped(*life(1), *life(2)))
    connection = store.connection()
    compare(connection, store.kept)
    connection.execute("UPDATE positions SET quantity='19'")
    with pytest.raises(Broken, match="positions"):
        compare(connection, store.kept)
    connection.execute("DELETE FROM orders WHERE coid=?", (meant(2).id,))
    with pytest.raises(Broken, match=meant(2).id):
        compare(connection, store.kept)
    store.abandon()


def test_what_the_tables_know_is_added_to_broken_records(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    store.commit(stamped(*life(1), Imposed(killed())))
    kept = Kept()
    kept.meant(meant(1))
    salvage(store.connection(), kept)
    assert kept.orders == store.kept.orders
    assert kept.holdings == store.kept.holdings
    assert kept.conditions == store.kept.conditions
    store.connection().execute("UPDATE orders SET body='{'")
    store.connection().execute("UPDATE positions SET quantity='x'")
    store.connection().execute("DROP TABLE modes")
    kept = Kept()
    salvage(store.connection(), kept)
    assert (kept.orders, kept.holdings, kept.conditions) == ({}, {}, {})
    store.abandon()


def test_a_memory_that_was_changed_is_not_given_back(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    told = [SeatState("ema", symbol, 5, {"fields": {"a": 1}}) for symbol in ("AAA", "BBB")]
    store.commit(stamped(*map(Seated, told)))
    assert seats(store.connection()) == told
    store.connection().execute("UPDATE seats SET ts=6 WHERE symbol='AAA'")
    assert seats(store.connection()) == told[1:]
    store.abandon()
