from pathlib import Path

import pytest

from tradeplat.app.settings import Settings, load
from tradeplat.core.errors import BadInput


def test_defaults_need_no_configuration() -> None:
    assert load(None) == Settings()


def test_a_file_overlays_the_defaults_and_options_overlay_the_file(tmp_path: Path) -> None:
    file = tmp_path / "day.toml"
    file.write_text(
        '[risk]\nmax_open_orders = 9\nleverage = "1.5"\n[[strategy]]\nuse = "ema_cross"'
    )
    settings = load(file, ["risk.max_open_orders=7", "strategy.ema_cross.slow_span=48"])
    assert (settings.risk.max_open_orders, str(settings.risk.leverage)) == (7, "1.5")
    assert settings.strategy[0].options == {"slow_span": 48}


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("risk.sizing.quantity=100", "risk.sizing.quantity", 100),
        ("scanner.min_price=2.5", "scanner.min_price", 2.5),
        ("scanner.use=constant", "scanner.use", "constant"),
        ("scanner.tickers=['A', 'B']", "scanner.tickers", ["A", "B"]),
        ("run.logs=/tmp/x", "run.logs", Path("/tmp/x")),
        ("risk.allow_short=false", "risk.allow_short", False),
    ],
)
def test_every_key_can_be_set_from_the_command_line(
    override: str, path: str, value: object
) -> None:
    found: object = load(None, [override])
    for key in path.split("."):
        found = getattr(found, key)
    assert found == value


def test_touching_one_key_of_a_plug_in_keeps_the_plug_in() -> None:
    assert load(None, ["risk.sizing.quantity=5"]).risk.sizing.use == "fixed_quantity"
    assert load(None, ["scanner.top=5"]).scanner.use == Settings().scanner.use
    kept = load(None, ["stream.quotes=false"]).stream
    assert kept.options == {**Settings().stream.options, "quotes": False}


def test_naming_another_plug_in_drops_the_arguments_of_the_old_one() -> None:
    assert load(None, ["stream.use=fake"]).stream.options == {}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("risk.max_notionl=5", "unknown key risk.max_notionl; did you mean max_notional?"),
        ("riks.max_notional=5", "unknown key riks; did you mean risk?"),
        ("risk.max_notional=lots", "risk.max_notional: found 'lots', expected"),
        (
            "risk.hours=always",
            "risk.hours: found 'always', expected 'regular', 'extended' or 'any'",
        ),
        ("desks.poll_seconds=0", "desks.poll_seconds: found 0, expected greater than 0"),
        ("run.mode=real", "run.mode: found 'real', expected 'paper' or 'live'"),
        ("risk", "--set risk: expected path.to.key=value"),
        ("risk..x=1", "--set risk..x=1: expected path.to.key=value"),
        ("run.mode.x=1", "run.mode"),
        ("strategy.ema_cross.fast=1", "no entry 'ema_cross' (there are: none)"),
    ],
)
def test_a_wrong_setting_is_named_with_what_was_expected(override: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        load(None, [override], {"strategy": []} if override.startswith("strategy") else None)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[risk", "not valid TOML"),
        ("[risk]\nmax_open_orders = 'x'", "risk.max_open_orders: found 'x'"),
        ("[[strategy]]\nfast = 3", "strategy.0.use is missing"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text)
    with pytest.raises(BadInput, match=r"bad\.toml") as caught:
        load(file)
    assert message in str(caught.value)


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such configuration file"):
        load(tmp_path / "none.toml")
    with pytest.raises(BadInput, match="cannot be read"):
        load(tmp_path)
