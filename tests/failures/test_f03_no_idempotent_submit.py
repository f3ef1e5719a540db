"""F03: where the venue's id is a tag and no key, doubt is resolved by reading only."""

import pytest

from faultsim.running import run_sim
from killing import House, house
from tradeplat.core.orders import OrderState
from tradeplat.execution.brokers.alpaca import AlpacaBroker

S = OrderState


@pytest.fixture(autouse=True)
def tagged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AlpacaBroker, "idempotent_submit", False)


def simulated(scene, seed: int = 1) -> None:
    async def play() -> None:
        async with house() as h:
            assert not h.broker.idempotent_submit
            await scene(h)

    run_sim(play, seed)


@pytest.mark.parametrize("name", ["response_lost", "request_lost", "http_504", "accepted_late"])
@pytest.mark.parametrize("seed", range(1))
def test_f03_in_doubt_nothing_is_sent_a_second_time(name: str, seed: int) -> None:
    async def scene(h: House) -> None:
        h.harm(name=name, method="POST", times=1, seconds=5.0)
        order = h.order(10)
        h.executor.accept(order)
        await h.until(lambda: not h.book.order(order.id).open)
        assert h.broker.order_requests == 1
        assert h.state(order.id) is (S.NOT_PLACED if name == "request_lost" else S.FILLED)
        assert h.book.net("AAA") == h.held()

    simulated(scene, seed)


def test_f03_not_even_what_was_certainly_not_taken_for_want_of_budget() -> None:
    async def scene(h: House) -> None:
        h.harm(name="http_429", method="POST", times=1)
        order = h.order(10)
        h.executor.accept(order)
        await h.until(lambda: h.state(order.id) is S.NOT_PLACED)
        assert h.broker.order_requests == 1
        assert h.posted() == []

    simulated(scene)
