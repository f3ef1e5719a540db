from tradeplat.app.machine import REAL, Machine
from tradeplat.core.market import SECOND


def test_the_real_machine_has_two_clocks() -> None:
    before = REAL.monotonic()
    assert REAL.monotonic() >= before
    assert REAL.wall() > 1_700_000_000 * SECOND


def test_a_simulation_hands_in_its_own() -> None:
    assert Machine(lambda: 1, lambda: 2).wall() == 2


async def test_work_on_the_journal_is_done_where_the_machine_says() -> None:
    with REAL.disk() as disk:
        assert await disk.run(lambda: 7) == 7
