import pytest

from tradeplat.scanners.scheduled import NEVER, ScheduledStockListManager

SCHEDULE = [(10, ["A"]), (20, ["A", "B"]), (30, ["B"])]


@pytest.mark.parametrize(
    ("now", "active", "quiet"),
    [(9, [], 10), (10, ["A"], 20), (25, ["A", "B"], 30), (30, ["B"], NEVER)],
)
async def test_the_list_follows_the_schedule(now: int, active: list[str], quiet: int) -> None:
    scanner = ScheduledStockListManager(SCHEDULE, lambda: now)
    await scanner.update()
    assert scanner.get_active_stock_list() == active
    assert scanner.quiet_until(now) == quiet
    assert {row.symbol for row in scanner.explain() if row.active} == set(active)


def test_a_schedule_goes_forward() -> None:
    with pytest.raises(ValueError, match="in order of time"):
        ScheduledStockListManager([(2, ["A"]), (1, [])], lambda: 0)
