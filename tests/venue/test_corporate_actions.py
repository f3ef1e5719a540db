"""Splits as Alpaca tells them, judged by its own client."""

import asyncio
import json
from datetime import date
from pathlib import Path

import pytest
from alpaca.data.enums import CorporateActionsType
from alpaca.data.historical.corporate_actions import CorporateActionsClient
from alpaca.data.requests import CorporateActionsRequest

from facts import fetch, known
from markets import KEY, SECRET

PATH = "/v1/corporate-actions"
HEADERS = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}


async def told(served, **query) -> dict[str, list[str]]:
    status, body = await fetch(served.url + PATH, HEADERS, query)
    assert status == 200
    return {
        kind: [row["symbol"] for row in rows] for kind, rows in body["corporate_actions"].items()
    }


async def test_the_official_client_gets_a_model_of_each_split():
    async with known() as served:
        client = CorporateActionsClient(KEY, SECRET, url_override=served.url)
        request = CorporateActionsRequest(
            symbols=["AAA", "BBB"], start=date(2024, 1, 1), end=date(2026, 12, 31)
        )
        found = (await asyncio.to_thread(client.get_corporate_actions, request)).data
        one_kind = CorporateActionsRequest(
            types=[CorporateActionsType.FORWARD_SPLIT], start=date(2024, 1, 1)
        )
        forward = (await asyncio.to_thread(client.get_corporate_actions, one_kind)).data
    (reverse,) = found["reverse_splits"]
    assert (reverse.symbol, reverse.old_rate, reverse.new_rate, reverse.ex_date) == (
        "BBB", 10.0, 1.0, date(2026, 1, 5),
    )  # fmt: skip
    # A split of February is not known yet.
    assert [one.ex_date for one in found["forward_splits"]] == [date(2024, 3, 1)]
    assert set(forward) == {"forward_splits"}


async def test_without_days_today_is_meant_and_an_id_finds_its_own():
    async with known() as served:
        assert await told(served) == {"reverse_splits": ["BBB"]}
        assert await told(served, start="2026-01-06", end="2026-01-09") == {}
        _, body = await fetch(served.url + PATH, HEADERS, {"start": "2024-01-01"})
        (first,) = body["corporate_actions"]["forward_splits"]
        assert await told(served, ids=first["id"]) == {"forward_splits": ["AAA"]}


@pytest.mark.parametrize(
    ("sort", "kinds"),
    [
        ("asc", ["forward_splits", "reverse_splits"]),
        ("desc", ["reverse_splits", "forward_splits"]),
    ],
)
async def test_pages_follow_one_another(sort, kinds):
    async with known() as served:
        query, found = {"start": "2024-01-01", "limit": "1", "sort": sort}, []
        for _ in range(2):
            _, body = await fetch(served.url + PATH, HEADERS, query)
            found += body["corporate_actions"]
            query["page_token"] = body["next_page_token"]
    assert (found, query["page_token"]) == (kinds, None)


async def test_keys_are_the_recorded_ones(shared_data: Path):
    file = shared_data / "wire/alpaca/rest_corporate_actions.json"
    recorded = json.loads(file.read_text())[0]["body"]["corporate_actions"]
    async with known() as served:
        _, body = await fetch(served.url + PATH, HEADERS, {"start": "2024-01-01"})
    for kind, rows in body["corporate_actions"].items():
        assert set(recorded[kind][0]) - {"due_bill_redemption_date"} <= set(rows[0])


@pytest.mark.parametrize(
    "query", [{"types": "party"}, {"start": "today"}, {"limit": "1001"}, {"page_token": "x"}]
)
async def test_what_cannot_be_read_is_400(query):
    async with known() as served:
        status, body = await fetch(served.url + PATH, HEADERS, query)
    assert status == 400
    assert next(iter(query)) in body["message"]
