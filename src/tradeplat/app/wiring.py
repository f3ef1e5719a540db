"""Joins the parts of one account; the worlds differ only in what they add to it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from tradeplat.app import bounds, plugins
from tradeplat.app.settings import Plug, RiskSettings, Settings, read_toml, value
from tradeplat.core.calendar import Calendar
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import Plot
from tradeplat.core.market import MINUTE, SECOND
from tradeplat.core.ports import Digest, Recorder, Strategy
from tradeplat.core.tape import Market
from tradeplat.desk.bells import Bells
from tradeplat.desk.desk import House
from tradeplat.desk.floor import FillSink, Floor, Seats
from tradeplat.desk.manual import MANUAL
from tradeplat.desk.roster import Terms
from tradeplat.execution.hand import Offset, Rules
from tradeplat.execution.hotkeys import DEFAULTS, Bindings, Keypad, bindings
from tradeplat.execution.tracker import PositionTracker
from tradeplat.risk.gate import RiskGate
from tradeplat.risk.limits import Hours
from tradeplat.risk.sizing import Sizer


class Witnesses(msgspec.Struct, frozen=True):
    """Who keeps what was shown, decided and filled."""

    digest: Digest
    recorder: Recorder | None = None
    on_fill: FillSink | None = None


class Account(msgspec.Struct, frozen=True):
    """What the account starts with."""

    id: str
    cash: Decimal
    keep_closed: int = 100_000


class Desks(msgspec.Struct, frozen=True):
    """The joined parts of one account."""

    market: Market
    tracker: PositionTracker
    house: House
    floor: Floor
    gate: RiskGate


def join(settings: Settings, calendar: Calendar, account: Account, witnesses: Witnesses) -> Desks:
    """Market, tracker, gate, house and floor of `account`; the executor is installed later."""
    market = Market(calendar)
    tracker = PositionTracker(account.cash, market.tapes, account.keep_closed)
    gate = RiskGate(
        bounds.limits(settings.risk),
        sizer(settings.risk),
        tracker,
        market,
        account.id,
        bounds.rules(settings.risk),
    )
    house = House(gate, tracker, market, witnesses.digest, witnesses.recorder)
    house.bells = bells(settings)
    floor = Floor(house, seats(settings.strategy), witnesses.on_fill)
    return Desks(market, tracker, house, floor, gate)


def bells(settings: Settings) -> Bells | None:
    """When a day's trading ends, as set; never where there are no hours."""
    desks, hours = settings.desks, settings.risk.hours
    if not desks.end_of_day or hours is Hours.ANY:
        return None
    return Bells(
        entries=int(desks.entries_end_minutes * MINUTE),
        flatten=int(desks.flatten_minutes * MINUTE),
        verify=int(desks.verify_minutes * MINUTE),
        extended=hours is Hours.EXTENDED,
    )


def terms(settings: Settings) -> Terms:
    """How desks come and go, as set."""
    desks = settings.desks
    return Terms(
        period=int(desks.poll_seconds * SECOND),
        debounce=desks.debounce_polls,
        flatten=desks.on_removal == "flatten",
        deadline=int(desks.removal_deadline_seconds * SECOND),
        max_desks=desks.max_desks,
    )


def sizer(risk: RiskSettings) -> Sizer:
    """The sizing plug-in as set."""
    made: Sizer = plugins.build("sizing", risk.sizing.use, risk.sizing.options)
    return made


def rules(settings: Settings) -> Rules:
    """How orders from windows and scripts are made, as set."""
    keys = settings.keys
    classes = tuple(
        Offset(one.under, one.money if one.money is not None else one.ticks or 0, one.money is None)
        for one in keys.offsets
    )
    return Rules(
        keys.size,
        keys.risk,
        keys.offset,
        stop=keys.stop,
        offsets=classes,
        at_once=keys.tif == "ioc",
    )


def keypad(settings: Settings) -> Keypad:
    """The keys as bound; with real money they have to be armed first."""
    return Keypad(_bindings(settings.keys.file), arming=settings.run.mode == "live")


def _bindings(file: Path | None) -> Bindings:
    if file is None:
        return DEFAULTS
    tree = read_toml(file)
    table = tree.get("keys")
    if not isinstance(table, dict) or len(tree) > 1:
        found = ", ".join(tree) or "nothing"
        raise BadInput(f"{file}: found {found}, expected one table, [keys], and nothing else")
    return bindings(table, str(file))


def seats(plugs: tuple[Plug, ...]) -> Seats:
    """Makes fresh strategies for a ticker. Every strategy is built once now, so that a wrong
    name or parameter is an error at the door and not at the first ticker.
    """
    if not plugs:
        known = ", ".join(plugins.names("strategy"))
        raise BadInput(f"no strategy: name one with --strategy or [[strategy]] (known: {known})")
    names = seat_names(plugs)
    if MANUAL in names:
        raise BadInput(f"strategy {MANUAL!r}: that name is the trader's own, at the keys")
    makers = {
        name: plugins.maker("strategy", plug.use, plug.options)
        for name, plug in zip(names, plugs, strict=True)
    }

    def make(_symbol: str) -> Mapping[str, Strategy]:
        return {name: maker() for name, maker in makers.items()}

    make("")
    return make


def check(settings: Settings) -> None:
    """Raise BadInput when a plug-in that `settings` name could not be built."""
    seats(settings.strategy)
    sizer(settings.risk)
    bounds.rules(settings.risk)


def seat_names(plugs: tuple[Plug, ...]) -> list[str]:
    """The names under which strategies trade: a strategy used twice is numbered."""
    names: list[str] = []
    for plug in plugs:
        used = sum(name == plug.use or name.startswith(f"{plug.use}.") for name in names)
        names.append(plug.use if not used else f"{plug.use}.{used + 1}")
    return names


def with_strategies(
    settings: Settings,
    names: Iterable[str],
    params: Iterable[str],
    default: Iterable[Mapping[str, Any]] = (),
) -> Settings:
    """`settings` trading `names` (else its own strategies, else `default`) with `params`.

    A parameter is `key=value` for every strategy, or `name.key=value` for one.
    """
    plugs = [{"use": name} for name in names] or [
        {"use": plug.use, **plug.options} for plug in settings.strategy
    ]
    plugs = plugs or [dict(plug) for plug in default]
    for param in params:
        _apply(plugs, param)
    strategy = tuple(Plug.model_validate(plug) for plug in plugs)
    return settings.model_copy(update={"strategy": strategy})


def _apply(plugs: list[dict[str, Any]], param: str) -> None:
    path, equals, text = param.partition("=")
    name, dot, key = path.strip().rpartition(".")
    if not equals or not key:
        raise BadInput(f"--param {param}: expected key=value or strategy.key=value")
    meant = [plug for plug in plugs if not dot or plug["use"] == name]
    if not meant:
        known = ", ".join(plug["use"] for plug in plugs)
        raise BadInput(f"--param {param}: strategy {name!r} is not in this run ({known})")
    for plug in meant:
        plug[key] = value(text.strip())


def plots(strategies: tuple[Plug, ...]) -> dict[str, list[tuple[str, int, str, str]]]:
    """The curves each strategy declares, by the name it trades under, as a report draws them:
    bands and boxes by their edges.
    """
    found: dict[str, list[tuple[str, int, str, str]]] = {}
    for name, declared in studies(strategies).items():
        found[name] = []
        for plot in declared:
            style = REPORTED.get(plot.style, plot.style)
            found[name].append((plot.attribute, plot.pane, style, plot.label))
            if plot.other:
                found[name].append((plot.other, plot.pane, style, ""))
    return found


REPORTED = {"band": "line", "box": "step", "marker": "dots"}
"""How a report draws what only a window can."""


def studies(strategies: tuple[Plug, ...]) -> dict[str, tuple[Plot, ...]]:
    """What each strategy declares worth drawing, by the name it trades under."""
    return {
        name: tuple(getattr(plugins.find("strategy", plug.use), "PLOTS", ()))
        for name, plug in zip(seat_names(strategies), strategies, strict=True)
    }
