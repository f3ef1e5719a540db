"""What every strategy promises, whatever its idea: run over all that the package holds."""

import copy
import importlib
import inspect
import json
import pkgutil
import re
from math import inf, isfinite, isnan, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tradeplat.strategies
from tapes import START
from tradeplat.core.calendar import Session
from tradeplat.core.errors import BadInput
from tradeplat.core.intent import EDGED, FLAT, HOLD, STYLES, Action, Holding, Plot
from tradeplat.core.machine import ORDERED
from tradeplat.core.market import MINUTE, SECOND, Bar, Quote
from tradeplat.core.state import restore, save

MODULES = sorted(module.name for module in pkgutil.iter_modules(tradeplat.strategies.__path__))
EVENTS = 700
OTHER = {int: 3, float: 0.25, bool: True}
"""A legal value of each kind of parameter, for instances that are not the default."""


def strategy_class(name):
    module = importlib.import_module(f"tradeplat.strategies.{name}")
    (only,) = module.__all__
    return getattr(module, only)


CLASSES = {name: strategy_class(name) for name in MODULES}
every = pytest.mark.parametrize("made", CLASSES.values(), ids=CLASSES)
seeds = st.integers(0, 2**32 - 1)


def days(count):
    """Sessions of two and a half hours, each after forty minutes of pre-market; START is one's."""
    day = 24 * 60 * MINUTE
    for number in range(count):
        start = START + number * day
        opening = start + 40 * MINUTE
        yield Session(number, start, opening, opening + 150 * MINUTE, opening + 200 * MINUTE)


def tape(seed, size=EVENTS):
    """A random tape of four mornings: one span or two, quotes good and bad, gaps in time and in
    price, flat stretches; scale, liveliness and trend differ from seed to seed.
    """
    rng = np.random.default_rng(seed)
    price = float(10.0 ** rng.uniform(-3, 6))
    swing = float(rng.choice([0.0, 0.001, 0.004, 0.01]))
    told, mixed = bool(rng.random() < 0.85), bool(rng.random() < 0.6)
    events = []
    for number, session in enumerate(days(4)):
        events += [session] * told
        ts = session.pre_open + int(rng.choice([0, 0, 15, 38])) * MINUTE
        price *= float(rng.choice([1.0, 1.1, 0.9]))
        drift = 0.0
        while len(events) < size * (number + 1) // 4:
            span = 1 if mixed and rng.random() < 0.6 else 60
            ts += span * SECOND + (rng.random() < 0.01) * int(rng.integers(1, 30)) * MINUTE
            drift = 0.8 * drift + float(rng.normal(0.0, swing))
            opening, price = price, max(price * float(np.exp(drift)), 1e-9)
            stretch = swing * float(rng.random()) * (rng.random() < 0.5)
            high, low = max(opening, price) * (1.0 + stretch), min(opening, price) * (1.0 - stretch)
            events += quotes(rng, ts, price)
            volume = float(rng.integers(0, 1000)) * (rng.random() < 0.9)
            events.append(Bar("TEST", ts, opening, high, low, price, volume, span, "csv"))
    return events[:size]


def quotes(rng, ts, price):
    kind = rng.random()
    if kind < 0.5:
        return []
    bid, ask = price * 0.9995, price * 1.0005
    if kind > 0.9:
        bid, ask = [(0.0, ask), (ask, bid), (bid / 2.0, ask), (bid, 0.0)][int(rng.integers(4))]
    return [Quote("TEST", ts, bid, 100.0, ask, 100.0, "csv")]


class Fickle:
    """A venue that refuses, delays, fills in part, stops out and loses interest, by its own dice;
    it checks that whatever it is asked makes sense where things stand.
    """

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.holding = FLAT
        self.left = 0
        self.closing = False
        self.pending = 0.0

    def show(self, strategy, event):
        if isinstance(event, Session):
            tell = getattr(strategy, "on_session", None)
            if tell is not None:
                tell(event)
            return HOLD
        self.step()
        handler = strategy.on_bar if isinstance(event, Bar) else strategy.on_quote
        intent = handler(event, self.holding)
        assert (intent is HOLD) == (intent.action is Action.HOLD)
        if intent is not HOLD:
            self.take(intent, event.close if isinstance(event, Bar) else event.bid)
        return intent

    def step(self):
        """Time passes: working orders fill, in part or not at all; positions get stopped out."""
        quantity, dice = self.holding.quantity, self.rng.random()
        if self.holding.working:
            self.left -= 1
            if dice < 0.3:
                quantity += self.pending * 0.5
                self.pending *= 0.5
            if self.left <= 0:
                quantity += self.pending * float(dice < 0.7)
                self.pending = 0.0
            quantity = 0.0 if abs(quantity) < 1.0 else quantity
            self.hold(quantity, int(self.left > 0))
        elif dice < 0.02:
            self.hold(0.0, 0)

    def hold(self, quantity, working):
        if quantity == 0.0:
            self.holding = FLAT._replace(working=working)
        else:
            stop = self.holding.stop if not working else nan
            self.holding = Holding(quantity, 1.0, working, stop, nan)

    def take(self, intent, price):
        held, working = self.holding.quantity, self.holding.working
        dice = self.rng.random()
        for level in (intent.limit, intent.stop, intent.target):
            assert isnan(level) or (isfinite(level) and level > 0.0)
        assert 0.0 < abs(intent.conviction) <= 1.0
        match intent.action:
            case Action.ENTER:
                assert held == 0.0
                assert not working
                reference = price if isnan(intent.limit) else intent.limit
                side = intent.conviction
                assert not side * (reference - intent.stop) <= 0.0
                assert not side * (intent.target - reference) <= 0.0
                if dice < 0.7:
                    self.pending = 100.0 * side
                    self.order(dice)
                    if dice < 0.1:
                        self.holding = Holding(self.pending, price, 0, intent.stop, nan)
            case Action.EXIT:
                assert held != 0.0
                assert not working
                if dice < 0.7:
                    self.pending = -held
                    self.order(dice)
            case Action.CANCEL:
                assert working
                self.left = min(self.left, 2)
                self.pending *= float(dice < 0.3)
            case Action.PROTECT:
                assert self.holding.stop < intent.stop

    def order(self, dice):
        self.left = int(self.rng.integers(1, 5))
        if dice < 0.3:
            self.holding = (
                FLAT if self.holding.quantity else Holding(self.pending, 1.0, 0, nan, nan)
            )
            self.pending, self.left = 0.0, 0
        else:
            self.holding = self.holding._replace(working=1)


def played(strategy, events, venue):
    return [repr(venue.show(strategy, event)) for event in events]


def other(made):
    """An instance whose parameters differ from the defaults wherever another value is legal."""
    chosen = {}
    for name, parameter in inspect.signature(made).parameters.items():
        try:
            made(**chosen, **{name: OTHER[type(parameter.default)]})
        except BadInput:
            continue
        chosen[name] = OTHER[type(parameter.default)]
    return made(**chosen)


@every
def test_a_module_offers_exactly_one_strategy_named_after_it(made):
    name = made.__module__.rpartition(".")[2]
    assert made.__name__ == "".join(part.capitalize() for part in name.split("_"))
    assert made.__doc__
    assert callable(made.on_bar)
    assert callable(made.on_quote)


@every
def test_every_parameter_has_an_annotation_and_a_default_of_that_type(made):
    for parameter in inspect.signature(made).parameters.values():
        assert parameter.annotation in (int, float, bool, str)
        assert type(parameter.default) is parameter.annotation


@every
def test_bars_of_every_span_may_be_the_one_it_locks_onto(made):
    if "span" in inspect.signature(made).parameters:
        assert inspect.signature(made).parameters["span"].default == 0


@every
def test_declared_plots_exist_and_are_numbers_at_any_moment(made):
    assert made.PLOTS
    strategy, venue = made(), Fickle(1)
    for event in [None, *tape(3, 300)]:
        if event is not None:
            venue.show(strategy, event)
        for plot in made.PLOTS:
            assert isinstance(plot, Plot)
            assert isinstance(getattr(strategy, plot.attribute), int | float)
            assert plot.style in STYLES
            assert bool(plot.other) == (plot.style in EDGED)
            assert isinstance(getattr(strategy, plot.other or plot.attribute), int | float)
            assert not plot.colour or re.fullmatch(r"#[0-9a-f]{6}", plot.colour)


@every
@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_what_it_asks_for_always_makes_sense_and_is_the_same_each_time(made, seed):
    events = tape(seed)
    first = played(made(), events, Fickle(seed))
    assert played(made(), events, Fickle(seed)) == first


@every
@settings(max_examples=10, deadline=None)
@given(seed=seeds, cut=st.integers(0, EVENTS - 1))
def test_saved_and_restored_anywhere_it_goes_on_as_if_uninterrupted(made, seed, cut):
    events, venue, strategy = tape(seed), Fickle(seed), made()
    played(strategy, events[:cut], venue)
    kept = json.dumps(save(strategy), allow_nan=False)
    again, elsewhere = made(), copy.deepcopy(venue)
    restore(again, json.loads(kept))
    assert json.dumps(save(again), allow_nan=False) == kept
    rest = played(strategy, events[cut:], venue)
    assert played(again, events[cut:], elsewhere) == rest
    assert save(again) == save(strategy)


@every
@settings(max_examples=5, deadline=None)
@given(seed=seeds)
def test_instances_are_independent_and_modules_keep_nothing(made, seed):
    module = importlib.import_module(made.__module__)
    before = {name: repr(value) for name, value in vars(module).items() if name[0] != "_"}
    mine, others = tape(seed), tape(seed + 1)
    alone = played(made(), mine, Fickle(seed))
    one, two = made(), made()
    here, there = Fickle(seed), Fickle(seed + 1)
    mixed = []
    for event, noise in zip(mine, others, strict=True):
        mixed.append(repr(here.show(one, event)))
        there.show(two, noise)
    assert mixed == alone
    assert {name: repr(value) for name, value in vars(module).items() if name[0] != "_"} == before


@every
@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_when_nothing_is_ever_held_no_state_waits_for_an_order(made, seed):
    """As when the gate refuses everything, or a warm-up's wishes are not acted on."""
    strategy = made()
    for event in tape(seed):
        if isinstance(event, Session):
            played(strategy, [event], Fickle(0))
        elif isinstance(event, Quote):
            assert strategy.on_quote(event, FLAT).action in (Action.HOLD, Action.ENTER)
        else:
            intent = strategy.on_bar(event, FLAT)
            assert intent.action in (Action.HOLD, Action.ENTER)
            if intent is HOLD and event.span == getattr(strategy, "span", event.span):
                assert strategy.machine.state not in ORDERED


@every
@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_a_position_it_knows_nothing_of_is_survived_and_closed_when_told_to(made, seed):
    """As after a restart that found a position, with the bars of the day not yet seen."""
    strategy, venue = made(), Fickle(seed)
    venue.holding = Holding(100.0, 1.0, 0, nan, nan)
    played(strategy, tape(seed), venue)


@every
@pytest.mark.parametrize("price", [1e-4, 10.1, 1e12])
def test_flat_prices_survive_and_leave_crossing_machines_alone(made, price):
    strategy, venue = made(), Fickle(1)
    for session in days(1):
        venue.show(strategy, session)
    for index in range(400):
        ts = START + (index + 1) * MINUTE
        bar = Bar("TEST", ts, price, price, price, price, 100.0, 60, "csv")
        assert venue.show(strategy, bar) is HOLD


@every
def test_odd_prices_neither_raise_nor_end_in_an_odd_wish(made):
    odd = [1.0, 1e15, 1e-9, 1.0, 1e300, 1.0, 5e-324, 1.0, 2.0] * 20
    for volume in (0.0, 1.0, 1e18):
        strategy, venue = made(), Fickle(2)
        for session in days(1):
            venue.show(strategy, session)
        for index, price in enumerate(odd):
            ts = START + (index + 60) * MINUTE
            bar = Bar("TEST", ts, price, price, price, price, volume, 60, "csv")
            venue.show(strategy, bar)


@every
def test_quotes_alone_and_bad_quotes_are_harmless(made):
    strategy = made()
    for bid, ask in ((0.0, 0.0), (nan, nan), (1.0, inf), (2.0, 1.0), (1.0, 1.0), (-1.0, 1.0)):
        assert strategy.on_quote(Quote("TEST", START, bid, 0.0, ask, 0.0, "csv"), FLAT) is HOLD
        long = Holding(100.0, 1.0, 0, nan, nan)
        assert strategy.on_quote(Quote("TEST", START, bid, 0.0, ask, 0.0, "csv"), long) is HOLD


@every
@settings(max_examples=5, deadline=None)
@given(seed=seeds, at=st.integers(1, EVENTS - 1))
def test_an_amendment_never_triggers(made, seed, at):
    strategy, venue = other(made), Fickle(seed)
    amend = getattr(strategy, "on_amend", None)
    for number, event in enumerate(tape(seed)):
        venue.show(strategy, event)
        if number == at and isinstance(event, Bar) and amend is not None:
            before = strategy.machine.state
            assert amend(event) is None
            assert strategy.machine.state is before


@every
@settings(max_examples=5, deadline=None)
@given(seed=seeds)
def test_other_settings_work_as_well(made, seed):
    played(other(made), tape(seed), Fickle(seed))


@every
def test_the_tapes_here_make_it_enter_and_leave(made):
    wishes = " ".join(
        wish for seed in range(40) for wish in played(made(), tape(seed), Fickle(seed))
    )
    assert wishes.count("Action.ENTER") >= 5
    assert wishes.count("Action.EXIT") >= 5
