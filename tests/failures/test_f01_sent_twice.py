"""F01: the answer to an order is lost after the venue took it, and it is placed again."""

import pytest

import goals
from faultsim.running import run_sim
from killing import House, house
from tradeplat.core.orders import OrderState

S = OrderState
POSTED = "POST /v2/orders"
LOST = ("response_lost", "http_504", "garbage_body", "truncated_body", "http_5xx")


def simulated(scene, seed: int = 1, **how) -> None:
    async def play() -> None:
        async with house(**how) as h:
            await scene(h)

    run_sim(play, seed)


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize("seed", range(2))
def test_f01_an_order_whose_answer_is_lost_is_at_the_venue_once_and_counted_once(
    name: str, seed: int
) -> None:
    async def scene(h: House) -> None:
        h.harm(name=name, method="POST", probability=0.7, times=40)
        orders = [h.order(1, strategy=f"s{n}") for n in range(10)]
        for order in orders:
            h.executor.accept(order)
        await h.until(lambda: all(not h.book.order(o.id).open for o in orders))
        assert h.venue.faults.struck[name] > 2
        assert len(h.posted()) == len(set(h.posted()))
        assert set(h.posted()) <= {order.id for order in orders}
        filled = [o for o in orders if h.state(o.id) is S.FILLED]
        assert len(filled) == h.book.net("AAA") == h.held()
        # What the venue did not get was never placed, and not tried again either.
        assert {o.id for o in filled} == set(h.posted())

    simulated(scene, seed)


@goals.whole
@pytest.mark.parametrize("seed", goals.many(1, 10))
def test_f01_ten_thousand_lost_answers_in_a_row_lead_to_one_order_an_intent(seed: int) -> None:
    """A thousand a seed; of every second lot the stream tells hardly anything either."""

    async def scene(h: House) -> None:
        h.harm(name="response_lost", method="POST", times=10**6)
        intents: list[str] = []
        for lot in range(40):
            if lot % 2:
                h.harm(name="frame_loss", socket="account", probability=0.5, lasting=1.0)
            orders = [h.order(1 if lot % 4 < 2 else -1, strategy=f"s{n}") for n in range(25)]
            for order in orders:
                h.executor.accept(order)
            intents += [order.id for order in orders]
            await h.until(lambda some=orders: all(not h.book.order(o.id).open for o in some))
        assert h.venue.faults.struck["response_lost"] == 1_000
        # Each was taken, for only its answer was lost: by the venue's own record once.
        taken = [line.client_id for line in h.venue.trading.log.lines if line.kind == POSTED]
        assert sorted(taken) == sorted(h.posted()) == sorted(intents)
        assert h.broker.order_requests == 1_000
        assert {h.state(one) for one in intents} == {S.FILLED}
        assert h.book.net("AAA") == h.held() == 0

    simulated(scene, seed)
