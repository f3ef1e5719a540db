"""Numbers as people read them, and the summary as text for a terminal."""

import re
from collections.abc import Mapping

ABSENT = "n/a"


def money(value: object, *, signed: bool = False) -> str:
    """`1,234.50`, with its sign where a gain or loss is meant; n/a when it is undefined."""
    if not isinstance(value, int | float):
        return ABSENT
    rounded = round(value, 2)
    return f"{0.0 if rounded == 0 else rounded:{'+' if signed and rounded else ''},.2f}"


def percent(value: object, *, signed: bool = False) -> str:
    """A fraction as `12.34 %`."""
    if not isinstance(value, int | float):
        return ABSENT
    rounded = round(value * 100, 2)
    return f"{0.0 if rounded == 0 else rounded:{'+' if signed and rounded else ''},.2f} %"


def ratio(value: object) -> str:
    """A ratio with two decimals."""
    return f"{value:,.2f}" if isinstance(value, int | float) else ABSENT


def count(value: object) -> str:
    """A whole number with separators."""
    return f"{value:,d}" if isinstance(value, int) else ABSENT


def span(seconds: object) -> str:
    """A duration in its two largest units: `1h 05m`, `3m 20s`, `12.5s`, `85ms`."""
    if not isinstance(seconds, int | float):
        return ABSENT
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    if seconds < 60:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    minutes, left = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d {hours:02d}h"
    return f"{hours}h {minutes:02d}m" if hours else f"{minutes}m {left:02d}s"


def tone(value: object) -> str:
    """`up` for a gain, `down` for a loss, nothing for what rounds to zero cents."""
    if not isinstance(value, int | float) or round(value, 2) == 0:
        return ""
    return "up" if value > 0 else "down"


def view(text: str) -> str:
    """`text` for a page: negative numbers carry a true minus, where files keep the hyphen."""
    return re.sub(r"(?<![\w-])-(?=[\d.])", "\N{MINUS SIGN}", text)


def revisions(summary: Mapping[str, object]) -> str:
    """How many bars were revised, and what that would have changed."""
    amended, found = count(summary["amended"]), summary.get("revisions")
    if not isinstance(found, Mapping):
        return amended
    if found.get("error"):
        return f"{amended}; what they would have changed is unknown: {found['error']}"
    of = f"{count(found['decisions'])} decisions of those tickers"
    return f"{amended}; they would have changed {count(found['total'])} of {of}"


def terminal(summary: Mapping[str, object]) -> str:
    """The summary as plain text, some twenty lines."""
    rows = [*_session(summary), *_result(summary)]
    if summary["amended"]:
        rows.append(("revised bars", revisions(summary)))
    if summary["faults"]:
        rows.append(("faults", count(summary["faults"])))
    if summary["truncated"]:
        rows.append(("record", "cut short: what followed its last whole line is missing"))
    lines = [f"{name:<14} {text}" for name, text in rows]
    for title in ("by_strategy", "by_symbol"):
        lines += _table(title.replace("by_", ""), summary[title])
    refusals = summary["refusals"]
    if isinstance(refusals, Mapping) and refusals:
        lines += ["", "refused by", *(f"  {code:<22}{n:>8,d}" for code, n in refusals.items())]
    return "\n".join(lines)


def _session(summary: Mapping[str, object]) -> list[tuple[str, str]]:
    orders, fills, refused = (count(summary[name]) for name in ("orders", "fills", "refused"))
    return [
        ("run", f"{summary['run']} ({summary['mode']}, feed {summary['feed']})"),
        ("time", span(summary["duration_s"])),
        ("facts", f"{count(summary['bars'])} bars, {count(summary['quotes'])} quotes"),
        ("orders", f"{orders} orders, {fills} fills, {refused} refused"),
    ]


def _result(summary: Mapping[str, object]) -> list[tuple[str, str]]:
    won = "/".join(count(summary[name]) for name in ("wins", "losses", "scratches"))
    gained = percent(summary["net_fraction"], signed=True)
    costs = money(summary["costs"])
    expected = money(summary["expectancy"], signed=True)
    deepest = f"{percent(summary['max_drawdown'])} ({money(summary['max_drawdown_money'])})"
    return [
        ("equity", f"{money(summary['start_equity'])} -> {money(summary['end_equity'])}"),
        ("net", f"{money(summary['net'], signed=True)} ({gained}), costs {costs}"),
        ("open", f"{count(summary['open_positions'])}, {money(summary['open_pnl'], signed=True)}"),
        ("max drawdown", deepest),
        ("campaigns", f"{count(summary['campaigns'])} (won/lost/even {won})"),
        ("win rate", percent(summary["win_rate"])),
        ("expectancy", f"{expected} ({ratio(summary['expectancy_r'])} R)"),
        ("profit factor", ratio(summary["profit_factor"])),
        ("Sharpe", f"{ratio(summary['sharpe'])} ({summary['ratio_basis']})"),
    ]


def _table(title: str, rows: object) -> list[str]:
    if not isinstance(rows, list) or not rows:
        return []
    lines = ["", f"{title:<18}{'campaigns':>10}{'win rate':>10}{'net':>14}{'costs':>10}"]
    lines += [
        f"{row['name']:<18.18}{count(row['campaigns']):>10}{percent(row['win_rate']):>10}"
        f"{money(row['net'], signed=True):>14}{money(row['costs']):>10}"
        for row in rows
    ]
    return lines
