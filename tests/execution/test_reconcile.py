"""Whatever has grown apart comes together again, once, and nothing is traded for it."""

from decimal import Decimal
from random import Random

import pytest
from msgspec.structs import replace

import goals
from execution.divergences import SYMBOLS, TEN, ZERO, S, World
from tradeplat.core.orders import EXTERNAL, Order, OrderState, OrderType, Purpose, Report
from tradeplat.core.ports import Account, Activity, ActivityKind
from tradeplat.core.position import Position
from tradeplat.execution import reconcile
from tradeplat.execution.reconcile import Difference

ENTRY = Order("tp1-260105-e-0", "A", "s", Decimal(100), OrderType.MARKET, Purpose.ENTRY, 1, 1)
FILLED = replace(
    ENTRY,
    stop_loss=Decimal(9),
    take_profit=Decimal(12),
    state=S.FILLED,
    filled=Decimal(100),
    average=TEN,
    venue_id="v",
)
STOP = replace(
    ENTRY,
    id="tp1-260105-e-0-sl",
    quantity=Decimal(-100),
    type=OrderType.STOP,
    purpose=Purpose.STOP,
    stop=Decimal(9),
    parent=ENTRY.id,
    state=S.WORKING,
)
HELD = {("s", "A"): Position(Decimal(100), TEN)}


@goals.whole
@pytest.mark.parametrize("block", goals.many(5, 50))
def test_two_hundred_divergences_end_with_the_brokers_truth_and_stay_there(block: int) -> None:
    explained = 0
    for seed in range(block * 200, block * 200 + 200):
        world = World(seed)
        world.settle()
        for symbol in SYMBOLS:
            assert world.book.net(symbol) == world.venue.position(symbol), (seed, symbol)
        listed = {report.order_id for report in world.venue.listed()}
        sure = {o.id for o in world.book.open_orders.values() if o.state is not S.UNKNOWN}
        lost = {order_id for order_id in sure if order_id in world.venue.forgotten}
        unmet = {order_id for order_id in sure if order_id not in world.venue.orders}
        assert listed - sure == set(), seed
        assert sure - lost - unmet <= listed, seed
        assert sum(p.quantity for (_, s), p in world.book.holdings.items() if s == "A") == (
            world.book.net("A")
        )
        state = (dict(world.book.open_orders), dict(world.book.positions), world.book.cash)
        assert world.settle() == 0, seed
        assert state == (dict(world.book.open_orders), dict(world.book.positions), world.book.cash)
        explained += not world.unexplained
    assert explained


def report(state: OrderState, filled: int = 0, **more: object) -> Report:
    made = Report(ENTRY.id, "A", state, 5, Decimal(filled), TEN if filled else None)
    return replace(made, **more)


def test_an_order_the_broker_does_not_list_is_asked_about_and_never_read_as_over() -> None:
    order = replace(ENTRY, state=S.WORKING, venue_id="v")
    known = {order.id: order}
    assert reconcile.orders(known, [], {}) == [reconcile.Ask(order.id)]
    assert reconcile.orders(known, [], {order.id: None}) == [reconcile.Missing(order.id)]


@pytest.mark.parametrize("state", [S.INTENT, S.SENDING])
def test_an_order_on_its_way_is_left_to_its_sender(state: OrderState) -> None:
    assert reconcile.orders({ENTRY.id: replace(ENTRY, state=state)}, [], {}) == []


def test_strangers_and_lost_orders_of_ours_are_told_apart() -> None:
    listed = [
        report(S.WORKING, order=ENTRY),
        replace(report(S.WORKING, order=replace(ENTRY, id="hand")), order_id="hand"),
    ]
    met = reconcile.orders({}, listed, {})
    assert [(found.report.order_id, found.ours) for found in met] == [
        (ENTRY.id, True),
        ("hand", False),
    ]


def test_a_smaller_count_is_not_believed_at_once() -> None:
    order = replace(FILLED, venue_id="v")
    (found,) = reconcile.orders({order.id: order}, [report(S.FILLED, 60)], {})
    assert found == reconcile.Shrunk(order.id, Decimal(60), report(S.FILLED, 60))


def test_what_repeats_what_we_know_asks_for_nothing() -> None:
    order = replace(ENTRY, state=S.PARTIAL, filled=Decimal(40), average=TEN, venue_id="v")
    assert reconcile.orders({order.id: order}, [report(S.PARTIAL, 40, venue_id="v")], {}) == []


def account(**held: int) -> Account:
    rows = tuple((symbol, Decimal(size), TEN) for symbol, size in held.items())
    return Account("T", ZERO, ZERO, None, 1, rows)


def test_positions_that_change_while_they_are_read_tell_nothing() -> None:
    assert reconcile.differences({}, account(A=5), account(A=6)) is None
    assert reconcile.differences({"A": Decimal(6)}, account(A=6), account(A=6)) == []


def test_a_position_nobody_told_of_is_missing_here_and_a_silent_one_is_zero_there() -> None:
    found = reconcile.differences({"B": Decimal(5)}, account(A=6), account(A=6))
    assert found == [
        Difference("A", ZERO, Decimal(6), TEN),
        Difference("B", Decimal(5), ZERO, ZERO),
    ]


def fill(quantity: int, venue_id: str = "v1", kind: ActivityKind = ActivityKind.FILL) -> Activity:
    made = Activity(f"a-{venue_id}", kind, 5, "A", venue_id=venue_id)
    return replace(made, quantity=Decimal(quantity), price=TEN)


def test_a_manual_trade_is_explained_by_its_order_and_read_not_booked() -> None:
    difference = Difference("A", Decimal(100), Decimal(60), TEN)
    read = reconcile.Explained(("v1",), ())
    assert reconcile.explain(difference, [fill(-40)], (), {}, HELD) == read
    assert reconcile.explain(difference, [fill(-30)], (), {}, HELD) is None
    assert reconcile.explain(difference, [], (), {}, HELD) is None


@pytest.mark.parametrize(("counted", "explained"), [(0, True), (10, False), (40, False)])
def test_of_an_order_we_know_only_what_we_did_not_count_explains(
    counted: int, *, explained: bool
) -> None:
    difference = Difference("A", Decimal(100), Decimal(60), TEN)
    order = replace(ENTRY, quantity=Decimal(-40), state=S.CANCELED, filled=Decimal(counted))
    told = replace(fill(-40), cumulative=Decimal(40))
    why = reconcile.explain(difference, [told], (), {"v1": order}, HELD)
    assert (why == reconcile.Explained(("v1",), ())) is explained


def test_a_bust_of_an_order_we_know_is_explained_by_reading_it() -> None:
    difference = Difference("A", Decimal(100), Decimal(70), TEN)
    bust = replace(fill(-30, kind=ActivityKind.BUST), cumulative=Decimal(70))
    why = reconcile.explain(difference, [bust], (), {"v1": FILLED}, HELD)
    assert why == reconcile.Explained(("v1",), ())


def execution(
    number: int, quantity: int, cumulative: int | None = None, **more: object
) -> Activity:
    made = replace(fill(quantity), id=f"a{number}", exec_id=f"e{number}")
    told = None if cumulative is None else Decimal(cumulative)
    return replace(made, cumulative=told, **more)


FIXED = {"kind": ActivityKind.CORRECTION, "corrects": "e1"}


@pytest.mark.parametrize(
    ("lines", "grown"),
    [
        ([execution(1, -30), execution(2, -10)], -40),
        ([execution(1, -30), execution(2, -20, **FIXED)], -20),
        ([execution(1, -30), execution(2, -35, **FIXED), execution(3, -5)], -40),
        ([execution(1, -30), execution(2, 30, kind=ActivityKind.BUST)], 0),
    ],
)
def test_of_a_strangers_order_what_was_corrected_counts_as_it_is_now(
    lines: list[Activity], grown: int
) -> None:
    difference = Difference("A", Decimal(100), Decimal(100 + grown), TEN)
    read = reconcile.Explained(("v1",) if grown else (), ())
    assert reconcile.explain(difference, lines, (), {}, HELD) == read
    found = [(one.venue_id, one.symbol) for one in reconcile.untold(lines, {})]
    assert found == ([("v1", "A")] if grown else [])


@pytest.mark.parametrize(
    ("lines", "differs"),
    [
        ([execution(1, 60, 60), execution(2, 40, 100)], False),
        ([execution(1, 60, 60)], True),
        ([execution(1, 100)], False),
        ([execution(1, 100, 100), execution(2, 100, 100, **FIXED)], True),
        ([execution(1, 100, 100), execution(2, -1, 99, kind=ActivityKind.BUST)], True),
    ],
)
def test_an_order_of_ours_is_read_where_the_history_counts_otherwise(
    lines: list[Activity], *, differs: bool
) -> None:
    assert bool(reconcile.untold(lines, {"v1": FILLED})) is differs
    assert not reconcile.untold([replace(one, venue_id="") for one in lines], {})


@pytest.mark.parametrize(
    ("filled", "average", "told", "anew", "believed"),
    [
        (90, "10", 90, True, True),
        (90, "10", None, True, True),
        (90, "10", 100, True, False),
        (100, "10.5", 100, True, True),
        (100, "10.5", 100, False, False),
        (100, "10", 100, True, False),
    ],
)
def test_an_answer_takes_back_what_the_history_says_too(
    filled: int, average: str, told: int | None, *, anew: bool, believed: bool
) -> None:
    untold = reconcile.Untold("v", None if told is None else Decimal(told), anew)
    report = Report(ENTRY.id, "A", S.FILLED, 9, Decimal(filled), Decimal(average), venue_id="v")
    assert untold.takes_back(FILLED, report) is believed
    assert not untold.takes_back(FILLED, replace(report, venue_id="another"))


def test_a_split_belongs_to_the_strategy_that_alone_holds_the_symbol() -> None:
    difference = Difference("A", Decimal(100), Decimal(200), TEN)
    split = replace(fill(100, "", ActivityKind.CORPORATE), price=None)
    why = reconcile.explain(difference, [split], (), {}, HELD)
    assert why is not None
    assert reconcile.explain(difference, [split], (split.id,), {}, HELD) is None
    (correction,) = why.corrections
    assert (correction.strategy, correction.quantity, correction.price) == ("s", 100, 0)
    assert HELD["s", "A"].after(correction.quantity, correction.price).average == 5
    shared = {**HELD, ("t", "A"): Position(Decimal(-50), TEN)}
    why = reconcile.explain(difference, [split], (), {}, shared)
    assert why is not None
    assert why.corrections[0].strategy == EXTERNAL


def test_shares_that_are_not_there_are_taken_from_who_thinks_to_hold_them() -> None:
    held = {
        ("s", "A"): Position(Decimal(70), TEN),
        ("t", "A"): Position(Decimal(30), TEN),
        (EXTERNAL, "A"): Position(Decimal(10), TEN),
        ("s", "B"): Position(Decimal(99), TEN),
    }
    gone = reconcile.adopt(Difference("A", Decimal(110), ZERO, ZERO), held, 5, "why")
    assert [(c.strategy, c.quantity) for c in gone] == [(EXTERNAL, -10), ("s", -70), ("t", -30)]
    turned = reconcile.adopt(Difference("A", Decimal(110), Decimal(-5), TEN), held, 5, "why")
    assert [(c.strategy, c.quantity) for c in turned][-1] == (EXTERNAL, -5)
    more = reconcile.adopt(Difference("A", Decimal(110), Decimal(150), TEN), held, 5, "why")
    assert [(c.strategy, c.quantity, c.cash) for c in more] == [(EXTERNAL, 40, 0)]


def test_adopting_always_ends_at_the_brokers_quantity() -> None:
    rng = Random(7)
    for _ in range(300):
        held = {
            (name, "A"): Position(Decimal(rng.randrange(-50, 50)), TEN)
            for name in ("s", "t", EXTERNAL)
        }
        ours = sum((p.quantity for p in held.values()), ZERO)
        theirs = Decimal(rng.randrange(-100, 100))
        made = reconcile.adopt(Difference("A", ours, theirs, TEN), held, 5, "why")
        after = {key: position.quantity for key, position in held.items()}
        for correction in made:
            after[correction.strategy, "A"] += correction.quantity
        assert sum(after.values()) == theirs
        assert all(held[k].quantity * q >= 0 for k, q in after.items() if k[0] != EXTERNAL)


def test_a_leg_without_its_position_is_stray_and_one_that_waits_for_its_entry_is_not() -> None:
    known = {FILLED.id: FILLED, STOP.id: STOP}
    assert reconcile.strays(known, HELD) == []
    assert [stray.order_id for stray in reconcile.strays(known, {})] == [STOP.id]
    waiting = {**known, FILLED.id: replace(FILLED, state=S.WORKING, filled=ZERO)}
    assert reconcile.strays(waiting, {}) == []
    going = {**known, STOP.id: replace(STOP, state=S.CANCEL_PENDING)}
    assert reconcile.strays(going, {}) == []
    alien = {STOP.id: replace(STOP, strategy=EXTERNAL)}
    assert reconcile.strays(alien, {}) == []


def test_what_was_traded_elsewhere_is_taken_from_those_who_count_on_it() -> None:
    rng = Random(11)
    for _ in range(300):
        held = {
            (name, "A"): Position(Decimal(rng.randrange(-60, 60)), TEN)
            for name in ("s", "t", EXTERNAL)
        }
        after = {key: position.quantity for key, position in held.items()}
        made = reconcile.netting("A", held, 5)
        for correction in made:
            after[correction.strategy, "A"] += correction.quantity
            assert correction.cash == 0
        assert sum(after.values()) == sum(p.quantity for p in held.values())
        outside = after[EXTERNAL, "A"]
        assert all(outside * after[name, "A"] >= 0 for name in "st")
        assert reconcile.netting("B", held, 5) == []
