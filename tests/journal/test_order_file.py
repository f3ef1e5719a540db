import sqlite3
from decimal import Decimal
from pathlib import Path

from journal.orders_at_work import life
from tradeplat.journal.order_file import HELD, REMEMBERED, OrderFile


def test_a_replays_orders_fills_and_positions_are_in_its_file(tmp_path: Path) -> None:
    path = tmp_path / "orders.db"
    with OrderFile(path, Decimal(1000)) as file:
        for n, entry in enumerate([*life(1), *life(2, -4)]):
            file.take(n, entry)
    read = sqlite3.connect(path).execute
    assert read("SELECT count(*), min(state) FROM orders").fetchone() == (2, "filled")
    assert read("SELECT count(*) FROM fills").fetchone() == (4,)
    assert read("SELECT quantity FROM positions").fetchone() == ("6",)
    kinds = read("SELECT kind FROM journal ORDER BY seq").fetchall()
    assert [kind for (kind,) in kinds][:3] == ["SNAPSHOT", "EPOCH", "INTENT"]
    assert file.failed == ""


def test_memory_does_not_grow_with_the_orders(tmp_path: Path) -> None:
    path = tmp_path / "orders.db"
    with OrderFile(path, Decimal(1000)) as file:
        for n in range(REMEMBERED + HELD):
            for entry in life(n):
                file.take(n, entry)
        assert len(file._kept.orders) <= REMEMBERED + HELD
        assert not file._kept.keys
    counted = sqlite3.connect(path).execute("SELECT count(*) FROM orders").fetchone()
    assert counted == (REMEMBERED + HELD,)


def test_a_file_that_cannot_be_written_is_told_once_and_the_replay_goes_on(tmp_path: Path) -> None:
    told: list[str] = []
    with OrderFile(tmp_path / "gone" / "orders.db", Decimal(1000), told.append) as file:
        for entry in life(1):
            file.take(1, entry)
    assert len(told) == 1
    assert "orders.db: cannot be written" in file.failed
