from decimal import Decimal
from pathlib import Path

import pytest

from tradeplat.app import plugins, wiring
from tradeplat.app.settings import Plug, Settings, load
from tradeplat.core.errors import BadInput
from tradeplat.execution.hand import Offset

MACHINE = """
__all__ = ["Idle"]


class Idle:
    def __init__(self, span: int = 0, edge: float = 1.0) -> None:
        self.span, self.edge = span, edge
"""


@pytest.fixture(autouse=True)
def idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "idle_strategies"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "idle.py").write_text(MACHINE)
    (package / "lazy.py").write_text(MACHINE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(plugins.PACKAGES, "strategy", "idle_strategies")


def test_sizing_is_a_plug_in() -> None:
    settings = load(None, ["risk.sizing.quantity=7"])
    assert wiring.sizer(settings.risk).quantity(1.0, 1.0, lambda: 0.0) == 7
    with pytest.raises(BadInput, match="did you mean fixed_quantity"):
        wiring.sizer(load(None, ["risk.sizing.use=fixed_quantty"]).risk)


def test_strategies_named_on_the_command_line_get_their_parameters() -> None:
    settings = wiring.with_strategies(Settings(), ["idle", "lazy"], ["edge=2", "lazy.span=60"])
    made = wiring.seats(settings.strategy)("A")
    assert {name: vars(strategy) for name, strategy in made.items()} == {
        "idle": {"span": 0, "edge": 2.0},
        "lazy": {"span": 60, "edge": 2.0},
    }


def test_every_ticker_gets_machines_of_its_own() -> None:
    make = wiring.seats((Plug(use="idle"), Plug(use="idle")))
    assert list(make("A")) == ["idle", "idle.2"]
    assert make("A")["idle"] is not make("A")["idle"]


def test_configured_strategies_stay_unless_others_are_named() -> None:
    configured = load(None, [], {"strategy": [{"use": "idle", "span": 5}]})
    kept = wiring.with_strategies(configured, [], [], [{"use": "lazy"}])
    assert kept.strategy[0].options == {"span": 5}
    assert wiring.with_strategies(configured, ["lazy"], []).strategy[0].use == "lazy"
    assert wiring.with_strategies(Settings(), [], [], [{"use": "lazy"}]).strategy[0].use == "lazy"


@pytest.mark.parametrize(
    ("names", "params", "message"),
    [
        ([], [], "no strategy: name one with --strategy"),
        (["idel"], [], "strategy 'idel' is unknown; did you mean idle?"),
        (["idle"], ["edgy=1"], "idle: unknown key 'edgy'; did you mean edge?"),
        (["idle"], ["span=x"], "idle: span: found 'x', expected int"),
        (["idle"], ["span"], "--param span: expected key=value"),
        (["idle"], ["lazy.span=1"], "strategy 'lazy' is not in this run (idle)"),
    ],
)
def test_mistakes_are_found_at_the_door(names: list[str], params: list[str], message: str) -> None:
    with pytest.raises(BadInput) as caught:
        wiring.seats(wiring.with_strategies(Settings(), names, params).strategy)
    assert message in str(caught.value)


def test_the_parts_of_an_account_are_joined() -> None:
    class Silent:
        def decision(self, *_: object) -> None: ...

    from tradeplat.core.calendar import Calendar

    settings = wiring.with_strategies(Settings(), ["idle"], [])
    account = wiring.Account("PA1", Decimal(5_000))
    desks = wiring.join(settings, Calendar([]), account, wiring.Witnesses(Silent()))
    assert desks.tracker.cash == 5_000
    assert desks.floor.house is desks.house
    assert desks.house.book is desks.tracker


def test_the_traders_own_name_is_taken() -> None:
    with pytest.raises(BadInput, match="strategy 'manual': that name is the trader's own"):
        wiring.seats((Plug(use="manual"),))


def test_offsets_of_orders_by_hand_go_by_class(tmp_path: Path) -> None:
    file = tmp_path / "day.toml"
    classes = "{ under = 5.0, money = 0.02 }, { under = 1.0, ticks = 3 }"
    file.write_text(f"[keys]\noffsets = [{classes}]\n")
    assert wiring.rules(load(file)).offsets == (Offset(5.0, 0.02), Offset(1.0, 3, ticks=True))
    for wrong in ("{ under = 5.0 }", "{ under = 5.0, money = 1.0, ticks = 1 }"):
        file.write_text(f"[keys]\noffsets = [{wrong}]\n")
        with pytest.raises(BadInput, match="expected one of money and ticks"):
            load(file)


def test_keys_are_bound_as_a_file_says_and_armed_for_real_money_only(tmp_path: Path) -> None:
    assert not wiring.keypad(Settings()).arming
    assert wiring.keypad(load(None, ["run.mode=live"])).arming
    file = tmp_path / "keys.toml"
    file.write_text('[keys]\nn = "buy"\nb = "none"\n')
    acts = wiring.keypad(load(None, [f"keys.file={file}"])).bindings.acts
    assert acts["n"] == "buy"
    assert "b" not in acts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('n = "buy"', "keys.toml: found n, expected one table, [keys], and nothing else"),
        ("", "keys.toml: found nothing, expected"),
        ("[keys]\n[other]", "found keys, other, expected"),
        ('[keys]\nn = "by"', "keys.toml: n = 'by' is no command; did you mean buy"),
        ("[keys", "keys.toml: not valid TOML"),
    ],
)
def test_a_file_of_keys_that_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(text)
    with pytest.raises(BadInput) as caught:
        wiring.keypad(load(None, [f"keys.file={file}"]))
    assert said in str(caught.value)
