"""G8: kill and flatten, one case after the other, judged by nothing but the venue's own record."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from failures.journaled import Disk, Journaled, journaled
from faultsim.running import run_sim
from killing import POST, PRE, House, house
from markets import SECOND
from tradeplat.core.calendar import Phase
from tradeplat.core.errors import Throttled
from tradeplat.core.ids import is_flatten
from tradeplat.core.orders import OrderState
from tradeplat.venue.order_log import LogLine
from tradeplat.venue.profile import PAPER

S = OrderState
ALL = "DELETE /v2/orders"


class Record:
    """What the venue wrote down since `self` was made."""

    def __init__(self, h: House) -> None:
        self._h = h
        self._from = len(h.venue.trading.log.lines)
        self.began = h.venue.clock.now()

    @property
    def lines(self) -> list[LogLine]:
        return self._h.venue.trading.log.since(self._from)

    def asked(self, method: str) -> list[LogLine]:
        """Requests that change orders or positions."""
        return [line for line in self.lines if line.kind.startswith(f"{method} /v2/")]

    def opened(self) -> list[str]:
        """Orders taken since that nobody placed to close."""
        taken = [line.client_id for line in self.asked("POST") if line.status == 200]
        return [name for name in taken if name and not is_flatten(name)]


def withdrawn(h: House) -> set[str]:
    """Ids of the orders that the venue says were canceled."""
    lines = h.venue.trading.log.lines
    return {line.client_id for line in lines if line.kind == "canceled"}


def positions(h: House) -> Mapping[str, Decimal]:
    """What the venue's ledger comes to, fill by fill."""
    held: dict[str, Decimal] = {}
    for one in h.account.history:
        held[one.symbol] = held.get(one.symbol, Decimal(0)) + getattr(one, "delta", Decimal(0))
    return {symbol: quantity for symbol, quantity in held.items() if quantity}


async def flat(h: House, within: float = 15.0) -> Record:
    """Flatten; the venue's record of it, which has to end flat with nothing at work."""
    record = Record(h)
    await asyncio.wait_for(h.killer.flatten(None, "test", "drill"), within)
    assert positions(h) == {}
    assert all(not at.quantity for at in h.account.positions.values())
    assert list(h.account.orders.open_orders()) == []
    assert record.opened() == []
    assert record.lines[-1].ts - record.began <= within * SECOND
    return record


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with house(**how) as h:
            await scene(h)

    run_sim(play, seed)


async def fifty(h: House) -> set[str]:
    orders = [await h.resting(25), await h.resting(25, symbol="BBB")]
    return {order.id for some in orders for order in some}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "one by one"])
def test_g08_the_last_cancel_request_for_fifty_orders_comes_within_a_second(
    seed: int, at_once: bool
) -> None:
    async def scene(h: House) -> None:
        working = await fifty(h)
        assert set(h.working()) == working
        if not at_once:
            h.harm("http_status", path="/v2/orders", method="DELETE", times=1, status=500)
        record = Record(h)
        h.killer.trip("trader", "drill")
        late = [h.order(1, "1.00") for _ in range(5)]
        for order in late:
            h.executor.accept(order)
        await h.until(lambda: not h.working(), 30.0)
        cancels = record.asked("DELETE")
        # Each of them was asked for in time, whichever request it was by.
        everything = [line.ts for line in cancels if line.kind == ALL and line.status == 207]
        first = {line.kind: line.ts for line in reversed(cancels) if line.kind != ALL}
        assert len(first) >= 50 or everything
        assert max([*first.values(), *everything[:1]]) - record.began <= SECOND
        assert working <= withdrawn(h)
        await asyncio.sleep(10.0)
        assert record.opened() == []

    simulated(scene, seed)


@pytest.mark.parametrize("seed", range(2))
def test_g08_flat_in_regular_hours_brackets_and_all(seed: int) -> None:
    async def scene(h: House) -> None:
        await h.filled(100, stop_loss=Decimal("4.5"), take_profit=Decimal(6))
        await h.filled(-30, "BBB")
        await h.resting(5, symbol="BBB")
        assert positions(h) == {"AAA": 100, "BBB": -30}
        await flat(h)

    simulated(scene, seed)


@pytest.mark.parametrize("seed", range(2))
def test_g08_flat_before_the_open_by_limits_that_say_so(seed: int) -> None:
    async def scene(h: House) -> None:
        entry = h.order(50, "5.10", extended=True)
        h.executor.accept(entry)
        await h.until(lambda: h.state(entry.id) is S.FILLED)
        record = await flat(h)
        bodies = [msgspec.json.decode(line.detail["body"]) for line in record.asked("POST")]
        assert bodies
        assert all(body["type"] == "limit" and body["extended_hours"] for body in bodies)

    simulated(scene, seed, start=PRE, phase=Phase.PRE)


@pytest.mark.parametrize("seed", range(2))
def test_g08_a_halted_symbol_is_reported_and_flat_once_it_trades_again(seed: int) -> None:
    async def scene(h: House) -> None:
        await h.filled(10)
        await h.filled(10, "BBB")
        h.halt()
        h.halted.add("AAA")
        ended = await h.killer.flatten(None, "test", "drill")
        assert positions(h) == {"AAA": 10}
        assert (ended.halted, dict(ended.left)) == (("AAA",), {"AAA": 10})
        (told,) = [line for code, line in h.alarms if code == "HALTED"]
        assert "AAA" in told
        (resting,) = h.account.orders.open_orders()
        assert is_flatten(resting.client_id)
        assert resting.limit is not None
        h.resume()
        h.halted.clear()
        await flat(h)

    simulated(scene, seed, seconds=400)


@pytest.mark.parametrize("pieces", [("10.123456789",), ("0.000000001", "3"), ("7.5", "-2.25")])
def test_g08_flat_to_the_last_part_of_a_share(pieces: tuple[str, ...]) -> None:
    async def scene(h: House) -> None:
        for piece in pieces:
            await h.filled(piece)
        assert positions(h) == {"AAA": sum(map(Decimal, pieces))}
        await flat(h)

    simulated(scene)


async def spend(h: House) -> None:
    """Ask until only those who may touch the reserve may ask any more."""
    while True:
        await h.broker.account()


def test_g08_flat_with_the_budget_of_requests_spent() -> None:
    async def scene(h: House) -> None:
        await h.filled(100)
        await h.filled(-30, "BBB")
        await fifty(h)
        with pytest.raises(Throttled):
            await spend(h)
        record = Record(h)
        h.killer.trip("trader", "drill")
        await h.until(lambda: not h.working(), 15.0)
        last = max(line.ts for line in record.asked("DELETE"))
        assert last - record.began <= SECOND
        await flat(h)

    simulated(scene, profile=msgspec.structs.replace(PAPER, rate_limited=True))


@pytest.mark.parametrize("seed", range(2))
def test_g08_flat_after_the_close(seed: int) -> None:
    async def scene(h: House) -> None:
        entry = h.order(50, "5.10", extended=True)
        h.executor.accept(entry)
        await h.until(lambda: h.state(entry.id) is S.FILLED)
        await flat(h)

    simulated(scene, seed, start=POST, phase=Phase.POST)


@pytest.mark.parametrize("harm", ["deleted", "overwritten"])
def test_g08_flat_with_the_journals_file_destroyed(tmp_path: Path, harm: str) -> None:
    async def play() -> None:
        async with journaled(tmp_path, Disk()) as made:
            h = made.house
            await h.filled(40)
            await h.resting(1)
            for path in (made.store.path, made.store.log):
                if harm == "deleted":
                    path.unlink()
                else:
                    path.write_bytes(b"\xa5" * path.stat().st_size)
            await asyncio.sleep(2.0)
            await flat(h)

    run_sim(play, 1)


@asynccontextmanager
async def read_only(folder: Path) -> AsyncIterator[Journaled]:
    """A house whose real journal's file can be read and not be written any more."""
    async with journaled(folder, Disk()) as made:
        h = made.house
        await h.filled(40)
        for _ in range(3):
            await h.resting(1)
        made.store.connection().execute("PRAGMA query_only=ON")
        yield made


@pytest.mark.parametrize("seed", range(2))
def test_g08_flat_with_the_journal_read_only(tmp_path: Path, seed: int) -> None:
    async def play() -> None:
        async with read_only(tmp_path) as made:
            h = made.house
            record = Record(h)
            h.executor.accept(h.order(7))
            await asyncio.sleep(3.0)
            assert "attempt to write a readonly database" in made.writer.dead
            assert record.opened() == []
            await flat(h)
            assert any("tpF-3-AAA-1" in line for line in h.kept)

    run_sim(play, seed)


def test_g08_killed_with_the_journal_read_only(tmp_path: Path) -> None:
    async def play() -> None:
        async with read_only(tmp_path) as made:
            h = made.house
            record = Record(h)
            h.killer.trip("trader", "drill")
            await h.until(lambda: not h.working(), 10.0)
            assert max(line.ts for line in record.asked("DELETE")) - record.began <= SECOND
            assert record.opened() == []

    run_sim(play, 1)
