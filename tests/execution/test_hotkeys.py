from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeplat.core.errors import BadInput
from tradeplat.core.intent import Action
from tradeplat.core.market import SECOND, Quote
from tradeplat.core.tape import Tape
from tradeplat.execution.hotkeys import (
    ARMED,
    DEFAULTS,
    NAMED,
    Act,
    Command,
    Keypad,
    Said,
    Selected,
    Terms,
    bindings,
    moved,
    opens,
    wish,
)

MS = SECOND // 1000
FLAT_A = Selected("A", 0.0)
START = 10 * SECOND


def pad(*, arming: bool = False) -> Keypad:
    return Keypad(DEFAULTS, arming=arming)


def tape(last: float = 0.0, bid: float = 0.0, ask: float = 0.0, quoted: int = 5) -> Tape:
    made = Tape()
    made.last, made.last_ts = last, 5
    if bid or ask:
        made.quote = Quote("A", quoted, bid, 1.0, ask, 1.0, "csv")
    return made


def test_every_default_key_does_something_the_line_of_keys_explains() -> None:
    assert set(DEFAULTS.acts.values()) == set(Act)
    assert len(DEFAULTS.lines()) == len(Act)
    assert "k/up up" in DEFAULTS.lines()


def test_a_file_overlays_the_defaults_and_may_unbind() -> None:
    bound = bindings({"n": "buy", "b": "none", "f9": "cancel_all", "é": "sell"}, "keys.toml")
    assert (bound.acts["n"], bound.acts["f9"], bound.acts["é"]) == (
        Act.BUY,
        Act.CANCEL_ALL,
        Act.SELL,
    )
    assert "b" not in bound.acts
    assert bound.keys(Act.CANCEL_ALL) == "C/f9"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"n": "by"}, "keys.toml: n = 'by' is no command; did you mean buy"),
        ({"n": 5}, "keys.toml: n = 5 is no command; known: buy, sell"),
        ({"n": ["buy"]}, "is no command"),
        ({"pgdown": "buy"}, "keys.toml: 'pgdown' is no key; did you mean pagedown"),
        ({" ": "buy"}, "keys.toml: ' ' is no key; a character, or one of: up"),
        ({"": "buy"}, "'' is no key"),
        ({"\x03": "buy"}, "is no key"),
        ({"X": "none"}, "keys.toml: no key does flatten_all; bind one"),
        ({"q": "help"}, "keys.toml: no key does quit; bind one"),
    ],
)
def test_bindings_that_cannot_be_are_named(table: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput) as caught:
        bindings(table, "keys.toml")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=12) | st.integers()))
def test_no_table_of_bindings_ends_in_another_error(table: dict[str, object]) -> None:
    said = "keys.toml: "
    try:
        bindings(table, "keys.toml")
    except BadInput as error:
        said = str(error)
    assert said.startswith("keys.toml: ")


def test_a_key_trades_the_selected_ticker() -> None:
    assert pad().press("b", START, FLAT_A) == Command(Act.BUY, "A")
    assert pad().press("s", START, FLAT_A) == Command(Act.SELL, "A")
    assert pad().press("c", START, FLAT_A) == Command(Act.CLOSE, "A")
    assert pad().press("C", START, FLAT_A) == Command(Act.CANCEL_ALL)
    assert pad().press("z", START, FLAT_A) is None


@pytest.mark.parametrize("key", ["b", "s", "c"])
def test_without_a_selected_ticker_nothing_is_traded(key: str) -> None:
    assert pad().press(key, START, Selected()) == Said("no ticker is selected")


@pytest.mark.parametrize(("key", "act"), [("X", Act.FLATTEN_ALL), ("q", Act.QUIT)])
def test_what_ends_everything_takes_two_presses_in_time(key: str, act: Act) -> None:
    keys = pad()
    assert isinstance(keys.press(key, START, FLAT_A), Said)
    assert isinstance(keys.press(key, START + 1501 * MS, FLAT_A), Said)
    assert keys.press(key, START + 3001 * MS, FLAT_A) == Command(act)
    assert isinstance(keys.press(key, START + 3002 * MS, FLAT_A), Said)
    assert keys.press("j", START + 3003 * MS, FLAT_A) == Command(Act.NEXT)
    assert isinstance(keys.press(key, START + 3004 * MS, FLAT_A), Said)


def test_quitting_is_also_confirmed_by_y_and_only_then() -> None:
    keys = pad()
    assert keys.press("y", START, FLAT_A) is None
    keys.press("q", START, FLAT_A)
    assert keys.press("y", START + SECOND, FLAT_A) == Command(Act.QUIT)
    keys.press("q", START, FLAT_A)
    assert keys.press("y", START + 2 * SECOND, FLAT_A) is None


def test_a_key_held_down_is_one_order() -> None:
    keys = pad()
    times = [START, *(START + 500 * MS + n * 33 * MS for n in range(200))]
    got = [keys.press("b", at, FLAT_A) for at in times]
    assert [one for one in got if isinstance(one, Command)] == [Command(Act.BUY, "A")]


def test_the_same_order_within_two_seconds_wants_one_more_press() -> None:
    keys = pad()
    assert isinstance(keys.press("b", START, FLAT_A), Command)
    assert isinstance(keys.press("b", START + 600 * MS, FLAT_A), Said)
    assert isinstance(keys.press("b", START + 1200 * MS, FLAT_A), Command)
    assert isinstance(keys.press("s", START + 1300 * MS, FLAT_A), Command)
    assert isinstance(keys.press("b", START + 3300 * MS, FLAT_A), Command)


def test_a_key_that_closed_a_position_opens_the_reverse_only_when_it_is_meant() -> None:
    keys = pad()
    assert isinstance(keys.press("s", START, Selected("A", 100.0)), Command)
    for n in range(45):
        got = keys.press("s", START + 500 * MS + n * 33 * MS, FLAT_A)
        assert not isinstance(got, Command)
    assert isinstance(keys.press("s", START + 5 * SECOND, FLAT_A), Command)


def test_keys_that_open_have_to_be_armed_and_those_that_close_never() -> None:
    keys = pad(arming=True)
    long = Selected("A", 100.0)
    assert isinstance(keys.press("b", START, FLAT_A), Said)
    assert isinstance(keys.press("b", START + SECOND, long), Said)
    assert keys.press("s", START, long) == Command(Act.SELL, "A")
    assert keys.press("c", START, long) == Command(Act.CLOSE, "A")
    assert "ARMED" in keys.press("a", START, long).text
    assert keys.press("b", START + 2 * SECOND, FLAT_A) == Command(Act.BUY, "A")
    assert keys.press("a", START + 3 * SECOND, long) == Said("keys disarmed")
    assert isinstance(keys.press("b", START + 5 * SECOND, FLAT_A), Said)


def test_armed_keys_disarm_themselves_a_while_after_the_last_order() -> None:
    keys = pad(arming=True)
    keys.press("a", START, FLAT_A)
    late = START + ARMED - SECOND
    assert isinstance(keys.press("b", late, FLAT_A), Command)
    assert keys.armed(late + ARMED - 1)
    assert not keys.armed(late + ARMED)
    keys.press("a", late + ARMED, FLAT_A)
    keys.disarm()
    assert not keys.armed(late + ARMED)


def test_where_no_arming_is_asked_for_keys_are_always_armed() -> None:
    keys = pad()
    assert isinstance(keys.press("a", START, FLAT_A), Said)
    keys.disarm()
    assert keys.armed(START)


presses = st.lists(
    st.tuples(
        st.sampled_from([*DEFAULTS.acts, "y", "z", "", "\x00", *NAMED]) | st.text(max_size=3),
        st.integers(0, 3 * SECOND),
        st.sampled_from(["", "A", "B"]),
        st.sampled_from([0.0, 100.0, -100.0]),
    ),
    max_size=60,
)


@given(presses, st.booleans())
def test_no_sequence_of_keys_breaks_a_rule(sequence, arming: bool) -> None:
    keys, at, began, armed = pad(arming=arming), START, None, not arming
    for key, passed, symbol, held in sequence:
        at += passed
        was_armed = keys.armed(at)
        got = keys.press(key, at, Selected(symbol, held))
        assert got is None or isinstance(got, Command | Said)
        if isinstance(got, Command):
            if got.act in (Act.BUY, Act.SELL, Act.CLOSE):
                assert got.symbol == symbol != ""
                assert was_armed or not opens(got, held)
            if got.act in (Act.FLATTEN_ALL, Act.QUIT):
                assert began is not None
                assert at - began[1] <= 1500 * MS
                assert began[0] == key or (began[0], key) == ("q", "y")
        armed = armed or key == "a"
        assert armed or not keys.armed(at)
        began = (key, at) if isinstance(got, Said) and key in ("X", "q") else None


@given(presses)
def test_disarmed_keys_never_open_a_position(sequence) -> None:
    keys, at = pad(arming=True), START
    for key, passed, symbol, held in sequence:
        at += passed
        if key == "a":
            continue
        got = keys.press(key, at, Selected(symbol, held))
        assert not (isinstance(got, Command) and opens(got, held))


def test_an_order_by_hand_reaches_through_the_market_and_is_protected() -> None:
    buy = wish(Command(Act.BUY, "A"), tape(9.0, 99.0, 100.0), 0.0, Terms())
    assert buy[:2] == (Action.ENTER, 1.0)
    assert (round(buy.limit, 9), round(buy.stop, 9)) == (100.05, 98.049)
    sell = wish(Command(Act.SELL, "A"), tape(9.0, 99.0, 100.0), 0.0, Terms(stop=0.0))
    assert (sell.conviction, round(sell.limit, 9)) == (-1.0, 98.95)
    assert isnan(sell.stop)


def test_against_a_position_by_hand_it_closes_that_and_no_more() -> None:
    for act, held in ((Act.BUY, -5.0), (Act.SELL, 5.0)):
        assert wish(Command(act, "A"), tape(9.0), held, Terms())[:2] == (Action.EXIT, 1.0)
    assert wish(Command(Act.BUY, "A"), tape(9.0), 5.0, Terms()).action is Action.ENTER


@pytest.mark.parametrize(
    ("seen", "limit"),
    [
        (tape(2.0), 2.02),
        (tape(2.0, 3.0, 3.1, quoted=4), 2.02),
        (tape(2.0, 3.0, 3.0, quoted=5), 3.03),
        (tape(2.0, 3.0, 0.0), 2.02),
        (tape(0.0), nan),
        (tape(nan), nan),
    ],
)
def test_the_newest_price_counts_and_cheap_stocks_get_a_small_offset(seen, limit: float) -> None:
    wished = wish(Command(Act.BUY, "A"), seen, 0.0, Terms())
    assert wished.limit == pytest.approx(limit, nan_ok=True)


def test_selection_moves_as_the_table_is_read_and_stops_at_its_ends() -> None:
    assert moved(["A", "B"], "A", Act.NEXT) == "B"
    assert moved(["A", "B"], "B", Act.NEXT) == "B"
    assert moved(["A", "B"], "A", Act.PREVIOUS) == "A"
    assert moved(["A", "B"], "gone", Act.PREVIOUS) == "A"
    assert moved([], "A", Act.NEXT) == ""
