import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from aiohttp import web

from execution.loopback import (
    LoopbackVenue,
    Script,
    TestClock,
    connected,
    drop,
    hang,
    json,
    order,
    refused,
    then,
    throttled,
)
from tradeplat.core.errors import Ambiguous, Corrupt, Denied, Throttled, Transient
from tradeplat.core.orders import OrderState, OrderType, Purpose, Report
from tradeplat.execution.brokers.alpaca import AlpacaBroker
from waits import until

BRACKET = {"stop_loss": Decimal("4.5"), "take_profit": Decimal(6)}


async def take(feed: AsyncIterator[Report], count: int) -> list[Report]:
    async with asyncio.timeout(30):
        return [await anext(feed) for _ in range(count)]


async def test_a_placed_order_carries_the_venues_id() -> None:
    async with connected() as (venue, broker):
        [report] = await broker.submit(order())
        assert (report.order_id, report.state) == (order().id, OrderState.WORKING)
        assert report.venue_id == venue.by_client(order().id)["id"]
        assert venue.posts[order().id] == 1
        assert broker.idempotent_submit


async def test_a_bracket_comes_back_with_its_legs() -> None:
    async with connected() as (_, broker):
        reports = await broker.submit(order(**BRACKET))
        assert [r.order_id.removeprefix(order().id) for r in reports] == ["", "-tp", "-sl"]


@pytest.mark.parametrize("status", [400, 401, 403, 422])
async def test_a_refusal_in_the_venues_own_words_is_a_report(status: int) -> None:
    async with connected() as (venue, broker):
        venue.script["POST"].append(refused(status, 40310000, "insufficient buying power"))
        [report] = await broker.submit(order(**BRACKET))
        assert report.state is OrderState.REJECTED
        assert "insufficient buying power" in report.reason
        assert broker.names.awaiting("AAA") == []


@pytest.mark.parametrize(
    "script",
    [
        drop(accept=True),
        drop(accept=False),
        hang(accept=True),
        hang(accept=False),
        then(504, "<html>", accept=True),
        then(500, '{"code":1,"message":"oops"}', accept=False),
        then(502, "", accept=False),
        then(200, "<html>ok</html>", accept=True),
        then(200, '{"id":"x","client_order_id":"other"}', accept=True),
        then(200, '{"id":"x"', accept=True),
        then(403, "<html>forbidden</html>", accept=False),
        then(404, '{"code":1,"message":"no"}', accept=False),
        then(301, "", accept=False),
    ],
)
async def test_whatever_leaves_a_doubt_is_ambiguous_and_sent_once(script: Script) -> None:
    async with connected() as (venue, broker):
        venue.script["POST"].append(script)
        with pytest.raises(Ambiguous):
            await broker.submit(order())
        assert venue.posts[order().id] == 1


async def test_a_venue_that_cannot_be_reached_took_nothing() -> None:
    async with connected() as (venue, _):
        gone = AlpacaBroker("http://127.0.0.1:1", "K", "S", TestClock())
        async with gone:
            with pytest.raises(Transient) as caught:
                await gone.submit(order())
        assert not isinstance(caught.value, Ambiguous)
        assert not venue.posts


async def test_the_same_id_again_adopts_the_order_that_exists() -> None:
    async with connected() as (venue, broker):
        await broker.submit(order(**BRACKET))
        reports = await broker.submit(order(**BRACKET))
        assert [r.order_id.removeprefix(order().id) for r in reports] == ["", "-tp", "-sl"]
        assert len(venue.orders) == 3


async def test_the_same_id_for_another_order_is_corrupt() -> None:
    async with connected() as (_, broker):
        await broker.submit(order())
        with pytest.raises(Corrupt, match="is buy 10 AAA at the venue, ours is sell 10 AAA"):
            await broker.submit(order(quantity=-10))


async def test_a_duplicate_that_cannot_be_found_stays_ambiguous() -> None:
    async with connected() as (venue, broker):
        for get in (then(503, accept=False), None):
            venue.script["POST"].append(refused(422, 40010001, "client_order_id must be unique"))
            venue.script["GET"] += [get] if get else []
            with pytest.raises(Ambiguous):
                await broker.submit(order())


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry_After": "0.5"}, 0.5),
        ({"Retry_After": "nan"}, 0.05),
        ({"X_RateLimit_Reset": "1767623402", "Date": "Mon, 05 Jan 2026 14:30:00 GMT"}, 2.0),
        ({"X_RateLimit_Reset": "0"}, 0.05),
        ({"X_RateLimit_Reset": "soon"}, 1.0),
        ({}, 1.0),
    ],
)
async def test_throttling_tells_when_to_come_back(headers: dict[str, str], wait: float) -> None:
    async with connected() as (venue, broker):
        venue.script["POST"].append(throttled(**headers))
        with pytest.raises(Throttled) as caught:
            await broker.submit(order())
        assert caught.value.wait == pytest.approx(wait)


async def test_a_cancel_taken_is_not_a_cancel_done() -> None:
    async with connected() as (venue, broker):
        venue.autocancel = False
        await broker.submit(order())
        assert await broker.cancel(order())
        found = await broker.find(order().id)
        assert found is not None
        assert found[0].state is OrderState.CANCEL_PENDING


async def test_a_cancel_refused_says_nothing_of_the_order() -> None:
    async with connected() as (venue, broker):
        await broker.submit(order())
        venue.set(venue.by_client(order().id), "filled", "10", "5")
        assert not await broker.cancel(order())
        found = await broker.find(order().id)
        assert found is not None
        assert (found[0].state, found[0].filled) == (OrderState.FILLED, 10)
        assert not await broker.cancel(order("nobody"))


async def test_a_cancel_finds_the_venues_id_it_never_heard() -> None:
    async with connected() as (venue, broker):
        venue.script["POST"].append(drop(accept=True))
        with pytest.raises(Ambiguous):
            await broker.submit(order())
        assert await broker.cancel(order())


async def test_cancels_that_got_lost_are_ambiguous_and_denials_are_denied() -> None:
    async with connected() as (venue, broker):
        await broker.submit(order())
        for script in (hang(accept=False), then(404, "<html>", accept=False)):
            venue.script["DELETE"].append(script)
            with pytest.raises(Ambiguous):
                await broker.cancel(order())
        venue.script["DELETE"].append(refused(403, 40310000, "account blocked"))
        with pytest.raises(Denied, match="account blocked"):
            await broker.cancel(order())


async def test_find_knows_none_only_from_the_venue_itself() -> None:
    async with connected() as (venue, broker):
        assert await broker.find("tp1-260105-00000000000000-0") is None
        venue.script["GET"] += [then(404, "<html>", accept=False), then(503, "", accept=False)]
        for _ in range(2):
            with pytest.raises(Transient):
                await broker.find(order().id)
        venue.script["GET"].append(refused(401, 0, "unauthorized."))
        with pytest.raises(Denied):
            await broker.find(order().id)


async def test_a_leg_is_found_by_its_local_name_after_a_restart() -> None:
    async with connected() as (venue, broker):
        await broker.submit(order(**BRACKET))
        async with AlpacaBroker(venue.url, "K", "S", TestClock()) as again:
            found = await again.find(f"{order().id}-sl")
            assert found is not None
            assert (found[0].order_id, found[0].order and found[0].order.parent) == (
                f"{order().id}-sl",
                order().id,
            )


async def test_a_moved_leg_is_a_new_order_of_the_same_parent() -> None:
    async with connected() as (venue, broker):
        *_, leg = await broker.submit(order(**BRACKET))
        assert leg.order is not None
        reports = await broker.replace(leg.order, None, Decimal("4.8"))
        states = {r.order_id.removeprefix(order().id): r.state for r in reports}
        assert states == {"-sl": OrderState.REPLACED, "-sl-1": OrderState.WORKING}
        moved = next(r.order for r in reports if r.order_id.endswith("-1"))
        assert moved is not None
        assert (moved.stop, moved.parent, moved.purpose) == (
            Decimal("4.8"),
            order().id,
            Purpose.STOP,
        )
        again = await broker.replace(leg.order, None, Decimal("4.8"))
        assert {r.order_id for r in again} == {f"{order().id}-sl", f"{order().id}-sl-1"}
        assert sum(o["replaces"] is not None for o in venue.orders.values()) == 1


async def test_a_move_whose_answer_got_lost_is_found_by_repeating_it() -> None:
    async with connected() as (venue, broker):
        *_, leg = await broker.submit(order(**BRACKET))
        assert leg.order is not None
        venue.script["PATCH"].append(drop(accept=True))
        with pytest.raises(Ambiguous):
            await broker.replace(leg.order, None, Decimal("4.8"))
        reports = await broker.replace(leg.order, None, Decimal("4.8"))
        assert {r.order_id for r in reports} == {f"{order().id}-sl", f"{order().id}-sl-1"}


async def test_a_refused_move_leaves_the_leg_as_it_stands() -> None:
    async with connected() as (venue, broker):
        *_, leg = await broker.submit(order(**BRACKET))
        assert leg.order is not None
        venue.script["PATCH"].append(refused(403, 40310000, "order parameters are not changed"))
        [report] = await broker.replace(leg.order, None, Decimal("4.5"))
        assert (report.state, report.reason) == (
            OrderState.WORKING,
            "order parameters are not changed",
        )


async def test_every_page_of_open_orders_is_read() -> None:
    async with connected() as (venue, broker):
        venue.page = 500
        for n in range(1_203):
            made = venue.place(
                {
                    "symbol": "AAA",
                    "qty": "1",
                    "side": "buy",
                    "type": "market",
                    "client_order_id": f"c{n}",
                }
            )
            made["submitted_at"] = f"2026-01-05T14:30:{n // 100:02d}.000000000Z"
        found = await broker.open_orders()
        assert len({report.order_id for report in found}) == 1_203
        assert all(r.order is not None and r.order.strategy == "external" for r in found)


async def test_the_account_is_read_with_its_positions() -> None:
    async with connected() as (venue, broker):
        venue.positions = [{"symbol": "AAA", "qty": "-5", "avg_entry_price": "3", "side": "short"}]
        account = await broker.account()
        assert (account.id, account.cash, account.positions) == ("acc", 100_000, (("AAA", -5, 3),))
        assert (await broker.clock()).is_open
        [day] = await broker.calendar("2026-01-05", "2026-01-05")
        assert day.day == 20260105


@pytest.mark.parametrize("binary", [True, False])
async def test_the_feed_tells_how_things_stand_before_what_changes(*, binary: bool) -> None:
    async with connected() as (venue, broker):
        venue.binary = binary
        await broker.submit(order(**BRACKET))
        async with broker.updates() as feed:
            first = await take(feed, 3)
            assert {r.order_id for r in first} == {
                order().id,
                f"{order().id}-sl",
                f"{order().id}-tp",
            }
            await venue.fill(venue.by_client(order().id), "10", "5")
            [fill] = await take(feed, 1)
            assert (fill.state, fill.filled, fill.last_price) == (OrderState.FILLED, 10, 5)
            assert fill.exec_id
            assert (broker.order_requests, broker.updates_taken) == (1, 0)
            await venue.tell("new", venue.by_client(order().id))
            await take(feed, 1)
            assert broker.updates_taken == 1


async def test_a_fill_during_an_outage_is_in_the_next_snapshot() -> None:
    async with connected() as (venue, broker):
        await broker.submit(order())
        await broker.submit(order("b"))
        async with broker.updates() as feed:
            await take(feed, 2)
            await venue.cut()
            with pytest.raises(Transient, match="closed by the venue"):
                await take(feed, 1)
        await venue.fill(venue.by_client(order().id), "10", "5")
        late = venue.place(
            {
                "symbol": "BBB",
                "qty": "1",
                "side": "buy",
                "type": "market",
                "client_order_id": "phone",
            }
        )
        venue.set(late, "filled", "1", "7")
        async with broker.updates() as feed:
            stands = {r.order_id: r for r in await take(feed, 4)}
        assert (stands[order().id].state, stands[order().id].filled) == (OrderState.FILLED, 10)
        assert stands[order("b").id].state is OrderState.WORKING
        phone = stands["phone"]
        assert phone.order is not None
        assert (phone.filled, phone.order.filled) == (1, 0)


async def test_orders_closed_before_the_first_start_are_history() -> None:
    async with connected() as (venue, broker):
        old = venue.place(
            {"symbol": "BBB", "qty": "9", "side": "buy", "type": "market", "client_order_id": "old"}
        )
        venue.set(old, "filled", "9", "7")
        part = venue.place(
            {"symbol": "CCC", "qty": "9", "side": "buy", "type": "limit", "client_order_id": "part"}
        )
        venue.set(part, "partially_filled", "4", "7")
        async with broker.updates() as feed:
            [report] = await take(feed, 1)
        assert report.order is not None
        assert (report.order_id, report.filled, report.order.filled) == ("part", 4, 4)


async def test_events_while_the_snapshot_is_read_are_not_lost() -> None:
    async with connected() as (venue, broker):
        await broker.submit(order())

        async def meanwhile(
            venue: LoopbackVenue, request: web.Request, _: dict[str, object]
        ) -> web.StreamResponse:
            stale = await venue.answer(request, {})
            await venue.fill(venue.by_client(order().id), "10", "5")
            return stale

        venue.script["GET"].append(meanwhile)
        async with broker.updates() as feed:
            stale, fill = await take(feed, 2)
        assert (stale.state, fill.state) == (OrderState.WORKING, OrderState.FILLED)


async def test_a_legs_update_before_its_parents_answer_finds_its_parent() -> None:
    async with connected() as (venue, broker):

        async def early(
            venue: LoopbackVenue, request: web.Request, body: dict[str, object]
        ) -> web.StreamResponse:
            placed = venue.place(body)
            await venue.tell("new", placed["legs"][0])
            await asyncio.sleep(0.1)
            return json(placed)

        async with broker.updates() as feed:
            venue.script["POST"].append(early)
            placed, reports = await asyncio.gather(broker.submit(order(**BRACKET)), take(feed, 4))
        assert {r.order_id for r in reports} == {r.order_id for r in placed}
        assert all(r.order is None or r.order.strategy == "s" for r in reports)


@pytest.mark.parametrize("forgets", [False, True])
async def test_a_leg_listed_alone_before_its_entry_is_known_is_not_taken_for_a_strangers(
    *, forgets: bool
) -> None:
    async with connected() as (venue, broker):
        if forgets:
            # Asked for by its id it is not there yet; the list has it all the same.
            venue.forgotten.add(order().id)
        venue.script["POST"].append(then(504, "<html>", accept=True))
        async with broker.updates():
            with pytest.raises(Ambiguous):
                await broker.submit(order(**BRACKET))
            entry = venue.set(venue.by_client(order().id), "filled", "10", "5")
            stop = entry["legs"][1]
            venue.set(stop, "new")
            reports = await broker.open_orders()
        by_venue_id = {report.venue_id: report for report in reports}
        assert by_venue_id[stop["id"]].order_id == f"{order().id}-sl"
        assert all(r.order is None or r.order.strategy == "s" for r in reports)


async def test_an_update_before_the_answer_is_taken() -> None:
    async with connected() as (venue, broker):

        async def early(
            venue: LoopbackVenue, request: web.Request, body: dict[str, object]
        ) -> web.StreamResponse:
            placed = venue.place(body)
            answer = json(placed)
            await venue.fill(placed, "10", "5")
            await asyncio.sleep(0.05)
            return answer

        async with broker.updates() as feed:
            venue.script["POST"].append(early)
            [placed], [fill] = await asyncio.gather(broker.submit(order()), take(feed, 1))
        assert (placed.state, fill.state) == (OrderState.WORKING, OrderState.FILLED)


async def test_wrong_keys_are_denied_and_busy_sockets_tried_again() -> None:
    async with connected() as (venue, broker):
        venue.authorized = False
        with pytest.raises(Denied, match="refuses these API keys"):
            async with broker.updates():
                pass  # refused on the way in
        for status, error in ((429, Transient), (403, Denied), (500, Transient)):
            venue.upgrade_status = status
            with pytest.raises(error, match=str(status)):
                async with broker.updates():
                    pass  # refused on the way in


@pytest.mark.parametrize(
    "junk", [b"\x00\x01", b'{"stream":"trade_updates","data":{"event":1}}', b"[]"]
)
async def test_junk_on_the_account_socket_is_transient(junk: bytes) -> None:
    async with connected() as (venue, broker), broker.updates() as feed:
        await venue.sockets[-1].send_bytes(junk)
        with pytest.raises(Transient):
            await take(feed, 1)


async def test_unknown_streams_and_events_pass_by() -> None:
    async with connected() as (venue, broker):
        await broker.submit(order())
        async with broker.updates() as feed:
            await take(feed, 1)
            await venue.send(venue.sockets[-1], {"stream": "weather", "data": {"rain": True}})
            await venue.tell("brand_new_event", venue.by_client(order().id))
            [report] = await take(feed, 1)
            assert report.state is OrderState.WORKING


async def test_connecting_a_hundred_times_leaves_nothing_behind() -> None:
    async with connected() as (_, broker):
        tasks = len(asyncio.all_tasks())
        for _ in range(100):
            async with broker.updates():
                pass  # coming and going is all
        await until(lambda: len(asyncio.all_tasks()) <= tasks + 2)


async def test_a_broker_that_was_not_entered_says_so() -> None:
    with pytest.raises(Corrupt, match="before it was entered"):
        await AlpacaBroker("http://127.0.0.1:1", "K", "S", TestClock()).submit(order())


async def test_limit_orders_with_extended_hours_reach_the_wire() -> None:
    async with connected() as (venue, broker):
        early = order(type=OrderType.LIMIT, limit=Decimal("5.015"), extended=True)
        await broker.submit(early)
        assert venue.by_client(early.id)["limit_price"] == "5.01"
