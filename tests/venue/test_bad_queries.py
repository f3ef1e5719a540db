"""Whatever stands in a path or a query, an answer is the vendor's own."""

import asyncio
from urllib.parse import quote

import aiohttp
from hypothesis import given, settings
from hypothesis import strategies as st

from facts import played
from markets import KEY, SECRET

BEARER = {"Authorization": f"Bearer {KEY}"}
ALPACA = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
RANGE = "/v2/aggs/ticker/{}/range/{}/{}/{}/{}"
STOCKS = "/v2/snapshot/locale/us/markets/stocks"
PATHS = {
    BEARER["Authorization"]: (
        RANGE, RANGE, RANGE, "/v2/aggs/grouped/locale/us/market/stocks/{}",
        "/v2/aggs/ticker/{}/prev", "/v1/open-close/{}/{}", "/v2/last/trade/{}", "/v2/last/nbbo/{}",
        "/v3/trades/{}", "/v3/quotes/{}", "/v3/snapshot", f"{STOCKS}/tickers",
        f"{STOCKS}/tickers/{{}}", f"{STOCKS}/{{}}", "/v3/reference/tickers",
        "/v3/reference/tickers/{}", "/v3/reference/splits", "/stocks/v1/splits",
        "/stocks/vX/float", "/v2/reference/news", "/v1/marketstatus/now",
        "/v1/marketstatus/upcoming",
    ),
    "fmp": ("/stable/profile", "/stable/shares-float", "/stable/biggest-gainers",
            "/api/v3/profile/{}", "/api/v4/shares_float", "/api/v3/stock_market/gainers"),
    "alpaca": ("/v1beta1/news", "/v2/stocks/bars", "/v2/stocks/trades", "/v2/stocks/quotes",
               "/v2/stocks/bars/latest", "/v2/stocks/snapshots", "/v1/corporate-actions",
               "/v1beta1/screener/stocks/movers", "/v1beta1/screener/stocks/most-actives"),
}  # fmt: skip
NAMES = (
    "limit", "sort", "order", "adjusted", "cursor", "ticker", "ticker.gt", "ticker.any_of",
    "active", "search", "type", "date", "tickers", "execution_date.gte", "reverse_split",
    "published_utc.gt", "published_utc.no", "after", "timestamp", "timestamp.lt", "symbols",
    "symbol", "start", "end", "page_token", "timeframe", "feed", "top", "by",
    "free_float_percent.gt", "adjustment_type.any_of", "include_content", "adjustment",
    "types", "ids",
)  # fmt: skip
TELLING = (
    "AAA", "BBB", "1", "0", "-1", "--5", "²", "50001", "9" * 15, "9" * 25, "1e5", "nan", "true",
    "asc", "ticker", "execution_date.up", "2026-01-05", "2026-02-30", "9999-12-31", "0001-01-01",
    "2026-01-05T14:30:00Z", "2026-01-05T14:30:00+99:99", "1767623400000", "1767623400000000000",
    "second", "minute", "hour", "day", "week", "month", "quarter", "year", "1Min", "12Month",
    "gainers", "YWZ0ZXI9MQ", "YWZ0ZXI9QUFBfDF8MQ", "\x00", "%", "\U0001f600",
)  # fmt: skip
values = st.sampled_from(TELLING) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
requests = st.tuples(
    st.sampled_from([(who, path) for who, paths in PATHS.items() for path in paths]),
    st.lists(values.filter(lambda text: text not in {"", ".", ".."}), min_size=5, max_size=5),
    st.dictionaries(st.sampled_from(NAMES), values, max_size=4),
)


async def answers(asked: list) -> list[tuple[int, str]]:
    found = []
    async with played(1) as served, aiohttp.ClientSession() as client:
        await served.player.finished.wait()
        for (who, path), parts, query in asked:
            url = served.url + path.format(*(quote(part, safe="") for part in parts))
            headers = {"fmp": {"apikey": KEY}, "alpaca": ALPACA}.get(who, BEARER)
            async with client.get(url, params=query, headers=headers) as answer:
                found.append((answer.status, await answer.text()))
    return found


@settings(max_examples=4, deadline=None)
@given(st.lists(requests, min_size=30, max_size=30))
def test_nothing_that_is_asked_is_an_error_of_ours(asked):
    for (status, text), request in zip(asyncio.run(answers(asked)), asked, strict=True):
        assert status in {200, 400, 403, 404}, (request, text)
        (who, _), _, _ = request
        if status == 400 and who in BEARER.values():
            assert '"status":"ERROR"' in text
            assert '"request_id"' in text
