"""The summary agrees with itself and with the account, and is plain JSON."""

import json
from decimal import Decimal

import pytest

from tradeplat.analytics.summary import basis, groups, summarise
from tradeplat.analytics.tally import Tally


@pytest.fixture
def found(session, header):
    tally = Tally(header.start_cash)
    session(tally)
    return summarise(header, tally)


def test_it_adds_up(found):
    assert found["net"] == pytest.approx(found["end_equity"] - found["start_equity"], abs=1e-6)
    for table in ("by_strategy", "by_symbol"):
        assert sum(row["net"] for row in found[table]) == pytest.approx(found["net"], abs=1e-6)
        assert sum(row["costs"] for row in found[table]) == pytest.approx(found["costs"])
    assert found["campaigns"] == found["wins"] + found["losses"] + found["scratches"] == 1
    assert found["net"] == pytest.approx(38.25 + 4.80)
    assert (found["open_positions"], found["open_pnl"]) == (1, pytest.approx(4.80))
    assert found["expectancy"] == pytest.approx(38.25)
    assert found["expectancy_r"] == pytest.approx(38.25 / (51 + 0.75))


def test_it_is_json_with_null_where_nothing_is_defined(found):
    text = json.dumps(found, allow_nan=False)
    assert json.loads(text) == found
    assert found["profit_factor"] is None
    assert found["cagr"] is None
    assert found["by_symbol"][0]["profit_factor"] is None


def test_counts_and_names_are_those_of_the_run(found, make):
    assert (found["bars"], found["quotes"], found["orders"], found["fills"]) == (91, 1, 2, 2)
    assert found["refusals"] == {"MAX_POS": 1}
    assert (found["refused"], found["faults"], found["tickers"]) == (1, 1, 1)
    assert (found["run"], found["feed"]) == ("2025-10-07_093000_paper_1", "builtin")
    assert (found["started"], found["ended"]) == (make.now(0), make.now(102))
    assert found["duration_s"] == 102
    assert found["slippage_bps"] == pytest.approx((10.0 - 400.0) / 2)
    assert found["truncated"] is False


def test_an_empty_run_is_all_zero_or_undefined(header):
    found = summarise(header, Tally(header.start_cash), truncated=True)
    assert found["net"] == found["max_drawdown"] == found["campaigns"] == 0
    assert found["win_rate"] is found["sharpe"] is found["slippage_bps"] is None
    assert found["truncated"] is True
    assert found["by_symbol"] == []


def test_a_start_without_money_has_no_fraction(header):
    assert summarise(header, Tally(Decimal(0)))["net_fraction"] is None


def test_long_runs_and_daily_bars_are_judged_by_the_day(make):
    morning, month, daily = Tally(Decimal(1000)), Tally(Decimal(1000)), Tally(Decimal(1000))
    for minute in range(5):
        morning.fact(make.now(minute * 60), make.bar(minute * 60))
    for day in range(25):
        for minute in range(3):
            at = day * 86_400 + minute * 60
            month.fact(make.now(at), make.bar(at))
    for day in range(3):
        daily.fact(make.now(day * 86_400), make.bar(day * 86_400))
    for tally in (morning, month, daily):
        tally.settle()
    assert basis(morning)[1:] == (252 * 390, "1-minute returns, 98,280 a year")
    assert basis(month)[1:] == (252, "daily returns, 252 a year")
    assert basis(daily)[1:] == (252, "daily returns, 252 a year")


def test_groups_are_sorted_and_know_open_campaigns(session, header):
    tally = Tally(header.start_cash)
    session(tally)
    (row,) = groups(tally.campaigns.closed, tally.ongoing, lambda campaign: campaign.symbol)
    assert (row["name"], row["campaigns"], row["open"], row["wins"]) == ("ABC", 1, 1, 1)
