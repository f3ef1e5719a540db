"""A run's own part of the order journal, copied out for whoever reads the run's folder."""

import sqlite3
from pathlib import Path

from tradeplat.core.errors import BadInput
from tradeplat.journal import tables

NAME = "orders.db"
"""Name of the copy in a run's folder."""

_PARTS = (
    "INSERT OR REPLACE INTO part.journal SELECT * FROM journal WHERE epoch=?",
    """INSERT OR REPLACE INTO part.orders SELECT * FROM orders
        WHERE coid IN (SELECT coid FROM journal WHERE epoch=?)""",
    """INSERT OR REPLACE INTO part.fills SELECT * FROM fills
        WHERE seq IN (SELECT seq FROM journal WHERE epoch=?)""",
)
_WHOLE = (
    "DELETE FROM part.positions",
    "INSERT INTO part.positions SELECT * FROM positions",
    "DELETE FROM part.modes",
    "INSERT INTO part.modes SELECT * FROM modes",
    "DELETE FROM part.about",
    "INSERT INTO part.about SELECT * FROM about",
)


def copy_out(connection: sqlite3.Connection, epoch: int, target: Path) -> None:
    """Copy the records of `epoch`, the orders and fills they are about, and how positions and
    modes stand, from an open journal into `target`; adds to what is there from the days before.

    Raises BadInput when the copy cannot be written: nothing in the journal depends on it.
    """
    try:
        connection.execute("ATTACH DATABASE ? AS part", (str(target),))
        try:
            connection.execute("BEGIN")
            if not connection.execute("SELECT 1 FROM part.sqlite_master").fetchone():
                for statement in tables.SCHEMA:
                    connection.execute(statement.replace("TABLE ", "TABLE part.", 1))
                connection.execute(f"PRAGMA part.application_id={tables.MARK}")
                connection.execute(f"PRAGMA part.user_version={tables.VERSION}")
            for statement in _PARTS:
                connection.execute(statement, (epoch,))
            for statement in _WHOLE:
                connection.execute(statement)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.execute("DETACH DATABASE part")
    except sqlite3.Error as error:
        raise BadInput(f"{target}: cannot be written ({error})") from None


def copy_from(journal: Path, epoch: int, target: Path) -> None:
    """The same from a journal that nobody has open."""
    try:
        # As a URI, whatever characters the path has.
        address = f"{journal.resolve().as_uri()}?mode=ro"
        connection = sqlite3.connect(address, uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise BadInput(f"{journal}: cannot be read ({error})") from None
    try:
        copy_out(connection, epoch, target)
    finally:
        connection.close()
