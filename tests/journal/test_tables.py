import sqlite3
from pathlib import Path

import pytest

from tradeplat.journal import tables


def test_every_commit_is_synced_and_nobody_else_gets_in(tmp_path: Path) -> None:
    path = str(tmp_path / "x.db")
    connection = tables.connect(path)
    connection.execute("BEGIN")
    tables.create(connection)
    connection.execute("COMMIT")
    assert tables.number(connection, "synchronous") == 2
    assert connection.execute("PRAGMA journal_mode").fetchone() == (b"wal",)
    assert tables.number(connection, "application_id") == tables.MARK
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        tables.connect(path)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        (tables.MEANT, ("b", "key", "ema", "AAA", "intent", "0", 1, "{}")),
        (tables.FILLED, (2, "a", "10", None, "ema", "AAA", 1, "10", "5", "0", "entry")),
        (tables.FILLED, (2, "a", "11", "x", "ema", "AAA", 1, "1", "5", "0", "entry")),
    ],
    ids=["intent", "cumulative", "execution"],
)
def test_one_intent_one_fill_one_execution(
    tmp_path: Path, statement: str, row: tuple[object, ...]
) -> None:
    connection = tables.connect(str(tmp_path / "x.db"))
    tables.create(connection)
    connection.execute(tables.MEANT, ("a", "key", "ema", "AAA", "intent", "0", 1, "{}"))
    fill = (1, "a", "10", "x", "ema", "AAA", 1, "10", "5", "0", "entry")
    connection.execute(tables.FILLED, fill)
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement, row)
    connection.close()
