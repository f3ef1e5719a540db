from math import nan

import msgspec
import pytest

from tradeplat.control.orders import Enter, Leave, Out, Protect, Withdraw
from tradeplat.control.protocol import Nothing, Reason, Symbols
from tradeplat.core.errors import BadInput
from tradeplat.visualizer import keys
from tradeplat.visualizer.keys import ACTIONS, BY_NAME, Aim

AIM = Aim("AAPL", 97.5, 50.0)
SHAPES = {
    "enter": Enter,
    "leave": Leave,
    "protect": Protect,
    "withdraw": Withdraw,
    "out": Out,
    "flatten": Symbols,
    "panic": Reason,
    "arm": Nothing,
    "disarm": Nothing,
}
DEFAULTS = {one.name: one.key for one in ACTIONS}


@pytest.mark.parametrize("name", [one.name for one in ACTIONS if one.orders])
def test_every_order_key_is_a_command_that_the_engine_takes(name):
    do, body = keys.command(name, AIM)
    msgspec.json.decode(msgspec.json.encode(body), type=SHAPES[do])


def test_the_table_of_the_guide():
    told = {name: keys.command(name, AIM) for name in ("buy", "buy_half", "sell_risk", "join_ask")}
    assert told == {
        "buy": ("enter", {"symbol": "AAPL", "side": "buy"}),
        "buy_half": ("enter", {"symbol": "AAPL", "side": "buy", "part": 0.5}),
        "sell_risk": ("enter", {"symbol": "AAPL", "side": "sell", "risk": 50.0, "stop": 97.5}),
        "join_ask": ("enter", {"symbol": "AAPL", "side": "sell", "join": True}),
    }
    assert keys.command("close_half", AIM) == ("leave", {"symbol": "AAPL", "part": 0.5})
    assert keys.command("flatten", AIM) == ("flatten", {"symbols": ["AAPL"]})
    assert keys.command("cancel_all", Aim("", nan)) == ("withdraw", {})


def test_what_is_written_in_the_order_entry_counts_for_opening_keys():
    levels = {"buy": {"stop": 97.5, "target": 99.0}, "sell": {}}
    aim = AIM._replace(size=300.0, levels=levels)
    names = ("buy", "buy_half", "buy_risk", "sell", "join_ask")
    told = {name: keys.command(name, aim)[1] for name in names}
    assert told == {
        "buy": {"symbol": "AAPL", "side": "buy", "shares": 300.0, **levels["buy"]},
        "buy_half": {"symbol": "AAPL", "side": "buy", "shares": 150.0, **levels["buy"]},
        "buy_risk": {"symbol": "AAPL", "side": "buy", "risk": 50.0, **levels["buy"]},
        "sell": {"symbol": "AAPL", "side": "sell", "shares": 300.0},
        "join_ask": {"symbol": "AAPL", "side": "sell", "shares": 300.0, "join": True},
    }


def test_a_slip_in_the_order_entry_keeps_opening_keys_back_and_no_others():
    wrong = AIM._replace(wrong="Qty: found 'x'")
    for action in ACTIONS:
        if action.opens:
            with pytest.raises(BadInput, match="Qty"):
                keys.command(action.name, wrong)
        elif action.orders:
            assert keys.command(action.name, wrong) == keys.command(action.name, AIM)


def test_only_what_opens_needs_arming_and_what_reduces_never_does():
    assert {one.name for one in ACTIONS if one.opens} == {
        *("buy", "buy_half", "buy_risk", "sell", "sell_half", "sell_risk", "join_bid", "join_ask"),
    }
    assert not any(one.opens and one.reduces for one in ACTIONS)
    reducing = {one.key for one in ACTIONS if one.reduces}
    assert reducing == {"Ctrl+0", "F9", "Shift+F9", "F12", "Ctrl+Shift+F12", "F8"}


def test_what_lacks_its_aim_is_refused():
    for name, aim, said in (
        ("buy", Aim("", 1.0, 1.0), "symbol"),
        ("buy_risk", Aim("F", nan, 1.0), "stop cursor"),
        ("buy_risk", Aim("F", 1.0, None), "risk"),
        ("view", AIM, "sends nothing"),
    ):
        with pytest.raises(BadInput, match=said):
            keys.command(name, aim)


def test_the_defaults_are_without_conflict_and_come_back_from_their_file():
    assert keys.conflicts(DEFAULTS) == []
    assert keys.read(keys.written(DEFAULTS)) == DEFAULTS
    assert keys.read("") == DEFAULTS
    assert keys.changed(DEFAULTS) == frozenset()
    assert keys.changed(keys.read('buy = "ctrl+8"')) == {"buy"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('buy = "Ctrl+2"', "both buy and buy_half"),
        ('buy = "B"', "orders lie on Ctrl"),
        ('buy = "Shift+1"', "orders lie on Ctrl"),
        ('buy = "Alt+1"', "Alt and Meta"),
        ('buy = "Space"', "orders lie on Ctrl"),
        ('buy = "Ctrl+Backspace"', "expected a letter"),
        ('view = "g"', "a letter alone"),
        ('panic = ""', "panic and disarm"),
        ('bye = "Ctrl+1"', "found action 'bye'"),
        ("buy = 3", "found 3"),
        ('buy = "Hyper+1"', "expected modifiers"),
        ("buy = ", "keys.toml"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(line, said):
    with pytest.raises(BadInput, match=said):
        keys.read(line)


def test_keys_are_written_one_way():
    assert keys.plain("shift+ctrl+f12") == "Ctrl+Shift+F12"
    assert keys.plain("ctrl+pgdown") == "Ctrl+PgDown"
    assert keys.read('buy = ""')["buy"] == ""
    assert BY_NAME["buy"].key == "Ctrl+1"
