from pathlib import Path

import pytest

from commands import refusal, typed

SAMPLE = Path(__file__).resolve().parents[2] / "backtest_data"
HEADER = "timestamp,open,high,low,close,volume\n"
GOOD = "2024-01-10T14:30:00Z,10,11,9,10,5\n"


def digests(*words: object) -> tuple[object, ...]:
    numbers = typed("replay", *words, "--json").numbers
    return numbers["decisions_sha256"], numbers["fills_sha256"], numbers["fills"], numbers["net"]


@pytest.mark.parametrize(
    "strategy", ["ema_cross", "vwap_reversion", "opening_range", "gap_momentum", "coin_flip"]
)
def test_both_drives_and_every_run_agree(strategy: str) -> None:
    research = digests(SAMPLE, "-s", strategy)
    assert research[2]
    assert research == digests(SAMPLE, "-s", strategy)
    assert research == digests(SAMPLE, "-s", strategy, "--drive", "orchestrated")


def test_both_drives_agree_on_real_days_of_several_spans(shared_data: Path) -> None:
    paths = (shared_data / "second", shared_data / "minute")
    window = ("--from", "2013-10-08T09:00", "--to", "2013-10-08T12:00")
    research = digests(*paths, "-s", "ema_cross", *window)
    assert research[2]
    assert research == digests(*paths, "-s", "ema_cross", *window, "--drive", "orchestrated")


def test_a_window_keeps_what_lies_in_it() -> None:
    whole = typed("replay", SAMPLE, "-s", "ema_cross", "--json").numbers
    part = typed("replay", SAMPLE, "-s", "ema_cross", "--to", "2025-06-04T09:40", "--json").numbers
    assert 0 < part["bars"] < whole["bars"]


def test_costs_come_off_the_result_by_the_exact_amount() -> None:
    free = typed("replay", SAMPLE, "-s", "ema_cross", "--json").numbers
    fee = ("--set", "costs.fee_per_trade=1")
    paid = typed("replay", SAMPLE, "-s", "ema_cross", *fee, "--json").numbers
    assert paid["fills"] == free["fills"]
    assert paid["net"] == pytest.approx(free["net"] - free["fills"], abs=1e-6)


def test_a_replay_is_told_in_words_too() -> None:
    said = typed("replay", SAMPLE, "-s", "ema_cross")
    assert said.code == 0
    assert "decisions" in said.out
    assert "equity" in said.out


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (GOOD + "2024-01-10T14:31:00Z,10,11,9,nan,5\n", ":3: "),
        (GOOD + "2024-01-10T14:31:00Z,10,9,11,10,5\n", ":3: "),
        (GOOD + "2024-01-10T14:29:00Z,10,11,9,10,5\n", ":3: "),
        (GOOD + GOOD, ":3: "),
        ("", "empty"),
        ("2024-02-30T14:30:00Z,10,11,9,10,5\n", ":2: "),
    ],
)
def test_a_file_that_cannot_be_trusted_is_named_with_its_row(
    tmp_path: Path, rows: str, message: str
) -> None:
    file = tmp_path / "AAA" / "2024-01-10_1m.csv"
    file.parent.mkdir()
    file.write_text(HEADER + rows)
    line = refusal(typed("replay", tmp_path, "-s", "ema_cross"))
    assert "2024-01-10_1m.csv" in line
    assert message in line or message == "empty"


def test_a_recorded_run_is_not_written_over(tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert typed("replay", SAMPLE, "-s", "ema_cross", "--out", out).code == 0
    assert "holds a recorded run already" in refusal(
        typed("replay", SAMPLE, "-s", "ema_cross", "--out", out)
    )
