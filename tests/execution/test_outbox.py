import asyncio
from decimal import Decimal

import pytest
from aiohttp import web

from execution.loopback import (
    Json,
    LoopbackVenue,
    Script,
    drop,
    hang,
    json,
    order,
    refused,
    then,
    throttled,
)
from execution.trading import FAST, S, trading
from tradeplat.core.position import Position


async def test_an_order_is_committed_then_sent_then_working() -> None:
    async with trading("account") as t:
        t.executor.accept(order())
        await t.becomes(order().id, S.WORKING)
        assert t.floor.history[order().id] == [S.SENDING, S.WORKING]
        assert t.committed == [order().id]
        await t.until(lambda: t.executor.idle)


@pytest.mark.parametrize(
    "script",
    [
        drop(accept=True),
        hang(accept=True),
        then(504, "<html>", accept=True),
        then(500, "{}", accept=True),
        then(200, "garbage", accept=True),
        refused(422, 40010001, "client_order_id must be unique"),
    ],
)
async def test_an_order_in_doubt_that_exists_is_found_and_was_sent_once(script: Script) -> None:
    async with trading("account") as t:
        if script.__qualname__.startswith("refused"):
            t.venue.place(
                {
                    "symbol": "AAA",
                    "qty": "10",
                    "side": "buy",
                    "type": "market",
                    "client_order_id": order().id,
                }
            )
        t.venue.script["POST"].append(script)
        t.executor.accept(order())
        await t.becomes(order().id, S.WORKING)
        assert t.venue.posts == {order().id: 1}


@pytest.mark.parametrize(("net", "classes"), [(0, ["oto"]), (5, ["oto"]), (-50, [""])])
async def test_an_entry_against_the_account_s_position_carries_no_legs(
    net: int, classes: list[str]
) -> None:
    async with trading("account") as t:
        t.book.restore([], {("other", "AAA"): Position(Decimal(net), Decimal(5))}, Decimal(1_000))
        t.executor.accept(order(stop_loss=Decimal("4.5")))
        await t.becomes(order().id, S.WORKING)
        sent = [o for o in t.venue.orders.values() if o["client_order_id"] == order().id]
        assert [one.get("order_class") for one in sent] == classes
        assert t.book.order(order().id).stop_loss == Decimal("4.5")


@pytest.mark.parametrize(
    "script", [drop(accept=False), hang(accept=False), then(502, "", accept=False)]
)
async def test_an_order_in_doubt_that_does_not_exist_is_not_placed(script: Script) -> None:
    async with trading() as t:
        t.venue.script["POST"].append(script)
        t.executor.accept(order())
        await t.becomes(order().id, S.NOT_PLACED)
        assert t.floor.history[order().id] == [S.SENDING, S.UNKNOWN, S.NOT_PLACED]
        assert t.venue.posts == {order().id: 1}
        assert t.venue.requests["GET /orders:by_client_order_id"] >= FAST.misses
        assert t.codes == ["order_not_placed"]


async def test_a_lost_order_is_only_given_up_while_the_account_feed_is_live() -> None:
    async with trading("account") as t:
        t.venue.script["POST"].append(drop(accept=False))
        t.executor.accept(order())
        asked = "GET /orders:by_client_order_id"
        await t.until(lambda: t.venue.requests[asked] >= 3 * FAST.misses)
        assert t.state(order().id) is S.UNKNOWN


async def test_questions_without_an_answer_do_not_count() -> None:
    async with trading() as t:
        t.venue.script["POST"].append(drop(accept=True))
        t.venue.script["GET"] += [then(503, "", accept=False)] * 4
        t.executor.accept(order())
        await t.becomes(order().id, S.WORKING)
        assert t.venue.posts == {order().id: 1}


async def test_an_order_that_shows_up_after_it_was_given_up_is_cancelled() -> None:
    async with trading() as t:
        t.venue.script["POST"].append(drop(accept=False))
        t.executor.accept(order())
        await t.becomes(order().id, S.NOT_PLACED)
        late = t.venue.place(
            {
                "symbol": "AAA",
                "qty": "10",
                "side": "buy",
                "type": "market",
                "client_order_id": order().id,
            }
        )
        await t.venue.tell("new", late)
        await t.becomes(order().id, S.CANCELED)
        assert "order_resurrected" in t.codes


async def test_what_was_given_up_while_the_venue_took_nothing_is_not_sent_again() -> None:
    async with trading() as t:
        t.venue.script["POST"].append(throttled(Retry_After="0.1"))
        t.executor.accept(order())
        await t.becomes(order().id, S.SENDING)
        t.executor.cancel(order().id)
        await t.becomes(order().id, S.NOT_PLACED)
        assert t.venue.posts == {order().id: 1}
        assert not t.executor._cancels.pending


async def test_the_feed_may_answer_before_the_venue_does() -> None:
    async def early(venue: LoopbackVenue, request: web.Request, body: Json) -> web.StreamResponse:
        placed = venue.place(body)
        answer = json(placed)
        await venue.fill(placed, "10", "5")
        await asyncio.sleep(0.03)
        return answer

    async with trading() as t:
        t.venue.script["POST"].append(early)
        t.executor.accept(order())
        await t.becomes(order().id, S.FILLED)
        await t.until(lambda: t.executor.idle)
        assert t.floor.history[order().id] == [S.SENDING, S.FILLED]
        assert t.book.net("AAA") == 10


async def test_a_fill_resolves_the_doubt_before_the_question() -> None:
    async def filled(venue: LoopbackVenue, request: web.Request, body: Json) -> web.StreamResponse:
        await venue.fill(venue.place(body), "10", "5")
        return web.Response(status=504)

    async with trading() as t:
        t.venue.script["POST"].append(filled)
        t.executor.accept(order())
        await t.becomes(order().id, S.FILLED)
        assert t.book.net("AAA") == 10


async def test_a_refusal_is_final_and_says_why() -> None:
    async with trading("account") as t:
        t.venue.script["POST"].append(refused(403, 40310000, "insufficient buying power"))
        t.executor.accept(order())
        await t.becomes(order().id, S.REJECTED)
        found = t.book.order(order().id)
        assert found is not None
        assert "insufficient buying power" in found.reason


async def test_a_throttled_order_goes_again_under_its_own_id_while_it_is_fresh() -> None:
    async with trading("account") as t:
        t.venue.script["POST"].append(throttled(Retry_After="0.01"))
        t.executor.accept(order())
        await t.becomes(order().id, S.WORKING)
        assert t.venue.posts == {order().id: 2}
        assert len(t.venue.orders) == 1


async def test_a_throttled_order_past_its_time_is_not_sent_again() -> None:
    async with trading("account") as t:
        t.venue.script["POST"].append(throttled(Retry_After="30"))
        t.executor.accept(order())
        await t.becomes(order().id, S.NOT_PLACED)
        assert t.venue.posts == {order().id: 1}


async def test_a_venue_out_of_reach_took_nothing() -> None:
    async with trading("account", "account-poll") as t:
        t.broker._rest._url = "http://127.0.0.1:1"
        t.executor.accept(order())
        await t.becomes(order().id, S.NOT_PLACED)


async def test_an_order_past_its_time_is_abandoned() -> None:
    async with trading("account") as t:
        t.clock.advance(2.5)
        t.executor.accept(order())
        await t.becomes(order().id, S.ABANDONED)
        found = t.book.order(order().id)
        assert found is not None
        assert found.reason == "2.500 s old, limit 2 s"
        assert not t.venue.posts


async def test_an_objection_right_before_sending_stops_the_order() -> None:
    async with trading("account") as t:
        t.objection = "killed"
        t.executor.accept(order())
        await t.becomes(order().id, S.ABANDONED)
        assert not t.venue.posts


async def test_a_full_outbox_refuses_the_order() -> None:
    async with trading("account", "outbox") as t:
        outbox = t.executor._outbox
        names = [order(f"o{n}") for n in range(257)]
        for item in names:
            t.executor.accept(item)
        assert t.state(names[-1].id) is S.ABANDONED
        assert t.state(names[-2].id) is S.INTENT
        assert not outbox.idle


async def test_orders_leave_in_turn() -> None:
    async with trading("account") as t:
        names = [order(f"o{n}") for n in range(20)]
        for item in names:
            t.executor.accept(item)
        await t.becomes(names[-1].id, S.WORKING)
        assert list(t.venue.posts) == [item.id for item in names]


async def test_an_order_waits_for_no_answer_to_those_before_it() -> None:
    async with trading("account") as t:
        t.venue.script["POST"] += [hang(accept=True)] * 3
        names = [order(f"o{n}") for n in range(4)]
        for item in names:
            t.executor.accept(item)
        await t.becomes(names[-1].id, S.WORKING)
        assert t.committed == [item.id for item in names]
        assert t.venue.posts == {item.id: 1 for item in names}


async def test_an_order_interrupted_on_its_way_is_unknown() -> None:
    async with trading("account", "outbox") as t:
        t.venue.script["POST"].append(hang(accept=True))
        t.executor.accept(order())
        sender = asyncio.create_task(t.executor._outbox.run())
        await t.until(lambda: t.venue.posts)
        sender.cancel()
        await t.becomes(order().id, S.UNKNOWN, S.WORKING)
        await t.becomes(order().id, S.WORKING)
        assert t.venue.posts == {order().id: 1}
