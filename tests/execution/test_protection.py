from decimal import Decimal

from execution.loopback import drop, order, refused
from execution.trading import S, Trading, trading
from tradeplat.core.orders import Purpose

BRACKET = {"stop_loss": Decimal("4.5"), "take_profit": Decimal(6)}
SL, TP = f"{order().id}-sl", f"{order().id}-tp"


async def entered(t: Trading) -> None:
    t.executor.accept(order(**BRACKET))
    await t.becomes(SL, S.WORKING)
    await t.venue.fill(t.venue.by_client(order().id), "10", "5")
    await t.becomes(order().id, S.FILLED)


def level(t: Trading, purpose: Purpose) -> Decimal | None:
    legs = [o for o in t.book.open_orders.values() if o.purpose is purpose]
    assert len(legs) <= 1
    return None if not legs else legs[0].stop if purpose is Purpose.STOP else legs[0].limit


async def test_both_legs_move_and_the_strategy_sees_the_new_levels() -> None:
    async with trading() as t:
        await entered(t)
        t.executor.protect(order().id, Decimal("4.8"), Decimal(7))
        await t.until(lambda: level(t, Purpose.STOP) == Decimal("4.8"))
        await t.until(lambda: level(t, Purpose.TARGET) == 7)
        await t.until(lambda: t.executor.idle)
        holding = t.book.holding("s", "AAA")
        assert (holding.stop, holding.target) == (4.8, 7.0)
        assert t.state(SL) is S.REPLACED


async def test_a_level_left_out_leaves_its_leg_alone() -> None:
    async with trading() as t:
        await entered(t)
        t.executor.protect(order().id, Decimal("4.8"), None)
        await t.until(lambda: level(t, Purpose.STOP) == Decimal("4.8"))
        assert t.state(TP) is S.WORKING


async def test_only_the_newest_of_many_levels_is_sent() -> None:
    async with trading() as t:
        await entered(t)
        for cents in range(51, 91):
            t.executor.protect(order().id, Decimal(4) + Decimal(cents) / 100, None)
        await t.until(lambda: level(t, Purpose.STOP) == Decimal("4.9"))
        await t.until(lambda: t.executor.idle)
        moves = sum(n for what, n in t.venue.requests.items() if what.startswith("PATCH"))
        assert moves == 1
        t.executor.protect(order().id, Decimal("4.9"), None)
        await t.until(lambda: t.executor.idle)
        assert sum(n for what, n in t.venue.requests.items() if what.startswith("PATCH")) == 1


async def test_a_leg_that_is_not_known_yet_moves_when_it_appears() -> None:
    async with trading() as t:
        t.executor.accept(order(**BRACKET))
        t.executor.protect(order().id, Decimal("4.8"), None)
        await t.until(lambda: level(t, Purpose.STOP) == Decimal("4.8"))


async def test_a_move_that_got_lost_is_asked_for_again_and_made_once() -> None:
    async with trading() as t:
        await entered(t)
        t.venue.script["PATCH"].append(drop(accept=True))
        t.executor.protect(order().id, Decimal("4.8"), None)
        await t.until(lambda: level(t, Purpose.STOP) == Decimal("4.8"))
        await t.until(lambda: t.executor.idle)
        assert sum(o["replaces"] is not None for o in t.venue.orders.values()) == 1


async def test_a_refused_move_is_told_and_the_leg_stays() -> None:
    async with trading() as t:
        await entered(t)
        t.venue.script["PATCH"].append(refused(422, 42210000, "stop too close"))
        t.executor.protect(order().id, Decimal("4.8"), None)
        await t.until(lambda: t.codes == ["move_refused"])
        assert t.state(SL) is S.WORKING
        assert level(t, Purpose.STOP) == Decimal("4.5")


async def test_a_leg_that_fills_while_it_is_to_be_moved_ends_the_wish() -> None:
    async with trading() as t:
        await entered(t)
        stop = t.venue.orders[t.broker.names.venue_id(SL)]
        t.venue.set(stop, "filled", "10", "4.4")
        t.executor.protect(order().id, Decimal("4.8"), None)
        await t.becomes(SL, S.FILLED)
        await t.until(lambda: t.executor.idle)
        assert t.book.net("AAA") == 0
        assert not t.executor._legs._wanted


async def test_a_replacement_larger_than_what_is_held_is_shrunk() -> None:
    async with trading() as t:
        await entered(t)
        target = t.venue.orders[t.broker.names.venue_id(TP)]

        async def filled_meanwhile(venue, request, body):
            await venue.fill(target, "4", "6")
            return await venue.answer(request, body)

        t.venue.script["PATCH"].append(filled_meanwhile)
        t.executor.protect(order().id, None, Decimal(7))
        await t.until(
            lambda: (
                [o.quantity for o in t.book.open_orders.values() if o.purpose is Purpose.TARGET]
                == [-6]
            )
        )
        assert t.book.net("AAA") == 6


async def test_levels_of_an_entry_that_never_came_about_are_forgotten() -> None:
    async with trading() as t:
        t.venue.script["POST"].append(refused(403, 40310000, "no"))
        t.executor.accept(order(**BRACKET))
        t.executor.protect(order().id, Decimal("4.8"), None)
        await t.becomes(order().id, S.REJECTED)
        assert not t.executor._legs._wanted


async def test_a_leg_the_entry_was_sent_without_is_told_once() -> None:
    async with trading() as t:
        t.executor.accept(order(stop_loss=Decimal("4.5")))
        await t.becomes(SL, S.WORKING)
        for _ in range(3):
            t.executor.protect(order().id, Decimal("4.8"), Decimal(7))
        await t.until(lambda: level(t, Purpose.STOP) == Decimal("4.8"))
        assert t.codes == ["leg_absent"]
