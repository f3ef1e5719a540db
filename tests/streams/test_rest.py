"""A vendor's REST is asked within its context only, and its refusals become our errors."""

import pytest
from aiohttp import web

from tradeplat.core.errors import Corrupt, Denied, Transient
from tradeplat.streams.connection import Access
from tradeplat.streams.rest import Rest

PATH = "/v2/aggs/ticker/A/range/1/minute/0/1"


async def test_nobody_is_asked_outside_the_context(polygon):
    rest = Rest(Access(polygon.data_url, "KEY", ""), {}, 600)
    with pytest.raises(Corrupt, match="context"):
        await rest.get(PATH, {})
    await rest.close()


@pytest.mark.parametrize(
    ("status", "error"), [(403, Denied), (404, Corrupt), (429, Transient), (503, Transient)]
)
async def test_refusals_are_our_errors_and_keep_our_secret(polygon, status, error):
    rest = Rest(Access(polygon.data_url, "SECRETKEY", ""), {}, 60_000)
    await rest.open()
    answers = [
        web.Response(
            status=status, headers={"Retry-After": "0"}, text='{"message":"no, SECRETKEY"}'
        )
        for _ in range(4)
    ]
    polygon.rest_faults += answers
    with pytest.raises(error, match=str(status)) as caught:
        await rest.get(PATH, {})
    assert "SECRETKEY" not in str(caught.value)
    assert rest.requests == (4 if status == 429 else 1)
    await rest.close()
