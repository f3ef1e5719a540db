"""What numbers mean, against the vendor's recorded tables."""

import json
from pathlib import Path

import pytest

from facts import get, known

EXCHANGES, CONDITIONS = "/v3/reference/exchanges", "/v3/reference/conditions"


async def test_exchanges_are_the_recorded_ones(shared_data: Path):
    file = shared_data / "wire/polygon/rest/v3_reference_exchanges.json"
    recorded = {row["id"]: row for row in json.loads(file.read_text())["results"]}
    async with known() as served:
        rows = (await get(served, EXCHANGES))[1]["results"]
        abroad = (await get(served, EXCHANGES, locale="global"))[1]["results"]
        coins = (await get(served, EXCHANGES, asset_class="crypto"))[1]["results"]
    for row in rows:
        same = ("name", "mic", "participant_id", "type", "asset_class", "locale")
        assert [row[key] for key in same] == [recorded[row["id"]][key] for key in same]
    assert (len(rows), abroad, coins) == (6, [], [])


async def test_conditions_are_the_recorded_ones(shared_data: Path):
    file = shared_data / "wire/polygon/rest/v3_reference_conditions_asset_class_stocks.json"
    recorded = {row["id"]: row for row in json.loads(file.read_text())["results"]}
    async with known() as served:
        rows = (await get(served, CONDITIONS, limit="1000"))[1]["results"]
    told = {row["id"]: row for row in rows if row["id"] in recorded}
    assert set(told) == set(recorded) - {6}
    for number, row in told.items():
        assert set(row) == set(recorded[number])
        assert row["name"] == recorded[number]["name"]
        rules = recorded[number]["update_rules"]["consolidated"]
        assert row["update_rules"]["consolidated"] == rules


async def test_conditions_come_page_by_page_either_way():
    async with known() as served:
        first = (await get(served, CONDITIONS))[1]
        last = (await get(served, CONDITIONS, order="desc", limit="1"))[1]["results"]
        none = (await get(served, CONDITIONS, data_type="bbo"))[1]["results"]
    assert [row["id"] for row in first["results"]] == [1, 2, 3, 4, 5, 7, 8, 9, 10, 11]
    assert "next_url" in first
    assert ([row["id"] for row in last], none) == ([53], [])


@pytest.mark.parametrize(
    ("path", "query"),
    [(EXCHANGES, {"asset_class": "shells"}), (CONDITIONS, {"asset_class": "shells"}),
     (CONDITIONS, {"id": "²"}), (CONDITIONS, {"limit": "0"})],
)  # fmt: skip
async def test_what_cannot_be_read_is_400(path, query):
    async with known() as served:
        assert (await get(served, path, **query))[0] == 400
