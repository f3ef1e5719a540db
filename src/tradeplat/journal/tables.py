"""The tables of a journal file: the chain of records, and what it amounts to for queries."""

import sqlite3
from contextlib import closing
from decimal import Decimal

MARK = 0x74706A31
"""The application id that makes a SQLite file an order journal ("tpj1")."""

VERSION = 1
"""Version of the tables."""

SCHEMA = (
    """CREATE TABLE journal(
        seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, wall INTEGER NOT NULL,
        mono INTEGER NOT NULL, kind TEXT NOT NULL, coid TEXT NOT NULL, body TEXT NOT NULL,
        hash BLOB NOT NULL) STRICT""",
    """CREATE TABLE orders(
        coid TEXT PRIMARY KEY, intent_key TEXT UNIQUE, strategy TEXT NOT NULL,
        symbol TEXT NOT NULL, state TEXT NOT NULL, filled TEXT NOT NULL, seq INTEGER NOT NULL,
        body TEXT NOT NULL) STRICT, WITHOUT ROWID""",
    """CREATE TABLE fills(
        seq INTEGER PRIMARY KEY, coid TEXT NOT NULL, cum_qty TEXT NOT NULL, exec_id TEXT UNIQUE,
        strategy TEXT NOT NULL, symbol TEXT NOT NULL, ts INTEGER NOT NULL, quantity TEXT NOT NULL,
        price TEXT NOT NULL, fee TEXT NOT NULL, purpose TEXT NOT NULL, UNIQUE(coid, cum_qty))
        STRICT""",
    """CREATE TABLE positions(
        strategy TEXT NOT NULL, symbol TEXT NOT NULL, quantity TEXT NOT NULL,
        average TEXT NOT NULL, realised TEXT NOT NULL, fees TEXT NOT NULL,
        PRIMARY KEY(strategy, symbol)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE modes(
        source TEXT NOT NULL, scope TEXT NOT NULL, mode TEXT NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY(source, scope)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE seats(
        strategy TEXT NOT NULL, symbol TEXT NOT NULL, ts INTEGER NOT NULL, state TEXT NOT NULL,
        hash BLOB NOT NULL, PRIMARY KEY(strategy, symbol)) STRICT, WITHOUT ROWID""",
    "CREATE TABLE about(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
)

RECORD = "INSERT INTO journal VALUES(?,?,?,?,?,?,?,?)"
MEANT = "INSERT INTO orders VALUES(?,?,?,?,?,?,?,?)"
STANDS = "UPDATE orders SET state=?, filled=?, seq=?, body=? WHERE coid=?"
FILLED = "INSERT INTO fills VALUES(?,?,?,?,?,?,?,?,?,?,?)"
TAKEN_BACK = "UPDATE fills SET cum_qty = cum_qty||'/'||seq WHERE coid=?1 AND seq<?2 AND \
cum_qty NOT LIKE '%/%'"
HELD = "INSERT OR REPLACE INTO positions VALUES(?,?,?,?,?,?)"
FLAT = "DELETE FROM positions"
IMPOSED = "INSERT OR REPLACE INTO modes VALUES(?,?,?,?)"
LIFTED = "DELETE FROM modes WHERE source=? AND scope=?"
ALL_LIFTED = "DELETE FROM modes"
SEATED = "INSERT OR REPLACE INTO seats VALUES(?,?,?,?,?)"
ABOUT = "INSERT OR REPLACE INTO about VALUES(?,?)"
EXECUTED = "SELECT 1 FROM fills WHERE exec_id=?"
RECORDS = "SELECT seq,epoch,wall,mono,kind,coid,body,hash FROM journal ORDER BY seq"


def connect(path: str) -> sqlite3.Connection:
    """The one connection to a journal: exclusive, write-ahead, synced at every commit.

    Texts come back as bytes, as the chain hashes them.
    """
    connection = sqlite3.connect(path, timeout=0.0, isolation_level=None, check_same_thread=False)
    connection.text_factory = bytes
    try:
        for pragma in (
            "locking_mode=EXCLUSIVE",
            "journal_mode=WAL",
            "synchronous=FULL",
            "wal_autocheckpoint=0",
            "temp_store=MEMORY",
        ):
            with closing(connection.execute(f"PRAGMA {pragma}")) as answer:
                answer.fetchall()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def number(connection: sqlite3.Connection, pragma: str) -> int:
    """What `PRAGMA pragma` answers with."""
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def create(connection: sqlite3.Connection) -> None:
    """Make the tables, inside the transaction that is open."""
    for statement in SCHEMA:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id={MARK}")
    connection.execute(f"PRAGMA user_version={VERSION}")


def amount(value: Decimal) -> str:
    """The one spelling of a quantity: no exponent, no zeros that say nothing."""
    return f"{(value + 0).normalize():f}"
