import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest
from msgspec.structs import replace

from execution.loopback import START, TestClock, order
from execution.trading import FoldingFloor
from tradeplat.core.errors import Corrupt
from tradeplat.core.orders import Order, OrderState, Report
from tradeplat.execution.results import Results
from tradeplat.execution.timings import NoJournal, OrderJournal
from tradeplat.journal.batch import Batch
from tradeplat.journal.entries import Entry, Intended, Moved, Reported, Stamped
from tradeplat.journal.kept import Kept

S = OrderState


class Slow(NoJournal):
    """A journal whose disk is let go on, or fails."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.kept: list[object] = []
        self.dead = ""

    async def reports(self, reports: Sequence[Report]) -> None:
        await self.gate.wait()
        if self.dead:
            raise Corrupt(self.dead)
        if any(report.filled > 10 for report in reports):
            raise Corrupt("more than was ordered")
        self.kept.extend(reports)

    def heard(self, report: Report) -> None:
        self.kept.append(report)

    def moved(self, order_id: str, state: OrderState, reason: str, ts: int) -> None:
        self.kept.append(state)


class Folding(NoJournal):
    """A journal whose disk is let go on, with what its records amount to."""

    def __init__(self, item: Order) -> None:
        self.gate = asyncio.Event()
        self.kept = Kept()
        self._take(Intended(item))

    async def reports(self, reports: Sequence[Report]) -> None:
        for report in reports:
            self._take(Reported(report))
        await self.gate.wait()

    def heard(self, report: Report) -> None:
        self._take(Reported(report))

    def moved(self, order_id: str, state: OrderState, reason: str, ts: int) -> None:
        self._take(Moved(order_id, state, reason))

    def _take(self, entry: Entry) -> None:
        Batch(self.kept, lambda _: False).take(Stamped(START, 0, entry))


class Ears:
    def __init__(self, *orders: Order, journal: OrderJournal = NoJournal()) -> None:
        self.floor = FoldingFloor()
        self.alarms: list[str] = []
        self.told: list[OrderState] = []
        self.results = Results(
            self.floor,
            self.floor.book,
            TestClock(),
            lambda code, _: self.alarms.append(code),
            journal,
        )
        self.results.listen(lambda item: self.told.append(item.state))
        for item in orders:
            self.floor.book.register(item)


def said(state: OrderState, ts: int = 1, filled: int = 0) -> Report:
    return Report(order().id, "AAA", state, START + ts, Decimal(filled), Decimal(5), venue_id="v")


async def test_listeners_hear_each_change_once() -> None:
    ears = Ears(order())
    ears.results.move(order().id, S.SENDING)
    await ears.results.report(said(S.WORKING))
    await ears.results.report(said(S.WORKING))
    await ears.results.report(said(S.FILLED, filled=10))
    assert ears.told == [S.SENDING, S.WORKING, S.FILLED]
    assert ears.alarms == []


async def test_a_move_the_table_forbids_is_not_heard() -> None:
    ears = Ears(order())
    await ears.results.report(said(S.FILLED, filled=10))
    ears.results.move(order().id, S.CANCEL_PENDING)
    ears.results.move("nobody", S.SENDING)
    assert ears.told == [S.FILLED]


async def test_what_we_gave_up_and_the_venue_shows_is_resurrected() -> None:
    ears = Ears(order())
    ears.results.move(order().id, S.ABANDONED, "too old")
    await ears.results.report(said(S.WORKING))
    assert ears.alarms == ["order_resurrected"]
    assert ears.results.revived == {order().id}


async def test_an_answer_overtaken_by_the_rejection_revives_nothing() -> None:
    ears = Ears(order())
    ears.results.move(order().id, S.SENDING)
    await ears.results.report(said(S.REJECTED, ts=5))
    await ears.results.report(said(S.WORKING, ts=3))
    assert ears.told == [S.SENDING, S.REJECTED]
    assert ears.alarms == []
    await ears.results.report(said(S.WORKING, ts=9))
    assert ears.alarms == ["order_resurrected"]


async def test_a_refusal_without_the_venues_id_is_overruled_by_any_evidence() -> None:
    ears = Ears(order())
    await ears.results.report(replace(said(S.REJECTED, ts=5), venue_id=""))
    await ears.results.report(said(S.WORKING, ts=3))
    assert ears.alarms == ["order_resurrected"]


async def test_fills_after_the_end_are_booked_and_told() -> None:
    ears = Ears(order())
    await ears.results.report(said(S.CANCELED, filled=4))
    await ears.results.report(said(S.CANCELED, filled=7))
    assert ears.alarms == ["late_fill"]
    assert ears.floor.book.net("AAA") == 7


async def test_strangers_are_heard_from_their_first_report() -> None:
    ears = Ears()
    await ears.results.report(replace(said(S.WORKING), order=order()))
    assert ears.told == [S.WORKING]


async def test_nobody_hears_of_a_report_that_the_journal_does_not_have() -> None:
    journal = Slow()
    ears = Ears(order(), journal=journal)
    hearing = asyncio.ensure_future(ears.results.report(said(S.PARTIAL, filled=4)))
    await asyncio.sleep(0)
    assert ears.told == []
    assert not ears.results.idle
    journal.gate.set()
    await hearing
    assert ears.told == [S.PARTIAL]
    assert ears.results.idle
    await ears.results.report(said(S.PARTIAL, filled=4))
    assert len(journal.kept) == 1


async def test_a_report_that_cannot_be_is_told_to_nobody_but_who_brought_it() -> None:
    journal = Slow()
    journal.gate.set()
    ears = Ears(order(), journal=journal)
    with pytest.raises(Corrupt, match="more than was ordered"):
        await ears.results.report(said(S.FILLED, filled=11))
    assert ears.told == []
    assert ears.results.idle


async def test_with_the_journal_dead_the_account_can_still_be_followed() -> None:
    journal = Slow()
    ears = Ears(order(), journal=journal)
    hearing = asyncio.ensure_future(ears.results.report(said(S.PARTIAL, filled=4)))
    await asyncio.sleep(0)
    journal.dead = "disk full"
    journal.gate.set()
    await hearing
    await ears.results.report(said(S.FILLED, filled=10))
    assert ears.told == [S.PARTIAL, S.FILLED]


async def test_the_way_out_never_waits_for_the_journal() -> None:
    journal = Slow()
    ears = Ears(order(), journal=journal)
    ears.results.report_now(said(S.PARTIAL, filled=4))
    assert ears.told == [S.PARTIAL]
    assert len(journal.kept) == 1


async def test_only_moves_that_change_something_are_kept() -> None:
    journal = Slow()
    ears = Ears(order(), journal=journal)
    ears.results.move(order().id, S.SENDING)
    ears.results.move(order().id, S.SENDING)
    ears.results.move("nobody", S.SENDING)
    assert journal.kept == [S.SENDING]


async def test_two_reports_of_one_order_are_heard_in_the_order_they_came() -> None:
    journal = Slow()
    ears = Ears(order(), journal=journal)
    first = asyncio.ensure_future(ears.results.report(said(S.PARTIAL, filled=4)))
    second = asyncio.ensure_future(ears.results.report(said(S.FILLED, ts=2, filled=10)))
    await asyncio.sleep(0)
    journal.gate.set()
    await asyncio.gather(first, second)
    assert ears.told == [S.PARTIAL, S.FILLED]


async def test_what_was_said_at_once_is_heard_with_nothing_in_between() -> None:
    """Between a leg that was replaced and its successor nobody must see a bare position."""
    ears = Ears(order())
    heir = replace(order(), id="tp1-heir")
    seen: list[int] = []
    ears.results.listen(lambda _: asyncio.get_running_loop().call_soon(lambda: seen.append(1)))
    said_at_once = [
        said(S.REPLACED),
        replace(said(S.WORKING), order_id=heir.id, order=heir, venue_id="w"),
    ]
    await ears.results.reports(said_at_once)
    assert ears.told == [S.REPLACED, S.WORKING]
    assert seen == []


@pytest.mark.parametrize(
    ("before", "waiting", "meanwhile"),
    [
        ([S.WORKING], said(S.REJECTED), S.CANCEL_PENDING),
        ([S.WORKING], said(S.PARTIAL, filled=3), S.CANCEL_PENDING),
        ([S.WORKING], said(S.WORKING, ts=2), S.CANCEL_PENDING),
        ([S.SENDING], said(S.WORKING), S.UNKNOWN),
        ([S.SENDING, S.UNKNOWN], said(S.WORKING), S.NOT_PLACED),
        ([S.WORKING], said(S.FILLED, filled=10), S.UNKNOWN),
    ],
)
async def test_what_moves_while_a_report_waits_for_the_disk_ends_the_same_there(
    before: list[OrderState], waiting: Report, meanwhile: OrderState
) -> None:
    journal = Folding(order())
    ears = Ears(order(), journal=journal)
    for state in before:
        if state is S.WORKING:
            ears.results.report_now(replace(said(S.WORKING, ts=0), venue_id=""))
        else:
            ears.results.move(order().id, state)
    hearing = asyncio.ensure_future(ears.results.report(waiting))
    await asyncio.sleep(0)
    ears.results.move(order().id, meanwhile)
    journal.gate.set()
    await hearing
    known = ears.results.book.order(order().id)
    assert known is not None
    assert journal.kept.orders[order().id].state is known.state


async def test_a_word_that_a_rejection_overtook_on_the_disk_revives_nothing_there() -> None:
    journal = Folding(order())
    ears = Ears(order(), journal=journal)
    ears.results.move(order().id, S.SENDING)
    told = [said(S.REJECTED, ts=5), said(S.WORKING, ts=3)]
    hearing = [asyncio.ensure_future(ears.results.report(one)) for one in told]
    await asyncio.sleep(0)
    journal.gate.set()
    await asyncio.gather(*hearing)
    assert ears.told == [S.SENDING, S.REJECTED]
    assert journal.kept.orders[order().id].state is S.REJECTED
