"""A run's report, from its record alone: the figures, and one page that needs no network."""

from collections.abc import Iterator, Mapping
from typing import Protocol

import jinja2
import msgspec
import numpy as np
from markupsafe import Markup

from tradeplat.analytics.charts import Charts
from tradeplat.analytics.page_words import details, tiles
from tradeplat.analytics.payload import payload, plain_settings
from tradeplat.analytics.summary import summarise
from tradeplat.analytics.tally import Tally
from tradeplat.analytics.words import count, money, percent, ratio, span, tone, view
from tradeplat.core.errors import BadInput
from tradeplat.core.record import RUN, Entry, Noted, RunHeader

STYLE = "style.css"
SCRIPTS = (
    "base.js",
    "view.js",
    "curve.js",
    "candles.js",
    "table.js",
    "lanes.js",
    "main.js",
)
"""In the order in which the page needs them."""


class Entries(Protocol):
    """A record (journal/reader.py): its entries in order, and whether it was cut short."""

    @property
    def truncated(self) -> bool:
        """True when the record ended without being closed; known after an iteration."""
        ...

    def __iter__(self) -> Iterator[Entry]:
        """The entries, oldest first."""
        ...


class Run(msgspec.Struct, frozen=True):
    """A record folded to its figures and, where they were asked for, its charts."""

    header: RunHeader
    tally: Tally
    charts: Charts
    truncated: bool
    revisions: Mapping[str, object] | None = None
    """What revised bars would have changed, where that was looked into (sim/revised.py)."""

    @property
    def summary(self) -> dict[str, object]:
        """All figures of the run, JSON-ready (analytics/summary.py)."""
        found = summarise(self.header, self.tally, truncated=self.truncated)
        return {**found, "revisions": self.revisions}


def fold(record: Entries) -> Run:
    """Read a record through, once; BadInput when it does not begin with the run's header."""
    entries = iter(record)
    header = _header(next(entries, None))
    tally = Tally(header.start_cash, header.multipliers)
    charts = Charts()
    for entry in entries:
        entry.tell(tally)
        entry.tell(charts)
    return Run(header, tally, charts, record.truncated)


def render(run: Run) -> str:
    """The report as one HTML page with everything in it."""
    loader = jinja2.PackageLoader("tradeplat.analytics", "page")
    world = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    world.filters.update(
        cash=lambda value: view(money(value)),
        gain=lambda value: view(money(value, signed=True)),
        part=lambda value: view(percent(value)),
        ratio=lambda value: view(ratio(value)),
        whole=count,
        lasting=span,
        tone=tone,
        v=lambda value: "" if value is None else value,
    )
    source = {name: loader.get_source(world, name)[0] for name in (STYLE, *SCRIPTS)}
    found = run.summary
    drawn = msgspec.json.encode(payload(run.header, run.tally, run.charts)).decode()
    return world.get_template("report.html.j2").render(
        s=found,
        header=run.header,
        times=_times(run.tally),
        feeds=", ".join(sorted(run.charts.feeds)) or run.header.feed,
        tiles=tiles(found),
        details=details(found),
        strategies=_swung(found["by_strategy"]),
        tickers=_swung(found["by_symbol"]),
        refusals=_refusals(run.charts),
        left_out=run.charts.notes_left_out,
        settings=plain_settings(run.header.settings),
        css=_trusted(source[STYLE]),
        script=_trusted("".join(source[name] for name in SCRIPTS)),
        data=_trusted(drawn.replace("<", "\\u003c")),
    )


def _header(first: Entry | None) -> RunHeader:
    if not isinstance(first, Noted) or first.topic != RUN:
        raise BadInput("the record does not begin with the run's header")
    try:
        return RunHeader.of(first.body)
    except msgspec.ValidationError as error:
        raise BadInput(f"the run's header cannot be read: {error}") from None


def _times(tally: Tally) -> dict[str, object]:
    return {
        "start": tally.first // 1_000_000,
        "end": tally.last // 1_000_000,
        "start_text": _utc(tally.first),
        "end_text": _utc(tally.last),
    }


def _utc(ts: int) -> str:
    return str(np.datetime64(ts, "ns").astype("datetime64[s]")).replace("T", " ")


def _swung(rows: object) -> list[dict[str, object]]:
    """Rows with a small bar that shows each net against the largest of them."""
    assert isinstance(rows, list)
    most = max((abs(row["net"]) for row in rows), default=0.0) or 1.0
    swung: list[dict[str, object]] = []
    for row in sorted(rows, key=lambda row: -row["net"]):
        wide = 50.0 * abs(row["net"]) / most
        side = "left:50%" if row["net"] >= 0 else "right:50%"
        colour = "var(--up)" if row["net"] >= 0 else "var(--down)"
        swung.append({**row, "swing": f"{side};width:{wide:.1f}%;background:{colour}"})
    return swung


def _refusals(charts: Charts) -> list[Mapping[str, object]]:
    ranked = sorted(charts.refusals.values(), key=lambda turned: (-turned.count, turned.code))
    return [
        {
            "code": turned.code,
            "count": turned.count,
            "message": turned.message,
            "symbols": _some(turned.symbols),
            "strategies": _some(turned.strategies),
        }
        for turned in ranked
    ]


def _some(names: set[str], most: int = 8) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def _trusted(text: str) -> Markup:
    """Our own style, script or escaped JSON, to stand in the page as it is."""
    return Markup(text)  # noqa: S704  # nothing of a record reaches this but JSON without a "<"
