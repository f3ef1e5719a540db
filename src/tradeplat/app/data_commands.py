"""`tradeplat data`: make a synthetic morning, verify files."""

import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from tradeplat.app.display import width
from tradeplat.app.exits import DONE, USAGE
from tradeplat.app.outcome import Outcome
from tradeplat.core.errors import BadInput
from tradeplat.history.check import check as find_problems
from tradeplat.history.dataset import csv_files
from tradeplat.history.finding import Finding
from tradeplat.history.synthetic import DEFAULT_DAY, morning
from tradeplat.venue import invented_facts, reference

SHOWN = 200
"""Rows of the table at most; the JSON has them all."""


def synth(out: Path, seed: int, tickers: int, day: str, hours: tuple[str, str]) -> Outcome:
    """Write a synthetic morning into `out`."""
    made = morning(seed, day=_day(day), tickers=tickers, start=hours[0], end=hours[1])
    try:
        made.write(out)
        reference.write(invented_facts.invented(made, seed), out)
    except OSError as error:
        raise BadInput(f"{out}: cannot be written ({error.strerror})") from None
    profiles = Counter(ticker.profile for ticker in made.tickers)
    bars = sum(len(ticker.bars) for ticker in made.tickers)
    numbers = {
        "folder": str(out),
        "seed": seed,
        "day": made.day,
        "tickers": len(made.tickers),
        "bars": bars,
        "quotes": sum(len(ticker.quotes) for ticker in made.tickers),
        "trades": sum(len(ticker.trades) for ticker in made.tickers),
        "profiles": dict(sorted(profiles.items())),
    }
    what = ", ".join(f"{count} {name}" for name, count in sorted(profiles.items()))
    text = f"{out}: {len(made.tickers)} tickers ({what}), {bars:,} one-second bars, day {made.day}"
    return Outcome(numbers, text)


def check(paths: Sequence[Path]) -> Outcome:
    """Look for problems in every CSV file of `paths`."""
    files = csv_files(paths)
    findings = list(find_problems(paths))
    bad = [finding for finding in findings if finding.serious]
    numbers = {
        "files": len(files),
        "problems": len(bad),
        "warnings": len(findings) - len(bad),
        "findings": [msgspec.to_builtins(finding, enc_hook=str) for finding in findings],
    }
    code = USAGE if bad else DONE
    summary = f"{len(files)} files, {len(bad)} problems, {len(findings) - len(bad)} warnings"
    return Outcome(numbers, _table(findings) + summary, code)


def _table(findings: Sequence[Finding]) -> str:
    if not findings:
        return ""
    table = Table(box=SIMPLE)
    for name in ("file", "row", "", "problem", "found", "expected"):
        # A long cell is folded, never cut: which file it is stands at the end of its name.
        table.add_column(name, overflow="fold")
    for finding in findings[:SHOWN]:
        row = str(finding.row) if finding.row else ""
        grave = "BAD" if finding.serious else "warn"
        cells = (grave, finding.problem, finding.found, finding.expected)
        table.add_row("/".join(finding.path.parts[-2:]), row, *cells)
    page = io.StringIO()
    Console(file=page, width=width()).print(table)
    more = len(findings) - SHOWN
    return page.getvalue() + (f"... and {more} more\n" if more > 0 else "")


def _day(text: str) -> int:
    if not text:
        return DEFAULT_DAY
    digits = text.replace("-", "")
    if len(digits) != 8 or not digits.isdecimal():
        raise BadInput(f"--day {text}: expected yyyy-mm-dd")
    return int(digits)
