"""G8: kill and flatten through each of the breakages, on the real venue in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import msgspec
import pytest

import goals
from faultsim.running import run_sim
from killing import POST, PRE, QUIET, DeadJournal, House, house
from markets import KEY, OPEN, SECOND, SECRET
from tradeplat.core.calendar import Phase, Session
from tradeplat.core.conditions import Mode
from tradeplat.core.ids import is_flatten
from tradeplat.core.market import MINUTE
from tradeplat.core.orders import OrderState
from tradeplat.guardian.account import Account
from tradeplat.guardian.charge import Charge
from tradeplat.guardian.cleaning import Cleaning
from tradeplat.venue.profile import PAPER
from viewers import Window, every

SEEDS = goals.many(2, 100)
Break = Callable[[House], Awaitable[None]]


async def nothing(h: House) -> None:
    """Whatever is broken was broken from the start."""


async def storm(h: House) -> None:
    h.harm("http_429", path="/v2/", times=8, seconds=1.0)
    h.harm("http_5xx", path="/v2/", probability=0.2, lasting=6.0)


async def rejects(h: House) -> None:
    body = '{"code":40310000,"message":"insufficient qty available"}'
    h.harm("http_4xx", path="/v2/orders", method="POST", times=3, status=403, body=body)


async def racing(h: House) -> None:
    h.harm("fill_races_cancel", probability=0.5, times=20)
    h.harm("latency", probability=0.5, times=20, seconds=(0.2, 1.0))


async def lost(h: House) -> None:
    h.harm("response_lost", path="/v2/", probability=0.3, lasting=4.0)


async def lagging(h: House) -> None:
    h.harm("positions_lag", probability=0.7, lasting=6.0, seconds=(0.3, 1.5))
    h.harm("eventual_lists", probability=0.5, lasting=6.0, seconds=(0.3, 1.0))


async def spinning(h: House) -> None:
    """A strategy that goes on wishing at every chance it gets."""
    loop = asyncio.get_running_loop()

    def again() -> None:
        h.executor.accept(h.order(1, "1.00"))
        if len(h.book.open_orders) < 400:
            loop.call_later(0.01, again)

    again()


async def frozen(h: House) -> None:
    """The window is dead: it is connected, is told a hundred lines a second, and reads none."""
    window = await Window({}).__aenter__()
    await window.opened()
    await h.until(lambda: window.reception.links)
    asyncio.get_running_loop().create_task(every(0.01, window.tell))


BREAKAGES: dict[str, tuple[Break, dict]] = {
    "strategy spins": (spinning, {}),
    "window dead": (frozen, {}),
    "journal dead": (nothing, {"journal": DeadJournal()}),
    "account feed down": (nothing, {"without": QUIET}),
    "429 and 5xx storm": (storm, {}),
    "rejects": (rejects, {}),
    "fills race cancels": (racing, {}),
    "answers lost": (lost, {}),
    "lists and positions lag": (lagging, {}),
    "fills in crumbs": (nothing, {"profile": msgspec.structs.replace(PAPER, partial_rate=0.9)}),
    "before the open": (nothing, {"start": PRE, "phase": Phase.PRE}),
    "after the close": (nothing, {"start": POST, "phase": Phase.POST}),
    "slow venue": (
        nothing,
        {"profile": msgspec.structs.replace(PAPER, latency=SECOND, update_latency=SECOND // 2)},
    ),
}


async def traded(h: House) -> None:
    """Positions, brackets and resting orders, of two strategies and a stranger."""
    early = h.phase is not Phase.REGULAR
    quantity = "30" if early else "30.5"
    limit = "5.10" if early else ""
    legs = {} if early else {"stop_loss": Decimal("4.5"), "take_profit": Decimal(6)}
    for size, symbol, strategy, more in (
        (quantity, "AAA", "a", {}),
        (40, "BBB", "b", {}),
        (20, "BBB", "a", legs),
    ):
        order = h.order(size, limit, symbol, strategy=strategy, extended=early, **more)
        h.executor.accept(order)
        await h.until(lambda order=order: not _young(h, order.id))
        await asyncio.sleep(1.0)
    for _ in range(5):
        h.executor.accept(h.order(1, "1.00"))
    await asyncio.sleep(3.0)


def _young(h: House, order_id: str) -> bool:
    found = h.account.orders.by_client_id(order_id)
    return found is None or found.filled < found.shares


@goals.whole
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("breakage", list(BREAKAGES))
def test_g08_all_is_flat_and_nothing_opens(breakage: str, seed: int) -> None:
    breaks, how = BREAKAGES[breakage]

    async def play() -> None:
        async with house(**how) as h:
            await traded(h)
            await breaks(h)
            loop = asyncio.get_running_loop()
            before, began = len(h.posted()), loop.time()
            asked = h.killer.trip("test", breakage, flatten=True)
            await asked.wait()
            assert loop.time() - began <= 1.0
            await h.until(lambda: h.killer.idle, 30.0)
            assert h.killer.last is not None
            assert h.killer.last.flat, h.killer.last
            assert loop.time() - began <= 15.0 + 4.0 * (breakage == "slow venue")
            for symbol in ("AAA", "BBB"):
                assert h.held(symbol) == 0
            late = [i for i in h.posted(before) if not is_flatten(i)]
            # What was on its way when the flag was raised may still arrive; nothing after it.
            assert len(late) <= 1
            await asyncio.sleep(5.0)
            assert not h.working()
            assert h.floor.conditions.mode() is Mode.KILLED
            assert all(h.state(i) is not OrderState.FILLED for i in late)

    run_sim(play, seed)


@goals.whole
@pytest.mark.parametrize("seed", SEEDS)
def test_g08_a_halted_symbol_is_the_only_one_left(seed: int) -> None:
    async def play() -> None:
        async with house() as h:
            await traded(h)
            h.halt("BBB")
            h.halted.add("BBB")
            ended = await h.killer.flatten(None, "test", "halted")
            assert [symbol for symbol, _ in ended.left] == ["BBB"] == list(ended.halted)
            assert h.held() == 0
            assert "HALTED" in h.codes

    run_sim(play, seed)


@goals.whole
@pytest.mark.parametrize("seed", SEEDS)
def test_g08_a_wedged_daemon_is_cleaned_up_after(seed: int) -> None:
    today = Session(20260105, OPEN - 330 * MINUTE, OPEN, OPEN + 390 * MINUTE, OPEN + 630 * MINUTE)

    async def play() -> None:
        async with house() as h:
            await traded(h)
            h.harm("response_lost", path="/v2/", probability=0.2, lasting=5.0)
            charge = Charge(
                pid=7, account="a", lease="", url=h.venue.url, key=KEY, secret=SECRET, epoch=2,
                on_death="flatten", sessions=(today,),
            )  # fmt: skip
            async with Account(h.venue.url, KEY, SECRET) as account:
                began = asyncio.get_running_loop().time()
                assert await Cleaning(charge, account, lambda *_: None).run()
                assert asyncio.get_running_loop().time() - began <= 20.0
            assert h.held() == 0
            entries = [o for o in h.account.orders.open_orders() if o.side.sign > 0]
            assert not entries

    run_sim(play, seed)
