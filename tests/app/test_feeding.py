"""Entries wait while a stream they need is not live, and exits do not."""

from types import SimpleNamespace

from tradeplat.app.feeding import Feeding
from tradeplat.core.conditions import Condition, Mode
from tradeplat.core.intent import Action, Intent
from tradeplat.core.market import SECOND
from tradeplat.core.orders import Order, Refused
from worlds import DAY, World, quote

NOW = DAY.open + SECOND


class Fed:
    """A world whose streams stand as the test says."""

    def __init__(self) -> None:
        self.world = World(lambda _: {})
        self.asked: list[Condition] = []
        clock = SimpleNamespace(now=lambda: NOW)
        client = SimpleNamespace(conditions=lambda now: self.asked)
        self.alarms: list[str] = []
        self.feeding = Feeding(
            self.world.floor, clock, client, lambda code, line: self.alarms.append(line)
        )

    def enter(self, symbol: str = "A") -> str:
        self.feeding.look()
        tape = self.world.market.tapes[symbol]
        tape.on_quote(quote(symbol, NOW, 99.99, 100.01))
        wish = Intent(Action.ENTER, 1.0, 100.0, float("nan"), float("nan"))
        verdict = self.world.gate.review(symbol, f"s{len(self.world.digest.seen)}", wish, NOW, NOW)
        return verdict.code if isinstance(verdict, Refused) else type(verdict).__name__


def asked(scope: str, code: str = "STREAM_DOWN") -> Condition:
    return Condition("stream", scope, Mode.REDUCE_ONLY, code, "data is down", "the stream", NOW)


async def test_a_stream_that_is_down_refuses_entries_until_it_is_live() -> None:
    fed = Fed()
    assert fed.enter() == Order.__name__
    fed = Fed()
    fed.asked = [asked("")]
    assert fed.enter() == "STREAM_DOWN"
    fed.asked = []
    assert fed.enter() == Order.__name__


async def test_a_symbol_that_is_down_leaves_the_others_alone() -> None:
    fed = Fed()
    fed.asked = [asked("B"), asked("C", "MODE")]
    assert fed.enter("A") == Order.__name__
    assert fed.enter("B") == "STREAM_DOWN"
    assert fed.enter("C") == "MODE"


async def test_what_others_imposed_is_left_standing() -> None:
    fed = Fed()
    killed = Condition("operator", "", Mode.KILLED, "KILLED")
    fed.world.floor.on_condition(killed, NOW)
    fed.feeding.look()
    assert fed.world.house.conditions.asked("operator") is killed


async def test_a_client_that_does_not_tell_is_taken_for_live() -> None:
    fed = Fed()
    clock = SimpleNamespace(now=lambda: NOW)
    Feeding(fed.world.floor, clock, object(), lambda code, line: None).look()
    assert fed.world.house.conditions.mode() is Mode.NORMAL
