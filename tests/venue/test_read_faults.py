import aiohttp

from exchanges import at
from loopback_venue import KEY, SECRET, LoopbackVenue, loopback
from tradeplat.core.market import SECOND
from tradeplat.venue.faults import Fault
from tradeplat.venue.stamps import read_instant

HEADERS = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
LIMIT = {"symbol": "AAA", "qty": "2", "side": "buy", "type": "limit", "limit_price": "1",
         "time_in_force": "day"}  # fmt: skip
MARKET = {"symbol": "AAA", "qty": "2", "side": "buy", "type": "market", "time_in_force": "day"}


class Reader:
    def __init__(self, venue: LoopbackVenue, session: aiohttp.ClientSession) -> None:
        self.venue = venue
        self._session = session

    def arm(self, name: str, **fields) -> None:
        self.venue.side.exchange.faults.arm(Fault(name=name, times=99, **fields))

    async def get(self, path: str):
        async with self._session.get(self.venue.url + path) as answer:
            return await answer.json() if answer.status == 200 else answer.status

    async def post(self, body: dict) -> dict:
        async with self._session.post(f"{self.venue.url}/v2/orders", json=body) as answer:
            return await answer.json()

    async def listed(self, status: str = "open") -> list[str]:
        return [one["id"] for one in await self.get(f"/v2/orders?status={status}&nested=true")]


def reading():
    return loopback(), aiohttp.ClientSession(headers=HEADERS)


async def test_an_order_is_not_found_by_its_ids_for_a_while():
    venue, session = reading()
    async with venue as served, session:
        here = Reader(served, session)
        here.arm("forgotten_id", seconds=5)
        order = await here.post(LIMIT | {"client_order_id": "mine"})
        paths = (f"/v2/orders/{order['id']}", "/v2/orders:by_client_order_id?client_order_id=mine")
        assert [await here.get(path) for path in paths] == [404, 404]
        served.wait(5.0)
        assert [(await here.get(path))["id"] for path in paths] == [order["id"]] * 2
        assert served.side.exchange.faults.struck["forgotten_id"] == 1


async def test_lists_show_orders_as_they_stood():
    venue, session = reading()
    async with venue as served, session:
        here = Reader(served, session)
        here.arm("eventual_lists", seconds=3)
        order = await here.post(LIMIT)
        assert await here.listed() == []
        served.wait(3.0)
        assert await here.listed() == [order["id"]]
        async with session.delete(f"{served.url}/v2/orders/{order['id']}") as answer:
            assert answer.status == 204
        assert (await here.get(f"/v2/orders/{order['id']}"))["status"] == "canceled"
        assert await here.listed() == [order["id"]]
        assert await here.listed("closed") == []
        served.wait(3.0)
        assert (await here.listed(), await here.listed("closed")) == ([], [order["id"]])


async def test_positions_lag_behind_fills():
    venue, session = reading()
    async with venue as served, session:
        here = Reader(served, session)
        here.arm("positions_lag", seconds=4)
        await here.post(MARKET)
        assert served.account.held("AAA").quantity == 2
        assert (await here.get("/v2/positions"), await here.get("/v2/positions/AAA")) == ([], 404)
        served.wait(4.0)
        assert [one["qty"] for one in await here.get("/v2/positions")] == ["2"]
        served.quote(4.99, 5.00)
        await here.post(MARKET)
        assert (await here.get("/v2/positions/AAA"))["qty"] == "2"
        served.wait(4.0)
        assert (await here.get("/v2/positions/AAA"))["qty"] == "4"


async def test_the_clock_page_steps():
    venue, session = reading()
    async with venue as served, session:
        here = Reader(served, session)
        here.arm("clock_step", seconds=3600)
        told = [read_instant((await here.get("/v2/clock"))["timestamp"], "t") for _ in range(9)]
        assert {abs(ts - at("10:00")) for ts in told} == {3600 * SECOND}
        assert len(set(told)) == 2
