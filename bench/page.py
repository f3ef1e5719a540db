"""One run of the benchmarks as JSON can hold it, and as a page."""

import datetime as dt
import os
import platform
from pathlib import Path

import msgspec

from bench.figures import Figure

WHAT = {
    "R1": "One strategy, one ticker: a plain strategy class behind desk, gate, book and simulated"
    " broker, against the engines people use, each on its own native data in memory and in an"
    " environment of its own. SMA(20)/SMA(50), 100 shares long or flat, market orders, 1 USD an"
    " order. The fills must be backtesting.py's, bar by bar and price by price; the others must"
    " agree in their number.",
    "R2": "The same work through the orchestrated drive: tasks, timeline, StrategyManager. Its"
    " decisions and fills must be those of the research drive.",
    "R4": "What a bar costs with 50 tickers instead of one, and in a replay ten times as long.",
    "R5": "Memory: the most a replay from CSV ever held, over a process that only imports it.",
    "L1": "CSV to arrays, beside pyarrow's own reader with threads and timestamps.",
    "W1": "From the wire to the strategy's handler, beside a bare `websockets` and msgspec client.",
    "W2": "Messages a second through the whole chain to the desks, beside alpaca-py.",
    "W3": "From a strategy's signal to the first byte of its order, beside a bare POST.",
    "W4": "20,000 messages a second over 500 tickers through everything a session has, market time"
    " ten times as fast as the wall's, with loop lag and memory, on Alpaca's wire and on Polygon's;"
    " and a burst of 100,000 a second.",
    "W5": "From a key that a person presses to the wire.",
    "G4": "A link to the venue's sockets that is broken every ten seconds: how long until"
    " each ticker is live again, and what its desk was shown beside the venue's history.",
    "G10": "From a strategy's decision to its order on the wire, journaled first, while 20,000"
    " messages a second of 500 tickers go through the same loop. Three processes on the machine:"
    " market, order server, daemon.",
    "UI1": "Drawing, CPU time without a screen: one chart of 1,280 by 600 that shows all of its"
    " bars, after its last bar has changed.",
    "UI2": "pyqtgraph's plot with the painter's 1,000 candles, beside the same plot without them.",
    "UI3": "Every bar in one QPicture, made anew with each tick as in pyqtgraph's own example.",
    "UI4": "Twenty charts of 1,000 bars with volume, an average, axes and the last price: plain"
    " widgets that paint themselves (a grid and a head beside), and as many plots of pyqtgraph with"
    " the same painter in them.",
    "UI7": "100,000 bars and a study in slices of 5,000, as the link sends them, each slice and"
    " each frame a step.",
    "UI10": "A refresh of 100 rows of 10 cells by the tables' own model, beside a widget of items"
    " whose header measures its columns.",
    "UI11": "2,000 ticks a second of 20 tickers, each shown to the scene that windows watch: how"
    " late the engine handles them, with a board of 20 charts painted 30 times a second in its own"
    " process, with the same board in the engine's loop, and with none.",
    "UI12": "Keys pressed at odd moments in a window that paints 20 charts, until the command is"
    " read by the engine, beside the median frame of that window.",
    "UI13": "The large chart with studies in two panes more, panned and zoomed with every frame.",
    "UI15": "The main window with a board of 20 charts, shown the frames of an hour of a session, a"
    " second's at a time and painted after each: bars that go on and close, studies, quotes, fills,"
    " orders, the log, the account.",
    "UI20": "The engine's loop under two thousand facts a second, with windows that read, stand"
    " still, read slowly, or die in the middle of a frame.",
    "UI23": "A snapshot as records, beside the same as JSON.",
    "UI8": "The same stream of frames read and drawn by the C++ viewer and by the board: last bars"
    " that change, and a bar more with each frame; pyqtgraph's plots beside them.",
    "gate": "What one decision of the gate costs.",
    "journal": "What one durable order costs on this disk, and a start over a long journal.",
    "scan": "A look at the whole market: Polygon's snapshot of 11,000 tickers decoded, filtered and"
    " ranked.",
    "DEC": "What decoding a second bar of Polygon costs, beside msgspec into typed structs alone.",
    "REC": "What the record of a run costs.",
    "CLI": "How long a person waits.",
    "MEM": "The daemon at work on the built-in venue.",
}

TEXT = """# Performance

`make bench` measures and prints every figure beside its target; `make bench ARGS=--quick` does so
in about five minutes with smaller work, and `python -m bench NAME` measures one part
({names}).
What is compared runs in turn in one go: only ratios carry from machine to machine. Engines to
compare with are installed in environments of their own under `bench/.envs`; one that cannot be
installed is left out, and its row is missing. `make ratios` measures what the windows hold to, and
fails where one of them is missed. The JSON is in `bench/out/figures.json`, from which
this page is made: `python -m bench --page docs/performance.md`.

## The last run

{when}, {took}: {machine}.{added}

| | figure | measured | target | |
|---|---|---|---|---|
{rows}

A target with a floor says `floor` where only the floor was reached. Rows without a target are there
to compare with.

## What is measured

{what}
"""


class Run(msgspec.Struct, frozen=True):
    """Everything of one run; `began` in Unix seconds, `took` in seconds. `added` says which of its
    figures were measured by themselves later.
    """

    began: float
    took: float
    quick: bool
    machine: str
    figures: list[Figure]
    added: str = ""


def machine(load: float) -> str:
    """The machine in one line; `load` is its load average before the run."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        chip = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        chip = platform.processor() or platform.machine()
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{os.cpu_count()} cores of {chip}, {memory:.0f} GB, {platform.system()},"
        f" {platform.python_implementation()} {platform.python_version()}, load {load:.1f} before"
    )


def joined(before: Run, run: Run, names: list[str]) -> Run:
    """The figures of a run put among those of the run before, in place of older ones of theirs."""
    fresh = {figure.id for figure in run.figures}
    kept = [figure for figure in before.figures if figure.id not in fresh]
    when = dt.datetime.fromtimestamp(run.began, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    said = f"{', '.join(f'`{name}`' for name in names)}: {when}, load {run.machine.split()[-2]}."
    return msgspec.structs.replace(
        before, figures=[*kept, *run.figures], added=f"{before.added} {said}".strip()
    )


def page(run: Run, names: list[str]) -> str:
    """The page of `run`; `names` are the measurements there are."""
    rows = []
    for figure in run.figures:
        target = f"{figure.better} {figure.target:g}" if figure.target else ""
        floor = f" (floor {figure.floor:g})" if figure.floor else ""
        value = f"{figure.value:,.4g} {figure.unit}"
        rows.append(f"| {figure.id} | {figure.what} | {value} | {target}{floor} | {figure.met} |")
    measured = dict.fromkeys(figure.id for figure in run.figures)
    when = dt.datetime.fromtimestamp(run.began, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    kind = "quick" if run.quick else "full"
    return TEXT.format(
        names=", ".join(f"`{name}`" for name in names),
        when=when,
        took=f"a {kind} run of {run.took / 60:.1f} minutes",
        machine=run.machine,
        added=f" {run.added}" if run.added else "",
        rows="\n".join(rows),
        what="\n".join(f"- **{name}** {WHAT[name]}" for name in measured if name in WHAT),
    )
