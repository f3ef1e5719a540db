"""After a daemon's death: entries go, stops stay, and bare positions are closed if so told."""

from decimal import Decimal
from pathlib import Path

import pytest

from faultsim.running import run_sim
from killing import House, house
from markets import KEY, OPEN, SECOND, SECRET
from tradeplat.core.calendar import Session
from tradeplat.guardian.account import Account
from tradeplat.guardian.charge import Charge
from tradeplat.guardian.cleaning import Cleaning

HOUR = 3600 * SECOND
TODAY = Session(20260105, OPEN - 5 * HOUR, OPEN, OPEN + 6 * HOUR, OPEN + 10 * HOUR)


def cleaned(
    scene, on_death: str, patience: float = 60.0, flatten_file: str = "", **how
) -> list[str]:
    said: list[str] = []

    async def play() -> None:
        async with house(**how) as h, Account(h.venue.url, KEY, SECRET) as account:
            check = await scene(h)
            charge = Charge(
                pid=7, account="a", lease="", url=h.venue.url, key=KEY, secret=SECRET, epoch=2,
                on_death=on_death, patience=patience, sessions=(TODAY,),
                flatten_file=flatten_file,
            )  # fmt: skip
            done = await Cleaning(charge, account, lambda code, _: said.append(code)).run()
            check(h, done)

    run_sim(play, 1)
    return said


async def trading(h: House) -> None:
    """A bare position, a guarded one, and entries."""
    await h.filled(10)
    await h.filled(20, "BBB", stop_loss=Decimal("4.5"), take_profit=Decimal(6))
    await h.until(lambda: len(h.book.open_orders) == 2)
    await h.resting(3)


@pytest.mark.parametrize("on_death", ["protect", "flatten"])
def test_entries_go_and_stops_stay(on_death: str) -> None:
    async def scene(h: House):
        await trading(h)

        def check(h: House, done: bool) -> None:
            assert done
            legs = [o for o in h.account.orders.open_orders() if o.symbol == "BBB"]
            assert len(legs) == 2
            assert [o for o in h.account.orders.open_orders() if o.symbol == "AAA"] == []
            assert h.held("BBB") == 20
            assert h.held() == (0 if on_death == "flatten" else 10)

        return check

    said = cleaned(scene, on_death)
    assert said[0] == "GUARDIAN_CLEANED"
    assert ("FLAT" in said) == (on_death == "flatten")


@pytest.mark.parametrize("on_death", ["protect", "flatten"])
def test_all_is_closed_where_a_person_had_asked_for_it(on_death: str, tmp_path: Path) -> None:
    file = tmp_path / "FLATTEN"
    file.write_text("somebody: now\n")

    async def scene(h: House):
        await trading(h)

        def check(h: House, done: bool) -> None:
            assert done
            assert h.held() == h.held("BBB") == 0
            assert list(h.account.orders.open_orders()) == []

        return check

    said = cleaned(scene, on_death, flatten_file=str(file))
    assert said == ["GUARDIAN_CLEANED", "FLATTEN_ASKED", "FLAT"]


def test_a_broker_that_fails_is_asked_again() -> None:
    async def scene(h: House):
        await trading(h)
        h.harm("http_504", path="/v2/positions", times=3)
        h.harm("response_lost", path="/v2/orders", method="DELETE", times=2)

        def check(h: House, done: bool) -> None:
            assert done
            assert h.held() == 0

        return check

    assert cleaned(scene, "flatten").count("GUARDIAN_WAITS") == 1


def test_a_broker_that_stays_away_is_told_and_left() -> None:
    async def scene(h: House):
        await trading(h)
        h.harm("request_lost", path="/v2/", times=100_000)

        def check(h: House, done: bool) -> None:
            assert not done

        return check

    assert cleaned(scene, "flatten", patience=5.0)[-1] == "GUARDIAN_GAVE_UP"
