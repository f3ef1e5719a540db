from decimal import Decimal

import pytest

from execution.loopback import drop, hang, order, then, throttled
from execution.trading import S, trading
from tradeplat.core.orders import OrderType

LIMIT = {"type": OrderType.LIMIT, "limit": Decimal(5)}
BRACKET = {"stop_loss": Decimal("4.5"), "take_profit": Decimal(6)}


async def test_a_cancel_ends_with_the_venues_word() -> None:
    async with trading() as t:
        t.executor.accept(order(**LIMIT))
        await t.becomes(order().id, S.WORKING)
        t.executor.cancel(order().id)
        t.executor.cancel(order().id)
        await t.becomes(order().id, S.CANCELED)
        assert t.floor.history[order().id][-2:] == [S.CANCEL_PENDING, S.CANCELED]
        assert not t.executor._cancels.pending
        t.executor.cancel(order().id)
        t.executor.cancel("nobody")
        assert t.state(order().id) is S.CANCELED


async def test_a_fill_during_the_cancel_wins_and_counts_once() -> None:
    async with trading() as t:
        t.venue.autocancel = False
        t.executor.accept(order(**LIMIT))
        await t.becomes(order().id, S.WORKING)
        t.executor.cancel(order().id)
        await t.becomes(order().id, S.CANCEL_PENDING)
        await t.venue.fill(t.venue.by_client(order().id), "10", "5")
        await t.becomes(order().id, S.FILLED)
        assert t.book.net("AAA") == 10


async def test_a_part_filled_order_keeps_its_part() -> None:
    async with trading() as t:
        t.executor.accept(order(**LIMIT))
        await t.becomes(order().id, S.WORKING)
        await t.venue.fill(t.venue.by_client(order().id), "4", "5")
        await t.becomes(order().id, S.PARTIAL)
        t.executor.cancel(order().id)
        await t.becomes(order().id, S.CANCELED)
        assert t.book.net("AAA") == 4


async def test_a_refused_cancel_is_a_question_not_an_end() -> None:
    async with trading("account") as t:
        t.executor.accept(order(**LIMIT))
        await t.becomes(order().id, S.WORKING)
        t.venue.set(t.venue.by_client(order().id), "filled", "10", "5")
        t.executor.cancel(order().id)
        await t.becomes(order().id, S.FILLED)
        assert S.CANCELED not in t.floor.history[order().id]


@pytest.mark.parametrize(
    "script",
    [
        hang(accept=False),
        then(503, "", accept=False),
        then(404, "<html>", accept=False),
        throttled(Retry_After="0.01"),
        drop(accept=True),
    ],
)
async def test_a_cancel_that_got_lost_is_asked_for_again(script) -> None:
    async with trading() as t:
        t.executor.accept(order(**LIMIT))
        await t.becomes(order().id, S.WORKING)
        t.venue.script["DELETE"].append(script)
        t.executor.cancel(order().id)
        await t.becomes(order().id, S.CANCELED)


async def test_an_event_that_got_lost_is_read_from_the_venue() -> None:
    async with trading("account") as t:
        t.executor.accept(order(**LIMIT))
        await t.becomes(order().id, S.WORKING)
        t.executor.cancel(order().id)
        await t.becomes(order().id, S.CANCELED)


async def test_a_cancel_without_end_is_called_stuck_and_goes_on() -> None:
    async with trading() as t:
        t.venue.autocancel = False
        t.executor.accept(order(**LIMIT))
        await t.becomes(order().id, S.WORKING)
        t.executor.cancel(order().id)
        await t.until(lambda: t.codes == ["cancel_stuck"])
        assert t.state(order().id) is S.CANCEL_PENDING
        t.venue.autocancel = True
        await t.becomes(order().id, S.CANCELED)


async def test_cancels_that_all_get_lost_are_called_stuck_too() -> None:
    async with trading() as t:
        t.executor.accept(order(**LIMIT))
        await t.becomes(order().id, S.WORKING)
        t.venue.script["DELETE"] += [then(503, "", accept=False)] * 8
        t.executor.cancel(order().id)
        await t.until(lambda: t.codes == ["cancel_stuck"])
        await t.becomes(order().id, S.CANCELED)


async def test_an_order_not_sent_yet_is_abandoned() -> None:
    async with trading("outbox", "account") as t:
        t.executor.accept(order())
        t.executor.cancel(order().id)
        assert t.state(order().id) is S.ABANDONED
        assert t.executor._outbox.idle
        assert not t.venue.posts


async def test_an_order_in_doubt_is_cancelled_once_it_is_found() -> None:
    async with trading() as t:
        t.venue.script["POST"].append(hang(accept=True))
        t.executor.accept(order(**LIMIT))
        await t.becomes(order().id, S.SENDING)
        t.executor.cancel(order().id)
        await t.becomes(order().id, S.CANCELED)
        assert t.venue.posts == {order().id: 1}


async def test_what_replaced_a_leg_to_be_cancelled_is_cancelled_too() -> None:
    async with trading() as t:
        t.executor.accept(order(**BRACKET))
        leg = f"{order().id}-sl"
        await t.becomes(leg, S.WORKING)
        t.venue.script["DELETE"].append(then(503, "", accept=False))
        t.executor.protect(order().id, Decimal("4.8"), None)
        t.executor.cancel(leg)
        await t.becomes(leg, S.REPLACED, S.CANCELED)
        if t.state(leg) is S.REPLACED:
            await t.becomes(f"{leg}-1", S.CANCELED)
        await t.until(lambda: not t.executor._cancels.pending)
