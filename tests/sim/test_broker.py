from decimal import Decimal
from math import isnan, nan

from msgspec.structs import replace

from replays import Played, Setting
from simmarkets import bar, quote, status
from simmarkets import order as made_order
from tradeplat.core.calendar import Calendar
from tradeplat.core.clock import ReplayClock
from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import MINUTE
from tradeplat.core.orders import Order, OrderState, Purpose
from tradeplat.sim.broker import USUAL, VenueRules, us_day_end
from tradeplat.sim.options import Costs, MatchOptions
from worlds import DAY, LONG, Script


class Playing(Played):
    """One account with a desk on A, played by hand."""

    def __init__(self, *intents: Intent, rules: VenueRules = USUAL) -> None:
        self.script = Script(*intents)
        self.clock = ReplayClock()
        super().__init__(Setting(lambda _: {"s": self.script}, ("A",), rules), self.clock.now)
        self.desk = self.floor.open_desk("A", 0)

    def play(self, *events: object) -> None:
        for event in events:
            self.clock.ts = event.ts
            self.broker.show(event)
            self.desk.on_market(event, event.ts)

    @property
    def told(self) -> tuple[float, int, float, float]:
        quantity, _, working, stop, target = self.script.told[-1]
        return quantity, working, stop, target


GUARDED = Intent(Action.ENTER, 1.0, nan, 95.0, 105.0)
EXIT = Intent(Action.EXIT, 1.0, nan, nan, nan)


def flat(step: int) -> object:
    return bar(step, 100, 100, 100, 100)


def test_a_bracket_is_told_to_its_strategy_as_levels() -> None:
    world = Playing(GUARDED)
    world.play(flat(1), flat(2))
    assert world.told == (100, 0, 95, 105)
    world.play(bar(3, 100, 100, 94, 96))
    assert world.told[:2] == (0, 0)
    assert isnan(world.told[2])
    assert world.score.campaigns == 1


def test_an_exit_clears_the_legs_in_the_same_step() -> None:
    world = Playing(GUARDED, EXIT)
    world.play(flat(1), flat(2))
    assert [o.purpose for o in world.broker.engine.working("A")] == [Purpose.EXIT]
    world.play(bar(3, 100, 106, 94, 100))
    assert [(f.purpose, f.price) for f in world.fills] == [
        (Purpose.ENTRY, 100),
        (Purpose.EXIT, 100),
    ]


def test_an_exit_also_ends_what_is_left_of_its_entry() -> None:
    rules = VenueRules(options=MatchOptions(volume_cap=0.1))
    world = Playing(GUARDED, EXIT, rules=rules)
    world.play(flat(1), bar(2, 100, 100, 100, 100, volume=300))
    world.play(flat(3), flat(4))
    assert sum(f.quantity for f in world.fills) == 0
    assert not world.broker.books


def test_protect_moves_the_levels_a_strategy_sees() -> None:
    moved = Intent(Action.PROTECT, 0.0, nan, 98.004, nan)
    world = Playing(GUARDED, moved)
    world.play(flat(1), flat(2), flat(3))
    assert world.told == (100, 0, 98, 105)


def test_cancel_withdraws_a_resting_entry_at_replayed_time() -> None:
    cancel = Intent(Action.CANCEL, 0.0, nan, nan, nan)
    world = Playing(Intent(Action.ENTER, 1.0, 99.0, nan, nan), cancel)
    world.play(flat(1))
    assert world.tracker.holding("s", "A").working == 1
    world.play(bar(2, 100, 100, 99.5, 100))
    assert world.tracker.holding("s", "A").working == 0
    assert not world.fills


def test_costs_reach_cash() -> None:
    world = Playing(LONG, EXIT, rules=VenueRules(Costs(fee_per_trade=1.0)))
    world.play(flat(1), flat(2), flat(3))
    assert world.tracker.cash == 999_998
    world.score.finish()
    assert world.score.deepest_money == 2


def test_halts_and_quotes_reach_the_market() -> None:
    world = Playing(LONG)
    world.play(status(1, trading=False), quote(2, 99.0, 101.0), flat(1))
    assert world.house.refused == {"HALTED": 1}
    assert world.broker.engine.pauses.halted == {"A": 1}
    assert set(world.broker.engine.quotes) == {"A"}


def test_a_protective_leg_lapses_with_its_session_as_every_day_order_does() -> None:
    end = us_day_end(Calendar([DAY, DAY._replace(day=20260106, **later(DAY))]))
    entry = made_order(1)
    assert end(entry, DAY.open) == DAY.close
    assert end(entry, DAY.close) == DAY.close + 1440 * MINUTE
    assert end(replace(entry, extended=True), DAY.close) == DAY.post_close
    assert end(replace(entry, purpose=Purpose.STOP), DAY.open) == DAY.close
    assert end(entry, 9_999 * MINUTE) == 0


def later(session: object) -> dict[str, int]:
    names = ("pre_open", "open", "close", "post_close")
    return {name: getattr(session, name) + 1440 * MINUTE for name in names}


def test_an_order_that_makes_no_sense_is_rejected_not_lost() -> None:
    world = Playing()
    bad: Order = made_order(1, id="bad", limit=-5, strategy="s")
    world.tracker.register(bad)
    world.broker.accept(bad)
    found = world.tracker.order("bad")
    assert found is not None
    assert found.state is OrderState.REJECTED
    assert found.average is None
    assert Decimal(0) == found.filled
