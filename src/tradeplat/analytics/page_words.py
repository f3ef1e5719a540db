"""What the report says around its charts: headline tiles and details."""

from collections.abc import Mapping

from tradeplat.analytics.words import (
    count,
    money,
    percent,
    ratio,
    revisions,
    span,
    tone,
    view,
)

Summary = Mapping[str, object]
Rows = list[tuple[str, str]]


def tiles(s: Summary) -> list[dict[str, str]]:
    """The headline figures: name, value, tone, and a line below."""
    won = f"{count(s['wins'])} won, {count(s['losses'])} lost, {count(s['scratches'])} even"
    opened = f"{count(s['open_positions'])} open" if s["open_positions"] else "none open"
    rows = [
        ("Net result", money(s["net"], signed=True), _gained(s), tone(s["net"])),
        ("Equity at the end", money(s["end_equity"]), f"from {money(s['start_equity'])}", ""),
        (
            "Max drawdown",
            percent(s["max_drawdown"]),
            f"{money(s['max_drawdown_money'])}, longest {span(s['longest_drawdown_s'])}",
            "",
        ),
        ("Campaigns", count(s["campaigns"]), f"{count(s['fills'])} fills, {opened}", ""),
        ("Win rate", percent(s["win_rate"]), won, ""),
        (
            "Expectancy",
            money(s["expectancy"], signed=True),
            f"{ratio(s['expectancy_r'])} R a campaign",
            tone(s["expectancy"]),
        ),
        (
            "Profit factor",
            ratio(s["profit_factor"]),
            f"win {money(s['average_win'])}, loss {money(s['average_loss'])}",
            "",
        ),
        ("Sharpe", ratio(s["sharpe"]), str(s["ratio_basis"]), ""),
    ]
    return [
        {"name": name, "value": view(value), "more": view(more), "tone": way}
        for name, value, more, way in rows
    ]


def details(s: Summary) -> list[tuple[str, Rows]]:
    """Every other figure, in four groups."""
    groups: list[tuple[str, Rows]] = [
        ("Money", _money(s)),
        ("Campaigns", _campaigns(s)),
        ("Ratios", _ratios(s)),
        ("Execution", _execution(s)),
    ]
    return [(title, [(name, view(text)) for name, text in rows]) for title, rows in groups]


def _money(s: Summary) -> Rows:
    return [
        ("Start equity", money(s["start_equity"])),
        ("End equity", money(s["end_equity"])),
        ("Net", money(s["net"], signed=True)),
        ("Costs", money(s["costs"])),
        ("Open result", money(s["open_pnl"], signed=True)),
        ("Max drawdown", money(s["max_drawdown_money"])),
        ("Still below the peak", "yes" if s["in_drawdown"] else "no"),
    ]


def _campaigns(s: Summary) -> Rows:
    return [
        ("Average win", money(s["average_win"])),
        ("Average loss", money(s["average_loss"])),
        ("Best", money(s["best"], signed=True)),
        ("Worst", money(s["worst"], signed=True)),
        ("Longest losing run", count(s["losing_run"])),
        ("Median time held", span(s["median_hold_s"])),
        ("Expectancy in R", ratio(s["expectancy_r"])),
    ]


def _ratios(s: Summary) -> Rows:
    return [
        ("Sortino", ratio(s["sortino"])),
        ("Omega", ratio(s["omega"])),
        ("PSR above 0", percent(s["psr"])),
        ("CAGR", percent(s["cagr"], signed=True)),
        ("Calmar", ratio(s["calmar"])),
        ("Value at risk 95 %", percent(s["value_at_risk_95"])),
        ("Expected shortfall 95 %", percent(s["expected_shortfall_95"])),
    ]


def _execution(s: Summary) -> Rows:
    acknowledged = " / ".join(_delay(s[name]) for name in ("ack_ms_p50", "ack_ms_p95"))
    return [
        ("Bars and quotes", f"{count(s['bars'])} / {count(s['quotes'])}"),
        ("Revised bars", revisions(s)),
        ("Orders", f"{count(s['orders'])}, {count(s['refused'])} refused"),
        ("Filled quantity", percent(s["fill_ratio"])),
        ("Slippage", _points(s["slippage_bps"])),
        ("Effective spread", _points(s["effective_spread_bps"])),
        ("Median time to fill", span(s["time_to_fill_s"])),
        ("Acknowledged p50 / p95", acknowledged),
    ]


def _gained(s: Summary) -> str:
    return f"{percent(s['net_fraction'], signed=True)} after {money(s['costs'])} costs"


def _points(value: object) -> str:
    return f"{value:.2f} bp" if isinstance(value, int | float) else ratio(value)


def _delay(value: object) -> str:
    return span(value / 1000) if isinstance(value, int | float) else span(value)
