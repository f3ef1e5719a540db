"""What a person does at the keys, on real desks behind a real gate."""

import asyncio
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tradeplat.app.display import ranking
from tradeplat.app.keyboard import Keyboard
from tradeplat.core.clock import ReplayClock
from tradeplat.core.errors import Corrupt
from tradeplat.core.intent import HOLD, Action, Intent
from tradeplat.core.market import MINUTE, Status
from tradeplat.core.orders import Order, OrderState, Purpose, Report
from tradeplat.desk.manual import MANUAL
from tradeplat.execution.hotkeys import DEFAULTS, Keypad, Terms
from worlds import LONG, Instant, Resting, Script, World, bar

NOTHING = float("nan")


class Hand:
    """A keyboard over a world of desks A and B, at one instant of market time."""

    def __init__(self, *intents: Intent, arming: bool = False, **more: object) -> None:
        self.world = World(lambda _: {"s": Script(*intents)}, **more)
        self.floor = self.world.floor
        for symbol in "AB":
            self.floor.open_desk(symbol, 0).on_market(bar(symbol, 1), MINUTE)
        clock = ReplayClock()
        clock.advance(2 * MINUTE)
        self.linked = True
        self.keys = Keyboard(
            self.floor,
            clock,
            Keypad(DEFAULTS, arming=arming),
            Terms(),
            lambda: ranking(self.floor),
            lambda: self.linked,
        )

    def press(self, *keys: str) -> str:
        for key in keys:
            self.keys.press(key)
        said = self.keys.view().said
        return said[-1] if said else ""

    def held(self, symbol: str, strategy: str = MANUAL) -> float:
        return self.world.tracker.holding(strategy, symbol).quantity


async def test_the_first_ticker_is_selected_and_j_and_k_move() -> None:
    hand = Hand()
    assert hand.keys.selected == "A"
    hand.press("j", "down")
    assert hand.keys.view().selected == "B"
    hand.press("k")
    assert hand.keys.selected == "A"
    assert hand.keys.changed.is_set()


async def test_b_buys_the_selected_ticker_and_s_closes_it_again() -> None:
    hand = Hand()
    assert hand.press("b") == "buy A: +100 at 100.05"
    assert (hand.held("A"), hand.held("B")) == (100, 0)
    assert hand.press("s") == "close A: -100"
    assert hand.held("A") == 0
    assert hand.press("j", "s") == "sell B: -100 at 99.95"


async def test_c_closes_the_ticker_whoever_holds_it() -> None:
    hand = Hand(LONG)
    hand.press("b", "c")
    assert (hand.held("A"), hand.held("A", "s"), hand.held("B", "s")) == (0, 0, 100)


async def test_x_twice_flattens_every_desk() -> None:
    hand = Hand(LONG)
    assert hand.press("X") == "press X again to flatten all"
    assert (hand.held("A", "s"), hand.held("B", "s")) == (100, 100)
    assert hand.press("X") == "flattening 2 of 2 tickers"
    assert all(desk.done for desk in hand.floor.desks.values())


async def test_one_desk_that_fails_does_not_keep_the_others_from_closing() -> None:
    class Broken(Instant):
        def accept(self, order: Order) -> None:
            if order.symbol == "A" and order.purpose is Purpose.FLATTEN:
                raise Corrupt("A is broken")
            super().accept(order)

    hand = Hand(LONG, executor=Broken)
    assert hand.press("X", "X") == "flattening 2 of 2 tickers; A: A is broken"
    assert hand.held("B", "s") == 0
    assert hand.held("A", "s") == 100


async def test_big_c_withdraws_entries_and_leaves_the_rest() -> None:
    hand = Hand(LONG, executor=Resting)
    hand.press("b")
    stranger = Order(
        "x", "A", "external", Decimal(5), "limit", Purpose.ENTRY, 1, 1, limit=Decimal(90)
    )
    hand.floor.on_report(Report("x", "A", OrderState.WORKING, 1, order=stranger), 1)
    assert hand.press("C") == "cancelling 3 working entries"
    assert "x" not in hand.world.executor.cancelled
    assert len(hand.world.executor.cancelled) == 3


async def test_a_refusal_is_told_in_the_gates_words() -> None:
    hand = Hand()
    hand.world.market.tapes["A"].on_status(Status("A", 0, trading=False, code="T1", feed="t"))
    assert hand.press("b").startswith("buy A: Refused: A halted since")
    assert hand.held("A") == 0


async def test_a_ticker_that_lost_its_desk_leaves_nothing_selected() -> None:
    hand = Hand()
    hand.press("j")
    hand.floor.close_desk("B", 2 * MINUTE)
    assert hand.press("b") == "no ticker is selected"
    assert not hand.world.digest.seen
    hand.press("j")
    assert hand.keys.selected == "A"


async def test_with_no_desk_at_all_no_key_fails() -> None:
    hand = Hand()
    for symbol in "AB":
        hand.floor.close_desk(symbol, 1)
    hand.press(*DEFAULTS.acts, "X", "X")
    assert hand.keys.selected == ""


async def test_q_and_y_quit_and_a_question_mark_shows_the_keys() -> None:
    hand = Hand()
    assert not hand.keys.view().help
    hand.press("?")
    assert any("flatten all" in line for line in hand.keys.view().help)
    hand.press("?", "q")
    assert not hand.keys.quit.is_set()
    hand.press("y")
    assert hand.keys.quit.is_set()
    assert not hand.keys.view().help


async def test_keys_for_real_money_start_disarmed_and_lose_their_arms_with_the_account() -> None:
    hand = Hand(arming=True)
    assert "disarmed" in hand.keys.view().state
    assert hand.press("b") == "keys are disarmed: a arms them"
    hand.press("a")
    assert "ARMED" in hand.keys.view().state
    hand.linked = False
    hand.press("j")
    hand.linked = True
    assert "disarmed" in hand.keys.view().state
    assert hand.press("b").startswith("keys are disarmed")
    assert not hand.world.digest.seen
    assert "ready" in Hand().keys.view().state


async def test_every_key_that_meant_something_is_recorded_with_its_answer() -> None:
    noted: list[tuple[str, dict[str, object]]] = []

    class Notes:
        def note(self, now: int, kind: str, body: dict[str, object]) -> None:
            noted.append((kind, body))

        def __getattr__(self, name: str) -> object:
            return lambda *_: None

    hand = Hand()
    hand.world.house.recorder = Notes()
    hand.press("b", "z", "X")
    bought = {"key": "b", "act": "buy", "symbol": "A", "said": "buy A: +100 at 100.05"}
    asked = {"key": "X", "act": None, "symbol": "A", "said": "press X again to flatten all"}
    assert [body for kind, body in noted if kind == "key"] == [bought, asked]


async def test_what_could_not_be_closed_at_once_is_asked_for_again(monkeypatch) -> None:
    """A resting exit stands in the way until its cancel is heard of."""
    monkeypatch.setattr("tradeplat.app.keyboard.AGAIN", 0.001)
    hand = Hand(LONG, HOLD)
    resting = Resting(hand.floor)
    hand.world.house.install(resting)
    desk = hand.floor.desks["A"]
    desk.seats[0].strategy.intents = [Intent(Action.EXIT, 1.0, 101.0, NOTHING, NOTHING)]
    desk.on_market(bar("A", 2), 2 * MINUTE)
    (leaving,) = resting.accepted
    hand.press("c")
    assert resting.cancelled == [leaving.id]
    assert resting.accepted == [leaving]
    task = asyncio.create_task(hand.keys.run())
    hand.world.house.install(Instant(hand.floor))
    hand.floor.on_report(Report(leaving.id, "A", OrderState.CANCELED, 5), 5)
    while not desk.done:
        await asyncio.sleep(0)
    monkeypatch.setattr("tradeplat.app.keyboard.PATIENCE", -1.0)
    hand.world.house.install(Resting(hand.floor))
    # B, which still holds something, is now shown above A.
    hand.press("k", "c")
    while not any("not flat yet" in said for said in hand.keys.view().said):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from([*DEFAULTS.acts, "y", "z"]) | st.text(max_size=2),
        max_size=40,
    ),
    st.booleans(),
    st.sampled_from([Instant, Resting]),
)
def test_no_sequence_of_keys_fails_and_none_that_is_disarmed_opens(keys, arming, venue) -> None:
    async def play() -> None:
        hand = Hand(arming=arming, executor=venue)
        hand.press(*(key for key in keys if not (arming and key == "a")))
        hand.keys.view()
        entered = [
            intent for *_, intent, _ in hand.world.digest.seen if intent.action is Action.ENTER
        ]
        assert not (arming and entered)

    asyncio.run(play())
