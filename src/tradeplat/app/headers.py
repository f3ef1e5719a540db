"""The first line of every record: what the run is, and how it is set."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from tradeplat import __version__
from tradeplat.app import wiring
from tradeplat.app.settings import Settings
from tradeplat.core.record import RunHeader
from tradeplat.core.schema import market_schema


class Begun(NamedTuple):
    """What a run knows of itself as it begins; `started` is UTC nanoseconds."""

    name: str
    mode: str
    feed: str
    account: str
    cash: Decimal
    started: int


def header(settings: Settings, begun: Begun, seeds: Mapping[str, int]) -> RunHeader:
    """The header of a run with these settings and seeds."""
    return RunHeader(
        name=begun.name,
        mode=begun.mode,
        version=__version__,
        feed=begun.feed,
        start_cash=begun.cash,
        started=begun.started,
        account=begun.account,
        seeds=dict(seeds),
        settings=settings.model_dump(mode="json"),
        strategies=tuple(wiring.seat_names(settings.strategy)),
        plots=wiring.plots(settings.strategy),
        schema=market_schema(),
    )
