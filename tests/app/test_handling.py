from decimal import Decimal
from math import nan

import pytest

from persons import Person
from tradeplat.control.actions import Call
from tradeplat.control.link import Link
from tradeplat.control.messages import Trading
from tradeplat.control.orders import Enter, Leave, Pressed, Protect, Seen, Withdraw
from tradeplat.control.protocol import Answer, Command, Outcome, Role
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import SECOND
from tradeplat.core.orders import OrderState, Purpose, TimeInForce
from tradeplat.execution.hand import Rules
from tradeplat.execution.hotkeys import ARMED, HELD
from watching import Pipe

BUY = Enter("A", "buy")


@pytest.fixture
def person() -> Person:
    return Person()


async def test_what_opens_risk_has_to_be_armed_by_the_same_client(person: Person) -> None:
    refused = await person.does("enter", BUY)
    assert (refused.done, refused.detail["code"]) == (False, "DISARMED")
    await person.armed()
    other = await person.does("enter", BUY, Call("gui-2", 1, 0))
    assert other.detail["code"] == "DISARMED"
    assert (await person.does("enter", BUY)).done
    (order,) = person.orders
    assert (order.strategy, order.quantity, order.limit) == ("manual", 100, Decimal("98.07"))
    assert order.stop_loss == Decimal("96.10")
    assert (await person.does("disarm")).done
    assert not (await person.does("enter", Enter("A", "buy", shares=5.0))).done


@pytest.mark.parametrize(
    ("body", "quantity", "limit"),
    [
        (Enter("A", "buy", part=0.5), 50, "98.07"),
        (Enter("A", "buy", shares=30.0), 30, "98.07"),
        (Enter("A", "buy", dollars=1_000.0), 10, "98.07"),
        (Enter("A", "buy", risk=50.0, stop=97.83), 208, "98.07"),
        (Enter("A", "sell", shares=30.0), -30, "97.95"),
        (Enter("A", "buy", join=True), 100, "98.0"),
        (Enter("A", "sell", join=True), -100, "98.02"),
        (Enter("A", "buy", limit=97.5), 100, "97.5"),
        (Enter("A", "buy", offset=0.02), 100, "98.04"),
    ],
)
async def test_sizes_and_prices_are_as_asked_for(
    person: Person, body: Enter, quantity: int, limit: str
) -> None:
    await person.armed()
    told = await person.does("enter", body)
    assert told.done, told.text
    (order,) = person.orders
    assert (order.quantity, order.limit) == (quantity, Decimal(limit))
    assert told.detail["orders"] == [order.id]


@pytest.mark.parametrize(
    ("limits", "body", "code"),
    [
        ({"max_quantity": Decimal(50)}, BUY, "MAX_QTY"),
        ({"max_notional": Decimal(5_000)}, BUY, "MAX_NOTIONAL"),
        ({"max_position": Decimal(5_000)}, BUY, "MAX_POSITION"),
        ({"allow_short": False}, Enter("A", "sell"), "SHORT"),
        ({}, Enter("A", "buy", limit=99.0), "PRICE_CHECK"),
        ({}, Enter("A", "buy", stop=99.0), "BAD_NUMBER"),
        ({}, Enter("A", "buy", shares=0.5), "BAD_NUMBER"),
        ({"wide": 0.05}, BUY, "PRICE_COLLAR"),
    ],
)
async def test_each_limit_refuses_and_says_which(limits: dict, body: Enter, code: str) -> None:
    wide = limits.get("wide", 0.0)
    person = await Person(**{name: limits[name] for name in limits if name != "wide"}).armed()
    person.quote(98.0, 98.02 * (1.0 + wide))
    told = await person.does("enter", body)
    assert (told.done, told.detail.get("code")) == (False, code), told.text
    assert not person.orders


@pytest.mark.parametrize(
    ("at_once", "body", "tif"),
    [
        (False, BUY, TimeInForce.DAY),
        (True, BUY, TimeInForce.IOC),
        (True, Enter("A", "buy", tif="day"), TimeInForce.DAY),
        (False, Enter("A", "sell", tif="ioc"), TimeInForce.IOC),
        (True, Enter("A", "buy", join=True), TimeInForce.DAY),
    ],
)
async def test_an_entry_works_as_long_as_is_set_or_asked_for(
    at_once: bool, body: Enter, tif: TimeInForce
) -> None:
    person = await Person(Rules(at_once=at_once)).armed()
    assert (await person.does("enter", body)).done
    assert person.orders[0].tif is tif


async def test_a_size_by_risk_is_cut_to_what_the_limits_leave() -> None:
    person = await Person(max_quantity=Decimal(60)).armed()
    told = await person.does("enter", Enter("A", "buy", risk=50.0, stop=97.83))
    assert told.done, told.text
    assert person.orders[0].quantity == 60


async def test_no_order_is_sent_without_a_stop_or_a_price() -> None:
    person = await Person(rules=Rules(stop=0.0)).armed()
    assert (await person.does("enter", BUY)).detail["code"] == "NO_STOP"
    person.world.market.tapes["A"].quote = None
    assert (await person.does("enter", BUY)).detail["code"] == "NO_PRICE"
    with pytest.raises(BadInput, match="NO_DESK"):
        await person.does("enter", Enter("B", "buy"))


async def test_the_same_order_again_has_to_be_meant(person: Person) -> None:
    await person.armed()
    assert (await person.does("enter", BUY)).done
    assert (await person.does("enter", BUY)).detail["code"] == "DUP_SHAPE"
    person.at += HELD
    assert (await person.does("enter", BUY)).detail["code"] == "PRESS_AGAIN"
    assert (await person.does("enter", BUY)).detail["code"] == "DUP_SHAPE"
    person.at += HELD
    assert (await person.does("enter", BUY)).done
    assert len(person.orders) == 2


async def test_it_disarms_with_what_stops_trading_and_with_the_link(person: Person) -> None:
    await person.armed()
    person.linked = False
    assert (await person.does("enter", BUY)).detail["code"] == "DISARMED"
    assert not (await person.does("arm")).done
    person.linked = True
    await person.armed()
    silent = Condition("feed", "", Mode.REDUCE_ONLY, "STREAM_DOWN", "silent", ts=1)
    person.world.floor.on_condition(silent, person.now)
    assert person.hands.arming.by == ""
    await person.armed()
    killed = Condition("operator", "", Mode.KILLED, "KILLED", "by me", ts=1)
    person.world.floor.on_condition(killed, person.now)
    assert person.hands.arming.by == ""
    assert (await person.does("arm")).detail["code"] == "KILLED"
    lifted = Condition("operator", "", Mode.NORMAL, "KILLED", ts=2)
    person.world.floor.on_condition(lifted, person.now)
    assert (await person.does("enter", BUY)).detail["code"] == "DISARMED"
    await person.armed()
    link = Link(Pipe(), Role.TRADER)
    person.hands.gone(link)
    assert person.hands.arming.by == "gui-1"
    link.names.add("gui-1")
    person.hands.gone(link)
    assert person.hands.arming.by == ""


async def test_against_a_position_by_hand_a_key_closes_and_needs_no_arming(person: Person) -> None:
    await person.armed()
    await person.does("enter", BUY)
    person.fill(person.orders[0])
    await person.does("disarm")
    told = await person.does("enter", Enter("A", "sell", shares=30.0))
    assert told.done, told.text
    order = person.orders[-1]
    assert (order.purpose, order.quantity, order.limit) == (Purpose.EXIT, -30, Decimal("97.95"))
    person.fill(order, 97.95)
    told = await person.does("enter", Enter("A", "sell", shares=300.0))
    assert person.orders[-1].quantity == -70


async def test_a_key_that_closed_does_not_open_the_reverse(person: Person) -> None:
    await person.armed()
    await person.does("enter", BUY)
    person.fill(person.orders[0])
    sell = Enter("A", "sell")
    assert (await person.does("enter", sell)).done
    person.fill(person.orders[-1], 97.95)
    assert (await person.does("enter", sell)).detail["code"] == "DUP_SHAPE"
    person.at += HELD
    assert (await person.does("enter", sell)).detail["code"] == "PRESS_AGAIN"
    assert len(person.orders) == 2
    person.at += HELD
    assert (await person.does("enter", sell)).done
    assert person.orders[-1].purpose is Purpose.ENTRY


async def test_a_closing_key_that_is_held_down_closes_once(person: Person) -> None:
    await person.armed()
    await person.does("enter", BUY)
    person.fill(person.orders[0])
    half = Enter("A", "sell", part=0.25)
    for _ in range(5):
        await person.does("enter", half)
        person.at += HELD // 8
    assert [order.quantity for order in person.orders[1:]] == [-25]


async def test_parts_of_a_position_are_closed_whoever_holds_it(person: Person) -> None:
    refused = await person.does("leave", Leave("A", 0.5))
    assert refused.detail["code"] == "NOT_HELD"
    desk = person.world.floor.desks["A"]
    long = Intent(Action.ENTER, 1.0, nan, 90.0, nan)
    desk._act(desk.seats[0], long, person.now, person.now)
    person.fill(person.orders[0])
    told = await person.does("leave", Leave("A", 0.25))
    assert told.done, told.text
    order = person.orders[-1]
    assert (order.strategy, order.purpose) == ("s", Purpose.EXIT)
    assert (order.quantity, order.limit) == (-25, Decimal("97.95"))
    assert (await person.does("leave", Leave("A", 0.25))).detail["code"] == "DUP_SHAPE"
    person.fill(order, 97.95)
    person.at += HELD
    assert (await person.does("leave", Leave("A", 1.0))).done
    assert person.orders[-1].quantity == -75
    again = await person.does("leave", Leave("A", 1.0))
    assert again.detail["code"] == "REDUCE_ONLY_QTY"


async def test_the_smallest_part_is_one_lot(person: Person) -> None:
    await person.armed()
    await person.does("enter", Enter("A", "buy", shares=2.0))
    person.fill(person.orders[0])
    assert (await person.does("leave", Leave("A", 0.25))).done
    assert person.orders[-1].quantity == -1


async def test_entries_are_withdrawn_and_what_protects_stays(person: Person) -> None:
    await person.armed()
    await person.does("enter", Enter("A", "buy", limit=97.0))
    entry = person.orders[0]
    assert (await person.does("withdraw", Withdraw(("B",)))).text.startswith("cancelling 0")
    assert (await person.does("withdraw", Withdraw())).text.startswith("cancelling 1")
    assert person.world.executor.cancelled == [entry.id]


async def test_levels_are_moved_without_arming(person: Person) -> None:
    assert (await person.does("protect", Protect("A", stop=97.0))).detail["code"] == "NOT_HELD"
    await person.armed()
    await person.does("enter", BUY)
    person.fill(person.orders[0])
    await person.does("disarm")
    told = await person.does("protect", Protect("A", stop=97.0, target=99.0))
    assert told.done, told.text


async def test_what_was_asked_and_answered_is_written_down(person: Person) -> None:
    command = Command("gui-1", 4, 1, 50 * SECOND, "enter")
    person.hands.audit(command, Answer("gui-1", 4, accepted=False, code="TOO_OLD", reason="r"))
    person.hands.audit(command, Outcome("gui-1", 4, done=True, text="buy A: +100"))
    await person.does("pressed", Pressed("Ctrl+1", "disarmed", "buy", "A"))
    (first, second, third) = person.scene.notes[-3:]
    assert first[0] == second[0] == "control"
    assert (first[1]["code"], first[1]["pressed"]) == ("TOO_OLD", 50 * SECOND)
    assert second[1]["text"] == "buy A: +100"
    assert third == (
        "pressed",
        {
            "client": "gui-1",
            "n": 1,
            "pressed": 50 * SECOND,
            "key": "Ctrl+1",
            "said": "disarmed",
            "act": "buy",
            "symbol": "A",
        },
    )


async def test_the_way_from_the_key_to_the_wire_is_timed_once(person: Person) -> None:
    await person.armed()
    await person.does("enter", BUY)
    for _ in range(2):
        person.scene.moved(person.now, person.orders[0].id, OrderState.SENDING, "")
    assert person.timed == [("key_to_wire", SECOND)]


async def test_windows_are_shown_what_a_person_may_do(person: Person) -> None:
    shown = person.hands.picture(Trading(armed=False))
    assert (shown.armed, shown.disarmed, shown.blocked) == (False, "not armed yet", "")
    assert shown.terms["size"] == 100.0
    await person.armed()
    shown = person.hands.picture(Trading(armed=False))
    assert (shown.armed, shown.armed_by) == (True, "gui-1")
    assert shown.until == (51 * SECOND + ARMED) // SECOND * SECOND
    condition = Condition("person", "", Mode.REDUCE_ONLY, "MODE", "wait", ts=1)
    person.world.floor.on_condition(condition, person.now)
    assert person.hands.picture(Trading(armed=False)).blocked == "MODE: wait"
    person.at += ARMED
    assert not person.hands.picture(Trading(armed=False)).armed


async def test_what_a_strategy_remembers_can_be_looked_at(person: Person) -> None:
    told = await person.does("inspect", Seen("A", "s"))
    assert told.done
    assert "holding" in told.detail
    with pytest.raises(BadInput, match="no such strategy"):
        await person.does("inspect", Seen("A", "t"))


async def test_orders_that_were_refused_reach_the_journal_and_a_flood_of_them_does_not(
    person: Person,
) -> None:
    no = Answer("gui-1", 4, accepted=False, code="TOO_OLD", reason="r")
    person.hands.audit(Command("gui-1", 4, 1, 50 * SECOND, "enter"), no)
    person.hands.audit(Command("gui-1", 5, 1, 50 * SECOND, "withdraw"), no)
    failed = Outcome("gui-1", 6, done=False, text="Refused: no.", detail={"code": "DISARMED"})
    person.hands.audit(Command("gui-1", 6, 1, 50 * SECOND, "leave"), failed)
    person.hands.audit(Command("gui-1", 7, 1, 50 * SECOND, "enter"), Outcome("g", 7, True, "+1"))
    assert [(one["n"], one["code"]) for one in person.denied] == [(4, "TOO_OLD"), (6, "DISARMED")]
    for n in range(100):
        person.hands.audit(Command("gui-1", n, 1, 50 * SECOND, "enter"), no)
    assert len(person.denied) == 20
    person.at += SECOND
    person.hands.audit(Command("gui-1", 999, 1, 50 * SECOND, "enter"), no)
    assert person.denied[-1]["n"] == 999


def test_what_orders_may_be_a_second_old_and_what_takes_risk_away_any_age(person: Person) -> None:
    ages = {name: deed.age for name, deed in person.deeds.items()}
    young = {name for name, age in ages.items() if age == SECOND}
    assert young == {"arm", "enter", "leave", "protect"}
    assert all(ages[name] is None for name in ages.keys() - young)
