import json
import re

import pytest

from tradeplat.control.messages import Statistics
from tradeplat.visualizer import figures
from tradeplat.visualizer.numerals import MINUS, NONE

SUMMARY = {
    "run": "replay",
    "truncated": False,
    "started": 1_767_364_200_000_000_000,
    "duration_s": 23_400.0,
    "bars": 1_560,
    "net": -1_234.567,
    "costs": 12.0,
    "campaigns": 7,
    "wins": 4,
    "losses": 3,
    "win_rate": 4 / 7,
    "expectancy": -176.367,
    "expectancy_r": -0.21351,
    "max_drawdown": 0.0345,
    "median_hold_s": 12.5,
    "sharpe": None,
    "slippage_bps": 1.256,
    "new_figure": 0.5,
    "by_strategy": [
        {"name": "orb", "campaigns": 10, "net": -9.5, "win_rate": 0.25},
        {"name": "ema", "campaigns": 9, "net": 100.25, "win_rate": None},
    ],
    "by_symbol": [],
}
TOLD = Statistics(1, 98_765.4, 100_000.0, 5.0, 1.0, 2.0, refused={"MAX_POSITION": 12},
                  figures={"net": -1_234.567, "decisions_sha256": "abc", "refused": {"A": 1},
                           "summary": SUMMARY})  # fmt: skip


def at(path: str):
    found = json.loads(json.dumps({**TOLD.figures, "refused": TOLD.refused}))
    for name in path.split("."):
        found = found[name]
    return found


def back(text: str) -> float:
    return float(re.sub(r"[^0-9.\-]", "", text.replace(MINUS, "-")))


def test_every_figure_is_the_one_of_the_json() -> None:
    rows = figures.figures(TOLD)
    assert {row.path for row in rows} >= {"summary.net", "decisions_sha256"}
    assert len([row for row in rows if row.path.endswith(".net")]) == 1
    for row in [*rows, *figures.refusals(TOLD)]:
        value = at(row.path)
        assert row.value == value
        if value is None:
            assert row.text == NONE
        elif row.kind in {"money", "gain", "bps"}:
            assert back(row.text) == round(value, 2)
        elif row.kind == "part":
            assert back(row.text) == pytest.approx(round(100 * value, 2))
        elif row.kind == "ratio":
            assert back(row.text) == round(value, 4)
        elif row.kind == "count":
            assert back(row.text) == value


def test_no_figure_of_the_engine_is_left_out() -> None:
    shown = {row.path for row in figures.figures(TOLD)}
    assert {f"summary.{name}" for name in SUMMARY if not name.startswith("by_")} <= shown
    assert [row.label for row in figures.figures(TOLD) if "new" in row.path] == ["New figure"]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "money", NONE),
        (True, "text", "yes"),
        (float("nan"), "ratio", NONE),
        (-1.005, "gain", f"{MINUS}1.00"),
        (12.5, "gain", "+12.50"),
        (0.25, "part", "25.00 %"),
        (12.54, "span", "12.5 s"),
        (3_725.0, "span", "01:02:05"),
        (90_061.0, "span", "1 d 01:01:01"),
        (1_767_364_200_000_000_000, "time", "Fri 2 Jan 09:30:00"),
        (0, "time", NONE),
        ("abc", "text", "abc"),
    ],
)
def test_kinds_have_their_own_look(value, kind, text) -> None:
    assert figures.shown(value, kind) == text


def test_without_figures_the_account_is_told() -> None:
    bare = Statistics(1, 98_765.4, 100_000.0, 5.0, 1.0, 2.0)
    assert {row.path: row.text for row in figures.figures(bare)}["equity"] == "98,765.40"
    assert figures.figures(None) == figures.refusals(None) == []
    assert figures.tables(None) == {"by_strategy": [], "by_symbol": []}


def test_copies_have_every_digit_and_are_ascii() -> None:
    rows = figures.figures(TOLD)
    csv = dict(line.split(",", 1) for line in figures.as_csv(rows).splitlines())
    assert csv["summary.net"] == "-1234.567"
    assert csv["summary.win_rate"] == repr(4 / 7)
    assert csv["summary.sharpe"] == ""
    assert figures.as_text(rows).isascii()
    assert "n/a" in figures.as_text(rows)
    table = figures.table_csv(figures.tables(TOLD)["by_strategy"]).splitlines()
    assert table == ["name,campaigns,net,win_rate", "orb,10,-9.5,0.25", "ema,9,100.25,"]
    odd = figures.Figure("Run", "Why", "why", 'a "b", c')
    assert figures.as_csv([odd]).splitlines()[1] == 'why,"a ""b"", c"'
