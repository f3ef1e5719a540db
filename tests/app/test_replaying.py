import gzip
from pathlib import Path

import pytest
import zstandard

from commands import refusal, typed

SAMPLE = Path(__file__).resolve().parents[2] / "backtest_data"


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


def test_strategies_side_by_side_agree_in_both_drives() -> None:
    names = ("-s", "ema_cross", "-s", "vwap_reversion", "-s", "coin_flip", "-p", "coin_flip.seed=5")
    window = ("--from", "2025-06-04T09:31", "--to", "2025-06-04T09:50")
    research = digests(SAMPLE, *names, *window)
    assert research[2]
    assert research == digests(SAMPLE, *names, *window, "--drive", "orchestrated")


@pytest.mark.parametrize("strategy", ["vwap_reversion", "opening_range", "coin_flip"])
def test_other_strategies_agree_on_a_real_hour(shared_data: Path, strategy: str) -> None:
    paths = [*(shared_data / "second").glob("*20131008*"), shared_data / "minute"]
    window = ("--from", "2013-10-08T09:30", "--to", "2013-10-08T10:30")
    research = digests(*paths, "-s", strategy, *window)
    assert research[2]
    assert research == digests(*paths, "-s", strategy, *window, "--drive", "orchestrated")


def test_packed_or_plain_the_same_rows_are_the_same_day(tmp_path: Path) -> None:
    found = set()
    for ending, pack in (("", bytes), (".gz", gzip.compress), (".zst", zstandard.compress)):
        for file in SAMPLE.rglob("*_1[sm].csv.gz"):
            target = tmp_path / f"as{ending or '.plain'}" / file.parent.name
            target.mkdir(parents=True, exist_ok=True)
            rows = gzip.decompress(file.read_bytes())
            (target / file.name.replace(".gz", ending)).write_bytes(pack(rows))
        found.add(digests(target.parent, "-s", "ema_cross"))
    assert len(found) == 1
    assert found.pop()[2]


def test_many_symbols_in_one_file_are_the_same_day(tmp_path: Path) -> None:
    apart = tmp_path / "apart"
    rows: list[tuple[str, str]] = []
    for file in SAMPLE.rglob("*_1m.csv.gz"):
        symbol = file.parent.name
        header, *lines = gzip.decompress(file.read_bytes()).decode().splitlines()
        rows.extend((line.partition(",")[0], f"{symbol},{line}") for line in lines)
        (apart / symbol).mkdir(parents=True, exist_ok=True)
        (apart / symbol / file.name).write_bytes(file.read_bytes())
    rows.sort()
    text = "\n".join([f"symbol,{header}", *(line for _, line in rows)]) + "\n"
    (tmp_path / "all_1m.csv").write_text(text)
    machine = ("-s", "ema_cross", "-p", "fast_span=3", "-p", "slow_span=9", "-p", "atr_span=3")
    together = digests(tmp_path / "all_1m.csv", *machine)
    assert together[2]
    assert together == digests(apart, *machine)
    assert together == digests(tmp_path / "all_1m.csv", *machine, "--drive", "orchestrated")


def test_a_scanner_on_replayed_time_adds_and_removes_tickers_alike() -> None:
    opens = 1_749_043_800_000_000_000
    minute = 60_000_000_000
    schedule = [
        [opens - 5 * minute, ["DIVX", "WEMZ"]],
        [opens + 5 * minute, ["DIVX", "MIRQ"]],
        [opens + 15 * minute, ["HIVQ"]],
    ]
    scanner = ("--set", "scanner.use=scheduled", "--set", f"scanner.schedule={schedule}")
    words = (SAMPLE, "-s", "ema_cross", "-s", "coin_flip", *scanner)
    research = typed("replay", *words, "--json").numbers
    assert set(research["by_symbol"]) == {"DIVX", "WEMZ", "MIRQ", "HIVQ"}
    assert digests(*words) == digests(*words, "--drive", "orchestrated")
    flatten = ("--set", "desks.on_removal=flatten")
    assert digests(*words, *flatten) == digests(*words, *flatten, "--drive", "orchestrated")
    assert digests(*words, *flatten)[2] != 0


def test_trading_without_a_dollar_of_room_is_refused_and_told() -> None:
    poor = typed("replay", SAMPLE, "-s", "ema_cross", "--set", "run.cash=1", "--json").numbers
    assert poor["fills"] == 0
    assert poor["refused"]["BUYING_POWER"] > 0


def test_a_recorded_run_is_not_written_over(tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert typed("replay", SAMPLE, "-s", "ema_cross", "--out", out).code == 0
    assert "holds a recorded run already" in refusal(
        typed("replay", SAMPLE, "-s", "ema_cross", "--out", out)
    )
