import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from tradeplat.core.clock import ReplayClock
from tradeplat.core.errors import Throttled
from tradeplat.core.market import SECOND
from tradeplat.scanners.budget import WINDOW, Budget
from tradeplat.scanners.quota import DAY, Quota

NOW = 1_767_623_400 * SECOND


class StandingClock(ReplayClock):
    async def sleep_until(self, ts: int) -> None:
        self.advance(max(ts, self.ts))


def after(clock: ReplayClock, seconds: float) -> None:
    clock.advance(clock.ts + int(seconds * SECOND))


async def test_so_many_a_minute_and_the_next_says_how_long_it_would_have_to_wait() -> None:
    clock = StandingClock(NOW)
    budget = Budget(3, clock)
    for _ in range(3):
        await budget.take()
        after(clock, 1)
    with pytest.raises(Throttled, match="3 requests a minute are used up") as caught:
        await budget.take()
    assert caught.value.wait == 57.0
    assert clock.ts == NOW + 3 * SECOND
    await budget.take(patience=60.0)
    assert clock.ts == NOW + WINDOW
    assert budget.used().withheld == 1


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 90)), max_size=60), st.integers(1, 9))
def test_no_window_of_a_minute_ever_holds_more(
    asked: list[tuple[int, float]], per_minute: int
) -> None:
    clock = StandingClock(NOW)
    budget = Budget(per_minute, clock)
    sent: list[int] = []
    missing: list[float] = []

    async def ask() -> None:
        for seconds, patience in asked:
            after(clock, seconds)
            before = clock.ts
            try:
                await budget.take(patience)
            except Throttled as error:
                missing.append(error.wait - patience)
            else:
                sent.append(clock.ts)
            assert clock.ts - before <= patience * SECOND

    asyncio.run(ask())
    for ts in sent:
        assert sum(1 for other in sent if ts <= other < ts + WINDOW) <= per_minute
    assert budget.used().sent == len(sent)
    assert all(seconds > 0 for seconds in missing)


async def test_many_who_ask_at_once_share_one_count() -> None:
    budget = Budget(5, StandingClock(NOW))
    # Who is refused is what is looked at.
    results = await asyncio.gather(*[budget.take() for _ in range(8)], return_exceptions=True)
    assert [type(one) for one in results].count(Throttled) == 3
    assert budget.used().minute == 5


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "0.2"}, 1.0),
        ({"Retry-After": "-3"}, 1.0),
        ({"Retry-After": "1000000"}, 86_400.0),
        ({"Retry-After": "nan"}, 10.0),
        ({"Retry-After": "soon"}, 10.0),
        (
            {
                "Date": "Mon, 05 Jan 2026 14:30:00 GMT",
                "Retry-After": "Mon, 05 Jan 2026 14:30:33 GMT",
            },
            33.0,
        ),
        ({"Retry-After": "Mon, 05 Jan 2026 14:30:33 GMT"}, 10.0),
        ({"X-RateLimit-Reset": "1767623440", "Date": "Mon, 05 Jan 2026 14:30:00 GMT"}, 40.0),
        ({"X-RateLimit-Reset": "25"}, 25.0),
        ({}, 10.0),
    ],
)
async def test_a_refusal_closes_for_as_long_as_the_vendor_says(
    headers: dict[str, str], wait: float
) -> None:
    clock = StandingClock(NOW)
    budget = Budget(100, clock)
    await budget.take()
    assert budget.hear(429, CIMultiDict(headers)) == wait
    with pytest.raises(Throttled, match="refused us") as caught:
        await budget.take(0.5)
    assert caught.value.wait == wait
    after(clock, wait)
    await budget.take()


async def test_refusals_in_a_row_that_name_no_time_rest_longer_each_time() -> None:
    budget = Budget(100, StandingClock(NOW))
    assert [budget.hear(429, {}) for _ in range(6)] == [10.0, 20.0, 40.0, 80.0, 120.0, 120.0]
    assert budget.hear(200, {}) == 0.0
    assert budget.hear(429, {}) == 10.0
    assert budget.used().refused == 7


async def test_unavailable_closes_only_where_it_names_a_time() -> None:
    clock = StandingClock(NOW)
    budget = Budget(100, clock)
    assert budget.hear(503, {}) == 0.0
    assert budget.hear(503, {"Retry-After": "30"}) == 30.0
    assert budget.hear(500, {"Retry-After": "30"}) == 0.0
    assert budget.used().closed_until == NOW + 30 * SECOND


async def test_the_vendors_own_count_holds_where_it_is_lower() -> None:
    clock = StandingClock(NOW)
    budget = Budget(200, clock)
    await budget.take()
    told = {"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": "2", "X-RateLimit-Reset": "30"}
    budget.hear(200, told)
    await budget.take()
    budget.hear(200, told)
    await budget.take()
    with pytest.raises(Throttled, match="vendor's count nothing is left") as caught:
        await budget.take()
    assert caught.value.wait == 30.0
    after(clock, 30)
    await budget.take()


async def test_headers_that_are_none_change_nothing() -> None:
    budget = Budget(200, StandingClock(NOW))
    budget.hear(200, {"X-RateLimit-Remaining": "0"})
    budget.hear(200, {"X-RateLimit-Remaining": "none", "X-RateLimit-Reset": "5"})
    budget.hear(200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1767623440"})
    await budget.take()


async def test_a_days_quota_is_kept_as_well(tmp_path: Path) -> None:
    clock = StandingClock(NOW)
    budget = Budget(100, clock, allowance=Quota(tmp_path / "count", 2))
    await budget.take()
    await budget.take()
    with pytest.raises(Throttled, match="2 of 2 requests in 24 hours") as caught:
        await budget.take()
    assert caught.value.wait == DAY / SECOND
    assert budget.told() == (
        "2 of 100 requests in the last minute, 2 of 2 requests in 24 hours, 1 not asked"
    )


async def test_it_tells_in_words_how_it_stands() -> None:
    clock = StandingClock(NOW)
    budget = Budget(200, clock)
    await budget.take()
    budget.hear(429, {"Retry-After": "12"})
    assert budget.told() == "1 of 200 requests in the last minute, takes none for 12 s, refused 1"


def test_a_budget_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least 1"):
        Budget(0, StandingClock(NOW))
