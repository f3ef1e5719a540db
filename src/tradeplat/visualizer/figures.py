"""What a run came to, as rows: every figure that the engine tells, with its name in the JSON. Pure.

A figure is shown rounded; what is copied as CSV is the figure as it was told.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any, NamedTuple

from tradeplat.visualizer.link import Statistics
from tradeplat.visualizer.numerals import MINUS, NONE, money_text
from tradeplat.visualizer.ticks import instant_text

SUMMARY = "summary"
GROUPS = {"by_strategy": "Strategies", "by_symbol": "Tickers"}
"""Tables of the summary, and what each is called."""

_MONEY, _GAIN, _PART, _RATIO, _COUNT, _TIME, _SPAN, _BPS, _TEXT = (
    "money", "gain", "part", "ratio", "count", "time", "span", "bps", "text",
)  # fmt: skip

_LABELS: Mapping[str, tuple[str, str, str]] = {
    "start_equity": ("Account", "Equity at the start", _MONEY),
    "end_equity": ("Account", "Equity", _MONEY),
    "equity": ("Account", "Equity", _MONEY),
    "cash": ("Account", "Cash", _MONEY),
    "net": ("Account", "Net profit or loss", _GAIN),
    "net_fraction": ("Account", "Net, of the start", _PART),
    "realised": ("Account", "Realised", _GAIN),
    "open": ("Account", "Open", _GAIN),
    "open_pnl": ("Account", "Open profit or loss", _GAIN),
    "open_positions": ("Account", "Open positions", _COUNT),
    "exposure": ("Account", "Exposure", _MONEY),
    "loss_limit": ("Account", "May be lost today", _MONEY),
    "costs": ("Account", "Commissions and fees", _MONEY),
    "max_drawdown": ("Drawdown", "Deepest", _PART),
    "max_drawdown_money": ("Drawdown", "Deepest, in money", _MONEY),
    "longest_drawdown_s": ("Drawdown", "Longest", _SPAN),
    "in_drawdown": ("Drawdown", "In one now", _TEXT),
    "campaigns": ("Trades", "Trades that ended", _COUNT),
    "wins": ("Trades", "Won", _COUNT),
    "losses": ("Trades", "Lost", _COUNT),
    "scratches": ("Trades", "Neither", _COUNT),
    "win_rate": ("Trades", "Win rate", _PART),
    "expectancy": ("Trades", "Expectancy a trade", _GAIN),
    "expectancy_r": ("Trades", "Expectancy in R", _RATIO),
    "profit_factor": ("Trades", "Profit factor", _RATIO),
    "average_win": ("Trades", "Average win", _GAIN),
    "average_loss": ("Trades", "Average loss", _MONEY),
    "best": ("Trades", "Best", _GAIN),
    "worst": ("Trades", "Worst", _GAIN),
    "losing_run": ("Trades", "Longest run of losses", _COUNT),
    "median_hold_s": ("Trades", "Held, median", _SPAN),
    "sharpe": ("Ratios", "Sharpe", _RATIO),
    "sortino": ("Ratios", "Sortino", _RATIO),
    "omega": ("Ratios", "Omega", _RATIO),
    "psr": ("Ratios", "Probabilistic Sharpe", _RATIO),
    "cagr": ("Ratios", "Growth a year", _PART),
    "calmar": ("Ratios", "Calmar", _RATIO),
    "value_at_risk_95": ("Ratios", "Value at risk, 95 %", _PART),
    "expected_shortfall_95": ("Ratios", "Expected shortfall, 95 %", _PART),
    "returns": ("Ratios", "Returns counted", _COUNT),
    "ratio_basis": ("Ratios", "Made of", _TEXT),
    "slippage_bps": ("Execution", "Slippage, mean", _BPS),
    "slippage_bps_p95": ("Execution", "Slippage, 95 %", _BPS),
    "effective_spread_bps": ("Execution", "Effective spread", _BPS),
    "fill_ratio": ("Execution", "Filled of ordered", _PART),
    "time_to_fill_s": ("Execution", "Time to fill, median", _SPAN),
    "started": ("Run", "From", _TIME),
    "ended": ("Run", "To", _TIME),
    "duration_s": ("Run", "Lasts", _SPAN),
}
"""Section, label and kind of figures; those that are not named come under their own names."""

ORDER = ("Account", "Trades", "Drawdown", "Ratios", "Execution", "Run")
_COLUMNS = ("name", "campaigns", "open", "net", "costs", "open_pnl", "wins", "losses", "win_rate",
            "expectancy", "expectancy_r", "profit_factor", "average_win", "average_loss", "best",
            "worst", "losing_run", "median_hold_s")  # fmt: skip


class Figure(NamedTuple):
    """One figure: its section, what it is called, its path in the run's metrics.json, and its value
    there.
    """

    section: str
    label: str
    path: str
    value: Any
    kind: str = _TEXT

    @property
    def text(self) -> str:
        """As it is shown."""
        return shown(self.value, self.kind)


def figures(told: Statistics | None) -> list[Figure]:
    """Every figure but those of tables, by section."""
    if told is None:
        return []
    summary = told.figures.get(SUMMARY, {})
    rows = [_figure(name, value, f"{SUMMARY}.{name}") for name, value in summary.items()]
    rows += [
        _figure(name, value, name)
        for name, value in told.figures.items()
        if name != SUMMARY and name not in summary
    ]
    if not rows:
        own = ("equity", "start_equity", "cash", "realised", "open", "exposure", "loss_limit",
               "open_orders", "fills")  # fmt: skip
        rows = [_figure(name, getattr(told, name), name) for name in own]
    plain = [row for row in rows if not isinstance(row.value, list | tuple | dict)]
    return sorted(plain, key=lambda row: _place(row.section))


def tables(told: Statistics | None) -> dict[str, list[Mapping[str, Any]]]:
    """The rows of each table of the summary, by its name in the JSON."""
    summary = told.figures.get(SUMMARY, {}) if told is not None else {}
    return {name: [dict(row) for row in summary.get(name) or ()] for name in GROUPS}


def refusals(told: Statistics | None) -> list[Figure]:
    """How often the gate said no, by its reason."""
    counts = told.refused if told is not None else {}
    return [Figure("Refused", code, f"refused.{code}", n, _COUNT) for code, n in counts.items()]


def columns(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """What a table has columns for: the known ones in order, then all others."""
    there = dict.fromkeys(name for row in rows for name in row)
    return [name for name in _COLUMNS if name in there or not there] + [
        name for name in there if name not in _COLUMNS
    ]


def title(name: str) -> str:
    """What a column of a table is called."""
    named = {"name": "Name", "campaigns": "Trades", "costs": "Costs", "net": "Net", "open": "Open"}
    named |= {"open_pnl": "Open P&L", "expectancy": "Expectancy", "losing_run": "Losing run"}
    return named.get(name) or (_LABELS[name][1] if name in _LABELS else _own(name))


def kind(name: str, value: object) -> str:
    """How a figure is written."""
    if name == "open" and isinstance(value, int):
        return _COUNT
    if name in _LABELS:
        return _LABELS[name][2]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _TEXT
    return _COUNT if isinstance(value, int) else _RATIO


def shown(value: object, kind: str) -> str:
    """A figure as a window shows it; what is not defined is a dash."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if not isinstance(value, int | float) or not isfinite(value):
        return NONE
    if kind in {_MONEY, _GAIN}:
        return money_text(value, signed=kind == _GAIN)
    texts = {
        _PART: lambda: f"{100 * value:,.2f} %",
        _RATIO: lambda: f"{value:,.4f}",
        _BPS: lambda: f"{value:,.2f} bp",
        _COUNT: lambda: f"{value:,.0f}",
        _TIME: lambda: instant_text(int(value)) if value else NONE,
        _SPAN: lambda: f"{value:,.1f} s" if value < 60 else _lasting(round(value)),
    }
    return texts.get(kind, lambda: str(value))().replace("-", MINUS)


def as_text(rows: Iterable[Figure]) -> str:
    """Figures as lines of plain text, in ASCII."""
    lines = [(row.label, row.text.replace(MINUS, "-").replace(NONE, "n/a")) for row in rows]
    wide = max((len(label) for label, _ in lines), default=0)
    return "\n".join(f"{label:<{wide}}  {text}" for label, text in lines)


def as_csv(rows: Iterable[Figure]) -> str:
    """Figures as they were told: path in the JSON, and value."""
    return "\n".join(["figure,value", *(f"{row.path},{_cell(row.value)}" for row in rows)])


def table_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """A table as it was told."""
    listed = list(rows)
    names = columns(listed)
    lines = [",".join(_cell(row.get(name)) for name in names) for row in listed]
    return "\n".join([",".join(names), *lines])


def _cell(value: object) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n') else text


def _figure(name: str, value: Any, path: str) -> Figure:
    section, label, kind_ = _LABELS.get(name, ("Run", _own(name), kind(name, value)))
    return Figure(section, label, path, value, kind_)


def _own(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _place(section: str) -> int:
    return ORDER.index(section) if section in ORDER else len(ORDER)


def _lasting(seconds: int) -> str:
    """Hours, minutes and seconds."""
    days, rest = divmod(seconds, 86_400)
    clock = datetime.fromtimestamp(rest, UTC).strftime("%H:%M:%S")
    return f"{days} d {clock}" if days else clock
