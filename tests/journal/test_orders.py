import os
import random
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journal.orders_at_work import (
    ABOUT,
    START,
    all_well,
    begin,
    carried,
    days,
    killed,
    life,
    meant,
    stamped,
)
from tradeplat.core.errors import BadInput, Corrupt, Denied
from tradeplat.core.journal import SeatState
from tradeplat.journal.entries import Entry, Imposed, Intended, Seated
from tradeplat.journal.orders import OrderStore
from tradeplat.journal.shelf import journal_path

QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def left_behind(store: OrderStore, to: Path) -> Path:
    """The files as a process that dies now leaves them, in folder `to`."""
    to.mkdir(parents=True)
    for path in store.path.parent.glob(f"{store.path.name}*"):
        shutil.copy(path, to / path.name)
    return to / store.path.name


def restarted(folder: Path) -> OrderStore:
    store = OrderStore(journal_path(folder, ABOUT), ABOUT, 0)
    store.open()
    return store


@settings(max_examples=25, deadline=None, suppress_health_check=QUIET)
@given(day=days(), size=st.integers(1, 9), crash=st.booleans())
def test_whatever_was_committed_is_recovered(
    tmp_path_factory: pytest.TempPathFactory, day: list[Entry], size: int, crash: bool
) -> None:
    folder = tmp_path_factory.mktemp("day")
    store, _ = begin(folder)
    for at in range(0, len(day), size):
        store.commit(stamped(*day[at : at + size]))
    before = carried(store.load())
    if crash:
        folder = left_behind(store, folder / "dead").parent
        store.abandon()
    else:
        store.close()
    again = restarted(folder)
    assert again.lost == ""
    assert carried(again.load()) == before
    assert again.seats == [] or again.seats[0].ts <= 9
    again.abandon()


def test_recovering_twice_finds_the_same(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    store.commit(stamped(*life(1), life(2)[0], Imposed(killed())))
    dead = left_behind(store, tmp_path / "dead").parent
    store.abandon()
    one, first = begin(dead)
    one.close()
    two, second = begin(dead)
    assert carried(first) == carried(second)
    assert (first.epoch, second.epoch) == (2, 3)
    assert second.seq == first.seq + 1  # the other epoch's own record
    two.close()


def test_the_first_record_is_a_snapshot_and_the_second_an_epoch(tmp_path: Path) -> None:
    store, told = begin(tmp_path)
    assert told.fresh
    assert told.epoch == 1
    rows = store.connection().execute("SELECT seq, epoch, wall, kind FROM journal").fetchall()
    assert rows == [(1, 0, START, b"SNAPSHOT"), (2, 1, START, b"EPOCH")]
    store.close()


def test_a_journal_is_written_by_one_process(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    with pytest.raises(Denied, match="another process"):
        restarted(tmp_path)
    store.close()


@pytest.mark.parametrize("data", [b"hello, this is no journal of orders", b"SQLite"])
def test_a_foreign_file_is_named_and_left_alone(tmp_path: Path, data: bytes) -> None:
    path = journal_path(tmp_path, ABOUT)
    path.write_bytes(data)
    with pytest.raises(BadInput, match=r"acct-1_2026-01-05.db: .*not an order journal"):
        begin(tmp_path)
    assert path.read_bytes() == data


def test_another_database_or_another_account_is_named(tmp_path: Path) -> None:
    path = journal_path(tmp_path, ABOUT)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine(a)")
    connection.close()
    with pytest.raises(BadInput, match="not an order journal"):
        begin(tmp_path)
    other = ABOUT._replace(account="acct-2")
    store, _ = begin(tmp_path, other)
    store.close()
    journal_path(tmp_path, other).rename(path)
    with pytest.raises(BadInput, match="account is 'acct-2', expected 'acct-1'"):
        begin(tmp_path)


def test_a_version_from_the_future_is_not_touched(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    store.connection().execute("PRAGMA user_version=2")
    store.close()
    with pytest.raises(BadInput, match="journal format 2, expected 1"):
        begin(tmp_path)


def test_a_closed_journal_is_one_file_with_its_hash(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    store.commit(stamped(*life(1)))
    store.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "paper_acct-1_2026-01-05.db",
        "paper_acct-1_2026-01-05.db.mark",
    ]
    mark = store.side.read()
    assert mark is not None
    assert (mark.closed, len(mark.digest), mark.seq) == (True, 64, 7)
    store.close()


def test_room_for_the_log_is_taken_beforehand(tmp_path: Path) -> None:
    path = journal_path(tmp_path, ABOUT)
    store = OrderStore(path, ABOUT, 8 << 20)
    store.open()
    store.begin("run", "0", (START, 0), None)
    store.commit(stamped(*life(1)))
    assert store.log.stat().st_size == 8 << 20
    dead = left_behind(store, tmp_path / "dead").parent
    assert carried(restarted(dead).load()) == carried(store.load())
    store.close()


def test_the_log_is_folded_away_while_it_grows(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    for n in range(510):
        store.commit(stamped(Intended(meant(n))))
    store.keep()
    size = store.log.stat().st_size
    for n in range(510, 520):
        store.commit(stamped(Intended(meant(n))))
    assert store.log.stat().st_size == size
    assert len(restarted(left_behind(store, tmp_path / "dead").parent).load().orders) == 520
    store.close()


def test_nothing_is_taken_by_a_journal_that_is_not_open(tmp_path: Path) -> None:
    store = OrderStore(tmp_path / "x.db", ABOUT)
    with pytest.raises(Corrupt, match="is not open"):
        store.commit([])
    store.close()


def test_a_removed_file_is_noticed_and_what_is_gone_is_told(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    store.commit(stamped(*life(1)))
    store.keep()
    store.path.unlink()
    with pytest.raises(Corrupt, match="removed"):
        store.keep()
    with pytest.raises(Corrupt, match="removed"):
        store.commit(stamped(*life(2)))
    store.abandon()
    again, told = begin(tmp_path)
    assert "is gone, 7 records were in it" in told.lost
    assert all_well(again.commit(stamped(*life(3))))
    again.close()
    assert restarted(tmp_path).lost == ""


def torn(folder: Path, rng: random.Random) -> str:
    """Cut the log at a random byte."""
    log = journal_path(folder, ABOUT).with_name(journal_path(folder, ABOUT).name + "-wal")
    at = rng.randrange(log.stat().st_size)
    os.truncate(log, at)
    return f"cut at {at}"


def flipped(folder: Path, rng: random.Random) -> str:
    """Flip a bit of the log or the file."""
    path = journal_path(folder, ABOUT)
    target = rng.choice([path.with_name(path.name + "-wal"), path])
    data = bytearray(target.read_bytes())
    at = rng.randrange(len(data))
    data[at] ^= 1 << rng.randrange(8)
    target.write_bytes(data)
    return f"{target.name} at {at}"


@pytest.mark.parametrize("harm", [torn, flipped])
@pytest.mark.parametrize("folded", [False, True], ids=["log", "file"])
def test_a_harmed_journal_tells_all_of_it_or_that_it_cannot(
    tmp_path: Path, harm: object, folded: bool
) -> None:
    rng = random.Random(7)
    store, _ = begin(tmp_path / "whole")
    for n in range(12):
        store.commit(stamped(*life(n), Seated(SeatState("ema", "AAA", n, {}))))
    if folded:
        store.connection().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        store.commit(stamped(*life(50)))
    whole = carried(store.load())
    known = {order.id for order in store.load().orders}
    for n in range(60):
        dead = left_behind(store, tmp_path / f"dead{n}").parent
        where = harm(dead, rng)
        try:
            again, told = begin(dead)
        except BadInput:
            continue  # the harm is in what says that this is a journal: nothing goes on
        assert told.lost or carried(told) == whole, where
        assert {order.id for order in told.orders} <= known
        assert all_well(again.commit(stamped(*life(99)))), where
        again.close()
        third = restarted(dead)
        assert third.lost == "", where
        assert {order.id for order in told.orders} <= set(third.kept.orders)
        third.abandon()
        shutil.rmtree(dead)
    store.close()


def test_a_killed_process_loses_nothing_that_it_was_told_is_kept(tmp_path: Path) -> None:
    """A child commits and says so through a pipe, until it is killed at a random moment."""
    rng = random.Random(3)
    for n in range(25):
        folder = tmp_path / str(n)
        acknowledged = _killed_while_committing(folder, rng.random() * 0.02)
        store, told = begin(folder)
        orders = {order.id: order for order in told.orders}
        assert told.lost == ""
        assert all(meant(m).id in orders for m in range(acknowledged))
        assert len(orders) <= acknowledged + 1
        done = [order for order in told.orders if order.filled]
        held = sum(position.quantity for position in told.holdings.values())
        assert held == 10 * len(done)
        store.close()


def _killed_while_committing(folder: Path, patience: float) -> int:
    """How many commits a child had confirmed when it was killed."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        try:
            store, _ = begin(folder)
            for n in range(10_000):
                store.commit(stamped(*life(n)))
                os.write(theirs, b".")
        finally:
            os._exit(1)
    os.close(theirs)
    heard = os.read(ours, 1)
    try:
        signal.sigtimedwait([signal.SIGCHLD], patience)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    while more := os.read(ours, 65536):
        heard += more
    os.close(ours)
    return len(heard)
