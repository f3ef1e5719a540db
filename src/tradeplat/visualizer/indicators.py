"""Indicators that a person adds to charts: computed once a bar, for the charts that are seen.

They are studies of the chart's own: nobody trades by them, and nothing of them is sent.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from tradeplat.core.market import SECOND, Bar
from tradeplat.indicators.registry import INDICATORS, Indicator
from tradeplat.visualizer.model import OWN, ChartModel, Study
from tradeplat.visualizer.palette import STUDIES
from tradeplat.visualizer.store import Rows
from tradeplat.visualizer.ticks import DAY, offsets

FIRST = OWN
"""The number of their first study."""

ROOM = 16
"""Numbers and panes that each indicator may take."""

PANES = 1_000
"""Their panes lie below those of strategies."""

MOST = 500
"""Bars that are computed in one step, over all charts: a long history takes many steps."""

POINT = np.dtype([("ts", "<i8"), ("value", "<f8"), ("study", "<u2")])
Make = Callable[[], Indicator]


@dataclass(slots=True)
class _Run:
    """One indicator over one model's bars; `numbers` are those of its plots' edges."""

    made: Indicator
    studies: tuple[Study, ...]
    edges: tuple[tuple[str, int], ...]
    loads: int
    done: int = 0
    day: int = -1


class Indicators:
    """Those that there are, by name, and those chosen of each ticker."""

    def __init__(self, known: Mapping[str, Make] = INDICATORS) -> None:
        self._known = dict(known)
        self._chosen: dict[str, tuple[str, ...]] = {}
        self._runs: WeakKeyDictionary[ChartModel, dict[str, _Run]] = WeakKeyDictionary()

    @property
    def names(self) -> tuple[str, ...]:
        """Every indicator there is, in the order in which they are listed."""
        return tuple(self._known)

    def colour(self, name: str) -> str:
        """What it is drawn in, where it has no colour of its own."""
        return STUDIES[self.names.index(name) % len(STUDIES)]

    def know(self, more: Mapping[str, Make]) -> None:
        """Have these too; one of a name that is known takes its place."""
        self._known.update(more)

    def choose(self, symbol: str, names: Iterable[str]) -> None:
        """Draw these of a ticker, and no others; a name that is not known is passed over."""
        wanted = set(names)
        self._chosen[symbol] = tuple(name for name in self._known if name in wanted)
        for model, runs in list(self._runs.items()):
            if model.symbol == symbol:
                for name in set(runs) - wanted:
                    _drop(model, runs.pop(name))

    def advance(self, models: Iterable[ChartModel]) -> bool:
        """Bring what is chosen up to the newest closed bar of these. False where that took too
        many bars for one step: it goes on with the next call.
        """
        left = MOST
        for model in models:
            for name in self._chosen.get(model.symbol, ()):
                run = self._run(name, model)
                left -= _go_on(run, model, left)
                if run.done < model.bars.closed:
                    return False
        return True

    def _run(self, name: str, model: ChartModel) -> _Run:
        runs = self._runs.setdefault(model, {})
        run = runs.get(name)
        if run is None or run.loads != model.loads:
            run = runs[name] = self._begun(name, model)
        return run

    def _begun(self, name: str, model: ChartModel) -> _Run:
        made = self._known[name]()
        number = self.names.index(name)
        first = FIRST + ROOM * number
        studies: list[Study] = []
        edges: list[tuple[str, int]] = []
        for at, plot in enumerate(made.PLOTS[: ROOM // 2]):
            own, partner = first + 2 * at, first + 2 * at + 1 if plot.other else 0
            pane = PANES + ROOM * number + plot.pane if plot.pane else 0
            shown = f"{name} {plot.label}" if plot.label else name
            colour = plot.colour or self.colour(name)
            studies.append(Study(own, shown, plot.style, pane, colour, partner=partner))
            edges += [(plot.attribute, own), *([(plot.other, partner)] if partner else [])]
        for study in studies:
            model.declare(study)
        return _Run(made, tuple(studies), tuple(edges), model.loads)


def _drop(model: ChartModel, run: _Run) -> None:
    for study in run.studies:
        model.withdraw(study.id)


def _go_on(run: _Run, model: ChartModel, most: int) -> int:
    """Compute the next bars, and give the model what came of them; how many that were."""
    bars, start = model.bars, run.done
    end = min(start + most, bars.closed)
    if end <= start:
        return 0
    ts = bars.ts[start:end]
    prices, volumes = bars.rows(start, end)
    opened = ts // SECOND - min(model.span, DAY)  # a bar of a day closes in the next
    local = opened + offsets(opened)
    days = (local // DAY).tolist()
    midnights = ((opened - local % DAY) * SECOND).tolist()
    columns = (ts.tolist(), *prices.tolist(), volumes.tolist())
    made, found = run.made, list[tuple[int, float, int]]()
    for at, (when, first, high, low, last, volume) in enumerate(zip(*columns, strict=True)):
        if days[at] != run.day:
            run.day = days[at]
            made.on_day(midnights[at])
        made.on_bar(Bar(model.symbol, when, first, high, low, last, volume, model.span, ""))
        found += [(when, getattr(made, name), number) for name, number in run.edges]
    run.done = end
    points: Rows = np.array(found, POINT)
    model.points(points)
    return end - start
