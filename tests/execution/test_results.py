from decimal import Decimal

from msgspec.structs import replace

from execution.loopback import START, TestClock, order
from execution.trading import FoldingFloor
from tradeplat.core.orders import Order, OrderState, Report
from tradeplat.execution.results import Results

S = OrderState


class Ears:
    def __init__(self, *orders: Order) -> None:
        self.floor = FoldingFloor()
        self.alarms: list[str] = []
        self.told: list[OrderState] = []
        self.results = Results(
            self.floor, self.floor.book, TestClock(), lambda code, _: self.alarms.append(code)
        )
        self.results.listen(lambda item: self.told.append(item.state))
        for item in orders:
            self.floor.book.register(item)


def said(state: OrderState, ts: int = 1, filled: int = 0) -> Report:
    return Report(order().id, "AAA", state, START + ts, Decimal(filled), Decimal(5), venue_id="v")


def test_listeners_hear_each_change_once() -> None:
    ears = Ears(order())
    ears.results.move(order().id, S.SENDING)
    ears.results.report(said(S.WORKING))
    ears.results.report(said(S.WORKING))
    ears.results.report(said(S.FILLED, filled=10))
    assert ears.told == [S.SENDING, S.WORKING, S.FILLED]
    assert ears.alarms == []


def test_a_move_the_table_forbids_is_not_heard() -> None:
    ears = Ears(order())
    ears.results.report(said(S.FILLED, filled=10))
    ears.results.move(order().id, S.CANCEL_PENDING)
    ears.results.move("nobody", S.SENDING)
    assert ears.told == [S.FILLED]


def test_what_we_gave_up_and_the_venue_shows_is_resurrected() -> None:
    ears = Ears(order())
    ears.results.move(order().id, S.ABANDONED, "too old")
    ears.results.report(said(S.WORKING))
    assert ears.alarms == ["order_resurrected"]
    assert ears.results.revived == {order().id}


def test_an_answer_overtaken_by_the_rejection_revives_nothing() -> None:
    ears = Ears(order())
    ears.results.move(order().id, S.SENDING)
    ears.results.report(said(S.REJECTED, ts=5))
    ears.results.report(said(S.WORKING, ts=3))
    assert ears.told == [S.SENDING, S.REJECTED]
    assert ears.alarms == []
    ears.results.report(said(S.WORKING, ts=9))
    assert ears.alarms == ["order_resurrected"]


def test_a_refusal_without_the_venues_id_is_overruled_by_any_evidence() -> None:
    ears = Ears(order())
    ears.results.report(replace(said(S.REJECTED, ts=5), venue_id=""))
    ears.results.report(said(S.WORKING, ts=3))
    assert ears.alarms == ["order_resurrected"]


def test_fills_after_the_end_are_booked_and_told() -> None:
    ears = Ears(order())
    ears.results.report(said(S.CANCELED, filled=4))
    ears.results.report(said(S.CANCELED, filled=7))
    assert ears.alarms == ["late_fill"]
    assert ears.floor.book.net("AAA") == 7


def test_strangers_are_heard_from_their_first_report() -> None:
    ears = Ears()
    ears.results.report(replace(said(S.WORKING), order=order()))
    assert ears.told == [S.WORKING]
