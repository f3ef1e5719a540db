from journal.orders_at_work import life, meant, stamped
from tradeplat.journal.entries import Intended


def test_an_entry_keeps_when_it_came() -> None:
    entries = stamped(*life(1))
    assert entries[0].entry == Intended(meant(1))
    assert [entry.mono for entry in entries] == [0, 1, 2, 3, 4]
