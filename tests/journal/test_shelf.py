import os
import sqlite3
from pathlib import Path

import pytest

from journal.orders_at_work import ABOUT, S, all_well, begin, killed, life, meant, said, stamped
from tradeplat.core.errors import BadInput
from tradeplat.core.journal import SeatState
from tradeplat.journal.entries import Imposed, Intended, Noted, Reported, Seated
from tradeplat.journal.shelf import journal_path, newest, plain, prune, set_aside

TOMORROW = ABOUT._replace(day="2026-01-06")


def test_a_journal_is_named_by_mode_account_and_day(tmp_path: Path) -> None:
    assert journal_path(tmp_path, ABOUT).name == "paper_acct-1_2026-01-05.db"
    strange = plain("../me and/you")
    assert strange == plain("../me and/you") != plain("../me and/him")
    assert strange.isalnum()


def test_a_new_day_goes_on_with_what_is_open_held_and_imposed(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    seat = SeatState("ema", "AAA", 5, {"fields": {}})
    open_order = meant(2)
    store.commit(
        stamped(
            *life(1),
            Intended(open_order),
            Reported(said(open_order, S.PARTIAL, 4)),
            Imposed(killed()),
            Seated(seat),
            Noted("SNAPSHOT", {"ts": 1, "cash": "1000", "high_water": "1250"}),
        )
    )
    store.close()
    after, told = begin(tmp_path, TOMORROW, "run-2")
    assert [order.id for order in told.open_orders] == [open_order.id]
    assert len(told.orders) == 2
    assert told.holdings["ema", "AAA"].quantity == 14
    assert told.conditions == (killed(),)
    assert (told.epoch, told.run, told.intent_keys, told.seats) == (2, "run-1", {}, (seat,))
    assert str(told.high_water) == "1250"
    assert told.day == "2026-01-06"
    assert all_well(after.commit(stamped(Reported(said(open_order, S.FILLED, 10)))))
    after.close()
    again, told = begin(tmp_path, TOMORROW)
    assert told.run == "run-2"
    assert not told.open_orders
    assert told.holdings["ema", "AAA"].quantity == 20
    assert told.seats == (seat,)
    again.close()


def test_a_day_that_died_is_gone_on_from_too(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    store.commit(stamped(life(1)[0]))
    (tmp_path / "dead").mkdir()
    for path in tmp_path.glob("paper*"):
        (tmp_path / "dead" / path.name).write_bytes(path.read_bytes())
    store.abandon()
    after, told = begin(tmp_path / "dead", TOMORROW)
    assert told.open_orders == (meant(1),)
    assert told.lost == ""
    after.close()


def test_a_clock_that_went_back_finds_the_latest_day(tmp_path: Path) -> None:
    store, _ = begin(tmp_path, TOMORROW)
    store.commit(stamped(*life(1)))
    store.close()
    again, told = begin(tmp_path, ABOUT)
    assert told.day == "2026-01-06"
    assert len(told.orders) == 1
    again.close()


def test_a_lost_tail_is_set_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    store.commit(stamped(*life(1), Imposed(killed())))
    store.connection().execute("DELETE FROM journal WHERE seq=7")
    store.close()
    again, told = begin(tmp_path)
    assert "record 7" in told.lost
    assert told.conditions == (killed(),)
    assert [order.state for order in told.orders] == [S.FILLED]
    assert len(told.intent_keys) == 1
    again.close()
    assert (tmp_path / "paper_acct-1_2026-01-05.db.lost-1").exists()
    third, told = begin(tmp_path)
    assert told.lost == ""
    assert len(told.intent_keys) == 1
    assert told.orders[0].filled == 10
    third.close()


def test_a_start_that_died_while_setting_aside_goes_on_with_it(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    store.commit(stamped(*life(1)))
    store.close()
    aside = set_aside(journal_path(tmp_path, ABOUT))
    assert aside.exists()
    again, told = begin(tmp_path)
    assert "7 records were in it" in told.lost
    assert [order.state for order in told.orders] == [S.FILLED]
    again.close()


def test_a_log_left_behind_is_never_read_as_the_next_ones(tmp_path: Path) -> None:
    store, _ = begin(tmp_path)
    store.commit(stamped(*life(1)))
    log = store.log.read_bytes()
    store.abandon()
    path = journal_path(tmp_path, ABOUT)
    for piece in tmp_path.iterdir():
        piece.unlink()
    path.with_name(path.name + "-wal").write_bytes(log)
    again, told = begin(tmp_path)
    assert told.orders == ()
    assert all_well(again.commit(stamped(*life(2))))
    again.close()


def test_the_newest_journal_is_known_without_the_venue(tmp_path: Path) -> None:
    assert newest(tmp_path, "paper") is None
    for n, account in enumerate(["one", "a b", "three"]):
        about = ABOUT._replace(account=account)
        store, _ = begin(tmp_path, about)
        store.close()
        os.utime(journal_path(tmp_path, about), (n, n if account != "three" else 0))
    assert newest(tmp_path, "paper") == ABOUT._replace(account="a b")
    assert newest(tmp_path, "live") is None


def test_old_journals_are_removed_with_all_that_belongs_to_them(tmp_path: Path) -> None:
    for about in (ABOUT, TOMORROW):
        store, _ = begin(tmp_path, about)
        store.close()
    (tmp_path / "other").write_text("x")
    now = journal_path(tmp_path, ABOUT).stat().st_mtime
    assert prune(tmp_path, now + 86_400 * 89) == []
    assert [path.suffix for path in prune(tmp_path, now + 86_400 * 91)] == [".db", ".mark"]
    left = sorted(path.name for path in tmp_path.iterdir())
    latest = journal_path(tmp_path, TOMORROW).name
    assert left == ["other", latest, f"{latest}.mark"]


def test_the_latest_day_of_an_account_stays_however_old_it_is(tmp_path: Path) -> None:
    for about in (ABOUT, TOMORROW):
        store, _ = begin(tmp_path, about)
        store.commit(stamped(Imposed(killed())))
        store.close()
    (tmp_path / f"paper_other_{ABOUT.day}.db-wal").write_text("x")
    left = {path.name for path in tmp_path.glob(f"*{TOMORROW.day}*")}
    prune(tmp_path, now=1e12)
    assert {path.name for path in tmp_path.iterdir()} == left
    store, told = begin(tmp_path, TOMORROW)
    assert told.conditions == (killed(),)
    store.close()


def test_no_epoch_comes_again_after_records_were_lost(tmp_path: Path) -> None:
    for _ in range(3):
        store, told = begin(tmp_path)
        store.close()
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE journal SET body='{}' WHERE seq=1")
    connection.close()
    store, told = begin(tmp_path)
    assert told.lost
    assert told.epoch == 4
    store.close()


def test_a_journal_of_which_nothing_can_be_read_goes_on_from_the_day_before(
    tmp_path: Path,
) -> None:
    store, _ = begin(tmp_path)
    store.commit(stamped(*life(1)))
    store.close()
    store, before = begin(tmp_path, TOMORROW)
    store.close()
    store.path.write_bytes(b"\0" * 8_192)
    store, told = begin(tmp_path, TOMORROW)
    assert told.lost
    assert told.holdings == before.holdings
    assert told.holdings
    assert told.epoch > before.epoch + 1
    store.close()


def test_a_folder_that_cannot_be_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot hold journals"):
        begin(tmp_path / "file")
