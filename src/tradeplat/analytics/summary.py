"""The numbers of a run: one plain dictionary, the same in `metrics.json`, on screen, on paper."""

from collections.abc import Callable, Iterable
from math import isfinite, nan

from tradeplat.analytics.metrics import (
    YEAR_OF_DAYS,
    YEAR_OF_MINUTES,
    Outcomes,
    Series,
    cagr,
    expected_shortfall,
    moments,
    omega,
    probabilistic_sharpe,
    quantiles,
    sharpe,
    sortino,
    value_at_risk,
)
from tradeplat.analytics.tally import Tally
from tradeplat.analytics.trades import Campaign
from tradeplat.core.market import SECOND
from tradeplat.core.record import RunHeader

GROWN_UP = 20
"""Fewer trading days than this say nothing about a year: growth figures are then undefined."""

Table = list[dict[str, object]]


def summarise(header: RunHeader, tally: Tally, *, truncated: bool = False) -> dict[str, object]:
    """All figures of a run, JSON-ready: money as floats, ratios as fractions, undefined as None.

    `net` is end less start equity; it equals the net of all campaigns plus what is open. Times
    are UTC ns, durations seconds, delays milliseconds, execution costs basis points.
    """
    tally.settle()
    closed, ongoing = tally.campaigns.closed, tally.ongoing
    return _plain(
        {
            "run": header.name,
            "mode": header.mode,
            "version": header.version,
            "feed": header.feed,
            "account": header.account,
            "truncated": truncated,
            **_counts(tally),
            **_money(tally),
            "campaigns": tally.outcomes.count,
            **_outcomes(tally.outcomes),
            "median_hold_s": quantiles([c.held / SECOND for c in closed], [0.5])[0],
            **_ratios(tally),
            **_quality(tally),
            "by_strategy": groups(closed, ongoing, lambda campaign: campaign.strategy),
            "by_symbol": groups(closed, ongoing, lambda campaign: campaign.symbol),
        }
    )


def groups(
    closed: Iterable[Campaign], ongoing: Iterable[Campaign], of: Callable[[Campaign], str]
) -> Table:
    """One row for each value of `of`, sorted by name; `net` counts open campaigns at the marks."""
    names: dict[str, tuple[Outcomes, list[Campaign], list[Campaign]]] = {}
    for campaign in closed:
        outcomes, ended, _ = names.setdefault(of(campaign), (Outcomes(), [], []))
        outcomes.add(float(campaign.net), campaign.multiple)
        ended.append(campaign)
    for campaign in ongoing:
        names.setdefault(of(campaign), (Outcomes(), [], []))[2].append(campaign)
    return [
        {
            "name": name,
            "campaigns": outcomes.count,
            "open": len(still),
            "net": float(sum(c.net for c in (*ended, *still))),
            "costs": float(sum(c.costs for c in (*ended, *still))),
            "open_pnl": float(sum(c.net for c in still)),
            **_outcomes(outcomes),
            "median_hold_s": quantiles([c.held / SECOND for c in ended], [0.5])[0],
        }
        for name, (outcomes, ended, still) in sorted(names.items())
    ]


def basis(tally: Tally) -> tuple[Series, float, str]:
    """Returns the ratios are made of, how many make a year, and how to say so."""
    days, minutes = tally.curve.days.so_far(), tally.curve.minutes.so_far()
    if len(days) >= GROWN_UP or len(minutes) < 2 * len(days):
        return days, YEAR_OF_DAYS, "daily returns, 252 a year"
    return minutes, YEAR_OF_MINUTES, "1-minute returns, 98,280 a year"


def _counts(tally: Tally) -> dict[str, object]:
    return {
        "started": tally.first,
        "ended": tally.last,
        "duration_s": (tally.last - tally.first) / SECOND,
        "bars": tally.bars,
        "quotes": tally.quotes,
        "amended": tally.amended,
        "tickers": len(tally.tickers),
        "decisions": tally.decisions,
        "orders": tally.orders,
        "fills": tally.fills,
        "refused": sum(tally.refusals.values()),
        "refusals": dict(tally.refusals.most_common()),
        "faults": tally.faults,
    }


def _money(tally: Tally) -> dict[str, object]:
    start, end, ongoing = float(tally.start), float(tally.equity), tally.ongoing
    drawdown = tally.curve.drawdown
    return {
        "start_equity": start,
        "end_equity": end,
        "net": float(tally.equity - tally.start),
        "net_fraction": (end - start) / start if start else nan,
        "costs": float(tally.costs),
        "open_positions": len(ongoing),
        "open_pnl": float(sum(going.net for going in ongoing)),
        "max_drawdown": drawdown.deepest,
        "max_drawdown_money": drawdown.deepest_money,
        "longest_drawdown_s": drawdown.longest / SECOND,
        "in_drawdown": drawdown.open,
    }


def _outcomes(outcomes: Outcomes) -> dict[str, object]:
    return {
        "wins": outcomes.wins.count,
        "losses": outcomes.losses.count,
        "scratches": outcomes.scratches,
        "win_rate": outcomes.win_rate,
        "expectancy": outcomes.expectancy,
        "expectancy_r": outcomes.expectancy_r,
        "profit_factor": outcomes.profit_factor,
        "average_win": outcomes.average_win,
        "average_loss": outcomes.average_loss,
        "best": outcomes.best,
        "worst": outcomes.worst,
        "losing_run": outcomes.losing_run,
    }


def _ratios(tally: Tally) -> dict[str, object]:
    returns, year, words = basis(tally)
    ratio = sharpe(returns, year)
    skew, kurtosis = moments(returns)
    days = len(tally.curve.days.so_far())
    growth = nan
    if days >= GROWN_UP:
        growth = cagr(float(tally.start), tally.curve.last, days, YEAR_OF_DAYS)
    deepest = tally.curve.drawdown.deepest
    return {
        "ratio_basis": words,
        "returns": len(returns),
        "sharpe": ratio,
        "sortino": sortino(returns, year),
        "omega": omega(returns),
        "psr": probabilistic_sharpe(ratio / year**0.5, 0.0, len(returns), skew, kurtosis),
        "cagr": growth,
        "calmar": growth / deepest if deepest else nan,
        "value_at_risk_95": value_at_risk(returns),
        "expected_shortfall_95": expected_shortfall(returns),
    }


def _quality(tally: Tally) -> dict[str, object]:
    quality = tally.quality
    slippage = quality.slippage
    delays = [delay / 1e6 for delay in quality.acknowledged]
    filled = [delay / SECOND for delay in quality.filled]
    ack50, ack95, ack99 = quantiles(delays, [0.5, 0.95, 0.99])
    return {
        "slippage_bps": sum(slippage) / len(slippage) if slippage else nan,
        "slippage_bps_p95": quantiles(slippage, [0.95])[0],
        "effective_spread_bps": (
            sum(quality.spread) / len(quality.spread) if quality.spread else nan
        ),
        "fill_ratio": quality.fill_ratio,
        "time_to_fill_s": quantiles(filled, [0.5])[0],
        "ack_ms_p50": ack50,
        "ack_ms_p95": ack95,
        "ack_ms_p99": ack99,
    }


def _plain(values: dict[str, object]) -> dict[str, object]:
    """The same with None for every nan, tables included."""
    return {name: _sound(value) for name, value in values.items()}


def _sound(value: object) -> object:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, list):
        return [_plain(row) if isinstance(row, dict) else row for row in value]
    return value
