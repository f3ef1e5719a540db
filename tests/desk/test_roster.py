from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.market import MINUTE, SECOND
from tradeplat.desk.desk import DeskState
from tradeplat.desk.roster import Roster, Terms
from worlds import LONG, Script, World, bar


def floor_of(world: World, roster: Roster, wanted: str, now: int) -> str:
    delta = roster.poll(list(wanted), now)
    for symbol in delta.closed:
        world.floor.close_desk(symbol, now)
    for symbol in delta.opened:
        world.floor.open_desk(symbol, now)
    return "".join(sorted(world.floor.desks))


def idle() -> World:
    return World(lambda _: {"s": Script()})


def test_a_flapping_ticker_keeps_its_desk() -> None:
    world = idle()
    roster = Roster(world.floor, Terms(debounce=2))
    seen = [floor_of(world, roster, wanted, 1) for wanted in ("AB", "A", "AB", "A", "A")]
    assert seen == ["AB", "AB", "AB", "AB", "A"]


def test_a_held_position_never_loses_its_desk_to_the_scanner() -> None:
    world = World(lambda _: {"s": Script(LONG)})
    roster = Roster(world.floor, Terms(debounce=1, deadline=60 * SECOND))
    floor_of(world, roster, "A", 0)
    desk = world.floor.desks["A"]
    desk.on_market(bar("A", 1), MINUTE)
    assert floor_of(world, roster, "", MINUTE + 1) == "A"
    assert desk.state is DeskState.CLOSING
    assert floor_of(world, roster, "", 2 * MINUTE + 1) == ""
    assert world.tracker.net("A") == 0


def test_a_ticker_that_comes_back_trades_again() -> None:
    world = World(lambda _: {"s": Script(LONG)})
    roster = Roster(world.floor, Terms(debounce=1))
    floor_of(world, roster, "A", 0)
    world.floor.desks["A"].on_market(bar("A", 1), MINUTE)
    floor_of(world, roster, "", 2)
    floor_of(world, roster, "A", 3)
    assert world.floor.desks["A"].state is DeskState.OPEN


def test_removal_can_mean_flat_at_once() -> None:
    world = World(lambda _: {"s": Script(LONG)})
    roster = Roster(world.floor, Terms(debounce=1, flatten=True))
    floor_of(world, roster, "A", 0)
    world.floor.desks["A"].on_market(bar("A", 1), MINUTE)
    assert floor_of(world, roster, "", 2) == ""
    assert world.tracker.net("A") == 0


@given(st.lists(st.lists(st.sampled_from("ABCDEFGH"), max_size=12), max_size=30))
def test_desks_never_outnumber_the_limit_and_follow_a_steady_list(polls: list[list[str]]) -> None:
    world = idle()
    roster = Roster(world.floor, Terms(debounce=2, max_desks=3))
    for now, wanted in enumerate(polls):
        assert len(floor_of(world, roster, "".join(wanted), now)) <= 3
    for now in range(3):
        last = floor_of(world, roster, "HG", now)
    assert last == "GH"


def test_a_quiet_list_is_polled_when_it_may_change_unless_something_is_leaving() -> None:
    world = World(lambda _: {"s": Script(LONG)})
    roster = Roster(world.floor, Terms(period=5, debounce=1, deadline=60 * SECOND))
    floor_of(world, roster, "A", 0)
    assert roster.due(0, 900) == 900
    assert roster.due(0, 0) == 5
    world.floor.desks["A"].on_market(bar("A", 1), MINUTE)
    floor_of(world, roster, "", MINUTE + 1)
    assert roster.due(MINUTE + 1, 900 * SECOND) == MINUTE + 6
