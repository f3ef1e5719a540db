import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from execution.loopback import order
from execution.trading import S, Trading, trading
from tradeplat.core.conditions import Mode
from tradeplat.core.journal import Kind
from tradeplat.core.orders import Order, Purpose
from tradeplat.core.position import Position
from tradeplat.execution.account import Drift
from tradeplat.execution.timings import Looks
from worlds import with_cash


async def test_a_position_that_differs_for_long_is_told_of_until_it_agrees() -> None:
    async with trading("account-poll") as t:
        t.executor.account.balance.looks = Looks(lasting=0.05)
        t.venue.positions = [held("AAA", "7")]
        await t.executor.account.look()
        assert not t.executor.account.drift
        await asyncio.sleep(0.06)
        await t.executor.account.look()
        assert t.executor.account.drift == {"AAA": Drift(Decimal(0), Decimal(7))}
        assert t.codes == ["position_drift"]
        t.venue.positions = []
        await t.executor.account.look()
        assert not t.executor.account.drift
        assert t.codes == ["position_drift", "position_agrees"]


def held(symbol: str, quantity: str) -> dict[str, str]:
    return {"symbol": symbol, "qty": quantity, "avg_entry_price": "5"}


def traded(venue_id: str, quantity: str, side: str = "buy", **more: str) -> dict[str, str]:
    return {
        "id": f"act-{venue_id}",
        "activity_type": "FILL",
        "type": "fill",
        "transaction_time": "2026-01-05T15:30:00Z",
        "symbol": "AAA",
        "side": side,
        "qty": quantity,
        "price": "5",
        "order_id": venue_id,
        "cum_qty": quantity,
        **more,
    }


QUICK_LOOKS = Looks(0.01, 0.01, 0.01, 0.0, 0.0, 0.0, 0.0)


async def test_a_manual_trade_the_feed_dropped_is_booked_from_the_brokers_history() -> None:
    async with trading("account", "account-poll") as t:
        t.executor.account.balance.looks = QUICK_LOOKS
        body = {"symbol": "AAA", "qty": "7", "side": "buy", "type": "market"}
        wire = t.venue.place({**body, "client_order_id": "phone"})
        t.venue.set(wire, "filled", "7", "5")
        t.venue.positions = [held("AAA", "7")]
        t.venue.activities = [traded(wire["id"], "7")]
        await t.executor.account.look()
        assert t.book.held("external", "AAA").quantity == 7
        assert "position_explained" in t.codes
        await t.executor.account.look()
        assert not t.executor.account.drift
        assert t.book.net("AAA") == 7
        assert t.floor.conditions.asked("drift", "AAA") is None


async def test_a_split_is_booked_once_and_nobody_is_locked() -> None:
    async with trading("account", "account-poll") as t:
        t.executor.account.balance.looks = QUICK_LOOKS
        t.book.restore([], {("s", "AAA"): Position(Decimal(10), Decimal(6))}, t.book.cash)
        t.venue.positions = [held("AAA", "20")]
        split = {"id": "x1", "activity_type": "SPLIT", "date": "2026-01-05", "symbol": "AAA"}
        t.venue.activities = [{**split, "qty": "10"}]
        for _ in range(3):
            await t.executor.account.look()
        assert t.book.held("s", "AAA") == Position(Decimal(20), Decimal(3))
        assert t.floor.conditions.mode("AAA") is Mode.NORMAL


async def test_a_difference_nobody_can_explain_is_adopted_locked_and_never_traded_away() -> None:
    async with trading("account", "account-poll") as t:
        t.book.restore([], {("s", "AAA"): Position(Decimal(10), Decimal(6))}, t.book.cash)
        account = t.executor.account
        account.balance.looks = QUICK_LOOKS
        t.venue.positions = [held("AAA", "4")]
        await account.look()
        assert t.book.held("s", "AAA").quantity == 4
        assert t.codes[-2:] == ["position_unexplained", "position_agrees"]
        await account.look()
        assert not account.drift
        found = t.floor.conditions.strictest("AAA")
        assert found is not None
        assert (found.source, found.mode) == ("unexplained", Mode.REDUCE_ONLY)
        assert [c.source for c in t.modes] == ["unexplained"]
        assert t.venue.posts.total() == 0


@pytest.mark.parametrize("steps", [("0",), ("4",), ("4", "0"), ("25",), ("-5", "3")])
async def test_what_was_adopted_is_given_back_when_the_broker_returns_to_our_count(
    steps: tuple[str, ...],
) -> None:
    async with trading("account", "account-poll") as t:
        before = {
            ("s", "AAA"): Position(Decimal(10), Decimal(6)),
            ("r", "AAA"): Position(Decimal(8), Decimal(7)),
            ("s", "BBB"): Position(Decimal(2), Decimal(3)),
        }
        t.book.restore([], before, t.book.cash)
        t.book.arm("s", "AAA", Decimal("5.5"), None)
        account = t.executor.account
        account.balance.looks = QUICK_LOOKS
        # The broker's positions lag behind, it may be more than once.
        for step in steps:
            t.venue.positions = [held("AAA", step), held("BBB", "2")]
            await account.look()
            assert t.book.net("AAA") == Decimal(step)
            assert t.floor.conditions.mode("AAA") is Mode.REDUCE_ONLY
        t.venue.positions = [held("AAA", "18"), held("BBB", "2")]
        await account.look()
        assert {key: at for key, at in t.book.holdings.items() if at.quantity} == before
        assert t.floor.conditions.mode("AAA") is Mode.NORMAL
        assert t.codes[-2:] == ["position_returned", "position_agrees"]
        assert [(c.source, c.mode) for c in t.modes][-1] == ("unexplained", Mode.NORMAL)
        lost = any(Decimal(step) < 10 for step in steps)
        assert {(p.strategy, p.stop) for p in t.floor.protected} == (
            {("s", Decimal("5.5"))} if lost else set()
        )
        # It was given back once: the next difference is a new one.
        t.venue.positions = [held("AAA", "17"), held("BBB", "2")]
        await account.look()
        assert t.floor.conditions.mode("AAA") is Mode.REDUCE_ONLY
        assert t.venue.posts.total() == 0


async def test_another_quantity_than_ours_gives_nothing_back() -> None:
    async with trading("account", "account-poll") as t:
        t.book.restore([], {("s", "AAA"): Position(Decimal(10), Decimal(6))}, t.book.cash)
        account = t.executor.account
        account.balance.looks = QUICK_LOOKS
        for step in ("0", "9"):
            t.venue.positions = [held("AAA", step)]
            await account.look()
        assert t.book.held("s", "AAA").quantity == 0
        assert t.floor.conditions.mode("AAA") is Mode.REDUCE_ONLY
        assert "position_returned" not in t.codes


async def test_what_is_in_doubt_is_not_adopted_away() -> None:
    async with trading("account", "account-poll") as t:
        t.executor.account.balance.looks = QUICK_LOOKS
        unknown = replace(order("a"), state=S.UNKNOWN)
        t.book.restore([unknown], {}, t.book.cash)
        t.venue.positions = [held("AAA", "4")]
        for _ in range(3):
            await t.executor.account.look()
        assert t.book.net("AAA") == 0
        assert "AAA" in t.executor.account.drift


async def test_cash_is_the_brokers_at_the_start_and_a_later_difference_is_told() -> None:
    async with trading("account-poll") as t:
        with_cash(t.book, Decimal(50))
        t.executor.account.doubt("test")
        await t.executor.account.look()
        assert t.executor.account.balance.settled
        t.executor.account.balance.looks = QUICK_LOOKS
        with_cash(t.book, Decimal(99_000))
        await t.executor.account.look()
        assert t.book.cash == 100_000
        assert "cash_drift" in t.codes
        assert t.floor.conditions.mode() is Mode.REDUCE_ONLY
        await t.executor.account.look()
        assert t.floor.conditions.mode() is Mode.NORMAL


async def found(t: Trading, *history: dict[str, str], cash: str) -> None:
    """Begin anew, in an account of which an earlier life did not hear `history`."""
    t.venue.activities = list(history)
    t.venue.cash = cash
    t.executor.account.doubt("the session begins")


def of_earlier_life(t: Trading, name: str, side: int, filled: str) -> tuple[Order, dict[str, str]]:
    """An order that filled 10 at 5 as far as our journal knows, and `filled` at the venue."""
    made = order(name, side * 10, purpose=Purpose.ENTRY if side > 0 else Purpose.EXIT)
    body = {"symbol": "AAA", "qty": "10", "side": "buy" if side > 0 else "sell", "type": "market"}
    wire = t.venue.place({**body, "client_order_id": made.id})
    t.venue.set(wire, "filled", filled, "5")
    done = {"filled": Decimal(10), "average": Decimal(5), "venue_id": wire["id"]}
    return replace(made, state=S.FILLED, **done), wire


def booked_cash(t: Trading) -> list[str]:
    corrections = (body for kind, body in t.notes if kind == Kind.CORRECTION)
    return [str(body["cash"]) for body in corrections if Decimal(str(body["cash"]))]


@pytest.mark.parametrize("price", ["5.05", "5", "4.9"])
async def test_fills_nobody_heard_of_that_undo_each_other_are_booked_and_not_their_cash(
    price: str,
) -> None:
    """A share sold for what a bust had left of a position, journal dead (crash seed 18160, I12)."""
    async with trading("account-poll") as t:
        entry, bought = of_earlier_life(t, "a", 1, "10")
        leave, sold = of_earlier_life(t, "b", -1, "9")
        t.broker.know([entry, leave])
        t.book.restore([entry, leave], {}, t.book.cash)
        body = {"symbol": "AAA", "qty": "1", "side": "sell", "type": "market"}
        way_out = t.venue.place({**body, "client_order_id": "tpF-2-AAA-1"})
        t.venue.set(way_out, "filled", "1", price)
        bust = {"type": "trade_bust", "cum_qty": "9", "id": "act-bust"}
        await found(
            t,
            traded(bought["id"], "10"),
            traded(sold["id"], "10", "sell"),
            traded(sold["id"], "1", "sell", **bust),
            traded(way_out["id"], "1", "sell", price=price),
            cash=str(100_000 - 5 + Decimal(price)),
        )
        account = t.executor.account
        # A start lists what ended meanwhile: that the venue counts less is known, not yet believed.
        await account.listing.look(1)
        for _ in range(3):
            await account.look()
        left = t.book.order(leave.id)
        assert left is not None
        assert left.filled == 9
        closed = t.book.order("tpF-2-AAA-1")
        assert closed is not None
        assert closed.filled == 1
        assert {key: at.quantity for key, at in t.book.holdings.items() if at.quantity} == {}
        assert t.book.cash == 100_000 - 5 + Decimal(price)
        assert booked_cash(t) == []
        assert account.confirmed
        assert account.balance.settled
        assert t.floor.conditions.mode("AAA") is Mode.NORMAL
        assert not {"position_drift", "position_unexplained", "cash_drift"} & set(t.codes)


@pytest.mark.parametrize("confirmed", [True, False])
async def test_a_price_that_was_corrected_unheard_is_the_orders_and_not_nobodys_cash(
    *, confirmed: bool
) -> None:
    async with trading("account-poll") as t:
        entry, bought = of_earlier_life(t, "a", 1, "10")
        t.broker.know([entry])
        t.book.restore([entry], {("s", "AAA"): Position(Decimal(10), Decimal(5))}, t.book.cash)
        t.venue.positions = [held("AAA", "10")]
        account = t.executor.account
        if confirmed:
            await account.look()
            account.balance.looks = QUICK_LOOKS
        t.venue.set(bought, "filled", "10", "5.1")
        told = {"type": "trade_correct", "id": "act-now", "price": "5.1"}
        history = (traded(bought["id"], "10"), traded(bought["id"], "10", **told))
        if confirmed:
            t.venue.activities, t.venue.cash = list(history), "99999"
        else:
            await found(t, *history, cash="99999")
        for _ in range(2):
            await account.look()
        mended = t.book.order(entry.id)
        assert mended is not None
        assert (mended.average, t.book.cash) == (Decimal("5.1"), 99_999)
        assert booked_cash(t) == []
        assert t.codes == ["fill_corrected"]
        assert account.balance.settled


async def test_one_old_answer_about_an_order_takes_nothing_back_for_the_cash() -> None:
    async with trading("account-poll") as t:
        entry, bought = of_earlier_life(t, "a", 1, "6")
        t.broker.know([entry])
        t.book.restore([entry], {("s", "AAA"): Position(Decimal(10), Decimal(5))}, t.book.cash)
        t.venue.positions = [held("AAA", "10")]
        told = {"type": "trade_correct", "id": "act-now", "price": "5.1"}
        history = (traded(bought["id"], "10"), traded(bought["id"], "10", **told))
        await found(t, *history, cash="99999")
        await t.executor.account.look()
        kept = t.book.order(entry.id)
        assert kept is not None
        assert (kept.filled, t.book.net("AAA")) == (10, 10)


async def test_cash_is_not_taken_over_while_an_order_is_in_question() -> None:
    async with trading("account-poll") as t:
        account = t.executor.account
        account.listing.restated(order("a").id)
        await found(t, cash="99000")
        since = account.balance.since
        await account.look()
        assert (t.book.cash, account.balance.since) == (100_000, since)
        body = {"symbol": "AAA", "qty": "10", "side": "buy", "type": "market"}
        t.venue.place({**body, "client_order_id": order("a").id})
        account.balance.looks = QUICK_LOOKS
        for _ in range(3):
            await account.look()
        assert account.listing.settled
        assert t.book.cash == 99_000
        assert account.balance.since > since


async def test_cash_that_differs_is_looked_at_again_soon() -> None:
    async with trading("account-poll") as t:
        await t.executor.account.look()
        assert t.executor.account.balance.settled
        t.venue.cash = "99000"
        await t.executor.account.look()
        assert not t.executor.account.balance.settled
        t.executor.account.balance.looks = QUICK_LOOKS
        await t.executor.account.look()
        assert t.executor.account.balance.settled
        assert t.book.cash == 99_000
