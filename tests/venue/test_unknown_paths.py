"""Paths that are not served, and methods."""

import asyncio

import aiohttp
import pytest
from alpaca.common.exceptions import APIError
from alpaca.data.historical import StockHistoricalDataClient

from facts import known
from markets import KEY, SECRET
from polygons import NAMES, package


@pytest.mark.parametrize("name", NAMES)
async def test_polygons_clients_raise_their_own_error(name):
    async with known() as served:
        client = package(name).RESTClient(KEY, base=served.url, retries=0)
        with pytest.raises(package(name).exceptions.BadResponse, match="404 page not found"):
            await asyncio.to_thread(client.get_ticker_events, "AAA")
        with pytest.raises(package(name).exceptions.BadResponse, match="404 page not found"):
            await asyncio.to_thread(client.get_snapshot_crypto_book, "X:BTCUSD")


async def test_alpacas_client_reads_the_code():
    async with known() as served:
        client = StockHistoricalDataClient(KEY, SECRET, url_override=served.url)
        with pytest.raises(APIError) as raised:
            await asyncio.to_thread(client.get, "/no/such/page")
    assert (raised.value.status_code, raised.value.code) == (404, 40410000)


async def test_a_path_that_takes_another_method_says_so():
    async with known() as served, aiohttp.ClientSession() as client:
        async with client.post(f"{served.url}/v3/reference/tickers") as answer:
            assert (answer.status, await answer.text()) == (405, "405 method not allowed")
        headers = {"APCA-API-KEY-ID": KEY}
        async with client.put(f"{served.url}/v2/orders", headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (405, 40510000)
