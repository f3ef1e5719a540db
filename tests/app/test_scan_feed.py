from decimal import Decimal
from pathlib import Path

import pytest

from commands import typed
from tradeplat.app.scan_feed import played, services, told, universe
from tradeplat.app.settings import load
from tradeplat.core.clock import ReplayClock
from tradeplat.core.errors import BadInput
from tradeplat.core.market import SECOND
from tradeplat.history.dataset import DataSet
from tradeplat.scanners.sources import Details, SharesFloat
from tradeplat.scanners.tape_market import Before

SCANNED = (
    "--set",
    "scanner.use=polygon_top_gainer",
    "--set",
    "scanner.limits.min_rvol=0",
    "--set",
    "scanner.limits.min_volume=1000",
    "--set",
    "scanner.limits.min_change=2",
    "--set",
    "scanner.top=2",
)


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "morning"
    words = ("data", "synth", folder, "--tickers", 4, "--from", "09:20", "--to", "09:50")
    said = typed(*words)
    assert said.code == 0, said.err
    return folder


async def test_recorded_bars_and_their_universe_are_a_market(morning: Path) -> None:
    data = DataSet.open([morning])
    clock = ReplayClock()
    market, halts, _ = played(data, clock.now)
    yesterday, session = market.sessions
    clock.advance(session.open)
    shots = {shot.symbol: shot for shot in await market.snapshots()}
    assert set(shots) == set(data.symbols)
    closes = await market.grouped(yesterday.day)
    assert set(closes) == set(data.symbols)
    assert set(await halts.halts()) <= set(data.symbols)
    earlier = await market.grouped(market.calendar.sessions[0].day)
    assert set(earlier) == set(data.symbols)
    assert all(shot.ts <= session.open for shot in shots.values())


def test_bars_are_read_ahead_only_for_a_scanner_of_the_market(morning: Path) -> None:
    data = DataSet.open([morning])
    plain = services(load(None, ["scanner.use=constant"], {}), data, ReplayClock())
    assert set(plain) == {"clock", "now"}
    whole = services(load(None, ["scanner.use=polygon_top_gainer"], {}), data, ReplayClock())
    assert {"sources", "calendar"} <= set(whole)


def test_a_recordings_file_of_facts_is_read(tmp_path: Path) -> None:
    path = tmp_path / "reference.json"
    path.write_text(
        """{"facts": [{"symbol": "A", "sic_code": "100", "float_shares": 5, "type": "ETF",
        "float_day": "2026-01-02", "list_day": "2020-02-03"}], "headlines": [{"id": 1, "ts": 7,
        "title": "A rises", "symbols": ["A"], "sentiment": "positive"}]}"""
    )
    before = {"A": Before(2.0, 3.0)}
    (line,) = told(path, before)
    assert (line.ts, line.symbols, line.sentiment) == (7, ("A",), {"A": 0.6})
    one = before["A"]
    assert one.close == 2.0
    assert one.details == Details("A", kind="ETF", sic="0100", listed_on=20200203)
    assert one.shares_float == SharesFloat(5, 1_767_312_000 * SECOND)
    assert told(tmp_path / "absent.json", before) == []


def test_a_wrong_universe_is_named_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "universe.csv"
    path.write_text("symbol,prev_close,prev_volume\nA,1,2\nB,x,2\n")
    with pytest.raises(BadInput, match=r"universe.csv:3: prev_close: found 'x'"):
        universe(path)
    assert universe(tmp_path / "absent.csv") == {}


def test_the_scanner_is_replayed_with_the_strategy_it_feeds(morning: Path, tmp_path: Path) -> None:
    digests = set()
    for drive in ("research", "orchestrated"):
        words = ("replay", morning, "--strategy", "ema_cross", "--drive", drive, "--json")
        said = typed(*words, *SCANNED, "--out", tmp_path / drive)
        assert said.code == 0, said.err
        assert Decimal(str(said.numbers["orders"])) > 0
        digests.add((said.numbers["decisions_sha256"], said.numbers["fills_sha256"]))
    assert len(digests) == 1


def test_a_wrong_limit_is_one_line(morning: Path) -> None:
    words = (
        "replay",
        morning,
        "--strategy",
        "ema_cross",
        "--set",
        "scanner.use=polygon_top_gainer",
    )
    said = typed(*words, "--set", "scanner.limits.min_rvl=0")
    assert said.code == 2
    assert "did you mean min_rvol?" in said.err
    assert said.err.count("\n") == 1
