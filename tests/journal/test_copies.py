import sqlite3
from pathlib import Path

import pytest

from journal.orders_at_work import begin, killed, life, meant, stamped
from tradeplat.core.errors import BadInput
from tradeplat.journal.copies import copy_from, copy_out
from tradeplat.journal.entries import Imposed


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_a_run_gets_its_own_part_and_no_other(tmp_path: Path) -> None:
    first, told = begin(tmp_path / "journal")
    first.commit(stamped(*life(1)))
    first.close()
    second, later = begin(tmp_path / "journal", run="run-2")
    second.commit(stamped(*life(2), Imposed(killed())))
    copy_out(second.connection(), later.epoch, tmp_path / "orders.db")
    assert rows(tmp_path / "orders.db", "SELECT coid FROM orders") == [(meant(2).id,)]
    assert rows(tmp_path / "orders.db", "SELECT DISTINCT epoch FROM journal") == [(2,)]
    assert rows(tmp_path / "orders.db", "SELECT count(*) FROM fills") == [(2,)]
    assert rows(tmp_path / "orders.db", "SELECT quantity FROM positions") == [("20",)]
    assert rows(tmp_path / "orders.db", "SELECT mode FROM modes") == [("killed",)]
    second.close()
    copy_from(second.path, told.epoch, tmp_path / "first.db")
    assert rows(tmp_path / "first.db", "SELECT coid FROM orders") == [(meant(1).id,)]


def test_copying_twice_adds_nothing(tmp_path: Path) -> None:
    store, told = begin(tmp_path / "journal")
    store.commit(stamped(*life(1)))
    copy_out(store.connection(), told.epoch, tmp_path / "orders.db")
    before = rows(tmp_path / "orders.db", "SELECT * FROM journal")
    copy_out(store.connection(), told.epoch, tmp_path / "orders.db")
    assert rows(tmp_path / "orders.db", "SELECT * FROM journal") == before
    store.commit(stamped(*life(2)))
    store.close()


def test_a_copy_that_cannot_be_written_harms_nothing(tmp_path: Path) -> None:
    store, told = begin(tmp_path / "journal")
    with pytest.raises(BadInput, match="cannot be written"):
        copy_out(store.connection(), told.epoch, tmp_path / "gone" / "orders.db")
    foreign = tmp_path / "orders.db"
    foreign.write_text("something else that has been here before")
    with pytest.raises(BadInput, match="cannot be written"):
        copy_out(store.connection(), told.epoch, foreign)
    store.commit(stamped(*life(1)))
    store.close()
    with pytest.raises(BadInput, match=r"nowhere.db: cannot be read"):
        copy_from(tmp_path / "nowhere.db", 1, tmp_path / "x.db")
