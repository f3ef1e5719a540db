import asyncio
from math import nan

import pytest

from replays import Played, Setting, chunked, research
from simmarkets import STEP, bar, quote
from tradeplat.core.clock import ReplayClock
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import HOLD, Action, Holding, Intent
from tradeplat.core.market import Bar, Quote
from tradeplat.desk.roster import Terms
from tradeplat.sim.broker import SimBroker
from tradeplat.sim.replay import Replay
from worlds import EXIT, LONG, Script


def flat_bars(symbol: str, steps: range, price: float = 100.0) -> list[Bar]:
    return [bar(n, price, price + 1, price - 1, price, symbol=symbol) for n in steps]


def scripts(made: dict[str, Script], *intents: Intent):
    def seats(symbol: str) -> dict[str, Script]:
        made[symbol] = Script(*intents)
        return {"s": made[symbol]}

    return seats


def test_an_order_fills_at_the_next_open_and_the_strategy_is_told_at_that_bar() -> None:
    made: dict[str, Script] = {}
    events = [bar(1, 10, 10, 10, 10), bar(2, 11, 12, 11, 12), bar(3, 13, 13, 13, 13)]
    played = research(chunked(events), Setting(scripts(made, LONG, EXIT), ("A",)))
    assert [(f.ts, f.price) for f in played.fills] == [(STEP, 11), (2 * STEP, 13)]
    assert [told.quantity for told in made["A"].told] == [0, 100, 0]
    assert played.score.campaigns == 1
    assert played.tracker.equity() == 1_000_000 + 200


def test_a_fresh_quote_fills_at_once() -> None:
    made: dict[str, Script] = {}
    events = [quote(STEP, 9.9, 10.1), bar(1, 10, 10, 10, 10), bar(2, 11, 12, 11, 12)]
    played = research(chunked(events), Setting(scripts(made, LONG), ("A",)))
    assert [(f.ts, float(f.price)) for f in played.fills] == [(STEP, 10.1)]


def test_a_bar_is_matched_before_the_quote_that_closes_it() -> None:
    class Limit(Script):
        def on_bar(self, bar: Bar, holding: Holding) -> Intent:
            self.told.append(holding)
            return Intent(Action.ENTER, 1.0, 9.9, nan, nan) if len(self.told) == 1 else HOLD

    events = [bar(1, 10, 10, 10, 10), quote(2 * STEP, 9.0, 9.1), bar(2, 10, 10, 9.8, 9.8)]
    played = research(chunked(events), Setting(lambda _: {"s": Limit()}, ("A",)))
    assert [float(f.price) for f in played.fills] == [9.9]


def test_the_scanner_opens_and_closes_desks_on_replayed_time() -> None:
    made: dict[str, Script] = {}
    events = flat_bars("A", range(1, 11)) + flat_bars("B", range(1, 11))
    schedule = [(0, ["A"]), (4 * STEP, ["B"])]
    setting = Setting(scripts(made), schedule, terms=Terms(period=STEP, debounce=2))
    played = research(chunked(events), setting)
    assert len(made["A"].told) == 4
    assert len(made["B"].told) == 7
    assert sorted(played.floor.desks) == ["B"]


def test_a_ticker_that_comes_late_is_warmed_with_its_last_bars() -> None:
    made: dict[str, Script] = {}
    events = flat_bars("A", range(1, 11)) + flat_bars("B", range(1, 11))
    setting = Setting(
        scripts(made, LONG, LONG, LONG), [(0, ["A"]), (5 * STEP, ["A", "B"])], warmup=2
    )
    played = research(chunked(events), setting)
    assert len(made["B"].told) == 2 + 6
    assert not [f for f in played.fills if f.symbol == "B" and f.ts < 5 * STEP]


def test_a_held_ticker_keeps_its_desk_until_it_is_flat_or_the_deadline_flattens_it() -> None:
    made: dict[str, Script] = {}
    events = flat_bars("A", range(1, 31)) + flat_bars("B", range(1, 31))
    terms = Terms(period=STEP, debounce=1, deadline=5 * STEP)
    setting = Setting(scripts(made, LONG), [(0, ["A", "B"]), (3 * STEP, ["B"])], terms=terms)
    played = research(chunked(events), setting)
    assert sorted(played.floor.desks) == ["B"]
    exits = [f for f in played.fills if f.symbol == "A" and f.quantity < 0]
    assert [f.ts for f in exits] == [8 * STEP]


def test_a_scanner_that_waits_is_refused_with_the_way_out() -> None:
    class Asking:
        async def update(self) -> None:
            await asyncio.sleep(1)

        def get_active_stock_list(self) -> list[str]:
            return []

        def explain(self) -> list[object]:
            return []

    clock = ReplayClock()
    played = Played(Setting(lambda _: {}, ("A",)), clock.now)
    replay = Replay(played.floor, played.broker, played.score, clock, Asking())
    with pytest.raises(BadInput, match=r"scanner Asking waits.*--drive orchestrated"):
        replay.run(chunked(flat_bars("A", range(1, 3))))


def test_no_event_is_shown_to_the_market_in_vain() -> None:
    made: dict[str, Script] = {}
    shown: list[int] = []

    class Counting(SimBroker):
        def show(self, event: Bar | Quote) -> None:
            shown.append(event.ts // STEP)
            super().show(event)

    setting = Setting(scripts(made, HOLD, LONG, EXIT), ("A",), broker=Counting)
    research(chunked(flat_bars("A", range(1, 10))), setting)
    assert shown == [3, 4]


def test_nothing_at_all_is_a_replay_too() -> None:
    played = research(iter([[]]), Setting(lambda _: {}, ("A",)))
    assert played.tracker.equity() == 1_000_000
